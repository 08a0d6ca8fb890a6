/**
 * Stores the highest fence that this host has seen of each migration.
 *
 * A mark stores a fence too, but it disappears with the migration or the container. A late command, from a replaced
 * runner or a slow network, would then find no fence that refuses it, and would mark the container for ever.
 *
 * Each migration has a file instead of a config key, because the fence must outlive the container, must not become
 * part of copies, snapshots and backups, and must cost no call to the daemon during the downtime. Fences of different
 * migrations are never compared, so a new etcd does no harm.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import { checkFence } from '../model/marks.js';

/** No command can arrive later than this. */
const rememberedMs = 30 * 24 * 3600_000;

/** What a host knows of a migration that may have no container here any more. */
export interface Memory {
  /** 0 when the migration is unknown. */
  readonly fence: number;
  /** The migration has made its container an ordinary one of this host: it moved here, or went back to here. */
  readonly released: boolean;
}

/** The directory of the fence files. */
export interface FenceFiles {
  read(migrationId: string): Promise<Memory>;
  write(migrationId: string, memory: Memory): Promise<void>;
}

export class Fences {
  readonly #seen = new Map<string, Memory>();

  constructor(private readonly files: FenceFiles) {}

  /**
   * Stores a command's fence before the command is executed. Throws `aborted` when a later fence has been seen. The
   * commands of one migration must arrive here one at a time.
   */
  async admit({
    migrationId,
    container,
    fence,
  }: Pick<MigrationCommand__Output, 'migrationId' | 'container' | 'fence'>): Promise<void> {
    const memory = await this.recall(migrationId);
    checkFence(container, memory.fence, fence);
    if (fence > memory.fence) await this.#write(migrationId, { ...memory, fence });
  }

  async recall(migrationId: string): Promise<Memory> {
    return this.#seen.get(migrationId) ?? this.files.read(migrationId);
  }

  /** Stores that the container lives here. It proves so when the controller's record is lost. */
  async noteReleased(migrationId: string): Promise<void> {
    const memory = await this.recall(migrationId);
    if (!memory.released) await this.#write(migrationId, { ...memory, released: true });
  }

  async #write(migrationId: string, memory: Memory): Promise<void> {
    this.#seen.set(migrationId, memory);
    await this.files.write(migrationId, memory);
  }
}

/**
 * The file is not synced to disk. A sender of late commands does not survive the power failure that would lose it.
 */
export function fenceFilesIn(directory: string): FenceFiles {
  const ready = prepare(directory);
  ready.catch(() => undefined);
  return {
    read: async (migrationId) => {
      await ready;
      const text = await readFile(join(directory, migrationId), 'utf8').catch(() => '');
      const [fence = '', word] = text.split(' ');
      return { fence: Number(fence) || 0, released: word === 'released' };
    },
    write: async (migrationId, { fence, released }) => {
      await ready;
      const file = join(directory, migrationId);
      await writeFile(`${file}.new`, `${fence}${released ? ' released' : ''}`, { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}

/** Creates the directory and removes expired files. */
async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) {
    const { mtimeMs } = await stat(join(directory, name));
    if (Date.now() - mtimeMs > rememberedMs) await rm(join(directory, name), { force: true });
  }
}

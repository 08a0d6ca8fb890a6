/**
 * The highest fence that this host has seen of each migration. A mark remembers one as well, but goes with the
 * migration or with the container; a command that a replaced runner or a slow network delivers after the end would
 * then find nothing that refuses it, and mark the container for ever.
 *
 * It is a file for each migration and not a key of the container: it has to outlive the container, must not come
 * along with copies, snapshots and backups, and costs no call of the daemon while the container is down. Fences of
 * different migrations are never compared, so an etcd that begins anew disturbs nothing.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import { checkFence } from '../model/marks.js';

/** A command cannot be later than this. */
const rememberedMs = 30 * 24 * 3600_000;

/** Where fences are kept. */
export interface FenceFiles {
  /** 0 when nothing is known of the migration. */
  read(migrationId: string): Promise<number>;
  write(migrationId: string, fence: number): Promise<void>;
}

export class Fences {
  readonly #seen = new Map<string, number>();

  constructor(private readonly files: FenceFiles) {}

  /**
   * Remembers a command's fence before anything is done for it. Throws `aborted` when a later one has been seen. The
   * commands of a migration must come here one at a time.
   */
  async admit({ migrationId, container, fence }: MigrationCommand__Output): Promise<void> {
    const seen = this.#seen.get(migrationId) ?? (await this.files.read(migrationId));
    checkFence(container, seen, fence);
    this.#seen.set(migrationId, Math.max(seen, fence));
    if (fence > seen) await this.files.write(migrationId, fence);
  }
}

/** Not synced to the disk: who sends a command late does not survive the power failure that loses it. */
export function fenceFilesIn(directory: string): FenceFiles {
  const ready = prepare(directory);
  ready.catch(() => undefined);
  return {
    read: async (migrationId) => {
      await ready;
      return Number(await readFile(join(directory, migrationId), 'utf8').catch(() => '')) || 0;
    },
    write: async (migrationId, fence) => {
      await ready;
      const file = join(directory, migrationId);
      await writeFile(`${file}.new`, String(fence), { mode: 0o600 });
      await rename(`${file}.new`, file);
    },
  };
}

/** Makes the directory, and removes what is too old to be of use. */
async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(directory)) {
    const { mtimeMs } = await stat(join(directory, name));
    if (Date.now() - mtimeMs > rememberedMs) await rm(join(directory, name), { force: true });
  }
}

/**
 * Removes what a failed pass leaves behind without the daemon's knowledge. A daemon removes the received data when a
 * pass fails. On a `dir` pool it can do so while the second process of its rsync still writes the last file. Then a
 * directory remains without a container. No daemon removes it, and each refuses every later copy of that name
 * ("already exists on migration target storage").
 *
 * The agent removes such a directory only if it did not exist before the migration began to copy. It records that in
 * a file before it calls the daemon. A directory that existed before is somebody's data and is reported.
 */
import { lstat, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';
import { replaceFile } from '../../common/durable-file.js';
import type { LxdClient } from '../lxd/client.js';
import { findInstance } from '../lxd/instances.js';
import { foreignMountMessage, mountsBelow } from '../lxd/mounts.js';
import { findStoragePool, volumePaths } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';

export class Leftovers {
  constructor(
    private readonly lxd: LxdClient,
    /** The directory of the files. */
    private readonly directory: string,
  ) {}

  /**
   * Records that a new directory of that name on that storage pool belongs to the migration. Throws `already_exists`
   * when a directory is already there.
   */
  async expect(migrationId: string, container: string, poolName: string | undefined): Promise<void> {
    await this.remove(migrationId, container);
    const pool = poolName === undefined ? undefined : await findStoragePool(this.lxd, poolName);
    const problem = pool && (await leftoverProblem(this.lxd, pool, container));
    if (problem) throw new CopaError('already_exists', problem);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const note = JSON.stringify({ migrationId, pool: pool?.name ?? '' });
    await replaceFile(join(this.directory, container), note, 0o600);
  }

  /** Removes the migration's leftovers if the daemon does not know the container, and deletes the record. */
  async remove(migrationId: string, container: string): Promise<void> {
    const note = await this.#read(container);
    if (note?.migrationId !== migrationId) return;
    if (!(await findInstance(this.lxd, container))) {
      const pool = note.pool ? await findStoragePool(this.lxd, note.pool) : undefined;
      for (const path of pool ? await leftoversOf(this.lxd, pool, container) : []) {
        const [mount] = await mountsBelow(this.lxd, path);
        if (mount !== undefined) {
          throw new CopaError('failed_precondition', foreignMountMessage(container, mount));
        }
        await rm(path, { recursive: true, force: true, maxRetries: 5 });
      }
    }
    await this.forget(migrationId, container);
  }

  async forget(migrationId: string, container: string): Promise<void> {
    if ((await this.#read(container))?.migrationId === migrationId) await rm(this.#note(container));
  }

  /** The migration that was to send a copy of that name; undefined without a note. */
  async expectedBy(container: string): Promise<string | undefined> {
    return (await this.#read(container))?.migrationId;
  }

  async #read(container: string): Promise<{ migrationId: string; pool: string } | undefined> {
    const text = await readFile(this.#note(container), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as { migrationId: string; pool: string });
  }

  #note(container: string): string {
    return join(this.directory, container);
  }
}

/** The reason why a storage pool cannot take a copy of that name although the daemon has no such container. */
export async function leftoverProblem(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<string | undefined> {
  const [path] = await leftoversOf(lxd, pool, container);
  return path === undefined
    ? undefined
    : `storage pool "${pool.name}" on the destination has a directory of a container "${container}" that its daemon does not know (${path}): check it, and remove it`;
}

/** On other storage, the daemon removes a volume in one step. */
async function leftoversOf(lxd: LxdClient, pool: StoragePool, container: string): Promise<string[]> {
  if (pool.driver !== 'dir') return [];
  const found: string[] = [];
  for (const path of await volumePaths(lxd, pool, container)) {
    const stat = await lstat(path).catch(() => undefined);
    if (stat?.isDirectory()) found.push(path);
  }
  return found;
}

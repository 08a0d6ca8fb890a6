/**
 * What a failed pass leaves where the daemon no longer knows of it. A daemon removes what it has received when a
 * pass fails; on a `dir` pool it may do so while the second process of its rsync still writes a last file, and then
 * a directory stays for which there is no container. No daemon ever removes it, and each refuses every later copy
 * of that name ("already exists on migration target storage").
 *
 * Such a directory is ours, and is removed, when there was none before the migration began to copy: that is noted in
 * a file before the daemon is asked for the copy. One that was there before is somebody's data, and is told of.
 */
import { lstat, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../../common/errors.js';
import { replaceFile } from '../identity/identity-files.js';
import type { LxdClient } from '../lxd/client.js';
import { findInstance } from '../lxd/instances.js';
import { foreignMountMessage, mountsBelow } from '../lxd/mounts.js';
import { findStoragePool, volumePaths } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';

export class Leftovers {
  constructor(
    private readonly lxd: LxdClient,
    /** Where the notes are kept. */
    private readonly directory: string,
  ) {}

  /**
   * Notes that what comes to be under that name on that pool is the migration's. Throws `already_exists` when
   * something that is not is there already.
   */
  async expect(migrationId: string, container: string, poolName: string | undefined): Promise<void> {
    await this.remove(migrationId, container);
    const pool = poolName === undefined ? undefined : await findStoragePool(this.lxd, poolName);
    const problem = pool && (await leftoverProblem(this.lxd, pool, container));
    if (problem) throw new CopaError('already_exists', problem);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const note = JSON.stringify({ migrationId, pool: pool?.name ?? '' });
    await replaceFile(this.directory, container, note, 0o600);
  }

  /** Removes what is left of the migration when the daemon does not know the container, and forgets it. */
  async remove(migrationId: string, container: string): Promise<void> {
    const note = await this.#read(container);
    if (note?.migrationId !== migrationId) return;
    if (!(await findInstance(this.lxd, container))) {
      const pool = note.pool ? await findStoragePool(this.lxd, note.pool) : undefined;
      for (const path of pool ? await leftoversOf(this.lxd, pool, container) : []) {
        const [mount] = await mountsBelow(path);
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

  async #read(container: string): Promise<{ migrationId: string; pool: string } | undefined> {
    const text = await readFile(this.#note(container), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as { migrationId: string; pool: string });
  }

  #note(container: string): string {
    return join(this.directory, container);
  }
}

/** Why no copy of that name can come to a pool, though the daemon has no such container. */
export async function leftoverProblem(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<string | undefined> {
  const [path] = await leftoversOf(lxd, pool, container);
  return path === undefined
    ? undefined
    : `storage pool "${pool.name}" on the destination has a directory of a container "${container}" that its daemon does not know (${path}): look at it, and remove it`;
}

/** On other storage the daemon's own removal is one step, which nothing disturbs. */
async function leftoversOf(lxd: LxdClient, pool: StoragePool, container: string): Promise<string[]> {
  if (pool.driver !== 'dir') return [];
  const found: string[] = [];
  for (const path of volumePaths(lxd, pool, container)) {
    const stat = await lstat(path).catch(() => undefined);
    if (stat?.isDirectory()) found.push(path);
  }
  return found;
}

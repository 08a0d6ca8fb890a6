/**
 * Removes directories of snapshots that no longer exist. When a snapshot is deleted while a `dir` pool sends it (by a
 * person, or because it expires), LXD creates its mount point once more. After that no daemon can delete the
 * container ("Cannot remove a volume that has snapshots").
 */
import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LxdClient } from './client.js';
import { snapshotNames } from './snapshots.js';
import { findStoragePool, rootDisk, volumePaths } from './storage.js';
import type { Instance } from './types.js';

/**
 * Removes the empty directories of snapshots that the daemon does not know. No operation may be in progress on the
 * container.
 */
export async function removeEmptySnapshots(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await findStoragePool(lxd, rootDisk(instance.expanded_devices)?.['pool'] ?? '');
  if (pool?.driver !== 'dir') return;
  const known = new Set(await snapshotNames(lxd, instance.name));
  for (const path of await volumePaths(lxd, pool, instance.name)) {
    if (!path.includes('/containers-snapshots/')) continue;
    for (const entry of await readdir(path)) {
      // A directory with content is somebody's data.
      if (!known.has(entry)) await rmdir(join(path, entry)).catch(() => undefined);
    }
  }
}

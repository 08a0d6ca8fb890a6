/**
 * What a last pass must not take for granted. On storage that does not send differences between snapshots
 * the daemons refresh a copy by rsync, and rsync takes a file for unchanged when its size and the SECOND of
 * its last change are the same. A file that was written, copied and written again within one second would
 * keep its old content for ever. So before the last pass every file of the copy that was written since
 * copying began gets an impossible time: rsync then compares its content, and puts the time right.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import { CopaError } from '../../proto/errors.js';
import type { LxdClient } from '../lxd/client.js';
import { findStoragePool, findVolume, rootDisk } from '../lxd/storage.js';
import type { Instance, StoragePool } from '../lxd/types.js';

/** Walking a container of millions of files takes minutes. */
const walkTimeoutMs = 30 * 60_000;

/** Storage whose containers are always to be seen below the daemon's directory. */
const alwaysMounted: readonly string[] = ['dir', 'btrfs'];

/** Storage that talks to its like in its own format, and not by rsync. */
const byDifferences: readonly string[] = ['btrfs', 'zfs'];

/**
 * Makes a stopped copy's files doubtful that may have been written since `sinceMs` (by the source's clock,
 * which their times are from too). Throws `failed_precondition` where this process cannot see them.
 */
export async function doubtRecentFiles(
  lxd: LxdClient,
  copy: Instance,
  manifest: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences'>,
  sinceMs: number,
): Promise<void> {
  const pool = await findStoragePool(lxd, rootDisk(copy.expanded_devices)?.['pool'] ?? '');
  if (pool && isExact(pool, manifest)) return;
  const directory = pool && findVolume(lxd, pool, copy.name);
  // Where the volume is not mounted there may be a directory, but nothing in it.
  if (!directory || !existsSync(join(directory, 'rootfs'))) {
    throw new CopaError(
      'failed_precondition',
      `the agent of the destination cannot see the files of "${copy.name}", so it cannot make sure that the last pass brings all of them: use passes_max=0`,
    );
  }
  const since = Math.floor(sinceMs / 1000) - 1;
  const recent = ['-xdev', '-type', 'f', '-newermt', `@${since}`];
  await promisify(execFile)('find', [directory, ...recent, '-exec', 'touch', '-m', '-d', '@0', '{}', '+'], {
    timeout: walkTimeoutMs,
  });
}

/**
 * Whether a copy that is made while the container runs can be made exact here in the end. It cannot where
 * this process does not see the files of a stopped copy: inside a snap, or on storage that the daemon mounts
 * only while it is used.
 */
export function canMakeExact(
  lxd: LxdClient,
  pool: StoragePool,
  manifest: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences'>,
): boolean {
  // Where no differences can be sent, such storage sends everything again: copying while it runs gains nothing.
  if (byDifferences.includes(pool.driver) && pool.driver === manifest.storageDriver) {
    return manifest.sendsDifferences;
  }
  return alwaysMounted.includes(pool.driver) && findVolume(lxd, pool, '.') !== undefined;
}

/** The daemons send what differs, whatever the files' times are. */
function isExact(
  pool: StoragePool,
  { storageDriver, sendsDifferences }: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences'>,
): boolean {
  return sendsDifferences && pool.driver === storageDriver;
}

/**
 * What a last pass must not take for granted. On storage that does not send differences between snapshots
 * the daemons refresh a copy by rsync, and rsync takes a file for unchanged when its size and the SECOND of
 * its last change are the same. A file that was written, copied and written again within one second would
 * keep its old content for ever. So before the last pass every file of the copy that was written since
 * copying began gets an impossible time: rsync then compares its content, and puts the time right.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CopaError } from '../../proto/errors.js';
import type { LxdClient } from '../lxd/client.js';
import { findStoragePool } from '../lxd/storage.js';
import type { Devices, Instance, StoragePool } from '../lxd/types.js';

/** Walking a container of millions of files takes minutes. */
const walkTimeoutMs = 30 * 60_000;

/** Storage whose containers are always to be seen below the daemon's directory. */
const alwaysMounted: readonly string[] = ['dir', 'btrfs'];

/** Storage whose refresh of a copy on storage of the same kind is exact. */
const sendDifferences: readonly string[] = ['btrfs', 'zfs'];

/**
 * Makes a stopped copy's files doubtful that may have been written since `sinceMs` (by the source's clock,
 * which their times are from too). Throws `failed_precondition` where this process cannot see them.
 */
export async function doubtRecentFiles(
  lxd: LxdClient,
  copy: Instance,
  sourceDriver: string,
  sinceMs: number,
): Promise<void> {
  const pool = await findStoragePool(lxd, rootPool(copy.expanded_devices));
  if (pool && sendDifferences.includes(pool.driver) && pool.driver === sourceDriver) return;
  const directory =
    pool && directoriesOf(lxd, pool, copy.name).find((each) => existsSync(join(each, 'rootfs')));
  if (!directory) {
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
export function canMakeExact(lxd: LxdClient, pool: StoragePool, sourceDriver: string): boolean {
  if (sendDifferences.includes(pool.driver) && pool.driver === sourceDriver) return true;
  if (!alwaysMounted.includes(pool.driver)) return false;
  return directoriesOf(lxd, pool, '.').some((each) => existsSync(each));
}

function rootPool(devices: Devices): string {
  const root = Object.values(devices).find((device) => device['type'] === 'disk' && device['path'] === '/');
  return root?.['pool'] ?? '';
}

/** Where a container's volume may be: below the daemon's own directory, or in a `dir` pool's source. */
function directoriesOf(lxd: LxdClient, pool: StoragePool, container: string): string[] {
  const source = pool.config['source'] ?? '';
  return [
    join(dirname(lxd.socketPath), 'storage-pools', pool.name, 'containers', container),
    ...(pool.driver === 'dir' && source.startsWith('/') ? [join(source, 'containers', container)] : []),
  ];
}

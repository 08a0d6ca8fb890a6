/**
 * Mounts inside a container's files, as the daemon sees them. There are two relevant kinds:
 *
 * - Mounts that a daemon has left behind. On `dir`, LXD mounts a snapshot read-only over itself while it sends it. If
 *   it is killed meanwhile, it forgets that mount. Then it can delete neither the snapshot nor the container
 *   ("read-only file system") until the host is restarted.
 * - Mounts that somebody made inside a container's files. A daemon that deletes the container also deletes the
 *   mounted files, which belong to the host.
 */
import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import type { StoragePool } from './types.js';

const umountTimeoutMs = 10_000;

/**
 * Unmounts what a daemon left mounted over a container's snapshots. No operation may be in progress on the container.
 */
export async function releaseStaleMounts(lxd: LxdClient, container: string): Promise<void> {
  const command = ['--target', (await lxd.root()).process, '--mount', '--', 'umount', '--'];
  for (const path of snapshotMounts(
    mountPointsIn(await lxd.readMountInfo()),
    dirname(lxd.socketPath),
    container,
  )) {
    // A mount in use is not left over. If it is left over all the same, the daemon's deletion reports it.
    await promisify(execFile)('nsenter', [...command, path], { timeout: umountTimeoutMs }).catch(
      () => undefined,
    );
  }
}

/** The mounts of the host inside a container's files or inside those of its snapshots. */
export async function foreignMounts(lxd: LxdClient, container: string): Promise<readonly string[]> {
  const pools = await lxd.get<StoragePool[]>('/1.0/storage-pools?recursion=1');
  const directories = pools.flatMap(({ name, driver, config }) => {
    const source = config['source'] ?? '';
    const visible = join(dirname(lxd.socketPath), 'storage-pools', name);
    return driver === 'dir' && source.startsWith('/') ? [visible, source] : [visible];
  });
  return mountsInside(mountPointsIn(await lxd.readMountInfo()), directories, container);
}

/** The mounts below a directory, which is given by its path in this process. */
export async function mountsBelow(lxd: LxdClient, directory: string): Promise<readonly string[]> {
  const { prefix } = await lxd.root();
  return mountPointsIn(await lxd.readMountInfo()).filter((path) =>
    `${prefix}${path}`.startsWith(`${directory}/`),
  );
}

/**
 * Throws `failed_precondition` when deleting the container would delete files that the host has mounted inside it.
 */
export async function checkNoForeignMounts(lxd: LxdClient, container: string): Promise<void> {
  const [path] = await foreignMounts(lxd, container);
  if (path !== undefined) throw new CopaError('failed_precondition', foreignMountMessage(container, path));
}

export function foreignMountMessage(container: string, path: string): string {
  return `the host has mounted something inside the files of container "${container}" (${path}), which would be deleted with them: unmount it first`;
}

/** The mount points over a container's snapshots, topmost first. */
export function snapshotMounts(
  points: readonly string[],
  daemonDirectory: string,
  container: string,
): string[] {
  const pools = `${join(daemonDirectory, 'storage-pools')}/`;
  return points
    .filter((path) => {
      if (!path.startsWith(pools)) return false;
      const [, kind, name, snapshot, ...inside] = path.slice(pools.length).split('/');
      const isSnapshot = kind === 'containers-snapshots' && name === container && snapshot !== undefined;
      return isSnapshot && inside.length === 0;
    })
    .reverse();
}

/**
 * The mount points below a container's volume and below those of its snapshots. A volume itself is a mount point on
 * storage that the daemon mounts, and where it has left a mount over a snapshot.
 */
export function mountsInside(
  points: readonly string[],
  poolDirectories: readonly string[],
  container: string,
): string[] {
  const volumes = poolDirectories.map((directory) => `${join(directory, 'containers', container)}/`);
  const snapshots = poolDirectories.map(
    (directory) => `${join(directory, 'containers-snapshots', container)}/`,
  );
  return points.filter(
    (path) =>
      volumes.some((volume) => path.startsWith(volume)) ||
      snapshots.some((all) => path.startsWith(all) && path.slice(all.length).includes('/')),
  );
}

/** The mount points in a `mountinfo` text (proc(5)), in its order. */
export function mountPointsIn(mountInfo: string): string[] {
  return mountInfo
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((path) => path !== '');
}

/** The kernel escapes blanks and backslashes as three octal digits. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

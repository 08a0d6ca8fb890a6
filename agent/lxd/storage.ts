/** Storage pools of the daemon: drivers, free space, and the space of a container. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rmdir, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isCopaError } from '../../common/errors.js';
import {
  canBeUnmarked,
  listSubvolumes,
  subvolumesAt,
  takeMarkOffSnapshots,
  takeMarkOffVolume,
} from './btrfs.js';
import type { LxdClient } from './client.js';
import type { Devices, Instance, StoragePool, StorageResources } from './types.js';

/** Drivers whose volumes are directories in a file system of the host. */
const ownFileSystems: readonly string[] = ['dir', 'btrfs'];

/** Time limit for the host to write its buffers to disk. */
const syncTimeoutMs = 60_000;

/** A copy leaves this much of the storage pool free, because other containers write there too. */
const reserveBytesMax = 256 * 1024 ** 2;

/** On a small storage pool, the part of the free space that stays free. */
const reserveShare = 8;

/** The directories of containers and snapshots below a storage pool. */
const volumesFolder = 'containers';
const snapshotsFolder = 'containers-snapshots';

export async function findStoragePool(lxd: LxdClient, name: string): Promise<StoragePool | undefined> {
  try {
    return await lxd.get<StoragePool>(`/1.0/storage-pools/${encodeURIComponent(name)}`);
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** The root disk device, which names the storage pool of the container's files. */
export function rootDisk(devices: Devices): Devices[string] | undefined {
  return Object.values(devices).find((device) => device['type'] === 'disk' && device['path'] === '/');
}

/**
 * The path of a container's volume in this process: below the daemon's directory, or in a `dir` pool's source.
 * Undefined when it is not visible, as on storage that the daemon mounts only while it is in use.
 */
export function findVolume(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<string | undefined> {
  return findDirectory(lxd, pool, join(volumesFolder, container));
}

/** The paths of the volumes of a container and of its snapshots, if they are visible. */
export async function volumePaths(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<readonly string[]> {
  const paths = await Promise.all(
    [volumesFolder, snapshotsFolder].map((kind) => findDirectory(lxd, pool, join(kind, container))),
  );
  return paths.filter((path) => path !== undefined);
}

/** The only place that knows where the files of a storage pool are. The result is valid until the daemon restarts. */
export async function findDirectory(
  lxd: LxdClient,
  pool: StoragePool,
  path: string,
): Promise<string | undefined> {
  const { prefix } = await lxd.root();
  const source = pool.config['source'] ?? '';
  return [
    join(dirname(lxd.socketPath), 'storage-pools', pool.name, path),
    ...(pool.driver === 'dir' && source.startsWith('/') ? [join(source, path)] : []),
  ]
    .map((directory) => `${prefix}${directory}`)
    .find((directory) => existsSync(directory));
}

/** The visible directories of a container's snapshots. */
export async function snapshotsOf(lxd: LxdClient, pool: StoragePool, container: string): Promise<string[]> {
  const directory = await findDirectory(lxd, pool, join(snapshotsFolder, container));
  return directory ? (await readdir(directory)).map((name) => join(directory, name)) : [];
}

/**
 * Whether the daemon sends only the differences between snapshots to storage of the same driver, so that the other
 * side can apply them. On btrfs this requires removed received UUIDs.
 */
export async function sendsDifferences(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<boolean> {
  if (pool.driver === 'zfs') return true;
  const root = pool.driver === 'btrfs' && (await findDirectory(lxd, pool, '.'));
  if (!root || !(await findVolume(lxd, pool, container))) return false;
  const snapshots = (await snapshotsOf(lxd, pool, container)).map((path) =>
    join(snapshotsFolder, container, basename(path)),
  );
  return canBeUnmarked(root, [join(volumesFolder, container), ...snapshots]);
}

/**
 * The read-only subvolumes inside a container's volume, relative to it; none on storage without subvolumes. Throws when
 * they cannot be listed.
 */
export async function readOnlySubvolumes(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<readonly string[]> {
  const directory = pool.driver === 'btrfs' && (await findDirectory(lxd, pool, '.'));
  if (!directory) return [];
  const { own, below } = subvolumesAt(await listSubvolumes(directory), join(volumesFolder, container));
  return below.filter(({ readOnly }) => readOnly).map(({ path }) => path.slice((own?.path.length ?? 0) + 1));
}

/** Prepares a received volume of a container for sending differences again. */
export async function settleVolume(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  const volume = pool && (await findVolume(lxd, pool, instance.name));
  const all = volume === undefined ? [] : await listSubvolumes(volume).catch(() => []);
  const { own } = subvolumesAt(all, join(volumesFolder, instance.name));
  if (volume !== undefined && own?.marked) await takeMarkOffVolume(volume);
}

/** The same for its snapshots. */
export async function settleSnapshots(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  if (!pool) return;
  const snapshots = await snapshotsOf(lxd, pool, instance.name);
  const all = snapshots[0] === undefined ? [] : await listSubvolumes(snapshots[0]).catch(() => []);
  const unsettled = snapshots.filter((directory) => {
    const { own } = subvolumesAt(all, join(snapshotsFolder, instance.name, basename(directory)));
    return own && (own.marked || !own.readOnly);
  });
  await takeMarkOffSnapshots(unsettled);
}

/**
 * Removes a volume that is only an empty directory. If a host loses power when btrfs is about to receive a volume,
 * LXD creates such a directory at the next start. It then cannot delete it, because it is not a subvolume.
 */
export async function removeEmptyVolume(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  const volume = pool && (await findVolume(lxd, pool, instance.name));
  // The daemon deletes a directory with content.
  if (volume) await rmdir(volume).catch(() => undefined);
}

async function btrfsPoolOf(lxd: LxdClient, instance: Instance): Promise<StoragePool | undefined> {
  const pool = await findStoragePool(lxd, rootDisk(instance.expanded_devices)?.['pool'] ?? '');
  return pool?.driver === 'btrfs' ? pool : undefined;
}

/** The space of a storage pool in bytes. `totalBytes` is 0 when the daemon does not know it. */
export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** The bytes that a copy may take of a storage pool. */
export function roomFor(space: Space): number {
  return space.freeBytes - reserveOf(space);
}

/** What stays free, because other containers write there too. */
export function reserveOf({ freeBytes }: Space): number {
  return Math.min(reserveBytesMax, Math.floor(freeBytes / reserveShare));
}

export async function spaceOf(lxd: LxdClient, pool: string): Promise<Space> {
  const { space } = await lxd.get<StorageResources>(
    `/1.0/storage-pools/${encodeURIComponent(pool)}/resources`,
  );
  return { totalBytes: space.total, freeBytes: Math.max(0, space.total - space.used) };
}

/** Measures a storage pool: quickly, or after buffered data has been written to the disk. */
export type SpaceMeter = (how: 'quick' | 'settled') => Promise<Space>;

/**
 * Returns a meter for the storage pool of that name. It reads the file system if this process sees it, because that
 * takes no time, else it calls the daemon. Throws as the daemon does.
 */
export function spaceMeter(lxd: LxdClient, poolName: () => Promise<string>): SpaceMeter {
  let known: Promise<{ name: string; directory: string | undefined }> | undefined;
  const find = async () => {
    const name = await poolName();
    const pool = await findStoragePool(lxd, name);
    const sees = pool && ownFileSystems.includes(pool.driver);
    return { name, directory: sees ? await findVolume(lxd, pool, '.') : undefined };
  };
  return async (how) => {
    known ??= find().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    const { name, directory } = await known;
    if (directory === undefined) return spaceOf(lxd, name);
    // btrfs allocates space for data only when it writes the data to disk.
    if (how === 'settled') await promisify(execFile)('sync', ['-f', directory], { timeout: syncTimeoutMs });
    const { blocks, bfree, bsize } = await statfs(directory);
    return { totalBytes: blocks * bsize, freeBytes: bfree * bsize };
  };
}

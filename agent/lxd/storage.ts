/** Storage pools of the daemon: drivers, free space, and what a container occupies. */
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
  takeMarkOffSnapshot,
  takeMarkOffVolume,
} from './btrfs.js';
import type { LxdClient } from './client.js';
import type { Devices, Instance, StoragePool, StorageResources } from './types.js';

/** Storage pools whose volumes are directories of a file system of the host. */
const ownFileSystems: readonly string[] = ['dir', 'btrfs'];

/** How long the host may take to write out what is in its memory. */
const syncTimeoutMs = 60_000;

/** Where a daemon keeps containers and their snapshots below a storage pool. */
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

/** The device that says which storage pool has the container's own files. */
export function rootDisk(devices: Devices): Devices[string] | undefined {
  return Object.values(devices).find((device) => device['type'] === 'disk' && device['path'] === '/');
}

/**
 * Where this process sees a container's volume: below the daemon's own directory, or in a `dir` pool's source.
 * Undefined where it does not: inside a snap, or on storage that the daemon mounts only while it is used.
 */
export function findVolume(lxd: LxdClient, pool: StoragePool, container: string): string | undefined {
  return findDirectory(lxd, pool, join(volumesFolder, container));
}

/** Where the volumes of a container and of its snapshots are to be seen here, if they are. */
export function volumePaths(lxd: LxdClient, pool: StoragePool, container: string): readonly string[] {
  return [volumesFolder, snapshotsFolder].flatMap((kind) => {
    const path = findDirectory(lxd, pool, join(kind, container));
    return path === undefined ? [] : [path];
  });
}

export function findDirectory(lxd: LxdClient, pool: StoragePool, path: string): string | undefined {
  const source = pool.config['source'] ?? '';
  return [
    join(dirname(lxd.socketPath), 'storage-pools', pool.name, path),
    ...(pool.driver === 'dir' && source.startsWith('/') ? [join(source, path)] : []),
  ].find((directory) => existsSync(directory));
}

/** The directories of a container's snapshots, as far as they are to be seen here. */
export async function snapshotsOf(lxd: LxdClient, pool: StoragePool, container: string): Promise<string[]> {
  const directory = findDirectory(lxd, pool, join(snapshotsFolder, container));
  return directory ? (await readdir(directory)).map((name) => join(directory, name)) : [];
}

/**
 * Whether the daemon sends of this container, to storage of the same driver, only what differs between snapshots,
 * and the other side can put it together; on btrfs once its marks are taken off.
 */
export async function sendsDifferences(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<boolean> {
  if (pool.driver === 'zfs') return true;
  const volume = pool.driver === 'btrfs' && findVolume(lxd, pool, container);
  if (!volume) return false;
  const snapshots = (await snapshotsOf(lxd, pool, container)).map((path) =>
    join(snapshotsFolder, container, basename(path)),
  );
  return canBeUnmarked(volume, [join(volumesFolder, container), ...snapshots]);
}

/** Makes a container's volume, which was received, one that differences can be sent of again. */
export async function settleVolume(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  const volume = pool && findVolume(lxd, pool, instance.name);
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
  for (const directory of snapshots) {
    const { own } = subvolumesAt(all, join(snapshotsFolder, instance.name, basename(directory)));
    if (own && (own.marked || !own.readOnly)) await takeMarkOffSnapshot(directory);
  }
}

/**
 * Removes a volume that is nothing but an empty directory. Where btrfs was about to receive a volume when its host
 * lost power, LXD makes such a directory of it at the next start, and then cannot delete it, as it is no subvolume.
 */
export async function removeEmptyVolume(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  const volume = pool && findVolume(lxd, pool, instance.name);
  // One that holds anything is the daemon's to delete.
  if (volume) await rmdir(volume).catch(() => undefined);
}

async function btrfsPoolOf(lxd: LxdClient, instance: Instance): Promise<StoragePool | undefined> {
  const pool = await findStoragePool(lxd, rootDisk(instance.expanded_devices)?.['pool'] ?? '');
  return pool?.driver === 'btrfs' ? pool : undefined;
}

/** Of a storage pool, in bytes; a `totalBytes` of 0 is a daemon that does not know. */
export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

export async function spaceOf(lxd: LxdClient, pool: string): Promise<Space> {
  const { space } = await lxd.get<StorageResources>(
    `/1.0/storage-pools/${encodeURIComponent(pool)}/resources`,
  );
  return { totalBytes: space.total, freeBytes: Math.max(0, space.total - space.used) };
}

/** Measures a storage pool: quickly, or after what was written has got its place on the disk. */
export type SpaceMeter = (how: 'quick' | 'settled') => Promise<Space>;

/**
 * A meter for the storage pool of that name: by the file system where this process sees it, as that takes no time,
 * else by the daemon. Throws as the daemon does.
 */
export function spaceMeter(lxd: LxdClient, poolName: () => Promise<string>): SpaceMeter {
  let known: Promise<{ name: string; directory: string | undefined }> | undefined;
  const find = async () => {
    const name = await poolName();
    const pool = await findStoragePool(lxd, name);
    const sees = pool && ownFileSystems.includes(pool.driver);
    return { name, directory: sees ? findVolume(lxd, pool, '.') : undefined };
  };
  return async (how) => {
    known ??= find().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    const { name, directory } = await known;
    if (directory === undefined) return spaceOf(lxd, name);
    // btrfs finds places for data only when it writes them out.
    if (how === 'settled') await promisify(execFile)('sync', ['-f', directory], { timeout: syncTimeoutMs });
    const { blocks, bfree, bsize } = await statfs(directory);
    return { totalBytes: blocks * bsize, freeBytes: bfree * bsize };
  };
}

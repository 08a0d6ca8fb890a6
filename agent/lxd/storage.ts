/** Storage pools of the daemon: drivers, free space, and what a container occupies. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isCopaError } from '../../common/errors.js';
import { canBeUnmarked, takeReceivedMarkOff } from './btrfs.js';
import type { LxdClient } from './client.js';
import { instancePath } from './instances.js';
import type { Devices, Instance, InstanceState, StoragePool, StorageResources } from './types.js';

/** Counting a container's files stops here and is then unknown; raising it delays the preflight. */
const countTimeoutMs = 10_000;

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
  return findDirectory(lxd, pool, join('containers', container));
}

/** Where the volumes of a container and of its snapshots are to be seen here, if they are. */
export function volumePaths(lxd: LxdClient, pool: StoragePool, container: string): readonly string[] {
  return ['containers', 'containers-snapshots'].flatMap((kind) => {
    const path = findDirectory(lxd, pool, join(kind, container));
    return path === undefined ? [] : [path];
  });
}

function findDirectory(lxd: LxdClient, pool: StoragePool, path: string): string | undefined {
  const source = pool.config['source'] ?? '';
  return [
    join(dirname(lxd.socketPath), 'storage-pools', pool.name, path),
    ...(pool.driver === 'dir' && source.startsWith('/') ? [join(source, path)] : []),
  ].find((directory) => existsSync(directory));
}

async function snapshotsOf(lxd: LxdClient, pool: StoragePool, container: string): Promise<string[]> {
  const directory = findDirectory(lxd, pool, join('containers-snapshots', container));
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
  const all = [volume, ...(await snapshotsOf(lxd, pool, container))];
  return !(await Promise.all(all.map(canBeUnmarked))).includes(false);
}

/** Makes a container's volume, which was received, one that differences can be sent of again. */
export async function settleVolume(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  const volume = pool && findVolume(lxd, pool, instance.name);
  if (volume) await takeReceivedMarkOff(volume, 'volume');
}

/** The same for its snapshots. */
export async function settleSnapshots(lxd: LxdClient, instance: Instance): Promise<void> {
  const pool = await btrfsPoolOf(lxd, instance);
  if (!pool) return;
  for (const snapshot of await snapshotsOf(lxd, pool, instance.name)) {
    await takeReceivedMarkOff(snapshot, 'snapshot');
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

/**
 * What a container occupies, in bytes; 0 when nobody knows. The daemon tells it for storage with quotas;
 * a `dir` pool's files are counted if this process can see them (not inside a snap, for one).
 */
export async function usedBytes(lxd: LxdClient, container: string, pool: StoragePool): Promise<number> {
  const { disk } = await lxd.get<InstanceState>(`${instancePath(container)}/state`);
  const told = Math.max(0, ...Object.values(disk ?? {}).map(({ usage }) => usage ?? 0));
  const source = pool.config['source'] ?? '';
  const directory = join(source, 'containers', container);
  if (told > 0 || pool.driver !== 'dir' || !source.startsWith('/') || !existsSync(directory)) return told;
  try {
    const { stdout } = await promisify(execFile)('du', ['-s', '-x', '-B1', '--', directory], {
      timeout: countTimeoutMs,
    });
    return Number.parseInt(stdout, 10) || 0;
  } catch {
    return 0;
  }
}

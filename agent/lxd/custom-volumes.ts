/** Custom storage volumes in the daemon's API: read, mark, delete, and where their files are. */
import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import { mountsBelow } from './mounts.js';
import { waitForOperation } from './operations.js';
import { findDirectory } from './storage.js';
import type { Devices, StoragePool } from './types.js';

/** Deleting takes as long as the storage needs for all files. */
const deleteTimeoutMs = 600_000;
const updateTimeoutMs = 60_000;

/** How often a config change is retried when the volume changed meanwhile (its ETag). */
const updateTries = 8;

export interface VolumeName {
  readonly pool: string;
  readonly name: string;
}

export interface CustomVolume {
  readonly name: string;
  /** "filesystem", "block" or "iso". */
  readonly content_type: string;
  readonly description: string;
  readonly config: Readonly<Record<string, string>>;
  /** Paths of the instances, profiles and others that use it. */
  readonly used_by: readonly string[] | null;
}

type Device = Devices[string];

/** A disk device that attaches a custom volume. The root disk has a storage pool, but no source. */
export function attachesVolume(device: Device): boolean {
  return device['type'] === 'disk' && !!device['pool'] && !!device['source'] && device['path'] !== '/';
}

/** The devices that attach custom volumes. */
export function volumeDevices(devices: Devices): Devices {
  return Object.fromEntries(Object.entries(devices).filter(([, device]) => attachesVolume(device)));
}

/** All other devices. */
export function withoutVolumes(devices: Devices): Devices {
  return Object.fromEntries(Object.entries(devices).filter(([, device]) => !attachesVolume(device)));
}

/** Of a device that attaches one. */
export function volumeOf(device: Device): VolumeName {
  return { pool: device['pool'] ?? '', name: device['source'] ?? '' };
}

export function volumesPath(pool: string): string {
  return `/1.0/storage-pools/${encodeURIComponent(pool)}/volumes/custom`;
}

export function volumePath({ pool, name }: VolumeName): string {
  return `${volumesPath(pool)}/${encodeURIComponent(name)}`;
}

export async function findCustomVolume(
  lxd: LxdClient,
  volume: VolumeName,
): Promise<CustomVolume | undefined> {
  try {
    return await lxd.get<CustomVolume>(volumePath(volume));
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** The custom volumes of all storage pools. */
export async function listCustomVolumes(lxd: LxdClient): Promise<(CustomVolume & VolumeName)[]> {
  const pools = await lxd.get<StoragePool[]>('/1.0/storage-pools?recursion=1');
  const found = await Promise.all(
    pools.map(async ({ name: pool }) => {
      const volumes = await lxd.get<(CustomVolume & { readonly type?: string })[]>(
        `${volumesPath(pool)}?recursion=1`,
      );
      return volumes.map((volume) => ({ ...volume, pool }));
    }),
  );
  // Some daemons list a volume's snapshots as volumes of their own.
  return found.flat().filter(({ name }) => !name.includes('/'));
}

export interface VolumeSnapshot {
  readonly name: string;
  /** 0 when the daemon does not report it. */
  readonly createdAtMs: number;
}

/** A volume's snapshots, oldest first. */
export async function volumeSnapshots(
  lxd: LxdClient,
  volume: VolumeName,
): Promise<readonly VolumeSnapshot[]> {
  const all = await lxd.get<{ readonly name: string; readonly created_at?: string }[]>(
    `${volumePath(volume)}/snapshots?recursion=1`,
  );
  return all.map(({ name, created_at: createdAt = '' }) => ({
    name: name.split('/').at(-1) ?? '',
    createdAtMs: Math.max(0, Date.parse(createdAt) || 0),
  }));
}

/** Changes a volume's config; `null` removes a key. Computes the change again when the volume changed meanwhile. */
export async function updateCustomVolume(
  lxd: LxdClient,
  volume: VolumeName,
  changeOf: (now: CustomVolume) => Readonly<Record<string, string | null>> | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { value, etag } = await lxd.request<CustomVolume>('GET', volumePath(volume));
    const change = changeOf(value);
    if (!change) return;
    const config = Object.fromEntries(
      Object.entries({ ...value.config, ...change }).filter((entry) => entry[1] !== null),
    );
    const body = { description: value.description, config };
    try {
      await ended(
        lxd,
        await lxd.request<unknown>('PUT', volumePath(volume), { body, etag }),
        updateTimeoutMs,
      );
      return;
    } catch (error) {
      if (tries >= updateTries || !isCopaError(error, 'aborted')) throw error;
    }
  }
}

/**
 * Deletes a volume with its snapshots. A missing one is no error. Throws `failed_precondition` when the host has mounted
 * something inside its files, because the daemon would delete the mounted files, too.
 */
export async function deleteCustomVolume(lxd: LxdClient, volume: VolumeName): Promise<void> {
  const pool = await lxd.get<StoragePool>(`/1.0/storage-pools/${encodeURIComponent(volume.pool)}`);
  const directory = await volumeDirectory(lxd, pool, volume.name);
  const [mount] = directory === undefined ? [] : await mountsBelow(lxd, directory);
  if (mount !== undefined) {
    throw new CopaError(
      'failed_precondition',
      `the host has mounted something inside the files of storage volume "${volume.name}" (${mount}), which would be deleted with them: unmount it first`,
    );
  }
  try {
    const answer = await lxd.request<unknown>('DELETE', volumePath(volume), { timeoutMs: deleteTimeoutMs });
    await ended(lxd, answer, deleteTimeoutMs);
  } catch (error) {
    if (!isCopaError(error, 'not_found')) throw error;
  }
}

/** Some daemons answer at once, others with an operation. */
async function ended(
  lxd: LxdClient,
  { value }: { readonly value: unknown },
  timeoutMs: number,
): Promise<void> {
  const { id, status } = (value ?? {}) as { readonly id?: unknown; readonly status?: unknown };
  if (typeof id === 'string' && typeof status === 'string') await waitForOperation(lxd, id, timeoutMs);
}

/** The name of a volume's directory: daemons put the project before it. */
export function volumeFolder(name: string): string {
  return `default_${name}`;
}

/** The directory of the volume's files in this process; undefined when it is not visible. */
export function volumeDirectory(
  lxd: LxdClient,
  pool: StoragePool,
  name: string,
): Promise<string | undefined> {
  return findDirectory(lxd, pool, join('custom', volumeFolder(name)));
}

/**
 * Closes the folders of all custom volumes to users of the host, as daemons close that of each container. Files from
 * another host come with its owners, so a set-user-ID file of root could be run here.
 */
export async function closeVolumeFolders(lxd: LxdClient, poolName: string): Promise<void> {
  const pool = await lxd.get<StoragePool>(`/1.0/storage-pools/${encodeURIComponent(poolName)}`);
  for (const folder of ['custom', 'custom-snapshots']) {
    const directory = await findDirectory(lxd, pool, folder);
    if (directory !== undefined) await chmod(directory, 0o700);
  }
}

/** The visible directories of its snapshots. */
export async function volumeSnapshotDirectories(
  lxd: LxdClient,
  pool: StoragePool,
  name: string,
): Promise<string[]> {
  const directory = await findDirectory(lxd, pool, join('custom-snapshots', volumeFolder(name)));
  return directory ? (await readdir(directory)).map((each) => join(directory, each)) : [];
}

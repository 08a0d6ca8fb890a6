/**
 * Finds the files that a refresh must not take for unchanged.
 *
 * On storage that does not send differences between snapshots, the daemons fill and refresh a copy by rsync. rsync
 * takes a file for unchanged when its size and the SECOND of its modification time are equal. Any user can set that
 * time, and two changes can fall into one second. Nobody can set the time at which the source's file system last
 * changed a file's inode (ctime). The source therefore uses ctime:
 *
 * - Between two passes: every file that changed since the earlier pass began may have been copied before its change.
 * - Within the first pass: it fills the copy with one snapshot after the other, and then with the current state. A
 *   file that changed since the first snapshot, and that rsync cannot distinguish from the last snapshot's file, may
 *   have been left as it was in the snapshot.
 *
 * The source's agent sends the names of these files. The destination's agent gives its copies of them a time that no
 * file has. rsync then compares their content and corrects their times.
 */
import { existsSync, lstatSync, utimesSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { LxdClient } from '../lxd/client.js';
import { volumeDirectory } from '../lxd/custom-volumes.js';
import { findDirectory, findVolume } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';
import { changedSince } from './changed-times.js';
import { checkStillThere, splitNames, walk, type Take } from './file-walk.js';

/** Storage whose containers are always visible below the daemon's directory. */
const alwaysMounted: readonly string[] = ['dir', 'btrfs'];

/** Storage that transfers in its own format between equal drivers, without rsync. */
const ownFormats: readonly string[] = ['btrfs', 'zfs'];

/** The path of the container's files on this host, or undefined when they are not, or not always, visible. */
export async function visibleVolume(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
): Promise<string | undefined> {
  if (!alwaysMounted.includes(pool.driver)) return undefined;
  const directory = await findVolume(lxd, pool, container);
  // A volume that is not mounted may have a directory, but the directory is empty.
  return directory !== undefined && existsSync(join(directory, 'rootfs')) ? directory : undefined;
}

/** The same for a custom volume. It is always mounted, because such storage consists of directories. */
export async function visibleCustomVolume(
  lxd: LxdClient,
  pool: StoragePool,
  name: string,
): Promise<string | undefined> {
  return alwaysMounted.includes(pool.driver) ? volumeDirectory(lxd, pool, name) : undefined;
}

/**
 * Sends the names of the files that changed since a time. Each is relative to the volume and ends with a zero byte.
 */
export async function nameChangedFiles(
  volume: string,
  sinceMs: number,
  send: Take,
  signal?: AbortSignal,
): Promise<void> {
  await walk(volume, [...changedSince(sinceMs), '-printf', '%P\\0'], send, signal);
}

/** The directory of the last snapshot's files, and the creation time of the first snapshot. */
export interface SnapshotTrail {
  readonly directory: string;
  readonly firstCreatedAtMs: number;
}

/**
 * The reference data of a container's snapshots, or undefined without snapshots or when their files are not visible
 * here.
 */
export async function snapshotTrail(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
  snapshots: readonly { readonly name: string; readonly createdAtMs: number }[],
): Promise<SnapshotTrail | undefined> {
  const inOrder = [...snapshots].sort((a, b) => a.createdAtMs - b.createdAtMs);
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  if (!first || !last) return undefined;
  const directory = await findDirectory(lxd, pool, join('containers-snapshots', container, last.name));
  return directory === undefined ? undefined : { directory, firstCreatedAtMs: first.createdAtMs };
}

/**
 * Sends the names of the files that changed since the first snapshot and that rsync takes for those of the last one.
 */
export async function nameFilesLikeSnapshot(
  volume: string,
  { directory, firstCreatedAtMs }: SnapshotTrail,
  send: Take,
  signal?: AbortSignal,
): Promise<void> {
  const tests = [...changedSince(firstCreatedAtMs), '-printf', '%s %T@ %P\\0'];
  const take = async (lines: Buffer) => {
    const names: string[] = [];
    for (const line of splitNames(lines)) {
      const [size = '', changedAt = ''] = line.split(' ', 2);
      const name = line.slice(size.length + changedAt.length + 2);
      const there = await lstat(join(directory, name)).catch(() => undefined);
      if (there?.isFile() !== true || there.size !== Number(size)) continue;
      if (Math.floor(there.mtimeMs / 1000) === Math.floor(Number(changedAt))) names.push(`${name}\0`);
    }
    if (names.length > 0) await send(Buffer.from(names.join(''), 'latin1'));
  };
  await walk(volume, tests, take, signal);
}

/** Whether at least one such file exists. */
export async function hasFilesLikeSnapshot(volume: string, trail: SnapshotTrail): Promise<boolean> {
  let found = false;
  await nameFilesLikeSnapshot(volume, trail, () => {
    found = true;
    return Promise.resolve();
  });
  return found;
}

/** A second in 1902, among the earliest years that every file system supports. */
function impossibleTime(): Date {
  return new Date((-2_145_916_800 + Math.floor(Math.random() * 31_536_000)) * 1000);
}

/**
 * Gives the named files of a copy a time that no file has. Nothing may write to the copy meanwhile. The names come
 * from the other host and are not trusted: a name that leads out of the copy through a link or `..` is ignored.
 */
export class CopyMarker {
  readonly #time = impossibleTime();
  /** Results for directories that were checked: true for a real directory, false for a link. */
  readonly #known = new Map<string, boolean>();

  constructor(private readonly volume: string) {}

  /** Marks the files of one message. */
  mark(names: Buffer): void {
    for (const name of splitNames(names)) {
      const path = Buffer.from(name, 'latin1');
      if (!this.#isInside(dirname(name))) continue;
      const file = Buffer.concat([Buffer.from(`${this.volume}${sep}`), path]);
      try {
        const stat = lstatSync(file);
        if (stat.isFile()) utimesSync(file, stat.atime, this.#time);
      } catch (error) {
        // The file is not there yet, so rsync will copy it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        checkStillThere(this.volume);
      }
    }
  }

  #isInside(directory: string): boolean {
    if (directory === '.') return true;
    const known = this.#known.get(directory);
    if (known !== undefined) return known;
    const isInside = this.#isOwnDirectory(directory);
    this.#known.set(directory, isInside);
    return isInside;
  }

  #isOwnDirectory(directory: string): boolean {
    const parts = directory.split(sep);
    if (parts.some((part) => part === '' || part === '.' || part === '..')) return false;
    if (!this.#isInside(dirname(directory))) return false;
    const path = Buffer.concat([Buffer.from(`${this.volume}${sep}`), Buffer.from(directory, 'latin1')]);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) checkStillThere(this.volume);
    return stat?.isDirectory() === true;
  }
}

/**
 * Whether the last pass can make a copy exact that was made while the container ran. It cannot when an agent does not
 * see the files, as on storage that the daemon mounts only while it is in use.
 */
export async function canMakeExact(
  lxd: LxdClient,
  pool: StoragePool,
  manifest: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences' | 'namesChangedFiles'>,
): Promise<boolean> {
  // Without differences, such storage sends everything again, so copying while the container runs gains nothing.
  if (isOwnFormat(pool, manifest)) return manifest.sendsDifferences;
  return manifest.namesChangedFiles && (await canSeeCopies(lxd, pool));
}

/** Whether this process sees the files of stopped containers on a storage pool. */
export async function canSeeCopies(lxd: LxdClient, pool: StoragePool): Promise<boolean> {
  return alwaysMounted.includes(pool.driver) && (await findVolume(lxd, pool, '.')) !== undefined;
}

/** The daemons send exact differences, independent of the files' times. */
export function isOwnFormat(
  pool: StoragePool,
  { storageDriver }: Pick<Manifest__Output, 'storageDriver'>,
): boolean {
  return ownFormats.includes(pool.driver) && pool.driver === storageDriver;
}

/**
 * What a refresh must not take for unchanged. On storage that does not send differences between snapshots the daemons
 * fill and refresh a copy by rsync, and rsync takes a file for unchanged when its size and the SECOND of its last
 * change are the same. Anybody can set that time, and two changes may fall into one second. What nobody can set is the
 * time at which the source's file system last changed a file's inode (ctime), so the source decides by it:
 *
 * - between two passes, every file that changed since the earlier one began may have been copied before;
 * - within the first pass, which fills the copy with one snapshot after the other before what is now, a file that
 *   changed since the first snapshot and looks to rsync as the last snapshot has it may have been left as it was there.
 *
 * The source's agent names such files, and the destination's gives its copies of them a time that no file has. rsync
 * then compares their content, and puts their times right.
 */
import { spawn } from 'node:child_process';
import { existsSync, lstatSync, utimesSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { CopaError } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { LxdClient } from '../lxd/client.js';
import { findDirectory, findVolume } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';

/** Storage whose containers are always to be seen below the daemon's directory. */
const alwaysMounted: readonly string[] = ['dir', 'btrfs'];

/** Storage that talks to its like in its own format, and not by rsync. */
const ownFormats: readonly string[] = ['btrfs', 'zfs'];

/** The kernel notes a change by a clock that ticks; more than a tick before is early enough. */
const marginMs = 1_000;

/** What one message of names holds at the most, in bytes: the destination handles it in one go. */
const namesBytesMax = 64 * 1024;

/** Walking a container of millions of files takes minutes. */
const walkTimeoutMs = 30 * 60_000;

type Send = (names: Buffer) => Promise<void>;

/** Where the files of a container are to be seen here; undefined where they are not, at least not always. */
export function visibleVolume(lxd: LxdClient, pool: StoragePool, container: string): string | undefined {
  const directory = alwaysMounted.includes(pool.driver) ? findVolume(lxd, pool, container) : undefined;
  // Where the volume is not mounted there may be a directory, but nothing in it.
  return directory !== undefined && existsSync(join(directory, 'rootfs')) ? directory : undefined;
}

/** Names the files that changed since a moment, each relative to the volume and ended by a zero byte. */
export async function nameChangedFiles(volume: string, sinceMs: number, send: Send): Promise<void> {
  await walk(volume, [...changedSince(sinceMs), '-printf', '%P\\0'], send);
}

/** Where the last snapshot's files are, and when the first one was taken. */
export interface SnapshotTrail {
  readonly directory: string;
  readonly firstCreatedAtMs: number;
}

/** The trail of a container's snapshots; undefined without any, or where their files are not to be seen here. */
export function snapshotTrail(
  lxd: LxdClient,
  pool: StoragePool,
  container: string,
  snapshots: readonly { readonly name: string; readonly createdAtMs: number }[],
): SnapshotTrail | undefined {
  const inOrder = [...snapshots].sort((a, b) => a.createdAtMs - b.createdAtMs);
  const [first, last] = [inOrder[0], inOrder.at(-1)];
  if (!first || !last) return undefined;
  const directory = findDirectory(lxd, pool, join('containers-snapshots', container, last.name));
  return directory === undefined ? undefined : { directory, firstCreatedAtMs: first.createdAtMs };
}

/** Names the files that changed since the first snapshot, and that rsync takes for those of the last one. */
export async function nameFilesLikeSnapshot(
  volume: string,
  { directory, firstCreatedAtMs }: SnapshotTrail,
  send: Send,
): Promise<void> {
  await walk(volume, [...changedSince(firstCreatedAtMs), '-printf', '%s %T@ %P\\0'], async (lines) => {
    const names: string[] = [];
    for (const line of splitNames(lines)) {
      const [size = '', changedAt = ''] = line.split(' ', 2);
      const name = line.slice(size.length + changedAt.length + 2);
      const there = await lstat(join(directory, name)).catch(() => undefined);
      if (there?.isFile() !== true || there.size !== Number(size)) continue;
      if (Math.floor(there.mtimeMs / 1000) === Math.floor(Number(changedAt))) names.push(`${name}\0`);
    }
    if (names.length > 0) await send(Buffer.from(names.join(''), 'latin1'));
  });
}

/** Whether there is any such file. */
export async function hasFilesLikeSnapshot(volume: string, trail: SnapshotTrail): Promise<boolean> {
  let found = false;
  await nameFilesLikeSnapshot(volume, trail, () => {
    found = true;
    return Promise.resolve();
  });
  return found;
}

function changedSince(sinceMs: number): string[] {
  return ['-type', 'f', '-newerct', `@${((sinceMs - marginMs) / 1000).toFixed(3)}`];
}

/** Runs `find` in a directory, and hands on what it prints, cut after a zero byte, no faster than it is taken. */
async function walk(directory: string, tests: readonly string[], take: Send): Promise<void> {
  const find = spawn('find', [directory, '-xdev', ...tests], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: walkTimeoutMs,
    env: { ...process.env, LC_ALL: 'C' },
  });
  let complaint = '';
  find.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (complaint = `${complaint}${text}`.slice(0, 500)));
  const ended = new Promise<number | null>((resolve, reject) => {
    find.once('error', reject).once('close', resolve);
  });
  ended.catch(() => undefined);
  let rest = Buffer.alloc(0);
  for await (const chunk of find.stdout as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    const end = rest.lastIndexOf(0) + 1;
    for (let at = 0; at < end;) {
      const next = endOfNames(rest, at, end);
      await take(rest.subarray(at, next));
      at = next;
    }
    rest = rest.subarray(end);
  }
  const code = await ended;
  // Of a running container, files come and go under the walk; those that are gone need no second look.
  if (code === 0 || (code === 1 && /No such file or directory/.test(complaint))) return;
  throw new CopaError('failed_precondition', `the container's files cannot all be seen: ${complaint.trim()}`);
}

/** The end of as many whole names as one message holds. */
function endOfNames(bytes: Buffer, start: number, end: number): number {
  if (end - start <= namesBytesMax) return end;
  const last = bytes.lastIndexOf(0, start + namesBytesMax);
  return last >= start ? last + 1 : bytes.indexOf(0, start) + 1;
}

/** File names are bytes, and stay what they are as characters of one byte each. */
function splitNames(names: Buffer): string[] {
  return names.toString('latin1').split('\0').slice(0, -1);
}

/** Some second of 1902, among the earliest years that every file system has. */
function impossibleTime(): Date {
  return new Date((-2_145_916_800 + Math.floor(Math.random() * 31_536_000)) * 1000);
}

/**
 * Gives the named files of a copy a time that no file has. Nobody may write to the copy meanwhile. The names are the
 * other host's word: a name that leads out of the copy, through a link or by dots, is passed over.
 */
export class CopyMarker {
  readonly #time = impossibleTime();
  /** Directories that were looked at: whether each is one, and no link. */
  readonly #known = new Map<string, boolean>();

  constructor(private readonly volume: string) {}

  /** Marks the files of one message of names. */
  mark(names: Buffer): void {
    for (const name of splitNames(names)) {
      const path = Buffer.from(name, 'latin1');
      if (!this.#isInside(dirname(name))) continue;
      const file = Buffer.concat([Buffer.from(`${this.volume}${sep}`), path]);
      try {
        const stat = lstatSync(file);
        if (stat.isFile()) utimesSync(file, stat.atime, this.#time);
      } catch (error) {
        // It is not there yet, so rsync brings it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
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
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  }
}

/**
 * Whether a copy that is made while the container runs can be made exact here in the end. It cannot where an agent
 * does not see the files: inside a snap, or on storage that the daemon mounts only while it is used.
 */
export function canMakeExact(
  lxd: LxdClient,
  pool: StoragePool,
  manifest: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences' | 'namesChangedFiles'>,
): boolean {
  // Where no differences can be sent, such storage sends everything again: copying while it runs gains nothing.
  if (isOwnFormat(pool, manifest)) return manifest.sendsDifferences;
  return manifest.namesChangedFiles && canSeeCopies(lxd, pool);
}

/** Whether this process sees the files of stopped containers on a storage pool. */
export function canSeeCopies(lxd: LxdClient, pool: StoragePool): boolean {
  return alwaysMounted.includes(pool.driver) && findVolume(lxd, pool, '.') !== undefined;
}

/** The daemons send what differs, whatever the files' times are. */
export function isOwnFormat(
  pool: StoragePool,
  { storageDriver }: Pick<Manifest__Output, 'storageDriver'>,
): boolean {
  return ownFormats.includes(pool.driver) && pool.driver === storageDriver;
}

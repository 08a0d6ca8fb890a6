/**
 * What a pass must not take for granted. On storage that does not send differences between snapshots the
 * daemons fill and refresh a copy by rsync, and rsync takes a file for unchanged when its size and the SECOND
 * of its last change are the same. A file that was written, copied and written again within one second would
 * keep its old content for ever. That happens twice:
 *
 * - between two passes, to files that were written since copying began;
 * - within the first pass, which fills the copy with one snapshot after the other before what is now, to files
 *   that were written while a snapshot was taken.
 *
 * Such files of the copy get an impossible time before a refresh: rsync then compares their content, and puts
 * their times right.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import { CopaError } from '../../common/errors.js';
import type { LxdClient } from '../lxd/client.js';
import { findStoragePool, findVolume, rootDisk } from '../lxd/storage.js';
import type { Instance, StoragePool } from '../lxd/types.js';

/** Walking a container of millions of files takes minutes. */
const walkTimeoutMs = 30 * 60_000;

/** Storage whose containers are always to be seen below the daemon's directory. */
const alwaysMounted: readonly string[] = ['dir', 'btrfs'];

/** Storage that talks to its like in its own format, and not by rsync. */
const byDifferences: readonly string[] = ['btrfs', 'zfs'];

/** Taking a snapshot of so many files that it takes longer is a matter for their owner. */
const snapshotMsMax = 3600_000;

/** Times of change that are doubted, in whole seconds since 1970: from the first to the last, or for ever. */
export interface SuspectTimes {
  readonly from: number;
  readonly to?: number;
}

export function sinceTime(sinceMs: number): SuspectTimes {
  return { from: Math.floor(sinceMs / 1000) - 1 };
}

/** One stretch for each snapshot, those that meet as one. */
export function snapshotTimes(createdAtMs: readonly number[]): readonly SuspectTimes[] {
  const stretches: { from: number; to: number }[] = [];
  for (const ms of [...createdAtMs].sort((a, b) => a - b)) {
    const [from, to] = [Math.floor(ms / 1000) - 1, Math.ceil((ms + snapshotMsMax) / 1000)];
    const last = stretches.at(-1);
    if (last && from <= last.to) last.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

/**
 * Makes a copy's files doubtful that were written in one of those times (by the source's clock, which their
 * times are from too). Throws `failed_precondition` where this process cannot see them.
 */
export async function findSuspectFiles(
  lxd: LxdClient,
  copy: Instance,
  manifest: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences'>,
  times: readonly SuspectTimes[],
): Promise<void> {
  const pool = await poolOf(lxd, copy);
  if (times.length === 0 || (pool && isExact(pool, manifest))) return;
  const directory = pool && visibleVolume(lxd, pool, copy);
  if (directory === undefined) {
    throw new CopaError(
      'failed_precondition',
      `the agent of the destination cannot see the files of "${copy.name}", so it cannot make sure that the last pass brings all of them: use passes_max=0`,
    );
  }
  await find(directory, times, ['-exec', 'touch', '-m', '-d', '@0', '{}', '+']);
}

/**
 * Whether files of a copy that was sent whole were written in one of those times. Where this process cannot see
 * them, what the daemons sent is all that there is to be had.
 */
export async function hasSuspectFiles(
  lxd: LxdClient,
  copy: Instance,
  manifest: Pick<Manifest__Output, 'storageDriver'>,
  times: readonly SuspectTimes[],
): Promise<boolean> {
  const pool = await poolOf(lxd, copy);
  // Storage that talks to its like sends blocks, not files.
  if (!pool || times.length === 0 || isOwnFormat(pool, manifest)) return false;
  const directory = visibleVolume(lxd, pool, copy);
  return directory !== undefined && (await find(directory, times, ['-print', '-quit'])) !== '';
}

function poolOf(lxd: LxdClient, copy: Instance): Promise<StoragePool | undefined> {
  return findStoragePool(lxd, rootDisk(copy.expanded_devices)?.['pool'] ?? '');
}

/** Where the volume is not mounted there may be a directory, but nothing in it. */
function visibleVolume(lxd: LxdClient, pool: StoragePool, copy: Instance): string | undefined {
  const directory = findVolume(lxd, pool, copy.name);
  return directory !== undefined && existsSync(join(directory, 'rootfs')) ? directory : undefined;
}

async function find(directory: string, times: readonly SuspectTimes[], action: string[]): Promise<string> {
  const tests = times.map(({ from, to }) => [
    ...['-newermt', `@${from - 1}`],
    ...(to === undefined ? [] : ['!', '-newermt', `@${to}`]),
  ]);
  const any = tests.flatMap((test, at) => (at === 0 ? ['(', ...test] : ['-o', ...test]));
  const argv = [directory, '-xdev', '-type', 'f', ...any, ')', ...action];
  const { stdout } = await promisify(execFile)('find', argv, { timeout: walkTimeoutMs });
  return stdout;
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
  if (isOwnFormat(pool, manifest)) return manifest.sendsDifferences;
  return alwaysMounted.includes(pool.driver) && findVolume(lxd, pool, '.') !== undefined;
}

/** The daemons send what differs, whatever the files' times are. */
function isExact(
  pool: StoragePool,
  { storageDriver, sendsDifferences }: Pick<Manifest__Output, 'storageDriver' | 'sendsDifferences'>,
): boolean {
  return sendsDifferences && pool.driver === storageDriver;
}

function isOwnFormat(pool: StoragePool, { storageDriver }: Pick<Manifest__Output, 'storageDriver'>): boolean {
  return byDifferences.includes(pool.driver) && pool.driver === storageDriver;
}

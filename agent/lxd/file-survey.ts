/** Examines a container's files for the preflight, with tools that every host has. */
import { execFile, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { messageOf } from '../../common/errors.js';

/** Time limit of the examination; its result is then unknown. Raising it delays the preflight. */
const surveyTimeoutMs = 20_000;

/** rsync cannot transfer names of this length, in bytes, counted from the volume (MAXPATHLEN). */
const pathBytesMax = 4096;

export interface Sizes {
  /** The size of each directory in bytes: each hard link counts as a file, and nothing is compressed. */
  readonly used: readonly number[];
  /** The bytes of holes in the files of the first directory. */
  readonly holes: number;
}

/** Sizes of directories. Throws after the time limit, or when the files are not readable. */
export async function measure(directories: readonly string[]): Promise<Sizes> {
  const [used, [apparent = 0]] = await Promise.all([
    du([], directories),
    du(['--apparent-size'], directories.slice(0, 1)),
  ]);
  return { used, holes: Math.max(0, apparent - (used[0] ?? 0)) };
}

async function du(flags: readonly string[], directories: readonly string[]): Promise<number[]> {
  const all = ['-s', '-l', '-x', '-B1', ...flags, '--files0-from=-'];
  const child = promisify(execFile)('du', all, { timeout: surveyTimeoutMs, maxBuffer: 64 * 1024 * 1024 });
  child.child.stdin?.end(directories.map((directory) => `${directory}\0`).join(''));
  // Files that vanish during the count cause messages on stderr and count as zero.
  const { stdout } = await child.catch((error: unknown) => {
    const { code, stdout: printed } = error as { code?: unknown; stdout?: string };
    if (code === 1) return { stdout: printed ?? '' };
    throw new Error(`measuring took more than ${surveyTimeoutMs / 1000} s`, { cause: error });
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Number.parseInt(line, 10));
}

/**
 * Whether snapshots' files have other owners on disk than those of other snapshots. That is so when a container was moved
 * between hosts with other user IDs: its daemon changes the owners of the container, but not of the snapshots.
 */
export async function ownersDiffer(snapshots: readonly string[]): Promise<boolean> {
  const ownerOf = async (directory: string) =>
    (await stat(join(directory, 'rootfs')).catch(() => undefined))?.uid;
  const owners = (await Promise.all(snapshots.map(ownerOf))).filter((owner) => owner !== undefined);
  return new Set(owners).size > 1;
}

export interface OddFiles {
  /** The first few names that are too long for rsync, counted from the volume. */
  readonly longPaths: readonly string[];
  /** The number of files with several names. */
  readonly hardLinks: number;
  /** The first few files that nobody can change or remove (chattr +i or +a). */
  readonly immutable: readonly string[];
  /** What could not be examined, and why. */
  readonly unknown: readonly string[];
}

const shownMax = 3;

export async function findOddFiles(volume: string): Promise<OddFiles> {
  const longPaths: string[] = [];
  const immutable: string[] = [];
  let hardLinks = 0;
  const unknown: string[] = [];
  const attempt = (what: string, work: Promise<void>) =>
    work.catch((error: unknown) => void unknown.push(`${what} (${messageOf(error)})`));
  // Each question mark matches a byte. The matched path begins with the volume's own path.
  const long = `${'?'.repeat(Math.min(volume.length + pathBytesMax, 8000))}*`;
  const tests = [
    '-xdev',
    '(',
    '-type',
    'f',
    '-links',
    '+1',
    '-printf',
    'h\\n',
    ')',
    '-o',
    '-path',
    long,
    '-printf',
    'l%P\\n',
  ];
  await Promise.all([
    attempt(
      'hard links and long paths',
      eachLine('find', [volume, ...tests], (line) => {
        if (line === 'h') hardLinks++;
        else if (line.startsWith('l') && longPaths.length < shownMax) longPaths.push(line.slice(1));
      }),
    ),
    attempt(
      'immutable files',
      eachLine('lsattr', ['-R', '-a', '--', volume], (line) => {
        const [, flags = '', path = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
        if (/[ia]/.test(flags) && /^[-a-zA-Z]+$/.test(flags) && immutable.length < shownMax) {
          immutable.push(path.slice(volume.length));
        }
      }),
    ),
  ]);
  return { longPaths, hardLinks, immutable, unknown };
}

/** Runs a program and passes on its output line by line. Its messages about single files are ignored. */
async function eachLine(
  program: string,
  argv: readonly string[],
  take: (line: string) => void,
): Promise<void> {
  const child = spawn(program, argv, {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: surveyTimeoutMs,
    env: { ...process.env, LC_ALL: 'C' },
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject).once('close', (_, signal) => resolve(signal));
  });
  ended.catch(() => undefined);
  createInterface({ input: child.stdout }).on('line', take);
  if ((await ended) !== null) throw new Error(`looking took more than ${surveyTimeoutMs / 1000} s`);
}

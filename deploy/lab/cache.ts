/**
 * What takes long to make and is kept on this machine: root file systems, images, Node.js releases. Whoever comes
 * first makes it, under a lock that the kernel releases when its holder dies; whoever comes meanwhile waits, and
 * uses the same. A thing appears by a rename when it is whole, so nobody sees half of it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** `COPA_CACHE_DIR`, or the machine's own place for caches, or that of a user who may not write there. */
export function cacheDirectory(): string {
  const { COPA_CACHE_DIR: given, XDG_CACHE_HOME: home } = process.env;
  if (given) return given;
  return process.getuid?.() === 0 ? '/var/cache/copa' : join(home ?? join(homedir(), '.cache'), 'copa');
}

/**
 * The path of the file or directory `name` in the cache. When it is not there, `make` makes it, at the path that it
 * gets; nothing is there yet.
 */
export async function cached(name: string, make: (path: string) => Promise<void>): Promise<string> {
  const path = join(cacheDirectory(), name);
  if (existsSync(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  return withLock(`${path}.lock`, async () => {
    if (existsSync(path)) return path;
    const prefix = `${path}.making-`;
    await removeLeftovers(prefix);
    const work = await mkdtemp(prefix);
    try {
      await make(join(work, 'made'));
      await rename(join(work, 'made'), path);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    return path;
  });
}

/** Holds the lock on a file, which is made for it, while `action` runs; waits for it first. */
async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  // It holds the lock until it is at the end of its input, which is at the latest when this process has ended. In a
  // group of its own it does not get a Ctrl-C before that.
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(holder, 'close');
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => Promise.reject(new Error(`no lock on ${file}`))),
  ]);
  try {
    return await action();
  } finally {
    holder.stdin.end();
    await ended;
  }
}

/** Whoever holds the lock knows that the makers of these are dead. */
async function removeLeftovers(prefix: string): Promise<void> {
  for (const entry of await readdir(dirname(prefix)))
    if (entry.startsWith(basename(prefix)))
      await rm(join(dirname(prefix), entry), { recursive: true, force: true });
}

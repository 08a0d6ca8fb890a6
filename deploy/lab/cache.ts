/**
 * A cache for what takes long to make: root file systems, images, Node.js releases. The first process makes an entry
 * under a lock that the kernel releases when its holder dies. Other processes wait and then use the same entry. A
 * complete entry appears by a rename, so no process sees an incomplete one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** `COPA_CACHE_DIR`, or the system's cache directory, or the user's if the user may not write there. */
export function cacheDirectory(): string {
  const { COPA_CACHE_DIR: given, XDG_CACHE_HOME: home } = process.env;
  if (given) return given;
  return process.getuid?.() === 0 ? '/var/cache/copa' : join(home ?? join(homedir(), '.cache'), 'copa');
}

/**
 * The path of the file or directory `name` in the cache. If it does not exist, `make` creates it at the given path.
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

/** Runs `action` while it holds the lock on a file, which is created for this. Waits for the lock first. */
async function withLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  // The child holds the lock until the end of its input, which comes at the latest when this process ends. In a
  // process group of its own, Ctrl-C does not reach it before that.
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

/** The holder of the lock knows that the makers of these are dead. */
async function removeLeftovers(prefix: string): Promise<void> {
  for (const entry of await readdir(dirname(prefix)))
    if (entry.startsWith(basename(prefix)))
      await rm(join(dirname(prefix), entry), { recursive: true, force: true });
}

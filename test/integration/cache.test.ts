// Aim: a cache entry is made once for any number of concurrent users, and is complete whenever it exists. Method:
// concurrent makers on a real directory; each takes the lock through a process of its own, like makers in different
// processes.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { cached } from '../../deploy/lab/cache.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'copa-cache-'));
  vi.stubEnv('COPA_CACHE_DIR', join(directory, 'cache'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

const entries = async () => (await readdir(join(directory, 'cache'))).sort();

test('one of five makers makes it, and all get a complete one', async () => {
  let made = 0;
  const make = async (path: string) => {
    made += 1;
    await mkdir(path);
    for (const name of ['a', 'b']) await writeFile(join(path, name), name);
  };
  const paths = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const path = await cached('tree', make);
      expect(await readdir(path)).toEqual(['a', 'b']);
      return path;
    }),
  );
  expect(made).toBe(1);
  expect(new Set(paths)).toEqual(new Set([join(directory, 'cache/tree')]));
  expect(await entries()).toEqual(['tree', 'tree.lock']);
});

test('a maker that fails leaves nothing, and the next one makes it', async () => {
  const fails = async (path: string) => {
    await writeFile(path, 'half');
    throw new Error('the mirror is gone');
  };
  const outcomes = await Promise.allSettled([
    cached('file', fails),
    cached('file', fails),
    cached('file', (path) => writeFile(path, 'whole')),
  ]);
  const reasons = outcomes.map((each) => each.status === 'rejected' && (each.reason as Error).message);
  expect(reasons.filter((reason) => reason !== false && reason !== 'the mirror is gone')).toEqual([]);
  expect(await readFile(await cached('file', fails), 'utf8')).toBe('whole');
  expect(await entries()).toEqual(['file', 'file.lock']);
});

test('the remains of a killed maker are removed', async () => {
  await mkdir(join(directory, 'cache/file.making-killed/made'), { recursive: true });
  await cached('file', (path) => writeFile(path, 'whole'));
  expect(await entries()).toEqual(['file', 'file.lock']);
});

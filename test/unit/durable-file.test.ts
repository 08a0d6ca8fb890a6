// Aim: what must outlive a power failure is on disk before anybody builds on it: content first, then the name. Method: real
// files; the calls to the disk are recorded.
import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createFile, replaceFile } from '../../common/durable-file.js';
import { makeSecret } from '../../controller/pki/cluster-secret.js';

let directory: string;
let file: string;
/** At each sync to disk, what the directory had. */
let synced: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'copa-durable-'));
  file = join(directory, 'a');
  synced = [];
  const handle = await open(directory, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  vi.spyOn(prototype, 'sync').mockImplementation(function sync() {
    synced.push(readdirSync(directory).sort().join(' '));
    return Promise.resolve();
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

test('a file is replaced as a whole, its content before its name', async () => {
  await replaceFile(file, 'one', 0o600);
  expect(synced).toEqual(['a.new', 'a']);
  await replaceFile(file, 'two', 0o600);
  expect(readFileSync(file, 'utf8')).toBe('two');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a device is written to, and stays', async () => {
  execFileSync('mkfifo', [file]);
  const reader = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  await replaceFile(file, 'one', 0o600);
  expect(statSync(file).isFIFO()).toBe(true);
  expect((await reader.read(Buffer.alloc(10))).bytesRead).toBe(3);
  await reader.close();
});

test('a file is created once, and whoever comes later leaves it as it is', async () => {
  const created = await Promise.all([createFile(file, 'same', 0o600), createFile(`${file}b`, 'x', 0o600)]);
  expect(created).toEqual([true, true]);
  expect(await createFile(file, 'other', 0o600)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe('same');
  expect(readdirSync(directory).sort()).toEqual(['a', 'ab']);
});

test('the cluster secret is on disk before anything is sealed with it', async () => {
  const secret = await makeSecret(directory);
  expect(synced.at(-1)).toBe('cluster-secret');
  expect(synced).toHaveLength(2);
  expect(await makeSecret(directory)).toEqual(secret);
});

// Aim: files that came with a moved directory are named, however equal their times and sizes are, and no others; and what
// has changed is measured. Method: real files.
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  KnownDirectories,
  listDirectories,
  measureChanges,
  nameMovedFiles,
} from '../../agent/migration/moved-directories.js';

/** What changed so long before a pass counts as changed since it began. */
const marginMs = 1_000;

let volume: string;
let sinceMs: number;
let known: KnownDirectories;
const path = (name: string) => join(volume, name);
const write = (name: string, text: string) => {
  mkdirSync(join(path(name), '..'), { recursive: true });
  writeFileSync(path(name), text);
  utimesSync(path(name), 0, 0);
};

async function named(): Promise<string[]> {
  const moved = known.moved('m', await listDirectories(volume), sinceMs);
  const all: Buffer[] = [];
  await nameMovedFiles(volume, { moved, sinceMs }, (names) => {
    all.push(Buffer.from(names));
    return Promise.resolve();
  });
  return Buffer.concat(all).toString('latin1').split('\0').slice(0, -1).sort();
}

beforeEach(async () => {
  volume = mkdtempSync(join(tmpdir(), 'copa-moved-'));
  known = new KnownDirectories();
  write('rootfs/srv/new/lib/a', 'v1');
  write('rootfs/srv/old/lib/a', 'v2');
  write('rootfs/srv/old/b', 'v1');
  write('rootfs/etc/c', 'v1');
  await delay(20);
  sinceMs = Date.now() + marginMs;
  known.note('m', await listDirectories(volume));
});
afterEach(() => rmSync(volume, { recursive: true }));

function exchange(): void {
  renameSync(path('rootfs/srv/old'), path('rootfs/srv/away'));
  renameSync(path('rootfs/srv/new'), path('rootfs/srv/old'));
  renameSync(path('rootfs/srv/away'), path('rootfs/srv/new'));
}

test('directories that have changed places are compared, with all that is in them', async () => {
  exchange();
  expect(await named()).toEqual(['rootfs/srv/new/b', 'rootfs/srv/new/lib/a', 'rootfs/srv/old/lib/a']);
});

test('an agent that was restarted compares where directories may have moved', async () => {
  exchange();
  known = new KnownDirectories();
  expect(await named()).toEqual(['rootfs/srv/new/b', 'rootfs/srv/new/lib/a', 'rootfs/srv/old/lib/a']);
});

test('a directory in which something has changed was not moved', async () => {
  write('rootfs/srv/old/lib/d', 'v1');
  write('rootfs/srv/e', 'v1');
  expect(await named()).toEqual([]);
});

test('a new directory is measured, and nothing is compared', async () => {
  write('rootfs/srv/newest/lib/d', 'x'.repeat(10_000));
  write('rootfs/hole', '');
  truncateSync(path('rootfs/hole'), 10 ** 9);
  expect(await named()).toEqual([]);
  const { bytes, files } = await measureChanges(volume, sinceMs);
  expect(files).toBe(2);
  expect(bytes).toBeGreaterThanOrEqual(8_192);
  expect(bytes).toBeLessThan(100_000);
});

test('names may be any bytes', async () => {
  renameSync(
    path('rootfs/etc'),
    Buffer.concat([Buffer.from(path('rootfs/')), Buffer.from([0xff, 0x20, 0x0a])]),
  );
  expect(await named()).toEqual(['rootfs/\xff \n/c']);
});

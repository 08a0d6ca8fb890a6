// Aim: the source finds changed files, whatever their size and times are, and no unchanged ones; the destination
// marks its copies of those, and nothing outside. Method: real files.
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CopyMarker,
  hasFilesLikeSnapshot,
  nameChangedFiles,
  nameFilesLikeSnapshot,
} from '../../agent/migration/changed-files.js';

let directory: string;
const file = (name: string) => join(directory, name);
const write = (name: string, text: string, seconds?: number) => {
  mkdirSync(join(file(name), '..'), { recursive: true });
  writeFileSync(file(name), text);
  if (seconds !== undefined) utimesSync(file(name), seconds, seconds);
};
async function named(work: (send: (names: Buffer) => Promise<void>) => Promise<void>): Promise<string[]> {
  const all: Buffer[] = [];
  await work((names) => {
    all.push(Buffer.from(names));
    return Promise.resolve();
  });
  return Buffer.concat(all).toString('latin1').split('\0').slice(0, -1).sort();
}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copa-changed-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('changed files', () => {
  test(
    'are those that were written since, however old or new they claim to be',
    { timeout: 20_000 },
    async () => {
      write('volume/rootfs/future', 'x', 4_000_000_000);
      write('volume/rootfs/old', 'x', 0);
      write('volume/rootfs/same', 'v1', 0);
      await delay(1_200);
      const since = Date.now();
      write('volume/rootfs/same', 'v2', 0);
      write('volume/rootfs/a\nb', 'x', 0);
      expect(await named((send) => nameChangedFiles(file('volume'), since + 900, send))).toEqual([
        'rootfs/a\nb',
        'rootfs/same',
      ]);
    },
  );

  test('are complete in as many messages as necessary', async () => {
    for (let at = 0; at < 900; at++) write(`volume/${'x'.repeat(100)}${at}`, '');
    const sizes: number[] = [];
    const all = await named((send) =>
      nameChangedFiles(file('volume'), 0, (names) => {
        sizes.push(names.length);
        return send(names);
      }),
    );
    expect(all).toHaveLength(900);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64 * 1024);
  });

  test('that rsync takes for those of the last snapshot are sent, others are not', async () => {
    write('snapshot/rootfs/like', 'v1', 0);
    write('snapshot/rootfs/longer', 'v1', 0);
    write('snapshot/rootfs/newer', 'v1', 0);
    write('volume/rootfs/like', 'v2', 0);
    write('volume/rootfs/longer', 'v22', 0);
    write('volume/rootfs/newer', 'v2', 5);
    write('volume/rootfs/fresh', 'v2', 0);
    const trail = { directory: file('snapshot'), firstCreatedAtMs: Date.now() - 60_000 };
    expect(await named((send) => nameFilesLikeSnapshot(file('volume'), trail, send))).toEqual([
      'rootfs/like',
    ]);
    expect(await hasFilesLikeSnapshot(file('volume'), trail)).toBe(true);
    const later = { ...trail, firstCreatedAtMs: Date.now() + 60_000 };
    expect(await hasFilesLikeSnapshot(file('volume'), later)).toBe(false);
  });
});

test('a copy is marked by a time that no file has; links and names that lead out are ignored', () => {
  write('copy/rootfs/f', 'x', 0);
  write('outside/secret', 'x', 7);
  symlinkSync(file('outside'), file('copy/rootfs/link'));
  symlinkSync(file('outside/secret'), file('copy/rootfs/direct'));
  const names = [
    'rootfs/f',
    'rootfs/link/secret',
    'rootfs/direct',
    '../outside/secret',
    'rootfs/../../outside/secret',
    'rootfs/gone',
    'gone/too',
    '',
  ];
  new CopyMarker(file('copy')).mark(Buffer.from(names.map((name) => `${name}\0`).join('')));
  expect(statSync(file('copy/rootfs/f')).mtimeMs).toBeLessThan(-2_000_000_000_000);
  expect(statSync(file('outside/secret')).mtimeMs).toBe(7_000);
});

// Aim: the last pass goes by rsync only where that is exact and short, and lost set-user-ID bits are found. Method: real
// files; an owner that differs stands for a file that a daemon has shifted.
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { filesForRsync, mayLoseModes, SentSnapshots } from '../../agent/migration/rsync-refresh.js';

let directory: string;
const path = (name: string) => join(directory, name);
const write = (name: string, mode = 0o644) => {
  mkdirSync(join(path(name), '..'), { recursive: true });
  writeFileSync(path(name), 'x');
  chmodSync(path(name), mode);
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copa-rsync-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a refresh by rsync', () => {
  const changed = async (sinceMs = 0) => {
    const names = await filesForRsync(path('volume'), sinceMs, new AbortController().signal);
    return names?.map((name) => name.toString()).sort();
  };
  beforeEach(() => {
    write('volume/rootfs/a');
    write('volume/rootfs/name with 1 2 blanks\n');
  });

  test('gets the names of what has changed', async () => {
    expect(await changed()).toEqual(['rootfs/a\0', 'rootfs/name with 1 2 blanks\n\0']);
    expect(await changed(Date.now() + 10_000)).toEqual([]);
  });

  test('is ruled out by a hard link that has changed', async () => {
    linkSync(path('volume/rootfs/a'), path('volume/rootfs/b'));
    expect(await changed()).toBeUndefined();
    expect(await changed(Date.now() + 10_000)).toEqual([]);
  });

  test('is ruled out by large files that have changed, holes included', async () => {
    truncateSync(path('volume/rootfs/a'), 10 ** 9);
    expect(await changed()).toBeUndefined();
  });

  test('ends when its pass ends', async () => {
    const ended = AbortSignal.abort(new Error('the pass has ended'));
    await expect(filesForRsync(path('volume'), 0, ended)).rejects.toThrow();
  });
});

describe('set-user-ID bits', () => {
  const owned = process.getuid?.() ?? 0;
  const lost = () => mayLoseModes(path('volume'), [path('s1'), path('s2')]);
  beforeEach(() => {
    for (const each of ['volume', 's1', 's2']) {
      write(`${each}/rootfs/bin/su`, 0o4755);
      write(`${each}/rootfs/bin/plain`);
    }
  });

  test('are kept where every snapshot has the same owners', async () => {
    expect(await lost()).toBe(false);
    expect(await mayLoseModes(path('volume'), [])).toBe(false);
  });

  test('are lost where a file was renamed', async () => {
    rmSync(path('s1/rootfs/bin/su'));
    expect(await lost()).toBe(true);
  });

  test.runIf(owned === 0)('are lost where one snapshot has another owner of such a file', async () => {
    chownSync(path('s2/rootfs/bin/plain'), 1000, 1000);
    expect(await lost()).toBe(false);
    chownSync(path('s2/rootfs/bin/su'), 0, 1000);
    expect(await lost()).toBe(true);
  });
});

test('a snapshot that no pass has brought is new', () => {
  const sent = new SentSnapshots();
  expect(sent.hasAll('m1', [])).toBe(false);
  sent.note('m1', ['a', 'b']);
  expect([sent.hasAll('m1', ['a']), sent.hasAll('m1', ['a', 'c']), sent.hasAll('m2', ['a'])]).toEqual([
    true,
    false,
    false,
  ]);
});

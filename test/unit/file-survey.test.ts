// Aim: snapshots whose files have other owners on disk than the container's are found. Method: directories as on disk.
import { chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownersDiffer } from '../../agent/lxd/file-survey.js';

describe.skipIf(process.getuid?.() !== 0)('owners of snapshots', () => {
  const volumeOf = (uid: number) => {
    const volume = mkdtempSync(join(tmpdir(), 'copa-survey-'));
    mkdirSync(join(volume, 'rootfs'));
    chownSync(join(volume, 'rootfs'), uid, uid);
    return volume;
  };

  test.each([
    ['none', [], false],
    ['the same', [1_000_000, 1_000_000], false],
    ['one of another host', [1_000_000, 0], true],
  ])('%s', async (_, uids, expected) => {
    expect(await ownersDiffer(uids.map(volumeOf))).toBe(expected);
  });

  test('a snapshot that vanishes meanwhile does not count', async () => {
    expect(await ownersDiffer([volumeOf(0), '/nowhere'])).toBe(false);
  });
});

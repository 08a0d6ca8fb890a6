// Aim: a pass ends when its peer sends more than possible, fills the disk, or nobody watches any more, and not
// before; and agents' byte counts are accepted within limits. Method: the decisions alone.
import { describe, expect, test } from 'vitest';
import { roomFor } from '../../agent/lxd/storage.js';
import { excessOf, receivedMax } from '../../agent/migration/pass-bounds.js';
import { credibleBytes, disagreement } from '../../controller/migration/pass-halves.js';

const gib = 1024 ** 3;
const disk = (totalBytes: number, freeBytes: number) => ({ totalBytes, freeBytes });
const quiet = { receivedBytes: 0, unwatchedMs: 0, writes: true };

describe('a pass', () => {
  test.each([
    [
      'more came than four disks hold',
      { receivedBytes: 401 * gib },
      disk(100 * gib, 50 * gib),
      /4 times the size/,
    ],
    ['the disk is nearly full', {}, disk(100 * gib, 2e8), /has only \d+ bytes left/],
    [
      'nobody watches any more',
      { unwatchedMs: 3601_000 },
      disk(100 * gib, 50 * gib),
      /no controller has watched/,
    ],
  ])('ends when %s', (_, change, now, why) => {
    const excess = excessOf({ ...quiet, ...change }, disk(100 * gib, 50 * gib), now);
    expect(excess?.message).toMatch(why);
  });

  test.each([
    ['it sends a sparse file', { receivedBytes: 300 * gib }, disk(100 * gib, 50 * gib)],
    ['its source has a full disk', { writes: false }, disk(100 * gib, 0)],
    ['a controller is away for a while', { unwatchedMs: 600_000 }, disk(100 * gib, 50 * gib)],
    ['the daemon does not know how large the disk is', { receivedBytes: 1000 * gib }, disk(0, 0)],
    ['nobody has measured yet', { receivedBytes: 1000 * gib }, undefined],
  ])('continues when %s', (_, change, now) => {
    const atFirst = now && disk(now.totalBytes, now.totalBytes / 2);
    expect(excessOf({ ...quiet, ...change }, atFirst, now)).toBeUndefined();
  });

  test('of a small disk leaves an eighth of what was free, of a large one 256 MiB', () => {
    expect(roomFor(disk(gib, 200))).toBe(175);
    expect(roomFor(disk(1000 * gib, 500 * gib))).toBe(500 * gib - gib / 4);
    expect(receivedMax(disk(gib, 1))).toBe(4 * gib);
  });
});

test("an agent's byte counts never decrease, nor exceed exact integers", () => {
  expect(credibleBytes(0, 5)).toBe(5);
  expect(credibleBytes(5, 3)).toBe(5);
  expect(credibleBytes(5, 2 ** 63)).toBe(Number.MAX_SAFE_INTEGER);
});

test('a pass whose sides report different counts fails', () => {
  expect(disagreement(gib, gib - 1000)).toBeUndefined();
  expect(disagreement(gib, 0)).toMatch(/^1073741824 bytes went through the source's agent, and 0 through/);
  expect(disagreement(0, gib)).toMatch(/reports a wrong number/);
});

// Aim: another pass is made exactly while it shortens the downtime by more than its cost, and the passes end at every
// rate of writing. Method: the decision as a table, and a simulated writer.
import { describe, expect, test } from 'vitest';
import { anotherRound, isShortEnough, passTimes } from '../../controller/migration/precopy-rounds.js';
import type { Pass } from '../../controller/model/migration.js';

const after = (...ms: number[]) =>
  anotherRound(
    // Only sending takes time.
    ms.map((each) => ({ ms: each, bytes: each })),
    5,
  );

describe('another pass', () => {
  test.each([
    ['the first is always made', [], true],
    ['a long first pass wants a second', [30_000], true],
    ['a first pass that was all overhead does not', [600], false],
    ['passes that shrink fast enough to be worth it', [60_000, 20_000], true],
    ['a short one has nothing left to gain', [30_000, 2_500], false],
    ['passes that hardly shrink are not worth it', [30_000, 29_000], false],
    ['nor do passes that grow', [30_000, 40_000], false],
    ['not past the maximum', [81_000, 27_000, 9_000, 6_000, 5_000], false],
    ['not past an hour', [3_000_000, 700_000], false],
  ])('%s', (_, ms, expected) => {
    expect(after(...ms)).toBe(expected);
  });

  test('is not worth it when only overhead is left, as of hundreds of snapshots', () => {
    const overhead = [
      { ms: 40_000, bytes: 900e6 },
      { ms: 17_000, bytes: 2e6 },
    ];
    expect(anotherRound(overhead, 5)).toBe(false);
    expect(
      anotherRound(
        [
          { ms: 40_000, bytes: 900e6 },
          { ms: 17_000, bytes: 200e6 },
        ],
        5,
      ),
    ).toBe(true);
  });

  test.each([0, 1, 10, 50, 200])('ends with a writer of %i MB/s', (writes) => {
    const [total, rate, overheadMs] = [1_000, 40, 1_500];
    const passes: { ms: number; bytes: number }[] = [];
    while (anotherRound(passes, 5)) {
      const megabytes =
        passes.length === 0 ? total : Math.min(total, (writes * (passes.at(-1)?.ms ?? 0)) / 1000);
      passes.push({ ms: overheadMs + (megabytes / rate) * 1000, bytes: megabytes * 1e6 });
    }
    expect(passes.length).toBeGreaterThanOrEqual(2);
    expect(passes.length).toBeLessThanOrEqual(5);
  });

  test.each([
    ['little', { bytes: 1e6, files: 20, moved: false }, true],
    ['many bytes', { bytes: 50e6, files: 1, moved: false }, false],
    ['many files', { bytes: 0, files: 10_000, moved: false }, false],
    ['a directory that was moved', { bytes: 0, files: 0, moved: true }, false],
  ])('is not made after a pass in which hardly anything changed: %s', (_, changes, expected) => {
    expect(isShortEnough(changes, [{ ms: 20_000, bytes: 1e9 }])).toBe(expected);
    expect(isShortEnough(changes, [])).toBe(false);
  });

  test('counts from the last full restart of the copy', () => {
    const at = (seconds: number) => new Date(seconds * 1000).toISOString();
    const pass = (number: number, outcome: Pass['outcome'], seconds: number): Pass => ({
      number,
      kind: 'running',
      refresh: false,
      freeze: false,
      startedAt: at(0),
      endedAt: at(seconds),
      bytes: 1,
      outcome,
    });
    expect(passTimes([pass(1, 'done', 9), pass(2, 'failed', 2), pass(3, 'done', 7)])).toEqual([
      { ms: 7000, bytes: 1 },
    ]);
    expect(passTimes([{ ...pass(1, undefined, 0), endedAt: undefined }])).toEqual([]);
  });
});

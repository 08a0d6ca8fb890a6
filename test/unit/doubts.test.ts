import { describe, expect, test } from 'vitest';
import { sinceTime, snapshotTimes } from '../../agent/migration/suspect-files.js';

describe('doubted times', () => {
  test('begin before the second in which copying began', () => {
    expect(sinceTime(10_400)).toEqual({ from: 9 });
  });
  test('of snapshots that were taken within an hour are one stretch', () => {
    const hour = 3600_000;
    expect(snapshotTimes([5 * hour, 500, hour])).toEqual([
      { from: -1, to: 7200 },
      { from: 5 * 3600 - 1, to: 6 * 3600 },
    ]);
  });
  test('are none without snapshots', () => {
    expect(snapshotTimes([])).toEqual([]);
  });
});

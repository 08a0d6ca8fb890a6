// Aim: each path through the machine's table ends, in the right order, and never starts a copy while two could run.
// Method: the test walks the table; no sockets, no clock.
import { describe, expect, test } from 'vitest';
import { machine, rowOf, verdictOf } from '../../controller/migration/machine.js';
import { hasEnded, phases, type Phase } from '../../controller/model/migration.js';

const walk = (from: Phase): Phase[] => {
  const path: Phase[] = [from];
  for (let row = rowOf(from); row; row = rowOf(path.at(-1) as Phase)) {
    path.push(row.next);
    if (path.length > phases.length) throw new Error(`no end: ${path.join(' ')}`);
  }
  return path;
};

describe('the machine', () => {
  test('moves forward through every phase to done', () => {
    expect(walk('accepted')).toEqual([
      'accepted',
      'claimed',
      'copied',
      'stopped',
      'synced',
      'verified',
      'started',
      'switched',
      'released',
      'removed',
      'done',
    ]);
  });

  test('goes back by removing the copy first only after it may have started', () => {
    expect(walk('withdrawing')).toEqual(['withdrawing', 'reverting', 'reverted', 'failed']);
    const back = Object.entries(machine).map(([phase, { onFailure }]) => [phase, onFailure]);
    expect(Object.fromEntries(back)).toEqual({
      accepted: 'revert',
      claimed: 'revert',
      copied: 'revert',
      stopped: 'revert',
      synced: 'revert',
      verified: 'withdraw',
      started: 'withdraw',
      switched: 'retry',
      released: 'retry',
      removed: 'retry',
      found: 'retry',
      withdrawing: 'retry',
      reverting: 'retry',
      reverted: 'retry',
    });
  });

  test.each(phases)('%s has a row, or is an end', (phase) => {
    expect(rowOf(phase) === undefined).toBe(hasEnded(phase));
    expect(hasEnded(walk(phase).at(-1) as Phase)).toBe(true);
  });

  test('cannot be cancelled once the copy may start', () => {
    const cancellable = phases.filter((phase) => rowOf(phase)?.cancellable);
    expect(cancellable).toEqual(['accepted', 'claimed', 'copied', 'stopped', 'synced']);
    for (const phase of cancellable) expect(verdictOf(phase)).toBeUndefined();
  });

  test('an unknown outcome is retried without limit only where going back is not safe', () => {
    for (const phase of phases) {
      const row = rowOf(phase);
      if (row) expect(Number.isFinite(row.patienceMs)).toBe(row.onFailure === 'revert');
    }
  });
});

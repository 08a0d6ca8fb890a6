// Aim: a person's decision never deletes what only one copy has, never lets a copy run beside one that may be used, and
// ends every phase that can wait for ever. Method: the pure decision, for every phase and both copies.
import { describe, expect, test } from 'vitest';
import { heldChange, heldKeys } from '../../controller/migration/held-keys.js';
import { machine, rowOf, verdictOf } from '../../controller/migration/machine.js';
import { choicesOf, resolutionOf, type Keep } from '../../controller/migration/resolution.js';
import { viewOf } from '../../controller/migration/view.js';
import {
  hasEnded,
  inPhase,
  phases,
  type MigrationRecord,
  type Phase,
} from '../../controller/model/migration.js';

const waiting = { code: 'unavailable', message: 'pool "b" does not answer' };

function recordIn(phase: Phase, change: Partial<MigrationRecord> = {}): MigrationRecord {
  const record = inPhase(
    {
      id: '00112233445566ff',
      container: 'c1',
      source: 'a',
      destination: 'b',
      options: { keepSourceAs: '' } as MigrationRecord['options'],
      phase: 'accepted',
      createdAt: new Date(0).toISOString(),
      runner: { controller: 'x', run: 'y' },
      plan: { via: 'direct', precopy: true, helperSnapshots: false, usedBytes: 0 },
      wasRunning: true,
      passes: [],
      copy: 'whole',
      history: [],
      cancelled: false,
    },
    phase,
    new Date(0),
  );
  return { ...record, waitingFor: waiting, waitingSince: new Date(1).toISOString(), ...change };
}

const open = phases.filter((phase) => !hasEnded(phase));
const both: readonly Keep[] = ['source', 'destination'];

function tried(record: MigrationRecord, keep: Keep) {
  try {
    return resolutionOf(record, keep);
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a decision', () => {
  test.each(open)('is possible for one copy in %s, and refused with a reason for the other one', (phase) => {
    const record = recordIn(phase);
    const possible = both.filter((keep) => typeof tried(record, keep) === 'object');
    // Of a lost record nobody but a person may know either.
    expect(possible).toHaveLength(phase === 'found' ? 2 : 1);
    expect(choicesOf(record).map(({ keep }) => keep)).toEqual(possible);
    for (const keep of both) {
      const choice = tried(record, keep);
      if (typeof choice === 'string')
        expect(choice).toMatch(/^migration .* cannot be resolved with keep=.*: ./);
    }
  });

  test.each(open)('in %s ends the migration in the end, without the silent host', (phase) => {
    let record = recordIn(phase);
    const seen: Phase[] = [];
    while (!hasEnded(record.phase)) {
      seen.push(record.phase);
      expect(seen.length).toBeLessThan(phases.length);
      const [choice] = choicesOf({ ...record, waitingFor: waiting });
      const { enter } = resolutionOf({ ...record, waitingFor: waiting }, (choice as { keep: Keep }).keep);
      // One that is only cancelled goes back.
      record = { ...record, ...enter?.change, phase: enter?.phase ?? 'reverting' };
    }
  });

  test.each(open)('in %s is refused while the migration goes on by itself', (phase) => {
    const record = recordIn(phase, { waitingFor: undefined });
    for (const keep of both) expect(tried(record, keep)).toMatch(/waits for nothing/);
    expect(choicesOf(record)).toEqual([]);
  });

  test('never turns round what is decided', () => {
    for (const phase of open) {
      const verdict = verdictOf(phase);
      if (!verdict) continue;
      const [choice] = choicesOf(recordIn(phase));
      expect(choice?.keep).toBe(verdict === 'moved' ? 'destination' : 'source');
    }
  });

  test('keeps a copy aside that may have run, and one that is all that is left', () => {
    for (const phase of ['verified', 'started', 'withdrawing'] as const) {
      expect(resolutionOf(recordIn(phase), 'source').enter?.change).toMatchObject({
        leftBehind: { on: 'destination', fate: 'kept' },
      });
    }
    expect(resolutionOf(recordIn('reverting'), 'source').enter?.change).toMatchObject({
      keepCopyAs: 'c1-kept-00112233',
    });
    expect(resolutionOf(recordIn('switched'), 'destination').enter?.change).toMatchObject({
      options: { keepSourceAs: 'c1-kept-00112233' },
    });
  });

  test('is shown with its command, its cost, and since when it is awaited', () => {
    const view = viewOf(recordIn('released'), undefined, new Date(5));
    expect(view).toMatchObject({
      waiting_for: waiting.message,
      waiting_since: new Date(1).toISOString(),
      resolve_command: 'copa migration resolve 00112233445566ff --keep destination',
      choices: [{ keep: 'destination' }],
    });
    expect(viewOf(recordIn('done'), undefined, new Date(5))).toMatchObject({
      resolve_command: null,
      choices: [],
    });
  });
});

test('the view names the storage volumes that move along', () => {
  const volume = { storagePool: 'default', snapshots: [], failures: 0 };
  const copied = { pass: 1, refresh: false, snapshots: [], sourceStartedAtMs: 0 };
  const record = {
    ...recordIn('claimed'),
    volumes: [
      { ...volume, volume: 'a', copied },
      { ...volume, volume: 'b' },
    ],
  };
  expect(viewOf(record as MigrationRecord, undefined, new Date(5)).volumes).toEqual([
    { storage_pool: 'default', name: 'a', copied: true },
    { storage_pool: 'default', name: 'b', copied: false },
  ]);
});

describe('what a migration holds', () => {
  test('is the name of the container on both hosts until it has moved, and then that of the old copy alone', () => {
    const held = (phase: Phase) =>
      [...heldKeys(recordIn(phase)).keys()].filter((key) => key.includes('/busy/'));
    for (const phase of open) {
      const expected = phase === 'removed' ? 0 : phase === 'switched' || phase === 'released' ? 1 : 2;
      expect(held(phase), phase).toHaveLength(expected);
    }
    expect(held('switched')).toEqual(['/copa/busy/a/c1']);
  });

  test.each(Object.keys(machine) as Phase[])('is nothing more after %s than before', (phase) => {
    const next = rowOf(phase)?.next as Phase;
    const [before, after] = [recordIn(phase), recordIn(next)];
    const { put, remove } = heldChange(before, after);
    const keys = new Set(heldKeys(before).keys());
    for (const key of remove) expect(keys.delete(key)).toBe(true);
    for (const { key } of put) keys.add(key);
    expect([...keys].sort()).toEqual([...heldKeys(after).keys()].sort());
    expect(put.filter(({ key }) => key.includes('/busy/') && !heldKeys(before).has(key))).toEqual([]);
  });

  test('is nothing in the end', () => {
    for (const phase of phases.filter(hasEnded)) expect(heldKeys(recordIn(phase)).size).toBe(0);
  });
});

// Aim: the metrics of migrations count each event once. Method: the saved states of one migration, one after the
// other.
import { expect, test } from 'vitest';
import { advanceOf } from '../../controller/migration/metrics.js';
import { inPhase, type MigrationRecord, type Phase } from '../../controller/model/migration.js';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

const accepted: MigrationRecord = inPhase(
  {
    id: '0123456789abcdef',
    container: 'web',
    source: 'a',
    destination: 'b',
    options: {
      stopTimeoutSeconds: 30,
      settleSeconds: 2,
      force: false,
      live: false,
      passesMax: 5,
      bytesPerSecondMax: 0,
      compress: false,
      keepSourceAs: '',
    },
    phase: 'accepted',
    createdAt: at(0).toISOString(),
    runner: { controller: 'c', run: 'r' },
    plan: { via: 'direct', precopy: true, helperSnapshots: false, usedBytes: 0 },
    wasRunning: true,
    passes: [],
    copy: 'none',
    history: [],
    cancelled: false,
  },
  'accepted',
  at(0),
);

/** The migration after these phases, each entered at its second. */
const after = (entered: readonly (readonly [Phase, number])[]) =>
  entered.reduce((record, [phase, second]) => inPhase(record, phase, at(second)), accepted);

const moved = [
  ['claimed', 1],
  ['copied', 11],
  ['stopped', 13],
  ['synced', 14],
  ['verified', 14],
  ['started', 16],
  ['switched', 16],
  ['removed', 17],
] as const;

test('a phase is measured when it is left', () => {
  expect(advanceOf(accepted, after([['claimed', 7]]))).toEqual({
    bytes: 0,
    left: { phase: 'accepted', seconds: 7 },
  });
});

test('bytes count when their pass has ended, once', () => {
  const pass = {
    number: 1,
    kind: 'running',
    refresh: false,
    freeze: false,
    startedAt: '',
    bytes: 0,
  } as const;
  const begun: MigrationRecord = { ...accepted, passes: [pass] };
  const ended: MigrationRecord = { ...begun, passes: [{ ...pass, bytes: 42, outcome: 'done' }] };
  expect(advanceOf(accepted, begun)).toEqual({ bytes: 0 });
  expect(advanceOf(begun, ended)).toEqual({ bytes: 42 });
  expect(advanceOf(ended, ended)).toEqual({ bytes: 0 });
});

test('the end has the total, and the downtime of a container that ran', () => {
  expect(advanceOf(after(moved), after([...moved, ['done', 18]]))).toEqual({
    bytes: 0,
    left: { phase: 'removed', seconds: 1 },
    ended: { outcome: 'done', seconds: 18, downtimeSeconds: 5 },
  });
});

test('neither a stopped container nor one that went back has a downtime of a move', () => {
  const stopped = { ...after(moved), wasRunning: false };
  expect(advanceOf(stopped, inPhase(stopped, 'done', at(18))).ended?.downtimeSeconds).toBeNull();
  const back = after([...moved.slice(0, 3), ['reverting', 14], ['reverted', 16]]);
  expect(advanceOf(back, inPhase(back, 'cancelled', at(17))).ended).toEqual({
    outcome: 'cancelled',
    seconds: 17,
    downtimeSeconds: null,
  });
});

// Aim: whatever two hosts say of a migration whose record is lost, the copy that is freed is never the one that lacks
// something, no copy that may have run is deleted, and nothing is decided that only a person can. Method: the pure
// decisions, for every combination of what both hosts can say.
import { describe, expect, test } from 'vitest';
import { choreOf, type HostMark } from '../../controller/migration/mark-decisions.js';
import { decideOrphan, orphanContinues, orphanRecord, type Side } from '../../controller/migration/orphan.js';
import { phases, type MigrationRecord } from '../../controller/model/migration.js';

const no = {
  exists: false,
  role: '',
  status: '',
  held: false,
  hasRun: false,
  shutDown: false,
  activated: false,
  released: false,
};
const bools = [false, true];

/** All that a host can say of its side. */
function sidesOf(role: 'source' | 'destination'): Side[] {
  const marked = bools.flatMap((held) =>
    ['Running', 'Stopped', 'Frozen'].flatMap((status) =>
      bools.flatMap((hasRun) =>
        bools.map((flag): Side => {
          const own = role === 'source' ? { shutDown: flag } : { activated: flag && !held };
          return { ...no, exists: true, role, status, held, hasRun, ...own };
        }),
      ),
    ),
  );
  const unmarked = bools.flatMap((exists) => bools.map((released): Side => ({ ...no, exists, released })));
  return [...marked.filter(({ held, status }) => !held || status === 'Stopped'), ...unmarked];
}

const pairs = sidesOf('source').flatMap((source) =>
  sidesOf('destination').map((destination) => ({ source, destination })),
);
const runs = ({ role, status }: Side) => role !== '' && status !== 'Stopped';

const orphan = { id: '00112233445566ff', container: 'c1', source: 'a', destination: 'b', fence: 42 };
const record = orphanRecord(orphan, { controller: 'x', run: 'y' }, new Date(0));

describe('a migration whose record is lost', () => {
  test('keeps the copy that runs, and leaves two that run to a person', () => {
    for (const { source, destination } of pairs) {
      const verdict = decideOrphan(source, destination);
      const expected = runs(source) ? (runs(destination) ? undefined : 'source') : 'destination';
      if (!runs(source) && !runs(destination)) continue;
      expect('keep' in verdict ? verdict.keep : undefined, JSON.stringify({ source, destination })).toBe(
        expected,
      );
    }
  });

  test('keeps no copy that may be incomplete', () => {
    for (const { source, destination } of pairs) {
      const verdict = decideOrphan(source, destination);
      const isWhole =
        runs(destination) || destination.released || destination.activated || destination.hasRun;
      if ('keep' in verdict && verdict.keep === 'destination') expect(isWhole).toBe(true);
    }
  });

  test('deletes no copy that may have run', () => {
    for (const { source, destination } of pairs) {
      const verdict = decideOrphan(source, destination);
      if (!('keep' in verdict)) continue;
      const { phase, change } = orphanContinues(record, source, destination, verdict.keep);
      if (verdict.keep === 'destination') expect(change.options?.keepSourceAs).toBe('c1-kept-00112233');
      const mayHaveRun = destination.role !== '' && (destination.activated || destination.hasRun);
      if (verdict.keep === 'source' && mayHaveRun) expect(change.keepCopyAs).toBe('c1-kept-00112233');
      expect(phases).toContain(phase);
      expect(phase === 'reverting').toBe(verdict.keep === 'source');
    }
  });

  test('begins with a fence that hosts accept', () => {
    expect(record).toMatchObject({ phase: 'found', fenceBase: 42 });
  });
});

describe('a mark', () => {
  const mark: HostMark = {
    pool: 'a',
    container: 'c1',
    migrationId: orphan.id,
    role: 'source',
    peer: 'b',
    fence: 1,
    foreign: false,
  };
  const ended = (change: Partial<MigrationRecord> = {}): MigrationRecord => ({
    ...record,
    phase: 'done',
    ...change,
  });

  test('of an open migration is left alone, one that came with a copy never counts', () => {
    for (const phase of phases) {
      const isOpen = !['done', 'failed', 'cancelled'].includes(phase);
      const chore = choreOf(mark, { ...record, phase });
      expect(chore === undefined).toBe(isOpen);
      const foreign = choreOf({ ...mark, foreign: true }, { ...record, phase });
      expect(foreign).toEqual({ do: 'remove mark', onlyForeign: true });
    }
  });

  test('without a record is not simply taken off', () => {
    expect(choreOf(mark, undefined)).toEqual({ do: 'adopt' });
    expect(choreOf({ ...mark, role: '' }, undefined)).toBeUndefined();
  });

  test('of a host that was given up is fenced', () => {
    const on = (change: Partial<MigrationRecord>) => choreOf(mark, ended(change));
    expect(on({ leftBehind: { on: 'source', fate: 'removed' } })).toEqual({ do: 'remove source' });
    expect(on({ leftBehind: { on: 'source', fate: 'restored' } })).toEqual({ do: 'restore source' });
    const options = { ...record.options, keepSourceAs: 'c1-old' };
    const aside = { do: 'set aside', keepAs: 'c1-old' };
    expect(on({ options, leftBehind: { on: 'source', fate: 'removed' } })).toEqual(aside);
    const copy = { ...mark, pool: 'b', role: 'destination' };
    const lost = ended({ leftBehind: { on: 'destination', fate: 'kept' } });
    expect(choreOf(copy, lost)).toEqual({ do: 'set aside', keepAs: 'c1-kept-00112233' });
    // The other side's mark came from a snapshot, say.
    expect(choreOf(mark, lost)).toEqual({ do: 'remove mark', onlyForeign: false });
  });
});

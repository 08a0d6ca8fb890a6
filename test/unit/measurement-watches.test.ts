// Aim: the newest values are read once a round for any number of viewers, only while somebody views them, only of the wanted
// kinds and pools, and each value is sent once. Method: the watches over rows that the test adds, round by round.
import { expect, test } from 'vitest';
import type { MeasurementViewer, NewestValues } from '../../controller/events/event-streams.js';
import { MeasurementWatches } from '../../controller/usecases/measurement-watches.js';
import type { MeasuredRow } from '../../controller/usecases/measured-rows.js';
import type { Measurements } from '../../controller/usecases/measurements.js';

type Row = MeasuredRow<'resource' | 'link'>;

function watched() {
  const rows: Row[] = [];
  const asked: string[] = [];
  let ticking = false;
  let failure: Error | undefined;
  const readAll = (
    kind: string,
    isWanted: (pool: string) => boolean,
    queryOf: (pool: string) => { readonly aboveId?: number },
  ) => {
    if (failure) return Promise.reject(failure);
    const pools = ['a', 'b', 'c'].filter(isWanted);
    asked.push(`${kind} of ${pools.join()}`);
    const results = new Map(
      pools.map((pool) => {
        const above = queryOf(pool).aboveId ?? 0;
        const isOfKind = ({ values }: Row) => 'locus2_id' in values === (kind === 'link');
        return [pool, rows.filter((row) => row.pool === pool && row.id > above && isOfKind(row)).reverse()];
      }),
    );
    return Promise.resolve({ pools, results, failures: [] });
  };
  const warnings: unknown[] = [];
  const watches = new MeasurementWatches({
    measurements: { readAll: readAll as unknown as Measurements['readAll'] },
    inventory: { all: () => ['a', 'b', 'c'].map((name) => ({ name })) },
    log: { warn: (fields) => warnings.push(fields) },
    clock: {
      now: () => 0,
      delay: () => Promise.resolve(),
      after: () => () => undefined,
      every: () => {
        ticking = true;
        return () => (ticking = false);
      },
    },
  });
  const view = (what: MeasurementViewer['what'], pools?: readonly string[]) => {
    const shown: NewestValues[] = [];
    const end = watches.view({ what, pools: pools && new Set(pools), show: (newest) => shown.push(newest) });
    return { shown, end };
  };
  const cpu = (pool: string, CPU: number) =>
    rows.push({ id: rows.length + 1, atMs: rows.length, pool, values: { CPU, memory: 1 } });
  const round = async () => {
    // One may be in progress since a view has begun.
    await watches.round();
    await watches.round();
  };
  return {
    ...{ rows, asked, warnings, view, cpu, round },
    isTicking: () => ticking,
    fail: (error: Error | undefined) => (failure = error),
  };
}

test('each value is read once for all viewers, and sent to those who view its pool and kind', async () => {
  const { asked, view, cpu, round, isTicking } = watched();
  expect(isTicking()).toBe(false);
  const all = view(new Set(['pool']));
  const one = view(new Set(['pool']), ['b', 'removed']);
  const links = view(new Set(['link']), ['c']);
  await round();
  asked.length = 0;
  for (const pool of ['a', 'b']) cpu(pool, 10);
  cpu('a', 20);
  await round();
  expect(asked.slice(0, 2)).toEqual(['link of c', 'resource of a,b,c']);
  const values = ({ shown }: typeof all) =>
    shown.map(({ pool, values: [value] }) => `${pool} ${value?.CPU ?? 0}`);
  expect(values(all)).toEqual(['a 20', 'b 10']);
  expect(values(one)).toEqual(['b 10']);
  expect(links.shown).toEqual([]);
  for (const { end } of [all, one, links]) end();
  expect(isTicking()).toBe(false);
  asked.length = 0;
  await round();
  expect(asked).toEqual([]);
});

test('of each link the newest value is sent', async () => {
  const { rows, view, round } = watched();
  const { shown } = view(new Set(['link']));
  const link = (peer: string, throughput: number) => {
    const values = { locus2_id: peer, throughput } as MeasuredRow<'link'>['values'];
    rows.push({ id: rows.length + 1, atMs: 5, pool: 'a', values });
  };
  link('b', 1);
  link('c', 2);
  link('b', 3);
  await round();
  expect(shown).toEqual([
    {
      ...{ type: 'measurement', at: '1970-01-01T00:00:00.005Z', what: 'link', pool: 'a' },
      values: [
        { at: '1970-01-01T00:00:00.005Z', pool: 'a', peer: 'b', throughput: 3 },
        { at: '1970-01-01T00:00:00.005Z', pool: 'a', peer: 'c', throughput: 2 },
      ],
    },
  ]);
});

test('a failure is logged, and the next round goes on', async () => {
  const { warnings, view, cpu, round, fail } = watched();
  const { shown } = view(new Set(['pool']));
  await round();
  fail(new Error('no etcd'));
  cpu('a', 1);
  await round();
  expect(warnings).toContainEqual({ reason: 'no etcd' });
  fail(undefined);
  await round();
  expect(shown).toHaveLength(1);
});

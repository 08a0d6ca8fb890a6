// Aim: a history has means over equal steps, of the rows and of the means that agents keep, and is bounded. Method: a store as a
// list of rows, the clock passed in.
import { describe, expect, test } from 'vitest';
import { idsPerMs, meansIntervalMs, type MeasurementKind } from '../../common/measurements.js';
import type { QuerySource } from '../../controller/prometheus/client.js';
import { queriedHistory } from '../../controller/usecases/queried-history.js';
import { Histories, type HistoryQuery } from '../../controller/usecases/histories.js';
import type { MeasuredRow } from '../../controller/usecases/measured-rows.js';
import type { RowQuery } from '../../controller/usecases/measurements.js';

const nowMs = Date.UTC(2026, 10, 28, 12);
const minuteMs = 60_000;

interface Stored {
  readonly pool: string;
  readonly atMs: number;
  readonly coarse: boolean;
  readonly values: { readonly CPU: number; readonly memory: number };
}

/** As agents answer: the newest first, by ids. */
function historiesOf(stored: readonly Stored[]) {
  const queries: RowQuery[] = [];
  const rowsOf = (pool: string, query: RowQuery) => {
    queries.push(query);
    const { aboveId = 0, belowId = Infinity, coarse = false } = query;
    return stored
      .filter((row) => row.pool === pool && row.coarse === coarse)
      .map(({ atMs, values }) => ({ id: atMs * idsPerMs, atMs, pool, values }))
      .filter(({ id }) => id > aboveId && id < belowId)
      .sort((one, other) => other.id - one.id);
  };
  const measurements = {
    pool: () => Promise.reject(new Error('not needed')),
    history: (_kind: MeasurementKind, pool: string, query: RowQuery) => Promise.resolve(rowsOf(pool, query)),
    readAll: (
      _kind: MeasurementKind,
      isWanted: (pool: string) => boolean,
      queryOf: (pool: string) => RowQuery,
    ) => {
      const pools = ['a', 'b', 'c'].filter(isWanted);
      const results = new Map(pools.map((pool) => [pool, rowsOf(pool, queryOf(pool))]));
      return Promise.resolve({ pools, results, failures: ['pool "down" did not answer'] });
    },
  } as unknown as ConstructorParameters<typeof Histories>[0];
  const histories = new Histories(measurements, () => nowMs);
  const read = (query: Partial<HistoryQuery>, isWanted: (pool: string) => boolean = () => true) =>
    histories.read({ what: 'pool', sinceMs: nowMs - 60 * minuteMs, untilMs: nowMs, ...query }, isWanted);
  return { read, queries };
}

const row = (pool: string, beforeMs: number, CPU: number, coarse = false): Stored => ({
  ...{ pool, coarse, atMs: nowMs - beforeMs, values: { CPU, memory: 10 } },
});
const cpus = (rows: readonly Pick<MeasuredRow<'resource'>, 'values'>[]) =>
  rows.map(({ values }) => values.CPU);

describe('the history', () => {
  test('has the means of each step, the oldest first, between since and until', async () => {
    const stored = Array.from({ length: 12 }, (_, each) => row('a', (each + 1) * 30_000, each));
    const { read } = historiesOf(stored);
    const { rows, stepMs } = await read({ pool: 'a', sinceMs: nowMs - 4 * minuteMs, stepMs: minuteMs });
    expect(stepMs).toBe(minuteMs);
    expect(cpus(rows as MeasuredRow<'resource'>[])).toEqual([6.5, 4.5, 2.5, 0.5]);
    expect(rows.map(({ atMs }) => (nowMs - atMs) / minuteMs)).toEqual([4, 3, 2, 1]);
    const earlier = await read({ pool: 'a', untilMs: nowMs - 4 * minuteMs, stepMs: minuteMs });
    expect(cpus(earlier.rows as MeasuredRow<'resource'>[])).toEqual([10.5, 8.5, 7]);
  });

  test('of a long time comes from means, and from the rows of which none were made yet', async () => {
    const hourMs = 60 * minuteMs;
    const means = Array.from({ length: 48 * 12 }, (_, each) =>
      row('a', (each + 2) * meansIntervalMs, 50, true),
    );
    const newest = [row('a', 30_000, 90), row('a', 7 * minuteMs, 30)];
    const foreign = [row('a', 3 * hourMs, 99)];
    const { read, queries } = historiesOf([...means, ...newest, ...foreign]);
    const { rows, stepMs } = await read({ pool: 'a', sinceMs: nowMs - 47 * hourMs });
    expect(stepMs).toBe(meansIntervalMs);
    expect(queries.map(({ coarse = false }) => coarse)).toEqual([true, false]);
    const values = cpus(rows as MeasuredRow<'resource'>[]);
    expect(values.length).toBeGreaterThan(47 * 12 - 3);
    expect(new Set(values.slice(0, -2))).toEqual(new Set([50]));
    expect(values.at(-1)).toBe(90);
    expect(values).not.toContain(99);
  });

  test('has 720 values of a series at most, unless a step is given', async () => {
    const { read } = historiesOf([]);
    const stepOf = async (hours: number) =>
      (await read({ pool: 'a', sinceMs: nowMs - hours * 3600_000 })).stepMs / 1000;
    expect(await Promise.all([1, 2, 24, 24 * 30].map(stepOf))).toEqual([5, 10, 300, 3600]);
    const old = await read({ pool: 'a', sinceMs: nowMs - 25 * 3600_000, stepMs: 5_000 });
    expect(old.stepMs).toBe(meansIntervalMs);
  });

  test('of all pools leaves out those that are not wanted, and names those that did not answer', async () => {
    const { read } = historiesOf([row('a', 60_000, 1), row('b', 60_000, 2), row('c', 60_000, 3)]);
    const { rows, failures } = await read({}, (pool) => pool !== 'b');
    expect(rows.map(({ pool }) => pool)).toEqual(['a', 'c']);
    expect(failures).toEqual(['pool "down" did not answer']);
  });

  test('is refused when it would be too long', async () => {
    const stored = Array.from({ length: 20_002 }, (_, each) => row('a', each * 10, 1));
    const { read } = historiesOf(stored.map((each, at) => ({ ...each, atMs: nowMs - at * 5_000 })));
    const tooLong = read({ pool: 'a', sinceMs: nowMs - 200_000_000, stepMs: 5_000 });
    // Older than a day: means alone are kept.
    await expect(tooLong).resolves.toBeDefined();
    const day = { pool: 'a', sinceMs: nowMs - 24 * 3600_000, stepMs: 1 };
    await expect(read(day)).resolves.toMatchObject({ stepMs: 5_000 });
    const many = ['a', 'b'].flatMap((pool) =>
      stored.map((each, at) => ({ ...each, pool, atMs: nowMs - at * 5_000 })),
    );
    await expect(historiesOf(many).read({ ...day, pool: undefined })).rejects.toThrow(/more than 20000 rows/);
  });
});

describe('the history of a query', () => {
  const source: QuerySource = {
    range: ({ fromMs, untilMs, stepMs }) =>
      Promise.resolve(
        ['b', 'a'].map((pool) => ({
          labels: { pool, job: 'x"y' },
          points: Array.from({ length: Math.floor((untilMs - fromMs) / stepMs) + 1 }, (_, index) => ({
            ...{ atMs: fromMs + index * stepMs, value: index },
          })),
        })),
      ),
  };
  const hourMs = 3600_000;

  test('comes oldest first, with the labels, in some hundred steps', async () => {
    const order = { query: 'up', sinceMs: 0, untilMs: 24 * hourMs, stepMs: undefined };
    const { rows, stepMs } = await queriedHistory(source, order);
    expect(stepMs).toBe(120_000);
    expect(rows).toHaveLength(2 * 721);
    expect(rows.slice(0, 3)).toEqual([
      { at: '1970-01-01T00:00:00.000Z', pool: 'b', series: 'job="x\\"y",pool="b"', value: 0 },
      { at: '1970-01-01T00:00:00.000Z', pool: 'a', series: 'job="x\\"y",pool="a"', value: 0 },
      { at: '1970-01-01T00:02:00.000Z', pool: 'b', series: 'job="x\\"y",pool="b"', value: 1 },
    ]);
  });

  test.each([
    [5_000, 'more than 10000 values of a series'],
    [8_640, 'would have 20002 rows, and 20000 are possible'],
  ])('with a step of %d ms over a day is too long', async (stepMs, expected) => {
    const order = { query: 'up', sinceMs: 0, untilMs: 24 * hourMs, stepMs };
    await expect(queriedHistory(source, order)).rejects.toThrow(expected);
  });
});

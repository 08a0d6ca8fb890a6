/**
 * The history of links, pools and containers, from the agents' stores: rows of the last day, and means over five minutes of the
 * last 30 days. Values are means over equal steps. An answer is bounded, and so is what is read for it.
 */
import { CopaError } from '../../common/errors.js';
import { meansOf } from '../../common/measurement-means.js';
import {
  idsPerMs,
  keptMs,
  measureIntervalMs,
  meansIntervalMs,
  subjectField,
  type RowOf,
} from '../../common/measurements.js';
import {
  historyKinds,
  type HistoryKind,
  type HistoryRow,
  type HistorySubject,
} from '../model/history-row.js';
import type { MeasuredRow } from './measured-rows.js';
import type { Measurements, RowQuery } from './measurements.js';

export interface HistoryQuery {
  readonly what: HistorySubject;
  /** Undefined: all that are wanted. */
  readonly pool?: string | undefined;
  /** The other end of a link, or a container. */
  readonly subject?: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Undefined: so that a series has some hundred values. */
  readonly stepMs?: number | undefined;
  /** Of a requester that may have gone. */
  readonly signal?: AbortSignal | undefined;
}

export interface History {
  readonly stepMs: number;
  /** The means of steps, the oldest first. */
  readonly rows: readonly HistoryRow[];
  /** Which pools did not answer. */
  readonly failures: readonly string[];
}

/** Rows of one answer. */
export const historyRowsMax = 20_000;
/** Rows that are read for it from each pool. */
const readMax = { ofOnePool: 200_000, ofEach: 20_000 } as const;
/** Of a series, when no step is given. */
const valuesMax = 720;
const steps = [5, 10, 30, 60, 300, 900, 3600, 6 * 3600].map((seconds) => seconds * 1000);
/** Ids may be ahead of the times of their rows, by the difference of the clocks. */
const aheadMs = 60_000;

export class Histories {
  constructor(
    private readonly measurements: Pick<Measurements, 'pool' | 'history' | 'readAll'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Throws `not_found` for an unknown pool, `invalid_argument` when the answer would be too long. */
  async read(query: HistoryQuery, isWanted: (pool: string) => boolean): Promise<History> {
    const kind = historyKinds[query.what];
    const stepMs = this.#stepOf(query);
    const source: Source =
      query.pool === undefined ? this.#ofAll(kind, isWanted, query) : this.#ofOne(kind, query.pool, query);
    const failures = new Set<string>();
    const rows: MeasuredRow<HistoryKind>[] = [];
    const read = async (queryOf: (pool: string) => RowQuery) => {
      const found = await source(queryOf);
      for (const each of found.failures) failures.add(each);
      for (const row of found.rows) rows.push(row);
      return found.rows;
    };
    const subject = query.subject === undefined ? {} : { subject: query.subject };
    const below = { belowId: (query.untilMs + aheadMs) * idsPerMs, ...subject };
    const ends = new Map<string, number>();
    if (stepMs >= meansIntervalMs) {
      const from = { ...below, aboveId: Math.max(0, query.sinceMs * idsPerMs - 1), coarse: true };
      for (const { pool, atMs } of await read(() => from))
        ends.set(pool, Math.max(ends.get(pool) ?? 0, atMs + meansIntervalMs));
    }
    // Those of which no means were made yet.
    await read((pool) => {
      const sinceMs = Math.max(query.sinceMs, ends.get(pool) ?? 0);
      return { ...below, aboveId: Math.max(0, sinceMs * idsPerMs - 1) };
    });
    const wanted = rows.filter(({ atMs }) => atMs >= query.sinceMs && atMs <= query.untilMs);
    return { stepMs, rows: inSteps(kind, wanted, stepMs), failures: [...failures] };
  }

  /** The rows themselves are kept for a day only. */
  #stepOf({ sinceMs, untilMs, stepMs }: HistoryQuery): number {
    const least = this.now() - sinceMs > keptMs.rows ? meansIntervalMs : measureIntervalMs;
    const usual = steps.find((step) => (untilMs - sinceMs) / step <= valuesMax) ?? 24 * 3600_000;
    return Math.max(least, stepMs ?? usual);
  }

  #ofOne(kind: HistoryKind, pool: string, { signal }: HistoryQuery): Source {
    return async (queryOf) => ({
      rows: await this.measurements.history(kind, pool, queryOf(pool), { max: readMax.ofOnePool, signal }),
      failures: [],
    });
  }

  #ofAll(kind: HistoryKind, isWanted: (pool: string) => boolean, { signal }: HistoryQuery): Source {
    return async (queryOf) => {
      const limits = { max: readMax.ofEach, signal };
      const { results, failures } = await this.measurements.readAll(kind, isWanted, queryOf, limits);
      return { rows: [...results.values()].flat(), failures };
    };
  }
}

type Source = (queryOf: (pool: string) => RowQuery) => Promise<{
  readonly rows: readonly MeasuredRow<HistoryKind>[];
  readonly failures: readonly string[];
}>;

/** The mean of each step of each pool and subject. */
function inSteps(kind: HistoryKind, rows: readonly MeasuredRow<HistoryKind>[], stepMs: number): HistoryRow[] {
  const field = subjectField[kind];
  const groups = new Map<string, { readonly atMs: number; readonly pool: string; values: object[] }>();
  const oldestFirst = [...rows].sort((one, other) => one.atMs - other.atMs);
  for (const { pool, atMs: rowMs, values } of oldestFirst) {
    const atMs = Math.floor(rowMs / stepMs) * stepMs;
    const subject = field === undefined ? '' : String((values as Record<string, unknown>)[field]);
    const key = `${atMs} ${pool} ${subject}`;
    const group = groups.get(key);
    if (group) group.values.push(values);
    else groups.set(key, { atMs, pool, values: [values] });
    if (groups.size > historyRowsMax) throw tooMany();
  }
  return [...groups.values()].map(({ atMs, pool, values }) => {
    const [mean] = values.length === 1 ? values : meansOf(kind, values as Record<string, unknown>[]);
    return { atMs, pool, values: mean as RowOf<HistoryKind> };
  });
}

function tooMany(): CopaError {
  return new CopaError(
    'invalid_argument',
    `the answer would have more than ${historyRowsMax} rows: give a longer step, a shorter time, or one pool`,
  );
}

/**
 * Samples of the last minutes in memory: numbers by kind, pool and subject (the other end of a link, or a container). The
 * number of samples is bounded.
 */
import type { MeasurementKind, RowOf } from '../../common/measurements.js';
import { CopaError } from '../../common/errors.js';
import type { Aggregate, Measure, Subject } from '../model/policy.js';

export interface Row<Kind extends MeasurementKind> {
  readonly atMs: number;
  readonly values: RowOf<Kind>;
}

/** What a time range of one series amounts to. */
export interface Summary {
  readonly value: number;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The kind of rows that the values of a subject come from. */
export const kindOf = {
  ...{ pool: 'resource', container: 'container', link: 'link' },
  promql: 'promql',
} as const satisfies Readonly<Record<Subject, MeasurementKind | 'promql'>>;
export type SeriesKind = (typeof kindOf)[Subject];
/** The kinds that agents have rows of. */
export type SampledKind = Exclude<SeriesKind, 'promql'>;

/** Of one kind. Each takes some 40 bytes. */
const samplesMax = 2_000_000;

/** Beside a link's value that COPA measured itself, `isMeasured` is set. */
type Values = Partial<Record<Measure, number>> & { readonly isMeasured?: boolean };

/** Sorted by time. */
export class Series {
  readonly atMs: number[] = [];
  readonly values: Values[] = [];

  add(atMs: number, values: Values): void {
    let index = this.atMs.length;
    while (index > 0 && (this.atMs[index - 1] ?? 0) > atMs) index--;
    if (index === this.atMs.length) {
      this.atMs.push(atMs);
      this.values.push(values);
    } else {
      this.atMs.splice(index, 0, atMs);
      this.values.splice(index, 0, values);
    }
  }

  /** Returns how many were removed. */
  trim(beforeMs: number): number {
    const count = firstFrom(this.atMs, beforeMs);
    if (count === 0) return 0;
    this.atMs.splice(0, count);
    this.values.splice(0, count);
    return count;
  }

  /**
   * From `fromMs` to `untilMs`, without the first moment and with the last one; undefined without a value. If a program
   * posted some of them, those count alone.
   */
  summary(measure: Measure, aggregate: Aggregate, fromMs: number, untilMs: number): Summary | undefined {
    const numbers: number[] = [];
    let [firstMs, lastMs] = [0, 0];
    const [first, end] = [firstFrom(this.atMs, fromMs + 1), firstFrom(this.atMs, untilMs + 1)];
    const isPosted = this.#isPosted(first, end);
    for (let index = first; index < end; index++) {
      const atMs = this.atMs[index] ?? 0;
      const values = this.values[index];
      const value = values?.[measure];
      if (value === undefined || (isPosted && values?.isMeasured)) continue;
      if (numbers.length === 0) firstMs = atMs;
      lastMs = atMs;
      numbers.push(value);
    }
    if (numbers.length === 0) return undefined;
    return { value: aggregated(aggregate, numbers), count: numbers.length, firstMs, lastMs };
  }

  #isPosted(first: number, end: number): boolean {
    for (let index = first; index < end; index++) if (!this.values[index]?.isMeasured) return true;
    return false;
  }
}

export class Samples {
  readonly #series = new Map<SeriesKind, Map<string, Map<string, Series>>>();
  readonly #counts = new Map<SeriesKind, number>();

  /** Throws `resource_exhausted` when there are too many. */
  add<Kind extends SampledKind>(kind: Kind, pool: string, rows: readonly Row<Kind>[]): void {
    this.#countIn(kind, rows.length);
    for (const { atMs, values } of rows)
      this.#seriesOf(kind, pool, subjectOf(kind, values)).add(atMs, valuesOf(kind, values));
  }

  /** A value of a query. Throws `resource_exhausted` as well. */
  addQueried(query: string, pool: string, atMs: number, value: number): void {
    this.#countIn('promql', 1);
    this.#seriesOf('promql', pool, query).add(atMs, { value });
  }

  forgetQuery(query: string): void {
    let removed = 0;
    for (const bySubject of this.#series.get('promql')?.values() ?? []) {
      removed += bySubject.get(query)?.atMs.length ?? 0;
      bySubject.delete(query);
    }
    this.#counts.set('promql', this.count('promql') - removed);
  }

  trim(kind: SeriesKind, beforeMs: number): void {
    let removed = 0;
    for (const [pool, bySubject] of this.#series.get(kind) ?? []) {
      for (const [subject, series] of bySubject) {
        removed += series.trim(beforeMs);
        if (series.atMs.length === 0) bySubject.delete(subject);
      }
      if (bySubject.size === 0) this.#series.get(kind)?.delete(pool);
    }
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) - removed);
  }

  forget(kind: SeriesKind): void {
    this.#series.delete(kind);
    this.#counts.delete(kind);
  }

  count(kind: SeriesKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** The other ends of a pool's links, its containers, or the queries that have values of it. */
  subjects(kind: SeriesKind, pool: string): readonly string[] {
    return [...(this.#series.get(kind)?.get(pool)?.keys() ?? [])];
  }

  series(kind: SeriesKind, pool: string, subject: string): Series | undefined {
    return this.#series.get(kind)?.get(pool)?.get(subject);
  }

  #countIn(kind: SeriesKind, more: number): void {
    const count = this.count(kind) + more;
    if (count > samplesMax) {
      const message = `the policies need more than ${samplesMax} ${kind} samples: give them fewer pools, or shorter times`;
      throw new CopaError('resource_exhausted', message);
    }
    this.#counts.set(kind, count);
  }

  #seriesOf(kind: SeriesKind, pool: string, subject: string): Series {
    const byPool = this.#series.get(kind) ?? new Map<string, Map<string, Series>>();
    this.#series.set(kind, byPool);
    const bySubject = byPool.get(pool) ?? new Map<string, Series>();
    byPool.set(pool, bySubject);
    const series = bySubject.get(subject) ?? new Series();
    bySubject.set(subject, series);
    return series;
  }
}

/** A pool itself is the only subject of its kind. */
export const itself = '';

function subjectOf(kind: SampledKind, values: RowOf<SampledKind>): string {
  if (kind === 'link') return (values as RowOf<'link'>).locus2_id;
  return kind === 'container' ? (values as RowOf<'container'>).container : itself;
}

/** The slower direction of a link counts. */
function valuesOf(kind: SampledKind, values: RowOf<SampledKind>): Values {
  if (kind !== 'link') {
    const { CPU: cpu, memory } = values as RowOf<'resource'>;
    return { cpu, memory };
  }
  const link = values as RowOf<'link'>;
  const { loss_1to2: there, loss_2to1: back } = link;
  return {
    latency: Math.max(link.latency_median_1to2, link.latency_median_2to1),
    jitter: Math.max(link.jitter_1to2, link.jitter_2to1),
    ...(link.throughput_measured === false ? {} : { throughput: link.throughput }),
    ...(link.uncertainty === undefined ? {} : { isMeasured: true }),
    ...(there === undefined && back === undefined ? {} : { loss: Math.max(there ?? 0, back ?? 0) }),
  };
}

/** The index of the first time that is not before `ms`. */
function firstFrom(times: readonly number[], ms: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

function aggregated(aggregate: Aggregate, numbers: readonly number[]): number {
  switch (aggregate) {
    case 'mean':
      return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
    case 'median': {
      const sorted = [...numbers].sort((a, b) => a - b);
      const middle = sorted.length >> 1;
      const upper = sorted[middle] ?? 0;
      return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
    }
    case 'min':
      return numbers.reduce((one, other) => Math.min(one, other));
    case 'max':
      return numbers.reduce((one, other) => Math.max(one, other));
  }
}

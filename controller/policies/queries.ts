/**
 * Keeps the values of the PromQL queries that policies need. A value belongs to the pool that the label `pool` of its series
 * names. A query that fails has a reason instead of values, and the policy then decides nothing (decide.ts).
 */
import { CopaError, isCopaError } from '../../common/errors.js';
import { measureIntervalMs } from '../../common/measurements.js';
import type { Policy } from '../model/policy.js';
import { pointsMax, type QuerySource } from '../prometheus/client.js';
import { eachAtMost } from '../../common/async/each-at-most.js';
import type { Samples } from './samples.js';

const queriesAtOnceMax = 4;

/** How far back the values of each query are needed, in milliseconds. */
export function queriesOf(policies: readonly Policy[]): ReadonlyMap<string, number> {
  const queries = new Map<string, number>();
  for (const { query, windowMs, holdMs } of policies.flatMap(({ when }) => when))
    if (query !== undefined) queries.set(query, Math.max(windowMs + holdMs, queries.get(query) ?? 0));
  return queries;
}

export class QueryReader {
  /** Why a query has no new values. */
  readonly failures = new Map<string, string>();
  /** Up to which moment each query was read. */
  readonly #readUntil = new Map<string, number>();

  constructor(
    private readonly source: QuerySource,
    private readonly samples: Samples,
  ) {}

  /** Reads what is new. What was missed while the server did not answer is read when it answers again. */
  async refresh(queries: ReadonlyMap<string, number>, nowMs: number): Promise<void> {
    this.failures.clear();
    for (const query of this.#readUntil.keys()) if (!queries.has(query)) this.#forget(query);
    // The same moments for every controller, and for a replay.
    const untilMs = momentBefore(nowMs);
    await eachAtMost(queriesAtOnceMax, [...queries], async ([query, windowMs]) => {
      const firstMs = momentBefore(nowMs - windowMs) + measureIntervalMs;
      const fromMs = Math.max(firstMs, (this.#readUntil.get(query) ?? 0) + measureIntervalMs);
      if (fromMs > untilMs) return;
      try {
        for (const { pool, atMs, value } of await valuesOf(this.source, query, fromMs, untilMs))
          this.samples.addQueried(query, pool, atMs, value);
        this.#readUntil.set(query, untilMs);
      } catch (error) {
        if (!isCopaError(error)) throw error;
        // Some of them may have been added.
        if (error.code === 'resource_exhausted') this.#forget(query);
        this.failures.set(query, error.message);
      }
    });
    this.samples.trim('promql', nowMs - Math.max(0, ...queries.values()));
  }

  #forget(query: string): void {
    this.#readUntil.delete(query);
    this.samples.forgetQuery(query);
  }

  clear(): void {
    this.failures.clear();
    this.#readUntil.clear();
    this.samples.forget('promql');
  }
}

export interface QueriedValue {
  readonly pool: string;
  readonly atMs: number;
  readonly value: number;
}

/** The oldest first. Throws what the source throws, and `invalid_argument` when it is not known of which pools values are. */
export async function valuesOf(
  source: QuerySource,
  query: string,
  fromMs: number,
  untilMs: number,
): Promise<readonly QueriedValue[]> {
  const values: QueriedValue[] = [];
  const spanMs = (pointsMax - 1) * measureIntervalMs;
  for (let startMs = fromMs; startMs <= untilMs; startMs += spanMs + measureIntervalMs) {
    const endMs = Math.min(untilMs, startMs + spanMs);
    const range = { query, fromMs: startMs, untilMs: endMs, stepMs: measureIntervalMs };
    const seen = new Set<string>();
    for (const { labels, points } of await source.range(range)) {
      const pool = labels['pool'];
      if (pool === undefined)
        throw new CopaError(
          'invalid_argument',
          'the query has a series without the label "pool", which names its pool',
        );
      if (seen.has(pool))
        throw new CopaError(
          'invalid_argument',
          `the query has two series of pool "${pool}": aggregate them by (pool)`,
        );
      seen.add(pool);
      for (const point of points) values.push({ pool, ...point });
    }
  }
  return values.sort((one, other) => one.atMs - other.atMs);
}

/** Of a grid, so that whoever asks when gets the same values. */
export function momentBefore(ms: number): number {
  return Math.floor(ms / measureIntervalMs) * measureIntervalMs;
}

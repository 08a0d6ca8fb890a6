/**
 * What a policy would have done on recorded values: the same decisions, by the same functions, every five seconds of the
 * past. An assumed move takes its container off its pool, and changes no recorded value.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { idsPerMs, measureIntervalMs } from '../../common/measurements.js';
import { CopaError } from '../../common/errors.js';
import type { Decision, Policy } from '../model/policy.js';
import { eachAtMost } from '../../common/async/each-at-most.js';
import type { QuerySource } from '../prometheus/client.js';
import type { MeasuredRow } from '../usecases/measured-rows.js';
import type { RowQuery } from '../usecases/measurements.js';
import { decide, decisionOf } from './decide.js';
import { momentBefore, queriesOf, valuesOf, type QueriedValue } from './queries.js';
import { needsOf } from './sampler.js';
import { Samples, type SampledKind } from './samples.js';
import type { Fleet, FleetContainer, PastDecision } from './situation.js';

export interface History {
  /** The rows of a pool, the newest first. Throws `resource_exhausted` when there are more than `max`. */
  history<Kind extends SampledKind>(
    kind: Kind,
    pool: string,
    query: RowQuery,
    limits: { readonly max: number },
  ): Promise<MeasuredRow<Kind>[]>;
}

export interface ReplayOrder {
  readonly policy: Policy;
  /** The first and the last moment at which it decides. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly history: History;
  readonly prometheus: QuerySource;
  /** Pools, labels and downtimes as they are now. */
  readonly fleet: Pick<Fleet, 'hosts' | 'downtimeMs'> & {
    /** The labels of a container, wherever it is now. */
    labelsOf(container: string): FleetContainer['labels'];
  };
}

type Row = MeasuredRow<SampledKind>;

/** Of all pools. 29 pools have so many in a day. */
const rowsMax = 500_000;
const poolsAtOnceMax = 8;

/** The rows of containers are read for so long at once, and only of pools that something should leave. */
const chunkMs = 600_000;
const chunkRowsMax = 200_000;

/** Other work gets its turn after so many decisions. */
const breatheEvery = 50;

/** Throws `resource_exhausted` when there are too many values. */
export async function replay(order: ReplayOrder): Promise<readonly Decision[]> {
  const { policy, fromMs, untilMs } = order;
  const needs = needsOf([policy]);
  const rows = await readRows(order, needs);
  const queried = await readQueries(order);
  const samples = new Samples();
  const containers = new ContainerRows(order.history);
  const decisions: Decision[] = [];
  const away = new Set<string>();
  const fleet = fleetOf(order, samples, away);
  let steps = 0;
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += measureIntervalMs) {
    for (const [kind, windowMs] of needs) {
      rows.get(kind)?.addUntil(nowMs, samples);
      samples.trim(kind, nowMs - windowMs);
    }
    queried.addUntil(nowMs, samples);
    const found = await decide(
      policy,
      { nowMs, samples, fleet, past: decisions.map(pastOf), failures: noFailures },
      async (pools, windowMs) => {
        if (!needs.has('container')) await containers.read(pools, { nowMs, windowMs }, samples);
      },
    );
    if (found.kind === 'move') {
      const isOrdered = policy.mode === 'automatic';
      const at = new Date(nowMs).toISOString();
      const outcome = isOrdered ? 'ordered' : 'recommended';
      decisions.push(decisionOf(found, { id: '', policy: policy.name, version: 0, at, outcome }));
      if (isOrdered) {
        away.add(placeOf(found.source, found.container));
        away.delete(placeOf(found.destination, found.container));
      }
    }
    if (++steps % breatheEvery === 0) await breathe();
  }
  return decisions;
}

/** A query that fails ends the replay, so none is left without values. */
const noFailures: ReadonlyMap<string, string> = new Map();

/** Values of all queries, added to the samples as their time comes. */
async function readQueries({ policy, prometheus, fromMs, untilMs }: ReplayOrder) {
  const queries = queriesOf([policy]);
  const windowMs = Math.max(0, ...queries.values());
  const all: (QueriedValue & { readonly query: string })[] = [];
  for (const query of queries.keys()) {
    const firstMs = momentBefore(fromMs - windowMs) + measureIntervalMs;
    for (const value of await valuesOf(prometheus, query, firstMs, untilMs)) {
      all.push({ query, ...value });
      if (all.length > rowsMax) throw tooMany();
    }
  }
  all.sort((one, other) => one.atMs - other.atMs);
  let next = 0;
  return {
    addUntil(nowMs: number, samples: Samples): void {
      for (let value = all[next]; value && value.atMs <= nowMs; value = all[++next])
        samples.addQueried(value.query, value.pool, value.atMs, value.value);
      samples.trim('promql', nowMs - windowMs);
    },
  };
}

function tooMany(): CopaError {
  const message = `there are more than ${rowsMax} values of that time: give a shorter time, or fewer pools`;
  return new CopaError('resource_exhausted', message);
}

/** Rows of all pools by time, added to the samples as their time comes. */
class Timeline {
  #next = 0;

  constructor(
    private readonly kind: SampledKind,
    private readonly rows: readonly Row[],
  ) {}

  addUntil(nowMs: number, samples: Samples): void {
    for (; ; this.#next++) {
      const row = this.rows[this.#next];
      if (!row || row.atMs > nowMs) return;
      samples.add(this.kind, row.pool, [row]);
    }
  }
}

async function readRows(
  { fleet, history, fromMs }: ReplayOrder,
  needs: ReadonlyMap<SampledKind, number>,
): Promise<ReadonlyMap<SampledKind, Timeline>> {
  const timelines = new Map<SampledKind, Timeline>();
  let left = rowsMax;
  for (const [kind, windowMs] of needs) {
    const all: Row[] = [];
    const query = { aboveId: Math.max(0, (fromMs - windowMs) * idsPerMs) };
    await eachAtMost(poolsAtOnceMax, fleet.hosts, async ({ name, isUp }) => {
      if (!isUp) return;
      const rows = await history.history(kind, name, query, { max: rowsMax });
      left -= rows.length;
      if (left < 0) throw tooMany();
      for (const row of rows.reverse()) all.push(row);
    });
    timelines.set(
      kind,
      new Timeline(
        kind,
        all.sort((a, b) => a.atMs - b.atMs),
      ),
    );
  }
  return timelines;
}

/** The rows of the containers of few pools; of each pool those of the last chunk are kept. */
class ContainerRows {
  readonly #chunks = new Map<
    string,
    { readonly untilMs: number; readonly rows: readonly MeasuredRow<'container'>[] }
  >();

  constructor(private readonly history: History) {}

  async read(
    pools: readonly string[],
    { nowMs, windowMs }: { readonly nowMs: number; readonly windowMs: number },
    samples: Samples,
  ): Promise<void> {
    samples.forget('container');
    for (const pool of pools) {
      let chunk = this.#chunks.get(pool);
      if (!chunk || chunk.untilMs < nowMs) {
        const untilMs = nowMs + chunkMs;
        const query = { aboveId: (nowMs - windowMs) * idsPerMs - 1, belowId: (untilMs + 1) * idsPerMs };
        const rows = await this.history.history('container', pool, query, { max: chunkRowsMax });
        chunk = { untilMs, rows: rows.reverse() };
        this.#chunks.set(pool, chunk);
      }
      const isIn = ({ atMs }: { readonly atMs: number }) => atMs >= nowMs - windowMs && atMs <= nowMs;
      samples.add('container', pool, chunk.rows.filter(isIn));
    }
  }
}

/** Which containers were where follows from their rows, and from the moves that are assumed (`away`). */
function fleetOf({ fleet }: ReplayOrder, samples: Samples, away: ReadonlySet<string>): Fleet {
  const isThere = (pool: string, name: string) =>
    samples.series('container', pool, name) !== undefined && !away.has(placeOf(pool, name));
  return {
    hosts: fleet.hosts,
    container: (pool, name) =>
      isThere(pool, name) ? { labels: fleet.labelsOf(name), isRunning: true, isHeld: false } : undefined,
    holds: () => true,
    downtimeMs: (container) => fleet.downtimeMs(container),
  };
}

const placeOf = (pool: string, container: string) => `${pool}:${container}`;

function pastOf(decision: Decision): PastDecision {
  return { ...decision, atMs: Date.parse(decision.at), move: 'done' };
}

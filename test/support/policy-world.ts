/**
 * A fleet for policies without hosts: time, rows as agents keep them, containers that move at once, and a store in memory
 * with the real engine over it.
 */
import { pino } from 'pino';
import { idsPerMs, measureIntervalMs, type RowOf } from '../../common/measurements.js';
import type { Decision } from '../../controller/model/policy.js';
import { CopaError } from '../../common/errors.js';
import { PolicyCatalog } from '../../controller/policies/catalog.js';
import { Decider } from '../../controller/policies/decider.js';
import { DecisionLog } from '../../controller/policies/decision-log.js';
import { PolicyEngine } from '../../controller/policies/engine.js';
import type { RowSource } from '../../controller/policies/sampler.js';
import type { SampledKind } from '../../controller/policies/samples.js';
import type { Fleet, FleetContainer, PastDecision } from '../../controller/policies/situation.js';
import type { QueriedSeries, QuerySource } from '../../controller/prometheus/client.js';
import type { Store } from '../../controller/store/store.js';
import { Delegations } from '../../controller/usecases/delegations.js';
import type { MeasuredRow } from '../../controller/usecases/measured-rows.js';
import type { RowQuery } from '../../controller/usecases/measurements.js';
import { MemoryStore } from './memory-store.js';

type PolicyStore = Pick<Store, 'list' | 'getMany' | 'transact'>;
type AnyRow = MeasuredRow<SampledKind>;

/** A Monday at noon. */
export const startMs = Date.UTC(2026, 10, 30, 12);

const processOf = (run: string) => ({ controller: run, run });

export class PolicyWorld {
  nowMs = startMs;
  /** Pools, and the containers on each with their labels. */
  readonly pools = new Map<string, Map<string, Record<string, string>>>();
  readonly labels = new Map<string, Record<string, string>>();
  readonly closed = new Map<string, string>();
  readonly down = new Set<string>();
  readonly rows = new Map<SampledKind, Map<string, AnyRow[]>>();
  readonly ordered: Decision[] = [];
  /** Why the Prometheus server does not answer. Its queries have the CPU of each pool as their value. */
  queryFailure: string | undefined;
  /** Series that a query has besides. */
  readonly strangeSeries: QueriedSeries[] = [];
  /** What the migration service says to an order; nothing: the container is there at once. */
  refusal: string | undefined;
  move: (decision: string) => PastDecision['move'] = () => 'done';
  /** Processes that are gone. */
  readonly dead = new Set<string>();
  /** How many orders are in progress. */
  orders = 0;
  #ids = 0;
  #drawn = 0;
  readonly decisions: DecisionLog;
  readonly delegations: Delegations;
  readonly catalog: PolicyCatalog;

  constructor(readonly store: PolicyStore = new MemoryStore()) {
    this.decisions = new DecisionLog(store, () => this.nowMs);
    this.delegations = new Delegations(store);
    this.catalog = new PolicyCatalog(store, this.delegations, () => this.nowMs);
  }

  add(pool: string, containers: Readonly<Record<string, Record<string, string>>> = {}): void {
    this.pools.set(pool, new Map(Object.entries(containers)));
  }

  measure<Kind extends SampledKind>(kind: Kind, pool: string, values: RowOf<Kind>): void {
    const byPool = this.rows.get(kind) ?? new Map<string, AnyRow[]>();
    this.rows.set(kind, byPool);
    const rows = byPool.get(pool) ?? [];
    byPool.set(pool, rows);
    const id = this.nowMs * idsPerMs + (this.#ids++ % idsPerMs);
    rows.push({ id, atMs: this.nowMs, pool, values: values });
  }

  link(pool: string, peer: string, ms: number): void {
    this.measure('link', pool, linkRow(peer, ms));
  }

  host(pool: string, CPU: number, memory = 10): void {
    this.measure('resource', pool, { CPU, memory });
  }

  container(pool: string, container: string, CPU: number): void {
    this.measure('container', pool, { container, CPU, memory: CPU * 1e6, received: 0, sent: 0 });
  }

  readonly source: RowSource = {
    readAll: <Kind extends SampledKind>(
      kind: Kind,
      isWanted: (pool: string) => boolean,
      queryOf: (pool: string) => RowQuery,
    ) => {
      const results = new Map<string, readonly MeasuredRow<Kind>[]>();
      for (const [pool, rows] of this.rows.get(kind) ?? []) {
        if (!isWanted(pool)) continue;
        const { aboveId = 0, belowId = Infinity, ageMsMax = Infinity } = queryOf(pool);
        const found: AnyRow[] = [];
        for (let index = rows.length - 1; index >= 0; index--) {
          const row = rows[index] as AnyRow;
          if (row.atMs > this.nowMs || row.id >= belowId) continue;
          if (row.id <= aboveId || row.atMs < this.nowMs - ageMsMax) break;
          found.push(row);
        }
        results.set(pool, found);
      }
      return Promise.resolve({ pools: [...this.pools.keys()], results, failures: [] });
    },
  };

  readonly prometheus: QuerySource = {
    range: ({ fromMs, untilMs, stepMs }) => {
      if (this.queryFailure !== undefined)
        return Promise.reject(new CopaError('unavailable', this.queryFailure));
      const series = [...(this.rows.get('resource') ?? [])].map(([pool, rows]) => {
        const points: { atMs: number; value: number }[] = [];
        for (const { atMs, values } of rows)
          if (atMs >= fromMs && atMs <= untilMs && (atMs - fromMs) % stepMs === 0)
            points.push({ atMs, value: (values as RowOf<'resource'>).CPU });
        return { labels: { pool }, points };
      });
      return Promise.resolve([...series, ...this.strangeSeries]);
    },
  };

  /** As an agent returns them. */
  rowsOf<Kind extends SampledKind>(kind: Kind, pool: string, query: RowQuery): MeasuredRow<Kind>[] {
    const { aboveId = 0, belowId = Infinity, ageMsMax = Infinity } = query;
    const rows = this.rows.get(kind)?.get(pool) ?? [];
    const found: AnyRow[] = [];
    for (let index = rows.length - 1; index >= 0; index--) {
      const row = rows[index] as AnyRow;
      if (row.id >= belowId) continue;
      if (row.id <= aboveId || row.atMs < this.nowMs - ageMsMax) break;
      found.push(row);
    }
    return found;
  }

  fleet(): Fleet {
    const containerOf = (labels: Record<string, string>): FleetContainer => ({
      ...{ labels, isRunning: true, isHeld: false },
    });
    return {
      hosts: [...this.pools.keys()].sort().map((name) => ({
        ...{ name, labels: this.labels.get(name) ?? {}, isUp: !this.down.has(name) },
        closed: this.down.has(name) ? 'it is down' : this.closed.get(name),
      })),
      container: (pool, name) => {
        const labels = this.pools.get(pool)?.get(name);
        return labels && containerOf(labels);
      },
      holds: (pool, isWanted) =>
        [...(this.pools.get(pool) ?? [])].some(([name, labels]) => isWanted(name, containerOf(labels))),
      downtimeMs: () => 2_000,
    };
  }

  /** The engine of one controller. `beforeDecision` runs before it writes one. */
  engine(
    run = 'first',
    store: PolicyStore = this.store,
    beforeDecision: () => Promise<void> = () => Promise.resolve(),
  ): PolicyEngine {
    const log = new DecisionLog(store, () => this.nowMs);
    return new PolicyEngine({
      catalog: new PolicyCatalog(store, new Delegations(store), () => this.nowMs),
      decider: new Decider({
        store,
        owner: () => processOf(run),
        living: () => Promise.resolve((owner) => !this.dead.has(owner.run)),
      }),
      decisions: {
        read: () => log.read(),
        add: async (...of) => {
          await beforeDecision();
          return log.add(...of);
        },
      },
      rows: this.source,
      prometheus: this.prometheus,
      fleet: () => this.fleet(),
      moveOf: (id) => this.move(id),
      order: async (decision) => {
        this.ordered.push(decision);
        this.orders++;
        if (this.refusal !== undefined) await log.refuse(decision, this.refusal);
        else this.relocate(decision);
        this.orders--;
      },
      randomHex: () => String(++this.#drawn).padStart(16, '0'),
      clock: {
        now: () => this.nowMs,
        delay: () => Promise.resolve(),
        after: () => () => undefined,
        every: () => () => undefined,
      },
      log: pino({ level: 'silent' }),
    });
  }

  relocate({ source, destination, container }: Decision): void {
    const labels = this.pools.get(source)?.get(container);
    if (!labels) throw new Error(`${container} is not on ${source}`);
    this.pools.get(source)?.delete(container);
    this.pools.get(destination)?.set(container, labels);
  }

  /** The containers that were on a pool at first go on being measured where they are now. */
  measureContainers(use: (container: string) => number = () => 10): void {
    for (const [pool, containers] of this.pools)
      for (const name of containers.keys()) this.container(pool, name, use(name));
  }

  /** Each interval measures, then the engine decides. */
  async run(forMs: number, engine: PolicyEngine, measure: () => void): Promise<void> {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs;) {
      this.nowMs += measureIntervalMs;
      measure();
      this.measureContainers();
      await engine.round();
      // An order runs beside the round.
      await Promise.resolve();
    }
  }

  async decided(policy: string): Promise<readonly Decision[]> {
    return (await this.decisions.read()).get(policy)?.decisions ?? [];
  }
}

export function linkRow(peer: string, ms: number): RowOf<'link'> {
  return {
    ...{ locus2_id: peer, throughput: ms },
    ...{ jitter_1to2: 1, latency_max_1to2: ms, latency_median_1to2: ms, latency_min_1to2: ms },
    ...{ jitter_2to1: 1, latency_max_2to1: 1, latency_median_2to1: 1, latency_min_2to1: 1 },
  };
}

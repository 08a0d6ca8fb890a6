/**
 * Keeps the samples that policies need, from the agents: at first those of the whole window, then the new ones. A pool that
 * does not answer has no new samples, and its old ones leave the window.
 */
import type { FromAll, RowQuery } from '../usecases/measurements.js';
import type { MeasuredRow } from '../usecases/measured-rows.js';
import type { Policy } from '../model/policy.js';
import { kindOf, Samples, type SampledKind } from './samples.js';

export interface RowSource {
  readAll<Kind extends SampledKind>(
    kind: Kind,
    isWanted: (pool: string) => boolean,
    queryOf: (pool: string) => RowQuery,
    limits: { readonly max: number },
  ): Promise<FromAll<readonly MeasuredRow<Kind>[]>>;
}

const sampledKinds: readonly SampledKind[] = ['resource', 'container', 'link'];

/** How far back the samples of each kind are needed, in milliseconds. */
export type Needs = ReadonlyMap<SampledKind, number>;

/** Of one pool at once. 20 links for half an hour have 7,200. */
const rowsOfPoolMax = 50_000;

export function needsOf(policies: readonly Policy[]): Needs {
  const needs = new Map<SampledKind, number>();
  const need = (kind: SampledKind, ms: number) => needs.set(kind, Math.max(ms, needs.get(kind) ?? 0));
  for (const { when } of policies) {
    for (const { of, windowMs, holdMs } of when) {
      if (of === 'promql') continue;
      need(kindOf[of], windowMs + holdMs);
      // Pools are compared by their own values when the condition is about a container.
      if (of === 'container') need('resource', windowMs);
    }
  }
  return needs;
}

export class Sampler {
  #needs: Needs = new Map();
  readonly #lastIds = new Map<SampledKind, Map<string, number>>();

  constructor(
    private readonly rows: RowSource,
    readonly samples: Samples = new Samples(),
  ) {}

  /** Reads what is new. `isUp` says which pools answer. */
  async refresh(needs: Needs, isUp: (pool: string) => boolean, nowMs: number): Promise<void> {
    for (const kind of sampledKinds)
      // Longer ones have to be read from their beginning.
      if ((needs.get(kind) ?? 0) !== (this.#needs.get(kind) ?? 0)) this.#forget(kind);
    this.#needs = needs;
    for (const [kind, windowMs] of needs) {
      await this.#read(kind, isUp, windowMs);
      this.samples.trim(kind, nowMs - windowMs);
    }
  }

  /** Reads those of the containers of some pools, unless all are kept anyway. */
  async readContainers(pools: readonly string[], windowMs: number): Promise<void> {
    if (this.#needs.has('container')) return;
    this.samples.forget('container');
    const wanted = new Set(pools);
    const query = { ageMsMax: windowMs };
    const { results } = await this.rows.readAll(
      'container',
      (pool) => wanted.has(pool),
      () => query,
      { max: rowsOfPoolMax },
    );
    for (const [pool, rows] of results) this.samples.add('container', pool, [...rows].reverse());
  }

  clear(): void {
    this.#needs = new Map();
    for (const kind of sampledKinds) this.#forget(kind);
  }

  async #read(kind: SampledKind, isUp: (pool: string) => boolean, windowMs: number): Promise<void> {
    const lastIds = this.#lastIds.get(kind) ?? new Map<string, number>();
    this.#lastIds.set(kind, lastIds);
    const queryOf = (pool: string) => {
      const aboveId = lastIds.get(pool);
      return aboveId === undefined ? { ageMsMax: windowMs } : { aboveId };
    };
    const { results } = await this.rows.readAll(kind, isUp, queryOf, { max: rowsOfPoolMax });
    for (const [pool, rows] of results) {
      const [newest] = rows;
      if (!newest) continue;
      lastIds.set(pool, newest.id);
      this.samples.add(kind, pool, [...rows].reverse());
    }
  }

  #forget(kind: SampledKind): void {
    this.samples.forget(kind);
    this.#lastIds.delete(kind);
  }
}

/** Reads what a rebalance needs to know: the load of all pools, and what the containers of the overloaded ones use. */
import { isCopaError } from '../../common/errors.js';
import type { Inventory } from '../inventory/inventory.js';
import type { ContainerLine } from '../model/container.js';
import type { Placer } from '../placement/placer.js';
import { parseKept, type Rules } from '../placement/rules.js';
import type { Snapshot } from '../placement/snapshot.js';
import type { Measurements } from '../usecases/measurements.js';
import type { MeasuredRow } from '../usecases/measured-rows.js';
import { avoidedPools, heldReason, type PastMove } from './past.js';
import { overloadedHosts, type Candidate, type RebalanceRequest } from './plan.js';
import type { HostLoad, Use } from './pressure.js';

export interface SurveyParts {
  readonly measurements: Pick<Measurements, 'summaries' | 'readAll'>;
  readonly inventory: Pick<Inventory, 'get'>;
  readonly placer: Pick<Placer, 'snapshot' | 'outside'>;
  /** The predicted downtime of a move. */
  readonly downtimeMs: (container: string) => number;
}

/** A container of an overloaded pool that is left where it is. */
export interface Held {
  readonly container: string;
  readonly pool: string;
  readonly reason: string;
}

export interface Survey {
  readonly snapshot: Snapshot;
  readonly loads: ReadonlyMap<string, HostLoad>;
  readonly candidates: readonly Candidate[];
  readonly held: readonly Held[];
  /** Pools whose load nobody knows, sorted. */
  readonly unknown: readonly string[];
}

/** The values of this time count together. Raising it makes rebalances ignore longer peaks. */
export const windowMs = 10 * 60_000;

/** How many overloaded pools one plan relieves, the most loaded first; and how many rows of each it reads. */
const relievedMax = 20;
const rowsOfPoolMax = 50_000;

export async function survey(
  parts: SurveyParts,
  wanted: Pick<RebalanceRequest, 'target' | 'reach'>,
  { past, nowMs }: { readonly past: readonly PastMove[]; readonly nowMs: number },
): Promise<Survey> {
  const snapshot = parts.placer.snapshot();
  const open = new Set(snapshot.hosts.filter(({ closed }) => closed === undefined).map(({ name }) => name));
  const { results } = await parts.measurements.summaries((pool) => open.has(pool), windowMs);
  const loads = new Map<string, HostLoad>();
  for (const [pool, { cpu, memory }] of results) {
    if (cpu !== null && memory !== null) loads.set(pool, { cpu: cpu / 100, memory: memory / 100 });
  }
  const overloaded = overloadedHosts(snapshot, { ...wanted, loads }).slice(0, relievedMax);
  const uses = await usesOn(parts, overloaded);
  const found = overloaded.map((pool) => candidatesOn(parts, { pool, uses, past, nowMs }));
  return {
    ...{ snapshot, loads },
    candidates: found.flatMap(({ candidates }) => candidates),
    held: found.flatMap(({ held }) => held),
    unknown: [...open].filter((pool) => !loads.has(pool)).sort(),
  };
}

type Uses = ReadonlyMap<string, ReadonlyMap<string, Use>>;

/** Means by pool and container. */
async function usesOn({ measurements }: SurveyParts, pools: readonly string[]): Promise<Uses> {
  if (pools.length === 0) return new Map();
  const wanted = new Set(pools);
  const query = { ageMsMax: windowMs };
  const { results } = await measurements.readAll(
    'container',
    (pool) => wanted.has(pool),
    () => query,
    { max: rowsOfPoolMax },
  );
  return new Map([...results].map(([pool, rows]) => [pool, meansOf(rows)] as const));
}

function meansOf(rows: readonly MeasuredRow<'container'>[]): ReadonlyMap<string, Use> {
  const sums = new Map<string, { memory: number; cpus: number; count: number }>();
  for (const { values } of rows) {
    const sum = sums.get(values.container) ?? { memory: 0, cpus: 0, count: 0 };
    sum.memory += values.memory;
    sum.cpus += values.CPU / 100;
    sum.count += 1;
    sums.set(values.container, sum);
  }
  return new Map(
    [...sums].map(
      ([name, { memory, cpus, count }]) => [name, { memory: memory / count, cpus: cpus / count }] as const,
    ),
  );
}

interface Place {
  readonly pool: string;
  readonly uses: Uses;
  readonly past: readonly PastMove[];
  readonly nowMs: number;
}

function candidatesOn({ inventory, placer, downtimeMs }: SurveyParts, { pool, uses, past, nowMs }: Place) {
  const candidates: Candidate[] = [];
  const held: Held[] = [];
  for (const line of inventory.get(pool)?.containers.all() ?? []) {
    const { name, labels, status } = line;
    const use = uses.get(pool)?.get(name);
    // One that does not run adds nothing to the load.
    if (status !== 'Running' || !use) continue;
    const rules = rulesOf(line);
    const reason = line.isMarked
      ? 'a migration has it'
      : rules instanceof Error
        ? rules.message
        : heldReason(past, { pool, name }, nowMs);
    if (reason !== undefined || rules instanceof Error) {
      held.push({ container: name, pool, reason: reason ?? '' });
      continue;
    }
    const outside = placer.outside({ host: pool, name });
    const excluded = new Map([...outside, ...avoidedPools(past, { pool, name }, nowMs)]);
    candidates.push({ name, pool, labels, rules, use, disk: 0, downtimeMs: downtimeMs(name), excluded });
  }
  return { candidates, held };
}

function rulesOf({ rules }: ContainerLine): Rules | Error {
  try {
    return parseKept(rules);
  } catch (error) {
    if (isCopaError(error)) return error;
    throw error;
  }
}

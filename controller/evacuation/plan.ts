/**
 * Plans where the containers of a host go: a pure function of a snapshot of the fleet. The largest ones are placed first,
 * and each counts what all others need that were placed before it. The same snapshot gives the same plan.
 */
import type { Labels } from '../../common/labels.js';
import type { EvacuationAction } from '../model/evacuation.js';
import type { PoolTarget } from '../model/pool-target.js';
import { place, type Placement } from '../placement/place.js';
import { noRules } from '../placement/rules.js';
import type { Need, Reservation, Snapshot } from '../placement/snapshot.js';

/** A container of the host that is to be emptied. */
export interface Candidate {
  readonly name: string;
  readonly labels: Labels;
  readonly need: Need;
  readonly action: EvacuationAction;
  /** Pools that cannot take it, with the reason. */
  readonly excluded?: ReadonlyMap<string, string> | undefined;
}

export interface PlanRequest {
  readonly source: string;
  readonly target: PoolTarget;
  /** The pools that the requester may use; undefined: all. */
  readonly reach: ReadonlySet<string> | undefined;
  readonly candidates: readonly Candidate[];
}

export interface Assignment {
  readonly name: string;
  /** Where it goes and why; undefined: it stays, or no pool can take it. */
  readonly chosen: Placement | undefined;
  /** Why no pool can take it. */
  readonly obstacles: readonly Placement[];
}

/** How many pools an obstacle explains. */
const explainedMax = 20;

/** In the order of the candidates. */
export function assign(snapshot: Snapshot, request: PlanRequest): Assignment[] {
  const { source, target, reach, candidates } = request;
  const reserved = new Map(snapshot.reserved);
  const assigned = new Map<string, Assignment>();
  const moving = candidates.filter(({ action }) => action === 'migrate');
  for (const candidate of moving.sort(largestFirst)) {
    const { name, labels, need, excluded } = candidate;
    const answer = place(
      { hosts: snapshot.hosts, reserved },
      { name, labels, target, reach, source, need, rules: noRules, excluded },
    );
    const { chosen } = answer;
    if (chosen) reserve(reserved, chosen.pool, { name, labels, need });
    assigned.set(name, { name, chosen, obstacles: chosen ? [] : answer.others(explainedMax) });
  }
  return candidates.map(({ name }) => assigned.get(name) ?? { name, chosen: undefined, obstacles: [] });
}

/** The memory that is needed decides, as hosts are short of it first. */
function largestFirst(a: Candidate, b: Candidate): number {
  return b.need.memory - a.need.memory || b.need.disk - a.need.disk || (a.name < b.name ? -1 : 1);
}

export function reserve(all: Map<string, readonly Reservation[]>, pool: string, added: Reservation): void {
  all.set(pool, [...(all.get(pool) ?? []), added]);
}

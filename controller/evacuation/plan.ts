/**
 * Plans where the containers of a host go: a pure function of a snapshot of the fleet. The largest ones are placed first,
 * and each counts what all others need that were placed before it. The same snapshot gives the same plan.
 */
import type { Labels } from '../../common/labels.js';
import type { EvacuationAction } from '../model/evacuation.js';
import { isInTarget, type PoolTarget } from '../model/pool-target.js';
import { place, type Placement, type PlacementAnswer, type PlacementRequest } from '../placement/place.js';
import { isIn, type Rules } from '../placement/rules.js';
import { fullnessOf } from '../placement/score.js';
import {
  assumedNeed,
  type Need,
  type PlacementHost,
  type Reservation,
  type Snapshot,
} from '../placement/snapshot.js';

/** A container of the host that is to be emptied. */
export interface Candidate {
  readonly name: string;
  readonly labels: Labels;
  readonly need: Need;
  readonly action: EvacuationAction;
  /** Those that it keeps. */
  readonly rules: Rules;
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

/**
 * How many of the emptiest hosts are compared for each container; all others only if none of these can take it. Raising it
 * makes plans of large fleets slower.
 */
const comparedMax = 100;

/** In the order of the candidates. */
export function assign(snapshot: Snapshot, request: PlanRequest): Assignment[] {
  const { source, target, reach, candidates } = request;
  const fleet = new Fleet(snapshot, request);
  const assigned = new Map<string, Assignment>();
  const moving = candidates.filter(({ action }) => action === 'migrate');
  const tryToPlace = ({ name, labels, need, excluded, rules }: Candidate) => {
    const answer = fleet.place({ name, labels, target, reach, source, need, rules, excluded });
    const { chosen } = answer;
    if (chosen) fleet.reserve(chosen.pool, { name, labels, need, rules });
    // That it is on its own pool now is no obstacle.
    const obstacles = chosen ? [] : answer.others(explainedMax).filter(({ pool }) => pool !== source);
    assigned.set(name, { name, chosen, obstacles });
    return chosen !== undefined;
  };
  const left = moving.sort(largestFirst).filter((each) => !tryToPlace(each));
  placeCompany(left, tryToPlace);
  return candidates.map(({ name }) => assigned.get(name) ?? { name, chosen: undefined, obstacles: [] });
}

/**
 * Places those that are to be near of others which leave as well: once these have a place, there is a pool for them. Of
 * those that wait for each other, the first one goes without.
 */
function placeCompany(waiting: readonly Candidate[], tryToPlace: (candidate: Candidate) => boolean): void {
  let left = waiting.filter(({ rules }) => rules.near !== undefined);
  while (left.length > 0) {
    const still = left.filter((each) => !tryToPlace(each));
    if (still.length < left.length) {
      left = still;
      continue;
    }
    const first = still.find(({ name, rules: { near } }) =>
      still.some((other) => other.name !== name && near !== undefined && isIn(near, other)),
    );
    if (!first) return;
    tryToPlace({ ...first, rules: { ...first.rules, near: undefined } });
    left = still.filter((each) => each !== first);
  }
}

/** The memory that is needed decides, as hosts are short of it first. */
function largestFirst(a: Candidate, b: Candidate): number {
  return b.need.memory - a.need.memory || b.need.disk - a.need.disk || (a.name < b.name ? -1 : 1);
}

export function reserve(all: Map<string, readonly Reservation[]>, pool: string, added: Reservation): void {
  all.set(pool, [...(all.get(pool) ?? []), added]);
}

interface Ranked {
  readonly host: PlacementHost;
  readonly fullness: number;
}

/** The hosts while a plan is made, the emptiest first. */
class Fleet {
  readonly #reserved: Map<string, readonly Reservation[]>;
  readonly #ranked: Ranked[];

  constructor(
    private readonly snapshot: Snapshot,
    { source, target, reach }: PlanRequest,
  ) {
    this.#reserved = new Map(snapshot.reserved);
    const isPossible = (host: PlacementHost) =>
      host.closed === undefined &&
      host.name !== source &&
      isInTarget(host, target) &&
      (!reach || reach.has(host.name));
    this.#ranked = snapshot.hosts.filter(isPossible).map((host) => this.#rank(host));
    this.#ranked.sort(emptiestFirst);
  }

  place(request: PlacementRequest): PlacementAnswer {
    const emptiest = this.#ranked.slice(0, comparedMax).map(({ host }) => host);
    const hosts = emptiest.sort((a, b) => (a.name < b.name ? -1 : 1));
    const answer = place({ hosts, reserved: this.#reserved }, request);
    return answer.chosen ? answer : place({ ...this.snapshot, reserved: this.#reserved }, request);
  }

  reserve(pool: string, added: Reservation): void {
    reserve(this.#reserved, pool, added);
    const index = this.#ranked.findIndex(({ host }) => host.name === pool);
    const [before] = this.#ranked.splice(index, 1);
    if (!before) return;
    const now = this.#rank(before.host);
    const place = this.#ranked.findIndex((other) => emptiestFirst(now, other) < 0);
    this.#ranked.splice(place < 0 ? this.#ranked.length : place, 0, now);
  }

  #rank(host: PlacementHost): Ranked {
    return { host, fullness: fullnessOf(host, this.#reserved.get(host.name) ?? [], assumedNeed) };
  }
}

function emptiestFirst(a: Ranked, b: Ranked): number {
  return a.fullness - b.fullness || (a.host.name < b.host.name ? -1 : 1);
}

/**
 * Plans the moves of a rebalance: a pure function of a snapshot of the fleet. The same snapshot gives the same plan.
 *
 * A host is overloaded when its pressure is far above the level that all hosts would have in balance. From the most loaded
 * one, the container goes whose move pays best, to a host that stays near the level with it. A host that receives is
 * therefore never one that sends: no container moves twice, and no rebalance follows a rebalance unless the load changes.
 * Room and company on a host count as if nothing had left it yet, because the moves of a plan run at the same time.
 */
import type { Labels } from '../../common/labels.js';
import { isInTarget, type PoolTarget } from '../model/pool-target.js';
import { needyOn } from '../placement/company.js';
import { place } from '../placement/place.js';
import type { Member, Rules } from '../placement/rules.js';
import type { PlacementHost, Reservation, Snapshot } from '../placement/snapshot.js';
import { levelOf, pressureOf, shareOf, type HostLoad, type Use } from './pressure.js';

/** A container of an overloaded host. */
export interface Candidate {
  readonly name: string;
  readonly pool: string;
  readonly labels: Labels;
  readonly rules: Rules;
  readonly use: Use;
  /** Bytes; 0 when nobody has measured it. */
  readonly disk: number;
  readonly downtimeMs: number;
  /** Pools that cannot take it, with the reason. */
  readonly excluded?: ReadonlyMap<string, string> | undefined;
}

export interface Budget {
  readonly moves: number;
  /** The predicted downtimes of all moves together. */
  readonly downtimeMs: number;
}

export interface RebalanceRequest {
  /** Only these pools send and receive. */
  readonly target: PoolTarget;
  /** The pools that the requester may use; undefined: all. */
  readonly reach: ReadonlySet<string> | undefined;
  readonly loads: ReadonlyMap<string, HostLoad>;
  /** Pools that were relieved lately: they take nothing back so soon. */
  readonly resting: ReadonlySet<string>;
  readonly candidates: readonly Candidate[];
  readonly budget: Budget;
}

export interface PlannedMove {
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  /** By how much the more loaded one of the two hosts gets less loaded. */
  readonly gain: number;
  readonly downtimeMs: number;
  /** The pressure of both when this move and those before it are done. */
  readonly sourceAfter: number;
  readonly destinationAfter: number;
}

export interface RebalancePlan {
  /** The pressure of all hosts in balance. */
  readonly level: number;
  /** In the order in which they are to be made. */
  readonly moves: readonly PlannedMove[];
  /** More would pay, and the budget does not allow it. */
  readonly isCut: boolean;
  /** The pressure before, of the pools that count. */
  readonly pressures: ReadonlyMap<string, number>;
}

/**
 * How far above the level a host is overloaded, and how far above it a host may be that receives. The room between both is
 * the hysteresis: raising the first or lowering the second makes moves rarer.
 */
export const margins = { overloaded: 0.15, balanced: 0.05 } as const;

/** The gain that a move has to bring, and more of it for each second of downtime. Raising them makes moves rarer. */
const price = { move: 0.005, second: 0.002 } as const;

/** How many of the least loaded hosts are compared for each container. Raising it makes plans of large fleets slower. */
const comparedMax = 100;

export function overloadedHosts(
  snapshot: Snapshot,
  request: Pick<RebalanceRequest, 'target' | 'reach' | 'loads'>,
): string[] {
  const { level, pressures } = stateOf(snapshot, request);
  return [...pressures]
    .filter(([, pressure]) => pressure > level + margins.overloaded)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([name]) => name);
}

export function planRebalance(snapshot: Snapshot, request: RebalanceRequest): RebalancePlan {
  const { level, pressures, hosts } = stateOf(snapshot, request);
  const fleet = new Fleet(snapshot, hosts, new Map(pressures), level);
  const senders = new Set(overloadedHosts(snapshot, request));
  const closed = new Set([...request.resting, ...senders]);
  const moves: PlannedMove[] = [];
  const moved = new Set<Candidate>();
  let [isCut, downtimeLeftMs] = [false, request.budget.downtimeMs];
  for (;;) {
    const waiting = request.candidates.filter((each) => senders.has(each.pool) && !moved.has(each));
    const found = bestMove(fleet, waiting, { closed, downtimeLeftMs });
    isCut ||= found.isCut;
    if (!found.move || !found.candidate) break;
    if (moves.length >= request.budget.moves) {
      isCut = true;
      break;
    }
    moves.push(found.move);
    moved.add(found.candidate);
    downtimeLeftMs -= found.move.downtimeMs;
    fleet.apply(found.move, found.candidate);
  }
  return { level, moves, isCut, pressures };
}

interface Found {
  readonly move: PlannedMove | undefined;
  readonly candidate: Candidate | undefined;
  readonly isCut: boolean;
}

/** The most loaded host that has a move which pays sends first. */
function bestMove(
  fleet: Fleet,
  candidates: readonly Candidate[],
  { closed, downtimeLeftMs }: { readonly closed: ReadonlySet<string>; readonly downtimeLeftMs: number },
): Found {
  let isCut = false;
  const pools = new Set(candidates.map(({ pool }) => pool));
  for (const pool of fleet.mostLoadedFirst([...pools])) {
    const ranked = candidates
      .filter((candidate) => candidate.pool === pool)
      .map((candidate) => ({ candidate, worth: fleet.bestWorth(candidate) }))
      .filter(({ worth }) => worth > 0)
      .sort((a, b) => b.worth - a.worth || (a.candidate.name < b.candidate.name ? -1 : 1));
    for (const { candidate } of ranked) {
      const move = fleet.moveOf(candidate, closed);
      if (!move) continue;
      if (candidate.downtimeMs <= downtimeLeftMs) return { move, candidate, isCut };
      isCut = true;
    }
  }
  return { move: undefined, candidate: undefined, isCut };
}

interface Counted {
  readonly host: PlacementHost;
  readonly load: HostLoad;
}

/** The pools that count: those that take containers now, and whose load is known. */
function stateOf(
  { hosts: all }: Snapshot,
  { target, reach, loads }: Pick<RebalanceRequest, 'target' | 'reach' | 'loads'>,
) {
  const counted = all.flatMap((host): Counted[] => {
    const load = loads.get(host.name);
    const isIn = isInTarget(host, target) && (!reach || reach.has(host.name));
    return isIn && load && host.capacity && host.closed === undefined ? [{ host, load }] : [];
  });
  const pressures = new Map(counted.map(({ host, load }) => [host.name, pressureOf(load)] as const));
  return { level: levelOf(counted), pressures, hosts: counted.map(({ host }) => host) };
}

/** The fleet while the plan is made. */
class Fleet {
  readonly #hosts: ReadonlyMap<string, PlacementHost>;
  readonly #reserved: Map<string, readonly Reservation[]>;
  readonly #gone = new Map<string, readonly Member[]>();

  constructor(
    { reserved }: Snapshot,
    hosts: readonly PlacementHost[],
    private readonly pressures: Map<string, number>,
    private readonly level: number,
  ) {
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
    this.#reserved = new Map(reserved);
  }

  /** Of those that are still above the balance. */
  mostLoadedFirst(pools: readonly string[]): string[] {
    return pools
      .filter((pool) => this.#pressure(pool) > this.level + margins.balanced)
      .sort((a, b) => this.#pressure(b) - this.#pressure(a) || (a < b ? -1 : 1));
  }

  /** What the move of a container is worth at most. */
  bestWorth(candidate: Candidate): number {
    const source = this.#hosts.get(candidate.pool);
    return source ? shareOf(candidate.use, source) - priceOf(candidate) : 0;
  }

  /** The move of a container to the host that suits it best; undefined: none pays, or none is possible. */
  moveOf(candidate: Candidate, closed: ReadonlySet<string>): PlannedMove | undefined {
    const { name, pool, labels, rules, use, disk, excluded, downtimeMs } = candidate;
    const source = this.#hosts.get(pool);
    if (!source || needyOn(source, candidate, this.#gone.get(pool) ?? [])) return undefined;
    const hosts = this.#receivers(candidate, closed);
    const { chosen } = place(
      { hosts, reserved: this.#reserved },
      {
        ...{ name, labels, rules, excluded, source: pool, reach: undefined, target: { kind: 'any' } },
        need: { memory: use.memory, disk },
      },
    );
    if (!chosen) return undefined;
    const before = this.#pressure(pool);
    const sourceAfter = before - shareOf(use, source);
    const destinationAfter = this.#with(candidate, this.#hosts.get(chosen.pool) as PlacementHost);
    const gain = before - Math.max(sourceAfter, destinationAfter);
    const destination = chosen.pool;
    return { container: name, source: pool, destination, gain, downtimeMs, sourceAfter, destinationAfter };
  }

  apply({ source, destination, sourceAfter, destinationAfter }: PlannedMove, candidate: Candidate): void {
    const { name, labels, rules, use, disk } = candidate;
    this.pressures.set(source, sourceAfter).set(destination, destinationAfter);
    const coming = { name, labels, rules, need: { memory: use.memory, disk } };
    this.#reserved.set(destination, [...(this.#reserved.get(destination) ?? []), coming]);
    this.#gone.set(source, [...(this.#gone.get(source) ?? []), candidate]);
  }

  /** The least loaded hosts that stay near the level with the container, and to which its move pays; by name. */
  #receivers(candidate: Candidate, closed: ReadonlySet<string>): PlacementHost[] {
    const loadMax = Math.min(
      this.level + margins.balanced,
      this.#pressure(candidate.pool) - priceOf(candidate),
    );
    return [...this.#hosts.values()]
      .filter((host) => !closed.has(host.name) && this.#with(candidate, host) <= loadMax)
      .sort((a, b) => this.#pressure(a.name) - this.#pressure(b.name) || (a.name < b.name ? -1 : 1))
      .slice(0, comparedMax)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #with({ use }: Candidate, host: PlacementHost): number {
    return this.#pressure(host.name) + shareOf(use, host);
  }

  #pressure(pool: string): number {
    return this.pressures.get(pool) ?? Infinity;
  }
}

function priceOf({ downtimeMs }: Candidate): number {
  return price.move + (price.second * downtimeMs) / 1000;
}

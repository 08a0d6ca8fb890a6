/**
 * Chooses the pool of a container: a pure function of a snapshot of the fleet, with the reason for each pool that was
 * not chosen. Rules and room exclude pools. Among the others, the one with the fewest containers to be spread wins, then
 * the emptiest, then the first by name.
 */
import type { Labels } from '../../common/labels.js';
import { bytesText } from '../../common/sizes.js';
import { isInTarget, type PoolTarget } from '../model/pool-target.js';
import { brokenRule, countOn, objectionOn } from './company.js';
import type { Rules } from './rules.js';
import { describeUse, fullnessOf } from './score.js';
import {
  memoryOf,
  roomOn,
  type Need,
  type PlacementHost,
  type Reservation,
  type Snapshot,
} from './snapshot.js';

export interface PlacementRequest {
  /** Undefined: no name is given yet. */
  readonly name: string | undefined;
  readonly labels: Labels;
  readonly target: PoolTarget;
  /** The pools that the requester may use; undefined: all. */
  readonly reach: ReadonlySet<string> | undefined;
  /** The pool that it leaves. */
  readonly source: string | undefined;
  readonly need: Need;
  readonly rules: Rules;
  /** Pools that cannot take it for other reasons. */
  readonly excluded?: ReadonlyMap<string, string> | undefined;
}

export interface Placement {
  readonly pool: string;
  /** Why it is better than the others. */
  readonly reason: string;
}

export interface PlacementAnswer {
  readonly chosen: Placement | undefined;
  /** How many other pools the target names. */
  readonly othersTotal: number;
  /** Why not, for the first ones of these, by name. Texts for thousands of pools take longer than the choice. */
  readonly others: (max: number) => readonly Placement[];
}

/** How good a pool is, if it can take the container. */
interface Candidate {
  readonly host: PlacementHost;
  readonly spread: number;
  readonly fullness: number;
}

export function place(snapshot: Snapshot, request: PlacementRequest): PlacementAnswer {
  const { target, reach, need, rules } = request;
  const reservedOn = (host: PlacementHost) => snapshot.reserved.get(host.name) ?? none;
  const spreadOn = spreadCounter(snapshot, rules);
  const all = snapshot.hosts.filter((host) => isInTarget(host, target) && (!reach || reach.has(host.name)));
  const obstacleTo = (host: PlacementHost) => obstacleOn(host, reservedOn(host), request);
  const candidateOf = (host: PlacementHost): Candidate => ({
    host,
    spread: spreadOn(host),
    fullness: fullnessOf(host, reservedOn(host), need),
  });
  const best = bestOf(all.map(candidateOf), obstacleTo);
  const describe = (host: PlacementHost) => describeUse(host, reservedOn(host), need);
  const reasonOf = (host: PlacementHost) => {
    const obstacle = obstacleTo(host);
    if (obstacle !== undefined || !best) return obstacle ?? '';
    return whyWorse(candidateOf(host), best, describe);
  };
  return {
    chosen: best && { pool: best.host.name, reason: describe(best.host) },
    othersTotal: all.length - (best ? 1 : 0),
    others: (max) =>
      all
        .filter((host) => host !== best?.host)
        .slice(0, max)
        .map((host) => ({ pool: host.name, reason: reasonOf(host) })),
  };
}

/**
 * The best one without an obstacle. How good a host is costs little, and what could be in the way far more, so that is only
 * looked for from the best one on.
 */
function bestOf(
  candidates: readonly Candidate[],
  obstacleTo: (host: PlacementHost) => string | undefined,
): Candidate | undefined {
  const [first] = candidates;
  if (!first) return undefined;
  const best = candidates.reduce((a, b) => (byWorth(b, a) < 0 ? b : a), first);
  if (obstacleTo(best.host) === undefined) return best;
  const rest = candidates.filter((each) => each !== best).sort(byWorth);
  return rest.find(({ host }) => obstacleTo(host) === undefined);
}

/** Hosts come sorted by name, so the first of equal ones wins. */
function byWorth(a: Candidate, b: Candidate): number {
  return a.spread - b.spread || a.fullness - b.fullness;
}

const none: readonly Reservation[] = [];

/** Why a host cannot take the container; undefined: it can. */
function obstacleOn(
  host: PlacementHost,
  reserved: readonly Reservation[],
  { name, labels, source, need, rules, excluded }: PlacementRequest,
): string | undefined {
  if (host.name === source) return 'it is there now';
  if (host.closed !== undefined) return host.closed;
  const other = excluded?.get(host.name);
  if (other !== undefined) return other;
  const isTaken =
    name !== undefined &&
    (host.containers.get(name) !== undefined || reserved.some((each) => each.name === name));
  if (isTaken) return `it has a container "${name}" already`;
  return (
    brokenRule(host, reserved, rules) ??
    objectionOn(host, reserved, { name: name ?? '', labels }) ??
    shortageOn(host, reserved, need)
  );
}

function shortageOn(host: PlacementHost, reserved: readonly Reservation[], need: Need): string | undefined {
  if (need.memory === 0 && need.disk === 0 && !need.memoryPercent) return undefined;
  const room = roomOn(host, reserved);
  if (!room) return 'its agent does not report what memory and disk are free';
  const memory = memoryOf(need, host.capacity?.memoryTotal ?? 0) - room.memory;
  if (memory > 0) return `${bytesText(Math.ceil(memory))} of memory short`;
  const disk = need.disk - room.disk;
  return disk > 0 ? `${bytesText(Math.ceil(disk))} of disk short` : undefined;
}

/** The number of containers to be spread that a host's part of the fleet has. */
function spreadCounter(
  { hosts, reserved }: Snapshot,
  { spread, over }: Rules,
): (host: PlacementHost) => number {
  if (!spread) return () => 0;
  const countOf = (host: PlacementHost) => countOn(host, reserved.get(host.name) ?? none, spread);
  if (over === undefined) return countOf;
  const counts = new Map<string, number>();
  // Hosts without the label are a part of their own.
  const partOf = ({ labels }: PlacementHost) => labels[over] ?? '';
  for (const host of hosts) counts.set(partOf(host), (counts.get(partOf(host)) ?? 0) + countOf(host));
  return (host) => counts.get(partOf(host)) ?? 0;
}

function whyWorse(each: Candidate, best: Candidate, describe: (host: PlacementHost) => string): string {
  if (each.spread !== best.spread) {
    return `its part of the fleet has ${each.spread} of the containers to be spread, and that of ${best.host.name} ${best.spread}`;
  }
  return each.fullness === best.fullness ? `as good as ${best.host.name}` : `fuller: ${describe(each.host)}`;
}

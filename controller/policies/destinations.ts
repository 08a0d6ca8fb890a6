/** Which pools are better than the one that a container leaves. Pure. */
import type { Condition, Policy } from '../model/policy.js';
import { isInTarget } from '../model/pool-target.js';
import { meets, summaryAt, type Finding } from './findings.js';
import { itself } from './samples.js';
import type { FleetHost, Situation } from './situation.js';

/** A pool as a destination. */
export interface Candidate {
  readonly pool: string;
  readonly value: number;
  /** It meets the condition by itself, as the other end of one bad link does. It comes after those that do not. */
  readonly isAffected: boolean;
}

export interface Comparison {
  readonly sourceValue: number;
  /** The best first. */
  readonly candidates: readonly Candidate[];
  /** Why not, by name, for the first pools that are not among these. */
  readonly others: readonly { readonly pool: string; readonly reason: string }[];
}

const explainedMax = 20;

/** Compares the pools of the policy's target with the one of a finding, by the measure of its condition. */
export function compareDestinations(
  policy: Policy,
  { condition, pool: source }: Finding,
  situation: Situation,
): Comparison {
  const values = new PoolValues(condition, situation);
  const sourceValue = values.of(source)?.value;
  const candidates: Candidate[] = [];
  const others: { pool: string; reason: string }[] = [];
  for (const host of situation.fleet.hosts) {
    if (host.name === source || !isInTarget(host, policy.to)) continue;
    const verdict = candidateOf(host, { policy, condition, values, source, sourceValue });
    if (typeof verdict !== 'string') candidates.push(verdict);
    else if (others.length < explainedMax) others.push({ pool: host.name, reason: verdict });
  }
  const sign = condition.isAbove ? 1 : -1;
  candidates.sort((a, b) => Number(a.isAffected) - Number(b.isAffected) || sign * (a.value - b.value));
  return { sourceValue: sourceValue ?? 0, candidates, others };
}

interface Compared {
  readonly policy: Policy;
  readonly condition: Condition;
  readonly values: PoolValues;
  readonly source: string;
  readonly sourceValue: number | undefined;
}

/** The reason why it is none, otherwise. */
function candidateOf(
  host: FleetHost,
  { policy, condition, values, source, sourceValue }: Compared,
): Candidate | string {
  if (host.closed !== undefined) return host.closed;
  if (sourceValue === undefined) return `nothing was measured on ${source}, which it could be compared with`;
  const found = values.of(host.name, source);
  if (!found) return 'nothing was measured there in the window';
  const { value, isAffected } = found;
  if (condition.of !== 'container' && meets(condition, value))
    return `its value of ${rounded(value)} meets the condition as well`;
  if (isBetter(condition, value, sourceValue, policy.guards.margin))
    return { pool: host.name, value, isAffected };
  return `its value of ${rounded(value)} is not better by ${policy.guards.margin}% than ${rounded(sourceValue)}`;
}

function isBetter({ isAbove }: Condition, value: number, than: number, margin: number): boolean {
  const least = Math.abs(than) * (margin / 100);
  return isAbove ? value < than && value <= than - least : value > than && value >= than + least;
}

/** The value of a pool: its own, or the mean of its links. */
class PoolValues {
  readonly #links = new Map<string, readonly { readonly peer: string; readonly value: number }[]>();

  constructor(
    private readonly condition: Condition,
    private readonly situation: Situation,
  ) {}

  /**
   * A link to the pool that the container leaves does not count, if there are others: all pools have a bad link to a pool
   * whose links are bad.
   */
  of(pool: string, leaving?: string): { readonly value: number; readonly isAffected: boolean } | undefined {
    const { condition, situation } = this;
    if (condition.of !== 'link') {
      const own = summaryAt({ ...condition, of: 'pool' }, pool, itself, situation);
      return own && { value: own.value, isAffected: false };
    }
    const all = this.#linksOf(pool);
    const others = all.filter(({ peer }) => peer !== leaving);
    const counted = others.length > 0 ? others : all;
    if (counted.length === 0) return undefined;
    const value = counted.reduce((sum, link) => sum + link.value, 0) / counted.length;
    return { value, isAffected: all.some((link) => meets(condition, link.value)) };
  }

  #linksOf(pool: string) {
    const known = this.#links.get(pool);
    if (known) return known;
    const { condition, situation } = this;
    const { hosts } = situation.fleet;
    const peers =
      condition.peers.kind === 'any'
        ? undefined
        : new Set(hosts.filter((host) => isInTarget(host, condition.peers)).map(({ name }) => name));
    const links = situation.samples.subjects('link', pool).flatMap((peer) => {
      if (peers && !peers.has(peer)) return [];
      const found = summaryAt(condition, pool, peer, situation);
      return found ? [{ peer, value: found.value }] : [];
    });
    this.#links.set(pool, links);
    return links;
  }
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

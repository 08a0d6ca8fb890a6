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

/** Compares the pools of the policy's target with those of findings, by the measures of their conditions. */
export class Comparer {
  readonly #values = new Map<Condition, PoolValues>();

  constructor(
    private readonly policy: Policy,
    private readonly situation: Situation,
  ) {}

  compare({ condition, pool: source }: Finding): Comparison {
    const { policy, situation } = this;
    const values = this.#values.get(condition) ?? new PoolValues(condition, situation);
    this.#values.set(condition, values);
    const sourceValue = values.of(source)?.value;
    const candidates: Candidate[] = [];
    const others: { pool: string; reason: string }[] = [];
    for (const host of situation.fleet.hosts) {
      if (host.name === source || !isInTarget(host, policy.to)) continue;
      const verdict = verdictOn(host, { policy, condition, values, source, sourceValue });
      if ('candidate' in verdict) candidates.push(verdict.candidate);
      else if (others.length < explainedMax) others.push({ pool: host.name, reason: verdict.reason() });
    }
    const sign = condition.isAbove ? 1 : -1;
    candidates.sort((a, b) => Number(a.isAffected) - Number(b.isAffected) || sign * (a.value - b.value));
    return { sourceValue: sourceValue ?? 0, candidates, others };
  }
}

interface Compared {
  readonly policy: Policy;
  readonly condition: Condition;
  readonly values: PoolValues;
  readonly source: string;
  readonly sourceValue: number | undefined;
}

/** A candidate, or the reason why it is none; a text for each of thousands of pools would take longer than the choice. */
type Verdict = { readonly candidate: Candidate } | { readonly reason: () => string };

function verdictOn(host: FleetHost, { policy, condition, values, source, sourceValue }: Compared): Verdict {
  const { closed } = host;
  if (closed !== undefined) return { reason: () => closed };
  if (sourceValue === undefined)
    return { reason: () => `nothing was measured on ${source}, which it could be compared with` };
  const found = values.of(host.name, source);
  if (!found) return { reason: () => 'nothing was measured there in the window' };
  const { value, isAffected } = found;
  if (condition.of !== 'container' && meets(condition, value))
    return { reason: () => `its value of ${rounded(value)} meets the condition as well` };
  const { margin } = policy.guards;
  if (isBetter(condition, value, sourceValue, margin))
    return { candidate: { pool: host.name, value, isAffected } };
  return {
    reason: () => `its value of ${rounded(value)} is not better by ${margin}% than ${rounded(sourceValue)}`,
  };
}

function isBetter({ isAbove }: Condition, value: number, than: number, margin: number): boolean {
  const least = Math.abs(than) * (margin / 100);
  return isAbove ? value < than && value <= than - least : value > than && value >= than + least;
}

interface PoolValue {
  readonly value: number;
  readonly isAffected: boolean;
}

/** The value of a pool: its own, or the mean of its links. */
class PoolValues {
  readonly #own = new Map<string, PoolValue | undefined>();
  readonly #links = new Map<string, readonly { readonly peer: string; readonly value: number }[]>();

  constructor(
    private readonly condition: Condition,
    private readonly situation: Situation,
  ) {}

  /**
   * A link to the pool that the container leaves does not count, if there are others: all pools have a bad link to a pool
   * whose links are bad.
   */
  of(pool: string, leaving?: string): PoolValue | undefined {
    const { condition } = this;
    if (condition.of !== 'link') return this.#ownOf(pool);
    const all = this.#linksOf(pool);
    const others = all.filter(({ peer }) => peer !== leaving);
    const counted = others.length > 0 ? others : all;
    if (counted.length === 0) return undefined;
    const value = counted.reduce((sum, link) => sum + link.value, 0) / counted.length;
    return { value, isAffected: all.some((link) => meets(condition, link.value)) };
  }

  #ownOf(pool: string): PoolValue | undefined {
    if (this.#own.has(pool)) return this.#own.get(pool);
    const { condition, situation } = this;
    // Where a container uses much, pools are compared by what they use.
    const of = condition.of === 'container' ? 'pool' : condition.of;
    const own = summaryAt({ ...condition, of }, pool, condition.query ?? itself, situation);
    const value = own && { value: own.value, isAffected: false };
    this.#own.set(pool, value);
    return value;
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

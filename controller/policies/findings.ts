/** Where a policy's condition holds. Pure. */
import { measureIntervalMs } from '../../common/measurements.js';
import type { Condition, Policy } from '../model/policy.js';
import { isInTarget } from '../model/pool-target.js';
import { itself, kindOf, type Series, type Summary } from './samples.js';
import type { FleetHost, Situation } from './situation.js';

export interface Finding {
  readonly condition: Condition;
  readonly pool: string;
  readonly peer: string | undefined;
  readonly container: string | undefined;
  readonly found: Summary;
}

/** A longer `for` is looked at in as many steps. */
const stepsMax = 30;

/** The worst first. */
export function findingsOf(policy: Policy, situation: Situation): Finding[] {
  const { hosts } = situation.fleet;
  const watched = hosts.filter((host) => host.isUp && isInTarget(host, policy.pools));
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const findings = policy.when.flatMap((condition) =>
    watched.flatMap(({ name: pool }) =>
      situation.samples.subjects(kindOf[condition.of], pool).flatMap((subject): Finding[] => {
        if (!isWatched(condition, subject, byName.get(subject))) return [];
        const found = heldSummary(condition, pool, subject, situation);
        return found ? [findingOf(condition, pool, subject, found)] : [];
      }),
    ),
  );
  return findings.sort((a, b) => excessOf(b) - excessOf(a) || compare(keyOf(a), keyOf(b)));
}

/** Of the window that ends at a moment; undefined when the samples do not cover it. */
export function summaryAt(
  condition: Condition,
  pool: string,
  subject: string,
  { samples, nowMs }: Pick<Situation, 'samples' | 'nowMs'>,
): Summary | undefined {
  const series = samples.series(kindOf[condition.of], pool, subject);
  return coveredSummary(condition, series, nowMs);
}

/** Whether a value meets the condition. */
export function meets({ isAbove, threshold }: Condition, value: number): boolean {
  return isAbove ? value > threshold : value < threshold;
}

/** The samples have to be in both halves of the window: one peak is no mean, and old values say nothing about now. */
export function coveredSummary(
  { measure, aggregate, windowMs }: Pick<Condition, 'measure' | 'aggregate' | 'windowMs'>,
  series: Series | undefined,
  nowMs: number,
): Summary | undefined {
  const found = series?.summary(measure, aggregate, nowMs - windowMs, nowMs);
  const middleMs = nowMs - windowMs / 2;
  return found && found.firstMs <= middleMs && found.lastMs >= middleMs && found.count > 1
    ? found
    : undefined;
}

/** The newest summary, if the condition holds now and held for as long as it has to. */
function heldSummary(
  condition: Condition,
  pool: string,
  subject: string,
  { samples, nowMs }: Situation,
): Summary | undefined {
  const { holdMs } = condition;
  const now = summaryAt(condition, pool, subject, { samples, nowMs });
  if (!now || !meets(condition, now.value)) return undefined;
  const stepMs = Math.max(measureIntervalMs, holdMs / stepsMax);
  for (let agoMs = holdMs; agoMs > 0; agoMs -= stepMs) {
    const then = summaryAt(condition, pool, subject, { samples, nowMs: nowMs - agoMs });
    if (!then || !meets(condition, then.value)) return undefined;
  }
  return now;
}

/**
 * A link only if its other end is one of the condition's, and is not a pool that is down: then nothing says that the link
 * is bad, and a move would not make it better.
 */
function isWatched({ of, peers, query }: Condition, subject: string, peer: FleetHost | undefined): boolean {
  if (of === 'promql') return subject === query;
  if (of === 'link' && peer?.isUp === false) return false;
  return of !== 'link' || peers.kind === 'any' || (peer !== undefined && isInTarget(peer, peers));
}

function findingOf(condition: Condition, pool: string, subject: string, found: Summary): Finding {
  const isAbout = (of: Condition['of']) => (condition.of === of && subject !== itself ? subject : undefined);
  return { condition, pool, peer: isAbout('link'), container: isAbout('container'), found };
}

/** By how much of the threshold the value is beyond it. */
function excessOf({ condition: { threshold, isAbove }, found: { value } }: Finding): number {
  const beyond = isAbove ? value - threshold : threshold - value;
  return beyond / Math.max(Math.abs(threshold), 1e-9);
}

const keyOf = ({ pool, peer, container }: Finding) => `${pool} ${peer ?? ''} ${container ?? ''}`;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

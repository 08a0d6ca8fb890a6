/**
 * Decides: pure functions of a situation. `assess` says whether the policy wants to move something away from some pool, and
 * needs no samples of containers for it. `choose` then chooses a container and its destination; for that the samples of the
 * containers on these pools have to be in the situation.
 */
import { matches, type Labels } from '../../common/labels.js';
import type { Decision, Evidence, Policy } from '../model/policy.js';
import { Comparer, rounded, type Comparison } from './destinations.js';
import { coveredSummary, findingsOf, type Finding } from './findings.js';
import { avoidedPools, heldBack, heldContainer } from './guards.js';
import type { Situation } from './situation.js';

export interface Move {
  readonly kind: 'move';
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  readonly reason: string;
  readonly evidence: Evidence;
  readonly downtimeMs: number;
}

/**
 * Nothing is to be done (`idle`), or something would be, and cannot or may not (`held`), or a query failed, so that nobody can
 * say (`unknown`).
 */
export interface NoMove {
  readonly kind: 'idle' | 'held' | 'unknown';
  readonly reason: string;
}

/** A pool that something should leave, and where it could go. */
export interface Case {
  readonly finding: Finding;
  readonly comparison: Comparison;
}

/** Raising it reads the samples of the containers of more pools for one decision. */
const casesMax = 8;
/** The worst findings are compared first. Where these have no better pool, the others hardly have one. */
const comparedMax = 50;
const shownMax = 3;

export function assess(
  policy: Policy,
  situation: Situation,
): NoMove | { readonly kind: 'cases'; readonly cases: readonly Case[] } {
  // Whatever its other conditions say: half of a policy is another policy.
  for (const { query } of policy.when) {
    const failure = query === undefined ? undefined : situation.failures.get(query);
    if (failure !== undefined) return { kind: 'unknown', reason: failure };
  }
  const findings = findingsOf(policy, situation);
  const [worst] = findings;
  if (!worst) return { kind: 'idle', reason: 'its condition holds nowhere' };
  const held = heldBack(policy, situation);
  if (held !== undefined) return { kind: 'held', reason: `${describe(worst)}; ${held}` };
  const cases: Case[] = [];
  const reasons: string[] = [];
  const comparer = new Comparer(policy, situation);
  let compared = 0;
  for (const finding of onePerPool(findings)) {
    const holds = situation.fleet.holds(finding.pool, (name, { labels }) =>
      isMoved(policy, finding, name, labels),
    );
    if (!holds) {
      reasons.push(`${describe(finding)}; no container there is to be moved`);
      continue;
    }
    const comparison = comparer.compare(finding);
    if (comparison.candidates.length > 0) cases.push({ finding, comparison });
    else reasons.push(`${describe(finding)}; no pool is better${listed(comparison)}`);
    if (cases.length === casesMax || ++compared === comparedMax) break;
  }
  if (cases.length > 0) return { kind: 'cases', cases };
  return { kind: 'held', reason: reasons.slice(0, shownMax).join('; ') };
}

export function choose(policy: Policy, situation: Situation, cases: readonly Case[]): Move | NoMove {
  const reasons: string[] = [];
  for (const each of cases) {
    for (const container of containersOf(policy, situation, each.finding)) {
      const found = moveOf(policy, situation, each, container);
      if (typeof found !== 'string') return found;
      reasons.push(`container "${container}": ${found}`);
    }
    if (reasons.length === 0) reasons.push(`${describe(each.finding)}; no container there is to be moved`);
  }
  return { kind: 'held', reason: reasons.slice(0, shownMax).join('; ') };
}

/** The worst of each pool; for a condition about containers, each of them. */
function onePerPool(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ pool, container }) => {
    const key = `${pool} ${container ?? ''}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Those that the policy moves, the one that uses most first. */
function containersOf(policy: Policy, situation: Situation, finding: Finding): readonly string[] {
  const { samples, fleet, nowMs } = situation;
  const { pool } = finding;
  const isWanted = (name: string) => {
    const found = fleet.container(pool, name);
    return found?.isRunning === true && isMoved(policy, finding, name, found.labels);
  };
  const measure = policy.moved.kind === 'most' ? policy.moved.measure : 'cpu';
  const { windowMs } = finding.condition;
  return samples
    .subjects('container', pool)
    .filter(isWanted)
    .flatMap((name) => {
      const series = samples.series('container', pool, name);
      const use = coveredSummary({ measure, aggregate: 'mean', windowMs }, series, nowMs);
      return use ? [{ name, use: use.value }] : [];
    })
    .sort((a, b) => b.use - a.use || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);
}

function isMoved({ moved }: Policy, { pool, container }: Finding, name: string, labels: Labels): boolean {
  if (container !== undefined && name !== container) return false;
  if (moved.kind === 'container') return name === moved.name && (moved.pool ?? pool) === pool;
  return moved.kind !== 'labels' || matches(labels, moved.selector);
}

/** The reason why it does not move, otherwise. */
function moveOf(
  policy: Policy,
  situation: Situation,
  { finding, comparison }: Case,
  container: string,
): Move | string {
  const { fleet } = situation;
  const at = { pool: finding.pool, container };
  if (fleet.container(finding.pool, container)?.isHeld) return 'a migration holds it';
  const held = heldContainer(policy, situation, at);
  if (held !== undefined) return held;
  const avoided = avoidedPools(situation, at);
  const best = comparison.candidates.find(
    ({ pool }) => !avoided.has(pool) && fleet.container(pool, container) === undefined,
  );
  if (!best)
    return 'its moves to the better pools were refused or failed, or they have a container of its name';
  const { sourceValue } = comparison;
  const { of, measure } = finding.condition;
  const what =
    of === 'link' ? 'mean of its links' : of === 'promql' ? 'value of the query' : `${measure} of the pool`;
  return {
    kind: 'move',
    container,
    source: finding.pool,
    destination: best.pool,
    reason: `${describe(finding)}; ${best.pool} is better: ${what} ${rounded(best.value)}, here ${rounded(sourceValue)}`,
    evidence: evidenceOf(finding, sourceValue, best.value),
    downtimeMs: fleet.downtimeMs(container),
  };
}

function evidenceOf(
  { condition, pool, peer, container, found }: Finding,
  sourceValue: number,
  destinationValue: number,
): Evidence {
  return {
    of: condition.of,
    measure: condition.query ?? condition.measure,
    pool,
    peer: peer ?? null,
    container: container ?? null,
    aggregate: condition.aggregate,
    value: rounded(found.value),
    above: condition.isAbove,
    threshold: condition.threshold,
    window_seconds: condition.windowMs / 1000,
    samples: found.count,
    first: new Date(found.firstMs).toISOString(),
    last: new Date(found.lastMs).toISOString(),
    source_value: rounded(sourceValue),
    destination_value: rounded(destinationValue),
  };
}

const units = {
  cpu: '%',
  memory: '%',
  latency: ' ms',
  jitter: ' ms',
  throughput: ' Mbit/s',
  loss: '%',
  value: '',
} as const;

/** As in "latency of the link server1-server2 is 80 ms, above 50 ms (mean of 120 s)". */
export function describe({ condition, pool, peer, container, found }: Finding): string {
  const { measure, isAbove, threshold, aggregate, windowMs } = condition;
  const unit = condition.of === 'container' && measure === 'memory' ? ' bytes' : units[measure];
  const where =
    peer !== undefined
      ? `the link ${pool}-${peer}`
      : container !== undefined
        ? `container "${container}" on ${pool}`
        : `pool ${pool}`;
  const what = condition.of === 'promql' ? 'the query' : measure;
  return `${what} of ${where} is ${rounded(found.value)}${unit}, ${isAbove ? 'above' : 'below'} ${threshold}${unit} (${aggregate} of ${windowMs / 1000} s)`;
}

function listed({ others }: Comparison): string {
  if (others.length === 0) return '';
  const some = others.slice(0, shownMax).map(({ pool, reason }) => `${pool}: ${reason}`);
  return ` (${some.join('; ')}${others.length > shownMax ? '; ...' : ''})`;
}

/** What the policy wants. `readContainers` adds the samples of the containers on these pools to the situation. */
export async function decide(
  policy: Policy,
  situation: Situation,
  readContainers: (pools: readonly string[], windowMs: number) => Promise<void>,
): Promise<Move | NoMove> {
  const first = assess(policy, situation);
  if (first.kind !== 'cases') return first;
  const pools = first.cases.map(({ finding }) => finding.pool);
  const windowMs = Math.max(...first.cases.map(({ finding }) => finding.condition.windowMs));
  await readContainers([...new Set(pools)], windowMs);
  return choose(policy, situation, first.cases);
}

export function decisionOf(
  { container, source, destination, reason, evidence, downtimeMs }: Move,
  head: Pick<Decision, 'id' | 'policy' | 'version' | 'at' | 'outcome'>,
): Decision {
  const what = { container, source, destination, reason, evidence };
  return { ...head, ...what, predicted_downtime_ms: downtimeMs, error: null };
}

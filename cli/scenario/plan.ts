/** What a run does, decided before it begins: which pool has which role, and each action with its time. Pure. */
import { CopaError } from '../../common/errors.js';
import { matches, parseSelector } from '../../common/labels.js';
import { describe, type Action } from './action.js';
import type { HostChoice, Scenario } from './document.js';
import { randomOf } from './random.js';

export interface KnownPool {
  readonly name: string;
  readonly state: string;
  readonly scheduling: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Step {
  readonly atMs: number;
  readonly text: string;
  readonly action: Action;
}

export interface Plan {
  /** The pool of each role. */
  readonly pools: Readonly<Record<string, string>>;
  /** By time. */
  readonly steps: readonly Step[];
}

/** `chosen` are roles whose pool somebody chose for this run. Throws `failed_precondition` where a pool is missing. */
export function planOf(
  scenario: Scenario,
  known: readonly KnownPool[],
  chosen: Readonly<Record<string, string>> = {},
): Plan {
  const random = randomOf(scenario.seed);
  const pools = rolesOf(scenario.hosts, known, chosen, random);
  const steps = scenario.timeline.flatMap((action) => {
    const { at, jitter = 0, every, until = at } = action;
    const delay = Math.round(random() * jitter);
    const times = [at];
    if (every !== undefined) for (let next = at + every; next <= until; next += every) times.push(next);
    return times.map((atMs): Step => ({ atMs: atMs + delay, text: describe(action), action }));
  });
  return { pools, steps: steps.sort((a, b) => a.atMs - b.atMs) };
}

function rolesOf(
  hosts: Scenario['hosts'],
  known: readonly KnownPool[],
  chosen: Readonly<Record<string, string>>,
  random: () => number,
): Record<string, string> {
  for (const role of Object.keys(chosen)) {
    if (!Object.hasOwn(hosts, role))
      throw new CopaError('invalid_argument', `the scenario has no role "${role}"`);
  }
  const usable = known
    .filter(({ state, scheduling }) => state === 'up' && scheduling === 'active')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const named = (role: string, choice: HostChoice) =>
    chosen[role] ?? ('pool' in choice ? choice.pool : undefined);
  const taken = new Set(Object.entries(hosts).flatMap(([role, choice]) => named(role, choice) ?? []));
  const found: Record<string, string> = {};
  for (const [role, choice] of Object.entries(hosts)) {
    const name =
      named(role, choice) ??
      byLabel(
        role,
        choice,
        usable.filter((pool) => !taken.has(pool.name)),
        random,
      );
    if (!usable.some((pool) => pool.name === name)) {
      throw new CopaError(
        'failed_precondition',
        `role "${role}": pool "${name}" is not there, not up, or cordoned`,
      );
    }
    taken.add(name);
    found[role] = name;
  }
  return found;
}

function byLabel(role: string, choice: HostChoice, free: readonly KnownPool[], random: () => number): string {
  const labels = 'labels' in choice ? choice.labels : '';
  const selector = parseSelector('labels', labels);
  const suitable = free.filter((pool) => matches(pool.labels, selector));
  const picked = suitable[Math.floor(random() * suitable.length)];
  if (picked) return picked.name;
  throw new CopaError('failed_precondition', `role "${role}": no free pool has the labels ${labels}`);
}

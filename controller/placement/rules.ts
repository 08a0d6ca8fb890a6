/** The rules of a placement: labels of pools, and the company of other containers. */
import { CopaError } from '../../common/errors.js';
import {
  formatCondition,
  labelPattern,
  labelRule,
  matches,
  parseSelector,
  type LabelCondition,
} from '../../common/labels.js';
import { checkContainerName, shown } from '../../common/names.js';
import type { PlacementHost, Reservation } from './snapshot.js';

/** Containers by one label, or by name. */
export type ContainerSet =
  | { readonly kind: 'label'; readonly name: string; readonly value: string }
  | { readonly kind: 'names'; readonly names: readonly string[] };

export interface Rules {
  /** What the labels of the pool must be. */
  readonly where: readonly LabelCondition[];
  /** Only where one of these is. */
  readonly near?: ContainerSet | undefined;
  /** Not where one of these is. */
  readonly apart?: ContainerSet | undefined;
  /** Where the fewest of these are ... */
  readonly spread?: ContainerSet | undefined;
  /** ... among all pools with the same value of this label; undefined: on the pool itself. */
  readonly over?: string | undefined;
}

export const noRules: Rules = { where: [] };

/** As parameters of a request. */
export interface RuleTexts {
  readonly where?: string | undefined;
  readonly near?: string | undefined;
  readonly apart?: string | undefined;
  readonly spread?: string | undefined;
  readonly over?: string | undefined;
}

const namesMax = 100;

/** Throws `invalid_argument`. */
export function parseRules({ where, near, apart, spread, over }: RuleTexts): Rules {
  if (over !== undefined && !labelPattern.test(over)) throw invalid('over', over, labelRule);
  if (over !== undefined && spread === undefined) {
    throw invalid('over', over, 'it says over which label of pools to spread: give "spread" as well');
  }
  return {
    where: where === undefined ? [] : parseSelector('where', where),
    near: near === undefined ? undefined : parseSet('near', near),
    apart: apart === undefined ? undefined : parseSet('apart', apart),
    spread: spread === undefined ? undefined : parseSet('spread', spread),
    over,
  };
}

function parseSet(field: string, text: string): ContainerSet {
  if (text.includes('=')) {
    const [condition, ...more] = parseSelector(field, text);
    if (!condition || condition.isNot || condition.value === undefined || more.length > 0) {
      throw invalid(field, text, 'one label (NAME=VALUE) or names of containers are expected');
    }
    return { kind: 'label', name: condition.name, value: condition.value };
  }
  const names = text.split(',').map((name) => name.trim());
  if (names.length > namesMax) throw invalid(field, text, `it has ${namesMax} names at most`);
  for (const name of names) checkContainerName(field, name);
  return { kind: 'names', names };
}

/** How many containers of a set are on a host, with those that are only placed there. */
export function countOn(
  { containers }: PlacementHost,
  reserved: readonly Reservation[],
  set: ContainerSet,
): number {
  if (set.kind === 'names') {
    const isThere = (name: string) =>
      containers.get(name) !== undefined || reserved.some((each) => each.name === name);
    return set.names.filter(isThere).length;
  }
  const { name, value } = set;
  return containers.labelled(name, value) + reserved.filter(({ labels }) => labels[name] === value).length;
}

/** Why the rules exclude a host; undefined: they do not. */
export function brokenRule(
  host: PlacementHost,
  reserved: readonly Reservation[],
  { where, near, apart }: Rules,
): string | undefined {
  const missing = where.find((condition) => !matches(host.labels, [condition]));
  if (missing) return `its labels do not match ${formatCondition(missing)}`;
  if (apart && countOn(host, reserved, apart) > 0) return `it has containers of ${formatSet(apart)}`;
  if (near && countOn(host, reserved, near) === 0) return `it has no container of ${formatSet(near)}`;
  return undefined;
}

function formatSet(set: ContainerSet): string {
  return set.kind === 'label' ? `${set.name}=${set.value}` : set.names.join(',');
}

function invalid(field: string, text: string, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(text)} is not valid: ${rule}`);
}

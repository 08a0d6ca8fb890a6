/** The rules of a placement: labels of pools, and the company of other containers. */
import { CopaError } from '../../common/errors.js';
import {
  labelPattern,
  labelRule,
  parseSelector,
  type LabelCondition,
  type Labels,
} from '../../common/labels.js';
import { memoizeByObject } from '../../common/async/memoize.js';
import { isCopaError } from '../../common/errors.js';
import { checkContainerName, shown } from '../../common/names.js';
import { ruleKeyPrefix, type KeptRules, type RuleName } from '../../common/placement-rules.js';

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
export type RuleTexts = { readonly [Name in RuleName]?: string | undefined };

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

/** The rules that a container keeps. Throws `invalid_argument` with the config key. */
export function parseKept(kept: KeptRules): Rules {
  try {
    return parseRules(kept);
  } catch (error) {
    if (!isCopaError(error)) throw error;
    throw new CopaError('invalid_argument', `its config keys ${ruleKeyPrefix}*: ${error.message}`);
  }
}

/**
 * The same of a container that is not to move. What nobody can read keeps others from nothing; it is reported when the
 * container itself is to be placed.
 */
export const readableRules: (kept: KeptRules) => Rules = memoizeByObject((kept: KeptRules) => {
  try {
    return parseKept(kept);
  } catch (error) {
    if (isCopaError(error)) return noRules;
    throw error;
  }
});

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

/** Whether a container is one of a set. */
export function isIn(set: ContainerSet, { name, labels }: Member): boolean {
  return set.kind === 'names' ? set.names.includes(name) : labels[set.name] === set.value;
}

export interface Member {
  readonly name: string;
  readonly labels: Labels;
}

/** As it is written: `app=web`. */
export function formatSet(set: ContainerSet): string {
  return set.kind === 'label' ? `${set.name}=${set.value}` : set.names.join(',');
}

function invalid(field: string, text: string, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(text)} is not valid: ${rule}`);
}

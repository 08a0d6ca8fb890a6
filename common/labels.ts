/**
 * Labels of pools and containers: a few short words by name, like `rack=a`, and what selects by them. The rules hold on
 * both sides: an agent trusts no controller, and a controller trusts no agent.
 */
import { CopaError } from './errors.js';
import { shown } from './names.js';

/** From the label's name to its value. */
export type Labels = Readonly<Record<string, string>>;

export const noLabels: Labels = Object.freeze({});

export const labelPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
export const labelRule =
  "a label's name and its value have 1 to 63 letters, digits, dots, dashes and underscores, and start and end with a letter or digit";

/** Of one pool or container. Raising it makes the inventory of a large fleet larger. */
export const labelsMax = 32;

/** The label that puts a pool into a group; `@NAME` means the pools of the group NAME. */
export const groupLabel = 'group';

/** The config key of a container's label; of its own, or from a profile. */
export const labelKeyPrefix = 'user.copa.label.';

/** A change of labels; undefined removes one. */
export type LabelChange = ReadonlyMap<string, string | undefined>;

/** Parses `rack=a,ssd=true,old-`. Throws `invalid_argument`. */
export function parseLabelChange(field: string, text: string): LabelChange {
  const change = new Map<string, string | undefined>();
  for (const part of text.split(',')) {
    const [key = '', value, ...more] = part.trim().split('=');
    const isRemoval = value === undefined && key.endsWith('-');
    const name = isRemoval ? key.slice(0, -1) : key;
    if (more.length > 0 || change.has(name) || (value === undefined && !isRemoval)) {
      throw invalid(
        field,
        text,
        'NAME=VALUE sets a label and NAME- removes it, each once, separated by commas',
      );
    }
    checkLabel(field, name);
    if (value !== undefined) checkLabel(field, value);
    change.set(name, value);
  }
  if (change.size <= labelsMax) return change;
  throw invalid(field, text, `there are ${labelsMax} labels at most`);
}

/** Parses the labels of something new, `app=shop,tier=front`. Throws `invalid_argument`. */
export function parseLabels(field: string, text: string): Labels {
  const entries = [...parseLabelChange(field, text)].map(([name, value]) => {
    if (value === undefined)
      throw invalid(field, text, 'NAME=VALUE is expected, each once, separated by commas');
    return [name, value] as const;
  });
  return Object.fromEntries(entries);
}

/** The labels after a change. Throws `failed_precondition` when these are too many. */
export function changedLabels(before: Labels, change: LabelChange): Labels {
  const all = new Map<string, string | undefined>([...Object.entries(before), ...change]);
  const left = [...all].filter((entry): entry is [string, string] => entry[1] !== undefined);
  if (left.length <= labelsMax) return Object.fromEntries(left.sort(([a], [b]) => (a < b ? -1 : 1)));
  throw new CopaError('failed_precondition', `there are ${labelsMax} labels at most: remove some`);
}

/** The labels in what an untrusted side reported, sorted by name, without those that are none. */
export function labelsIn(reported: Readonly<Record<string, string>>): Labels {
  const valid = Object.entries(reported).filter((pair) => pair.every((text) => labelPattern.test(text)));
  if (valid.length === 0) return noLabels;
  return Object.fromEntries(valid.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, labelsMax));
}

/** A condition on one label. */
export interface LabelCondition {
  readonly name: string;
  /** Undefined: any value, or none at all with `isNot`. */
  readonly value: string | undefined;
  readonly isNot: boolean;
}

/** Parses `app=web,tier!=db,ssd,!old`: all of these have to hold. Throws `invalid_argument`. */
export function parseSelector(field: string, text: string): readonly LabelCondition[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > labelsMax) throw invalid(field, text, `it has ${labelsMax} conditions at most`);
  return parts.map((part) => {
    const [, not, name = '', operator, value] = /^(!?)([^!=]*)(?:(!?=)(.*))?$/.exec(part) ?? [];
    if (not === undefined || (not === '!' && operator !== undefined)) {
      throw invalid(field, text, 'NAME=VALUE, NAME!=VALUE, NAME and !NAME are expected, separated by commas');
    }
    checkLabel(field, name);
    if (operator !== undefined) checkLabel(field, value ?? '');
    return { name, value, isNot: not === '!' || operator === '!=' };
  });
}

export function matches(labels: Labels, conditions: readonly LabelCondition[]): boolean {
  return conditions.every(({ name, value, isNot }) => {
    const found = Object.hasOwn(labels, name) && (value === undefined || labels[name] === value);
    return found !== isNot;
  });
}

/** As it is written: `tier!=db`. */
export function formatCondition({ name, value, isNot }: LabelCondition): string {
  if (value === undefined) return `${isNot ? '!' : ''}${name}`;
  return `${name}${isNot ? '!=' : '='}${value}`;
}

/** As it is written: `rack=a,ssd=true`. */
export function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function checkLabel(field: string, text: string): void {
  if (!labelPattern.test(text)) throw invalid(field, text, labelRule);
}

function invalid(field: string, text: string, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(text)} is not valid: ${rule}`);
}

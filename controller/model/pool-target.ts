/** What names pools where one is expected: a pool, `@GROUP` for the pools of a group, or `@any` for all of them. */
import { CopaError } from '../../common/errors.js';
import { groupLabel, labelPattern, labelRule, type Labels } from '../../common/labels.js';
import { checkPoolName, shown } from '../../common/names.js';

export type PoolTarget =
  | { readonly kind: 'pool'; readonly name: string }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'any' };

/** Throws `invalid_argument`. */
export function parsePoolTarget(field: string, text: string): PoolTarget {
  if (text === '@any') return { kind: 'any' };
  if (!text.startsWith('@')) {
    checkPoolName(field, text);
    return { kind: 'pool', name: text };
  }
  const group = text.slice(1);
  if (labelPattern.test(group)) return { kind: 'group', group };
  throw new CopaError('invalid_argument', `${field} ${shown(text)} is not valid: ${labelRule}`);
}

export function isInTarget(
  pool: { readonly name: string; readonly labels: Labels },
  target: PoolTarget,
): boolean {
  switch (target.kind) {
    case 'pool':
      return pool.name === target.name;
    case 'group':
      return pool.labels[groupLabel] === target.group;
    case 'any':
      return true;
  }
}

/**
 * What names may look like, for both sides: the controller checks to give a clear answer, the agent checks
 * again because it is root on its host and trusts no byte that reaches it.
 */
import { CopaError } from './errors.js';

/** LXD's rule for instance names (a host name label, not starting with a digit or a dash). */
export const containerNamePattern = /^[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
export const containerNameRule =
  'a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash';

export const poolNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
export const poolNameRule =
  'a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit';

/** An image's alias or (the start of) its fingerprint. Aliases may hold slashes, as in `ubuntu/22.04`. */
export const imageNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._/:+-]{0,253}[A-Za-z0-9])?$/;
export const imageNameRule =
  'an image is named by its alias or fingerprint: 1 to 255 letters, digits and . _ / : + -, starting and ending with a letter or digit';

export const migrationIdPattern = /^[0-9a-f]{16}$/;
export const migrationIdRule = 'a migration ID is 16 hexadecimal digits';

/** A value as it may be shown in an error: quoted, escaped, and cut where it is long. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** Throws `invalid_argument`, naming the field, the value and the rule. Dots alone are no name anywhere. */
export function checkName(field: string, value: string, pattern: RegExp, rule: string): void {
  if (!pattern.test(value) || value.includes('..')) {
    throw new CopaError('invalid_argument', `${field} ${shown(value)} is not valid: ${rule}`);
  }
}

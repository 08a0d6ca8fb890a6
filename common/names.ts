/**
 * The rules for names, for both sides. The controller checks them for a clear error. The agent checks them again,
 * because it is root on its host and trusts no input.
 */
import { CopaError } from './errors.js';

/** LXD's rule for instance names (a host name label, not starting with a digit or a dash). */
export const containerNamePattern = /^[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
export const containerNameRule =
  'a container name has 1 to 63 letters, digits and dashes, starts with a letter and does not end with a dash';

export const poolNamePattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
export const poolNameRule =
  'a pool name has 1 to 63 letters, digits, dots, dashes and underscores, and starts and ends with a letter or digit';

/** The names that daemons accept for a snapshot. In a path they are encoded, except for these two. */
export const snapshotNamePattern = /^(?!\.{1,2}$)[^/\p{Cc}]{1,255}$/u;
export const snapshotNameRule = 'a snapshot name has 1 to 255 characters, without a slash';

/** The prefix of COPA's own snapshots. Users can neither create nor delete them. */
const ownSnapshotPrefix = 'copa-';

/** Throws `invalid_argument` for a name that a user's snapshot cannot have. */
export function checkSnapshotName(field: string, name: string): void {
  if (!snapshotNamePattern.test(name)) throw invalidName(field, name, snapshotNameRule);
  if (name.startsWith(ownSnapshotPrefix)) {
    throw new CopaError(
      'invalid_argument',
      `${field} ${shown(name)} is not valid: names that start with "${ownSnapshotPrefix}" are COPA's own`,
    );
  }
}

/** The name of a storage pool, a network, a profile or a device of a daemon, without the separators of our lists. */
export const hostNamePattern = /^(?!\.{1,2}$)(?!\s)[^/,=\p{Cc}]{1,255}(?<!\s)$/u;
export const hostNameRule = 'a name has 1 to 255 characters, among them no slash, comma or equals sign';

/** The number of CPUs (1 to 9999), or a list of CPUs. */
export const cpuLimitPattern =
  /^(?:[1-9]\d{0,3}|(?=.*[,-])\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?){0,255})$/;
export const cpuLimitRule = 'a number of CPUs (2) or which ones (0-3 or 0,2) is expected';

/** Bytes, with or without unit, or a share of the host's memory. */
export const memoryLimitPattern = /^(?:[1-9]\d{0,17}(?:B|[kMGTPE]B|[KMGTPE]iB)?|(?:100|[1-9]\d?)%)$/;
export const memoryLimitRule = 'a size (512MiB, 2GB), bytes (536870912) or a share (25%) is expected';

/** The names that daemons accept for an image's alias, also with slashes as in `ubuntu/22.04`; or a fingerprint. */
const imageNamePattern = /^(?!\s)[^\p{Cc}]{1,255}(?<!\s)$/u;
const imageNameRule =
  'an image is named by its alias or fingerprint: 1 to 255 characters, without control characters, and without spaces at its ends';

/** Throws `invalid_argument` for what cannot name an image. */
export function checkImageName(field: string, name: string): void {
  if (!imageNamePattern.test(name)) throw invalidName(field, name, imageNameRule);
}

export const migrationIdPattern = /^[0-9a-f]{16}$/;
export const migrationIdRule = 'a migration ID is 16 hexadecimal digits';

/** A value for an error message: quoted, escaped, and shortened. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** Throws `invalid_argument` with the field, the value and the rule. Dots alone are never a name. */
export function checkName(field: string, value: string, pattern: RegExp, rule: string): void {
  if (!pattern.test(value) || value.includes('..')) throw invalidName(field, value, rule);
}

function invalidName(field: string, value: string, rule: string): CopaError {
  return new CopaError('invalid_argument', `${field} ${shown(value)} is not valid: ${rule}`);
}

export function checkPoolName(field: string, name: string): void {
  checkName(field, name, poolNamePattern, poolNameRule);
}

export function checkContainerName(field: string, name: string): void {
  checkName(field, name, containerNamePattern, containerNameRule);
}

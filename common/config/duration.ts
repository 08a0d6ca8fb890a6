/** Durations as text: 90d, 12h, 30m, 45s. */
import { CopaError } from '../errors.js';
import { shown } from '../names.js';

const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** In seconds; undefined for an invalid text. */
export function secondsIn(text: string): number | undefined {
  const [, count = '', unit = 's'] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  return count === '' ? undefined : Number(count) * secondsOf[unit as keyof typeof secondsOf];
}

/** In seconds. Throws `invalid_argument` for an invalid text, or a duration that is not from 1 s to `maxSeconds`. */
export function ttlSeconds(field: string, text: string, maxSeconds: number): number {
  const seconds = secondsIn(text) ?? 0;
  if (seconds >= 1 && seconds <= maxSeconds) return seconds;
  const days = Math.floor(maxSeconds / secondsOf.d);
  throw new CopaError(
    'invalid_argument',
    `${field} ${shown(text)} is not valid: give a time as 90d, 12h, 30m or 45s, of ${days}d at most`,
  );
}

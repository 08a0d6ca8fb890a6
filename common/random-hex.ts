import { randomBytes } from 'node:crypto';

/** Random bytes that nobody can guess, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

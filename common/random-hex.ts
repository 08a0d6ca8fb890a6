import { randomBytes } from 'node:crypto';

/** Random bytes that nobody can guess, as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** From such digits: a random number from 0 to 1, as `Math.random` returns it. */
export function fractionFrom(random: (bytes: number) => string): number {
  return Number.parseInt(random(4), 16) / 2 ** 32;
}

import { randomBytes } from 'node:crypto';

/** Cryptographically random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

/** Converts such digits to a random number from 0 to 1, as `Math.random` returns it. */
export function fractionFrom(random: (bytes: number) => string): number {
  return Number.parseInt(random(4), 16) / 2 ** 32;
}

/** Numbers from a seed: the same seed gives the same numbers, on every machine. */
import { createHash } from 'node:crypto';

/** From 0 (included) to 1 (excluded). */
export function randomOf(seed: number): () => number {
  let count = 0;
  return () => {
    count += 1;
    const digest = createHash('sha256').update(`${seed} ${count}`).digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  };
}

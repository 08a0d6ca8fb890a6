// Aim: hosts whose clocks differ are named with the difference, and slow answers are not taken for one. Method: readings.
import { expect, test } from 'vitest';
import { skewMessage } from '../../controller/migration/clock-skew.js';

const hour = 3_600_000;
/** Asked and answered at these milliseconds of ours, when our clock would have been at 0. */
const reading = (pool: string, aheadMs: number, [askedAtMs, arrivedAtMs]: readonly [number, number]) => ({
  pool,
  clockMs: 1_800_000_000_000 + arrivedAtMs + aheadMs,
  askedAtMs,
  arrivedAtMs,
});

test.each([
  ['the same clock', reading('a', 0, [0, 5]), reading('b', 0, [0, 900]), undefined],
  ['a small difference', reading('a', 9_000, [0, 5]), reading('b', 0, [0, 5]), undefined],
  ['one that may be a slow answer', reading('a', 15_000, [0, 5]), reading('b', 0, [0, 20_000]), undefined],
  [
    'an agent that does not say',
    { ...reading('a', 0, [0, 5]), clockMs: 0 },
    reading('b', 0, [0, 5]),
    undefined,
  ],
  [
    'the source ahead',
    reading('a', 3 * hour, [0, 4]),
    reading('b', 0, [0, 4]),
    'of a is 10800 s ahead of that of b',
  ],
  [
    'the source behind',
    reading('a', -20_000, [0, 4]),
    reading('b', 0, [0, 4]),
    'of b is 20 s ahead of that of a',
  ],
])('%s', (_, a, b, expected) => {
  const message = skewMessage(a, b);
  if (expected === undefined) expect(message).toBeUndefined();
  else expect(message).toContain(expected);
});

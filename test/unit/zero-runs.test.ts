// Aim: a daemon's data is split into runs of zeros and the rest, without loss. Method: random bytes with runs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { segmentsOf } from '../../agent/transport/zero-runs.js';

const run = fc.record({ zeros: fc.boolean(), bytes: fc.integer({ min: 1, max: 30_000 }) });

test('segments are contiguous, complete, and no long run is missed', () => {
  fc.assert(
    fc.property(
      fc.array(run, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 0, max: 9 }),
      (runs, start) => {
        const pieces = runs.map(({ zeros, bytes }) => Buffer.alloc(bytes, zeros ? 0 : 7));
        const bytes = Buffer.concat([Buffer.alloc(start, 1), ...pieces]);
        const segments = segmentsOf(bytes, start);
        expect(segments.map((segment) => segment.start)).toEqual([
          start,
          ...segments.slice(0, -1).map(({ end }) => end),
        ]);
        expect(segments.at(-1)?.end).toBe(bytes.length);
        for (const { start: from, end, isZeros } of segments) {
          const part = bytes.subarray(from, end);
          if (isZeros) expect(part.every((byte) => byte === 0)).toBe(true);
          else expect(part.includes(Buffer.alloc(8192))).toBe(false);
        }
      },
    ),
    { numRuns: 100 },
  );
});

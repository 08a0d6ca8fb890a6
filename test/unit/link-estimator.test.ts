// Aim: latencies without the difference of the clocks, within what is claimed, and losses of each direction. Method: probes over
// a modelled path, with clocks that differ and drift, for all delays (property tests).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LinkEstimator, type Measured } from '../../agent/links/link-estimator.js';

interface Path {
  readonly forthMs: () => number;
  readonly backMs: () => number;
  readonly isLostForth?: () => boolean;
  readonly isLostBack?: () => boolean;
  readonly offsetMs?: number;
  /** Of the other clock, as a part. */
  readonly drift?: number;
}

interface Truth {
  readonly forth: number[];
  readonly back: number[];
}

const startMs = 1.8e12;

/** Rows of `rows` intervals, `probes` a second apart in each, with the true delays. */
function measure(
  path: Path,
  rows: number,
  probes = 5,
): { readonly measured?: Measured; readonly truth: Truth }[] {
  const estimator = new LinkEstimator();
  const theirs = (ms: number) => ms + (path.offsetMs ?? 0) + (ms - startMs) * (path.drift ?? 0);
  let [accepted, sequence, nowMs] = [0, 0, startMs];
  return Array.from({ length: rows }, () => {
    const truth: Truth = { forth: [], back: [] };
    for (let each = 0; each < probes; each++) {
      nowMs += 1000;
      estimator.sent(++sequence, nowMs);
      if (path.isLostForth?.()) continue;
      accepted++;
      const [forth, back] = [path.forthMs(), path.backMs()];
      if (path.isLostBack?.()) continue;
      const reply = {
        ...{ probeSession: 1, probeSequence: sequence, accepted },
        receivedMs: theirs(nowMs + forth),
        sentMs: theirs(nowMs + forth + 0.1),
      };
      if (!estimator.received(reply, nowMs + forth + 0.1 + back)) continue;
      truth.forth.push(forth);
      truth.back.push(back);
    }
    const measured = estimator.take(nowMs + 200);
    return { ...(measured ? { measured } : {}), truth };
  });
}

const median = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
};

/** Uniform from 0 to 1, from a seed. */
function random(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const offset = fc.double({ min: -2000, max: 2000, noNaN: true });
const drift = fc.double({ min: -2e-5, max: 2e-5, noNaN: true });
const delay = fc.double({ min: 5, max: 100, noNaN: true });

describe('one-way latency', () => {
  test('of symmetric delays is right within 10% and 0.2 ms, whatever the clocks are', () => {
    fc.assert(
      fc.property(delay, offset, drift, fc.integer(), (ms, offsetMs, driftOf, seed) => {
        const chance = random(seed);
        // Queues make some probes later, as on real networks.
        const delayMs = () => ms + (chance() < 0.3 ? chance() * ms * 0.5 : chance() * 0.1);
        const path = { forthMs: delayMs, backMs: delayMs, offsetMs, drift: driftOf };
        for (const { measured, truth } of measure(path, 30).slice(2)) {
          const [forth, back] = [median(truth.forth), median(truth.back)];
          expect(Math.abs((measured?.latency_median_1to2 ?? 0) - forth)).toBeLessThan(forth * 0.1 + 0.2);
          expect(Math.abs((measured?.latency_median_2to1 ?? 0) - back)).toBeLessThan(back * 0.1 + 0.2);
        }
      }),
    );
  });

  test('of other delays is wrong by no more than the uncertainty, and the round trip is right', () => {
    fc.assert(
      fc.property(delay, delay, offset, drift, fc.integer(), (one, two, offsetMs, driftOf, seed) => {
        const chance = random(seed);
        const path = {
          ...{ forthMs: () => one + chance() * 3, backMs: () => two + chance() * 3 },
          ...{ offsetMs, drift: driftOf },
        };
        for (const { measured, truth } of measure(path, 30)) {
          if (!measured) throw new Error('nothing was measured');
          const { latency_median_1to2: forth, latency_median_2to1: back, uncertainty = 0 } = measured;
          expect(Math.abs(forth - median(truth.forth))).toBeLessThan(uncertainty + 0.002);
          expect(Math.abs(back - median(truth.back))).toBeLessThan(uncertainty + 0.002);
          expect(uncertainty).toBeLessThan((one + two + 6) / 2 + 12);
          const roundTrip = median(truth.forth) + median(truth.back);
          expect(Math.abs(forth + back - roundTrip)).toBeLessThan(0.5);
        }
      }),
    );
  });

  test('knows by how much the other clock is ahead, and jitter', () => {
    let each = 0;
    const path = { forthMs: () => (each++ % 2 === 0 ? 10 : 14), backMs: () => 10, offsetMs: 2000 };
    const [, row] = measure(path, 2);
    expect(row?.measured?.clock_offset).toBeCloseTo(2000, 1);
    expect(row?.measured).toMatchObject({ jitter_1to2: 4, jitter_2to1: 0, latency_min_1to2: 10 });
    expect(row?.measured?.latency_max_1to2).toBe(14);
  });
});

describe('losses', () => {
  test('of each direction are within 2 points of the truth', () => {
    for (const [forth, back] of [
      [0, 0],
      [0.1, 0],
      [0, 0.2],
      [0.1, 0.3],
    ] as const) {
      const chance = random(7);
      const path = {
        ...{ forthMs: () => 5, backMs: () => 5 },
        ...{ isLostForth: () => chance() < forth, isLostBack: () => chance() < back },
      };
      const rows = measure(path, 3000).flatMap(({ measured }) => measured ?? []);
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Math.abs(mean(rows.map((row) => row.loss_1to2 ?? 0)) - 100 * forth)).toBeLessThan(2);
      expect(Math.abs(mean(rows.map((row) => row.loss_2to1 ?? 0)) - 100 * back)).toBeLessThan(2);
    }
  });

  test('while nothing comes back there is no row, and the next one counts what was lost', () => {
    let probes = 0;
    const path = { forthMs: () => 5, backMs: () => 5 };
    const rows = measure({ ...path, isLostForth: () => ++probes > 5 && probes <= 15 }, 4);
    expect(rows.map(({ measured }) => measured?.loss_1to2)).toEqual([0, undefined, undefined, 50]);
  });

  test('a link that dies has a loss of 100 % after 30 s, and its own values when it is back', () => {
    let isDead = false;
    const path = { forthMs: () => 10, backMs: () => 10, isLostForth: () => isDead };
    const never = measure({ ...path, isLostForth: () => true }, 20);
    expect(never.every(({ measured }) => measured === undefined)).toBe(true);
    let probes = 0;
    const rows = measure({ ...path, isLostForth: () => (isDead = ++probes > 10 && probes <= 60) }, 16);
    const lost = rows.map(({ measured }) => measured?.loss_1to2);
    expect(lost.slice(2, 7)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(rows[8]?.measured).toMatchObject({ loss_1to2: 100, loss_2to1: 100, latency_median_1to2: 2000 });
    expect(rows.at(-1)?.measured?.latency_median_1to2).toBeCloseTo(10, 0);
  });

  test('a reflector that starts anew, with another clock, is no loss and spoils no latency', () => {
    const estimator = new LinkEstimator();
    let nowMs = startMs;
    const probe = (sequence: number, accepted: number, offsetMs: number) => {
      nowMs += 1000;
      estimator.sent(sequence, nowMs);
      const times = { receivedMs: nowMs + offsetMs + 10, sentMs: nowMs + offsetMs + 10 };
      estimator.received({ probeSession: 1, probeSequence: sequence, accepted, ...times }, nowMs + 20);
    };
    for (let each = 1; each <= 20; each++) probe(each, each, 0);
    expect(estimator.take(nowMs)).toMatchObject({ loss_1to2: 0, latency_max_1to2: 10 });
    probe(21, 21, 0);
    for (let each = 24; each <= 26; each++) probe(each, each - 23, 5000);
    expect(estimator.take(nowMs)).toMatchObject({ loss_1to2: 0, latency_max_1to2: 10, clock_offset: 5000 });
  });
});

test('a reply that nobody waits for, a second one and one that is late or from the past do not count', () => {
  const estimator = new LinkEstimator();
  estimator.sent(1, startMs);
  const reply = { probeSession: 1, probeSequence: 1, accepted: 1, receivedMs: 0, sentMs: 0 };
  expect(estimator.received({ ...reply, probeSequence: 2 }, startMs + 10)).toBe(false);
  expect(estimator.received(reply, startMs + 10)).toBe(true);
  expect(estimator.received(reply, startMs + 10)).toBe(false);
  estimator.sent(2, startMs);
  expect(estimator.received({ ...reply, probeSequence: 2 }, startMs + 3000)).toBe(false);
  estimator.sent(3, startMs);
  expect(estimator.received({ ...reply, probeSequence: 3, receivedMs: 500 }, startMs + 10)).toBe(false);
});

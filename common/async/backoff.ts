/**
 * Exponential backoff with full jitter. The wait before retry n (from 0) is random between 0 and
 * min(delayMsMax, delayMsMin * 2^n), so that clients which failed together do not return together.
 *
 * This is not cockatiel's backoff, because these loops never end, start over when something arrives, and run in
 * tests and simulations with a clock and a random source of their own.
 */
import { systemClock, type Clock } from './clock.js';

export interface BackoffPolicy {
  /** The longest first wait. Raising it lowers the load on a peer that is down, and delays every recovery. */
  readonly delayMsMin: number;
  /** The longest wait of all: how late a recovery is noticed at worst. */
  readonly delayMsMax: number;
}

interface Options {
  readonly clock?: Pick<Clock, 'delay'>;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/** Past this many doublings every policy has reached its maximum. */
const doublingsMax = 30;

export class Backoff {
  #failures = 0;
  readonly #clock: Pick<Clock, 'delay'>;
  readonly #random: () => number;

  constructor(
    private readonly policy: BackoffPolicy,
    { clock = systemClock, random = Math.random }: Options = {},
  ) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Counts a failure, and returns how long to wait after it. */
  nextDelayMs(): number {
    const { delayMsMin, delayMsMax } = this.policy;
    const longest = Math.min(delayMsMin * 2 ** Math.min(this.#failures++, doublingsMax), delayMsMax);
    return longest * this.#random();
  }

  /** Counts a failure and waits, or returns as soon as `signal` aborts. It never throws. */
  wait(signal?: AbortSignal): Promise<void> {
    return this.#clock.delay(this.nextDelayMs(), signal);
  }

  /** After a success: the next failure is the first one again. */
  reset(): void {
    this.#failures = 0;
  }
}

/**
 * The difference of two hosts' clocks, from probes: the probe with the shortest round trip was delayed least, so its two
 * directions differ least (the clock filter of NTP, RFC 5905, 10). Clocks drift apart, so a probe counts for less as it ages.
 */

export interface Sample {
  /** The four moments of a probe: sent and received there, sent and received back. Each by the clock of that host. */
  readonly sentMs: number;
  readonly reachedMs: number;
  readonly returnedMs: number;
  readonly receivedMs: number;
}

export interface ClockOffset {
  /** By how much the other clock is ahead. */
  readonly offsetMs: number;
  /** How much it may be wrong, whatever the two directions are. */
  readonly uncertaintyMs: number;
}

/** 50 parts per million: what clocks of two hosts drift apart at most. Raising it forgets good probes earlier. */
const driftPerMs = 5e-5;
/** How long a probe counts. */
const windowMs = 120_000;
/** Probes of a second or so each. */
const samplesMax = 256;

export function roundTripMs({ sentMs, reachedMs, returnedMs, receivedMs }: Sample): number {
  return receivedMs - sentMs - (returnedMs - reachedMs);
}

export class ClockFilter {
  readonly #samples: Sample[] = [];

  add(sample: Sample): void {
    this.#samples.push(sample);
    while (this.#samples.length > samplesMax || this.#isOld(sample.receivedMs)) this.#samples.shift();
  }

  clear(): void {
    this.#samples.length = 0;
  }

  /** Undefined without a probe. */
  at(nowMs: number): ClockOffset | undefined {
    let best: Sample | undefined;
    let bestMs = Infinity;
    for (const sample of this.#samples) {
      const ms = roundTripMs(sample) / 2 + driftOf(sample, nowMs);
      if (ms > bestMs) continue;
      best = sample;
      bestMs = ms;
    }
    if (!best) return undefined;
    const offsetMs = (best.reachedMs - best.sentMs + best.returnedMs - best.receivedMs) / 2;
    return { offsetMs, uncertaintyMs: bestMs };
  }

  #isOld(nowMs: number): boolean {
    const [first] = this.#samples;
    return first !== undefined && nowMs - first.receivedMs > windowMs;
  }
}

function driftOf({ receivedMs }: Sample, nowMs: number): number {
  return Math.max(0, nowMs - receivedMs) * driftPerMs;
}

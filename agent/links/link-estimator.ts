/**
 * What the probes to one peer amount to, for each interval: latencies and jitter of both directions without the difference of
 * the clocks, and losses. The reflector counts what reached it, so the losses of the two directions are told apart.
 */
import type { RowOf } from '../../common/measurements.js';
import { ClockFilter, roundTripMs, type Sample } from './clock-filter.js';
import type { Reply } from './packet.js';

/** A reply that comes later counts as lost. */
export const replyMsMax = 2_000;
/** A link that had replies, and has none for so long, is measured as dead. A restart of an agent takes less. */
export const deadAfterMs = 30_000;
/** Probes that wait for a reply, of which there is one a second. */
const pendingMax = 16;
/** Losses are of so many intervals, which is a minute. Raising it makes them exact, and late. */
const lossIntervals = 12;
/** How many probes may overtake others on their way. */
const overtakenMax = 8;

export type Measured = Omit<RowOf<'link'>, 'locus2_id' | 'throughput' | 'throughput_measured'>;

/** The last delay of a direction. */
interface Delays {
  last: number | undefined;
}

/** The last reply that was counted: numbers of the probe, and of those that the reflector had accepted. */
interface Counted {
  readonly sequence: number;
  readonly accepted: number;
}

export class LinkEstimator {
  readonly #clock = new ClockFilter();
  readonly #pending = new Map<number, number>();
  readonly #samples: Sample[] = [];
  readonly #forth: Delays = { last: undefined };
  readonly #back: Delays = { last: undefined };
  /** At the end of the last intervals, the oldest first; at least one since the first reply. */
  readonly #bases: (Counted & { readonly replies: number })[] = [];
  #newest: Counted | undefined;
  #replies = 0;
  #lastReplyMs: number | undefined;

  sent(sequence: number, sentMs: number): void {
    this.#pending.set(sequence, sentMs);
    if (this.#pending.size <= pendingMax) return;
    const [oldest] = this.#pending.keys();
    if (oldest !== undefined) this.#pending.delete(oldest);
  }

  /** Returns whether it counts. A reply that nobody waits for, a second one and a late one do not. */
  received({ probeSequence: sequence, accepted, ...times }: Reply, receivedMs: number): boolean {
    const sentMs = this.#pending.get(sequence);
    if (sentMs === undefined) return false;
    this.#pending.delete(sequence);
    const sample = { sentMs, reachedMs: times.receivedMs, returnedMs: times.sentMs, receivedMs };
    const ms = roundTripMs(sample);
    if (!(ms >= 0 && receivedMs - sentMs <= replyMsMax && sample.returnedMs >= sample.reachedMs))
      return false;
    if (!this.#newest || sequence > this.#newest.sequence) this.#count({ sequence, accepted });
    this.#replies++;
    this.#lastReplyMs = receivedMs;
    this.#samples.push(sample);
    this.#clock.add(sample);
    return true;
  }

  /** The values since the last call; undefined when no probe came back, unless the link is dead. */
  take(nowMs: number): Measured | undefined {
    const samples = this.#samples.splice(0);
    const clock = this.#clock.at(nowMs);
    if (samples.length === 0 && nowMs - (this.#lastReplyMs ?? Infinity) >= deadAfterMs) return dead;
    if (samples.length === 0 || !clock) return undefined;
    const { offsetMs, uncertaintyMs } = clock;
    const forth = taken(this.#forth, samples, (each) => each.reachedMs - each.sentMs - offsetMs);
    const back = taken(this.#back, samples, (each) => each.receivedMs - each.returnedMs + offsetMs);
    return {
      ...named('1to2', forth),
      ...named('2to1', back),
      ...this.#losses(),
      clock_offset: rounded(offsetMs),
      uncertainty: rounded(uncertaintyMs),
    };
  }

  /** A reflector that started anew counts from the beginning. What was lost meanwhile is not known. */
  #count({ sequence, accepted }: Counted): void {
    const before = this.#newest?.accepted ?? Infinity;
    const isAnew = accepted + overtakenMax < before;
    this.#newest = { sequence, accepted: isAnew ? accepted : Math.max(accepted, before) };
    if (!isAnew) return;
    this.#bases.length = 0;
    this.#bases.push({ sequence: sequence - 1, accepted: accepted - 1, replies: this.#replies });
    // Its clock may be another one, too.
    this.#clock.clear();
    this.#samples.length = 0;
  }

  /** Over the last intervals, because one has too few probes. */
  #losses(): Pick<Measured, 'loss_1to2' | 'loss_2to1'> {
    const [base] = this.#bases;
    if (!base || !this.#newest) return {};
    const now = { ...this.#newest, replies: this.#replies };
    const sent = now.sequence - base.sequence;
    const reached = Math.min(sent, now.accepted - base.accepted);
    this.#bases.push(now);
    if (this.#bases.length > lossIntervals) this.#bases.shift();
    return {
      loss_1to2: percent(sent - reached, sent),
      loss_2to1: percent(reached - (now.replies - base.replies), reached),
    };
  }
}

interface Figures {
  readonly minMs: number;
  readonly medianMs: number;
  readonly maxMs: number;
  readonly jitterMs: number;
}

/** Of a dead link: every delay counts as the longest one for which a reply is waited for. */
const figuresOfDead: Figures = { minMs: replyMsMax, medianMs: replyMsMax, maxMs: replyMsMax, jitterMs: 0 };
const dead: Measured = {
  ...named('1to2', figuresOfDead),
  ...named('2to1', figuresOfDead),
  ...{ loss_1to2: 100, loss_2to1: 100 },
};

/** Jitter is the mean difference of a delay and the one before. */
function taken(delays: Delays, samples: readonly Sample[], delayOf: (sample: Sample) => number): Figures {
  // Within what the offset may be wrong, a delay could come out below zero.
  const all = samples.map((sample) => Math.max(0, delayOf(sample)));
  const sorted = [...all].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const differences: number[] = [];
  for (const ms of all) {
    if (delays.last !== undefined) differences.push(Math.abs(ms - delays.last));
    delays.last = ms;
  }
  return {
    minMs: sorted[0] ?? 0,
    medianMs: sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2,
    maxMs: sorted.at(-1) ?? 0,
    jitterMs:
      differences.length === 0 ? 0 : differences.reduce((sum, ms) => sum + ms, 0) / differences.length,
  };
}

function named<Way extends '1to2' | '2to1'>(way: Way, { minMs, medianMs, maxMs, jitterMs }: Figures) {
  return {
    [`jitter_${way}`]: rounded(jitterMs),
    [`latency_max_${way}`]: rounded(maxMs),
    [`latency_median_${way}`]: rounded(medianMs),
    [`latency_min_${way}`]: rounded(minMs),
  } as Record<`${'jitter' | 'latency_max' | 'latency_median' | 'latency_min'}_${Way}`, number>;
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.round((10_000 * Math.max(0, part)) / whole) / 100;
}

/** Microseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}

/**
 * Decides which probes of one peer get a reply: each one once, and not too many. Its state has a fixed size. A packet that
 * was recorded on its way is refused, because its session is old or its number was seen.
 */
import type { Probe } from './packet.js';

/** Numbers behind the highest one that may still come. */
const windowSize = 32;

/** A peer sends one probe a second. More leaves room for packets that were held up. */
export const repliesPerSecond = 4;
const burst = 12;

export class Reflector {
  #session = 0;
  #highest = 0;
  /** Bit N: the number N below the highest one was seen. */
  #seen = 0;
  #accepted = 0;
  #tokens = burst;
  #filledAtMs = -Infinity;

  /** How many probes with this number of a session were accepted; undefined: no reply. */
  accept({ session, sequence }: Probe, nowMs: number): number | undefined {
    if (session < this.#session) return undefined;
    if (session === this.#session && !this.#isNew(sequence)) return undefined;
    if (!this.#take(nowMs)) return undefined;
    if (session > this.#session) {
      this.#session = session;
      this.#accepted = 0;
      this.#highest = sequence;
      this.#seen = 1;
    } else {
      this.#mark(sequence);
    }
    return ++this.#accepted;
  }

  #isNew(sequence: number): boolean {
    const behind = this.#highest - sequence;
    if (behind < 0) return true;
    return behind < windowSize && ((this.#seen >>> behind) & 1) === 0;
  }

  #mark(sequence: number): void {
    const ahead = sequence - this.#highest;
    if (ahead > 0) {
      this.#seen = ahead >= windowSize ? 1 : ((this.#seen << ahead) | 1) >>> 0;
      this.#highest = sequence;
    } else {
      this.#seen = (this.#seen | (1 << -ahead)) >>> 0;
    }
  }

  #take(nowMs: number): boolean {
    const filled = ((nowMs - this.#filledAtMs) / 1000) * repliesPerSecond;
    this.#tokens = Math.min(burst, this.#tokens + Math.max(0, filled));
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

/** A bandwidth limit shared by all channels of a transfer. It returns how long to pause after each message. */
export class RateLimit {
  #freeAt: number;

  constructor(
    private readonly bytesPerSecond: number,
    private readonly now: () => number = Date.now,
  ) {
    this.#freeAt = now();
  }

  /** Milliseconds to wait before the next message to keep the average at the limit. */
  pauseMsAfter(bytes: number): number {
    const now = this.now();
    this.#freeAt = Math.max(this.#freeAt, now) + (bytes / this.bytesPerSecond) * 1000;
    return Math.max(0, Math.round(this.#freeAt - now));
  }
}

/**
 * Whether a pass is still getting anywhere. Silence of the bytes alone does not show it: a daemon that unpacks a
 * snapshot, or an agent that walks millions of files, sends nothing for long. So a side counts as working while bytes
 * move, while its agent prepares the pass, or while its daemon's processes do anything for the container; and it shows
 * that to the other side with each heartbeat.
 */

/** A daemon that has done something lately counts as working for so long. */
const workingMs = 10_000;

export class PassActivity {
  #bytes = 0;
  #movedAt: number;
  #workedAt = -Infinity;
  #peerWorkedAt = -Infinity;
  #isPreparing = true;
  #work: string | undefined;

  constructor(private readonly now: () => number = Date.now) {
    this.#movedAt = now();
  }

  /** The daemons have both begun: from now on the agent itself has nothing to do. */
  prepared(): void {
    this.#isPreparing = false;
    this.#movedAt = this.now();
  }

  /** So many bytes have moved in all. */
  moved(bytes: number): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#movedAt = this.now();
  }

  /** What the daemon's processes have done so far, in whatever terms: it works when that has changed. */
  sampled(work: string): void {
    if (this.#work !== undefined && this.#work !== work) this.#workedAt = this.now();
    this.#work = work;
  }

  peerWorks(): void {
    this.#peerWorkedAt = this.now();
  }

  /** Since the last byte, in milliseconds. */
  get silentMs(): number {
    return this.now() - this.#movedAt;
  }

  /** Since anything was seen to be done on either side, in milliseconds. */
  get idleMs(): number {
    if (this.#isPreparing) return 0;
    return this.now() - Math.max(this.#movedAt, this.#workedAt, this.#peerWorkedAt);
  }

  /** Whether this side works, as the other side is to know. */
  get isWorking(): boolean {
    return this.#isPreparing || this.now() - this.#workedAt < workingMs;
  }
}

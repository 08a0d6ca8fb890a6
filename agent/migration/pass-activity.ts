/**
 * Detects whether a pass makes progress. A pass without bytes can be healthy: a daemon that unpacks a snapshot, or an
 * agent that walks millions of files, sends nothing for a long time. A side counts as working while bytes move, while
 * its agent prepares the pass, or while its daemon's processes work on the container. Each heartbeat carries this to
 * the other side.
 */

/** How long a daemon counts as working after its last activity. */
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

  /** Both daemons have begun, so the agent's preparation is over. */
  prepared(): void {
    this.#isPreparing = false;
    this.#movedAt = this.now();
  }

  /** Records the total number of moved bytes. */
  moved(bytes: number): void {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#movedAt = this.now();
  }

  /**
   * Records a fingerprint of the work of the daemon's processes. A changed fingerprint means that the daemon works.
   */
  sampled(work: string): void {
    if (this.#work !== undefined && this.#work !== work) this.#workedAt = this.now();
    this.#work = work;
  }

  peerWorks(): void {
    this.#peerWorkedAt = this.now();
  }

  /** Milliseconds since the last byte. */
  get silentMs(): number {
    return this.now() - this.#movedAt;
  }

  /** Milliseconds since the last activity on either side. */
  get idleMs(): number {
    if (this.#isPreparing) return 0;
    return this.now() - Math.max(this.#movedAt, this.#workedAt, this.#peerWorkedAt);
  }

  /** Whether this side works, as reported to the other side. */
  get isWorking(): boolean {
    return this.#isPreparing || this.now() - this.#workedAt < workingMs;
  }
}

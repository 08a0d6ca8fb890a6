/**
 * A key that is in etcd for as long as this process lives: put under a lease that is renewed three times in
 * its life, and made again whenever etcd has dropped it. It shows others that we are alive; it does not
 * stop us from acting after it is gone, so every write that matters still carries its own expectation.
 */
import { Backoff } from '../../common/async/backoff.js';
import { systemClock } from '../../common/async/clock.js';

/** The parts of the store that a session stands on. */
interface Leases {
  putUnderLease(key: string, value: unknown, ttlSeconds: number): Promise<string>;
  keepAlive(lease: string): Promise<boolean>;
  revoke(lease: string): Promise<void>;
}

/** How soon a lost lease is made again. Raising it lets others take this process for dead. */
const retryPolicy = { delayMsMin: 250, delayMsMax: 1_000 };

export class Session {
  readonly #leases: Leases;
  readonly #stopping = new AbortController();
  readonly #done: Promise<void>;
  #lease: string | undefined;

  constructor(leases: Leases, key: string, value: unknown, ttlSeconds: number) {
    this.#leases = leases;
    this.#done = this.#run(key, value, ttlSeconds);
  }

  /** The lease of the moment, to put other keys under; undefined while etcd does not answer. */
  get lease(): string | undefined {
    return this.#lease;
  }

  /** Takes the key out of etcd, if etcd answers; otherwise it goes with its lease. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    if (this.#lease !== undefined) await this.#leases.revoke(this.#lease).catch(() => undefined);
    this.#lease = undefined;
  }

  async #run(key: string, value: unknown, ttlSeconds: number): Promise<void> {
    const { signal } = this.#stopping;
    const backoff = new Backoff(retryPolicy);
    while (!signal.aborted) {
      try {
        if (this.#lease === undefined) this.#lease = await this.#leases.putUnderLease(key, value, ttlSeconds);
        else if (!(await this.#leases.keepAlive(this.#lease))) this.#lease = undefined;
        if (this.#lease !== undefined) {
          backoff.reset();
          await systemClock.delay((ttlSeconds * 1000) / 3, signal);
          continue;
        }
      } catch {
        // Unknown: the lease may live. The next attempt shows it, and makes a new one if it does not.
      }
      await backoff.wait(signal);
    }
  }
}

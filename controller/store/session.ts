/**
 * A key that exists in etcd as long as this process lives. It has a lease that is renewed three times in its life,
 * and it is created again when etcd has dropped it. It shows others that this process is alive. It does not stop this
 * process from acting without it, so every write that matters has expectations of its own.
 */
import { Backoff } from '../../common/async/backoff.js';
import { systemClock } from '../../common/async/clock.js';

/** The operations of the store that a session uses. */
interface Leases {
  putUnderLease(key: string, value: unknown, ttlSeconds: number): Promise<string>;
  keepAlive(lease: string): Promise<boolean>;
  revoke(lease: string): Promise<void>;
}

/** How soon a lost lease is created again. Raising it lets others take this process for dead. */
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

  /** The current lease, for other keys; undefined while etcd does not answer. */
  get lease(): string | undefined {
    return this.#lease;
  }

  /** Deletes the key, if etcd answers. Otherwise the key expires with its lease. */
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
        // Unknown: the lease may exist. The next attempt shows it, and creates a new one if it does not.
      }
      await backoff.wait(signal);
    }
  }
}

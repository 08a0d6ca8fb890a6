/**
 * Sends each host what it is to have, as soon as that changes, and again until the host has confirmed it. A host that is
 * down gets it when it is up.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../common/async/clock.js';
import { isCopaError, messageOf } from '../../common/errors.js';
import type { AgentCaller } from '../hosts/methods.js';
import type { NetworkBook } from './book.js';

export interface Fleet {
  /** Undefined when there is no such pool. */
  readonly host: (pool: string) => AgentCaller | undefined;
  readonly isUp: (pool: string) => boolean;
}

/** What hosts are to have, and how it is sent. */
export interface Matter<Wanted, Problem> {
  /** A pure function of the book, and a fast one: it is compared for each host after each change. */
  readonly wanted: (book: NetworkBook, pool: string) => readonly Wanted[];
  /** Returns the newest generation that the host has seen. */
  readonly send: (
    client: AgentCaller,
    order: Order<Wanted>,
  ) => Promise<{ readonly generation: number; readonly findings: readonly Problem[] }>;
}

/** What is sent to a host. */
export interface Order<Wanted> {
  readonly book: NetworkBook;
  readonly pool: string;
  readonly wanted: readonly Wanted[];
  readonly generation: number;
  /** What it has; undefined: not known. */
  readonly confirmed: Pick<Confirmed<Wanted, unknown>, 'wanted' | 'generation'> | undefined;
}

interface Parts<Wanted, Problem> extends Fleet, Matter<Wanted, Problem> {
  readonly book: NetworkBook;
  readonly clock: Clock;
}

/** What a host has confirmed. */
interface Confirmed<Wanted, Problem> {
  readonly wanted: readonly Wanted[];
  readonly generation: number;
  readonly problems: readonly Problem[];
  readonly atMs: number;
}

interface HostStatus<Wanted, Problem> {
  confirmed?: Confirmed<Wanted, Problem> | undefined;
  /** It is asked again, though it has confirmed the newest. */
  isDue?: boolean;
  /** Why it has not confirmed the newest. */
  error?: string | undefined;
  /** The call in progress, and another one if it is out of date when that ends. */
  sending?: Promise<void> | undefined;
}

/** When hosts are asked again, with problems and without. */
const troubledMs = 5_000;
const settledMs = 60_000;

export class Distribution<Wanted, Problem> {
  readonly #hosts = new Map<string, HostStatus<Wanted, Problem>>();

  constructor(private readonly parts: Parts<Wanted, Problem>) {}

  /** The last confirmation of a host, and why there is no newer one. */
  statusOf(pool: string): Readonly<Pick<HostStatus<Wanted, Problem>, 'confirmed' | 'error'>> {
    return this.#hosts.get(pool) ?? {};
  }

  /** It has all that it is to have now, and no problem with it. */
  hasConfirmed(pool: string): boolean {
    return this.#isCurrent(pool) && this.#hosts.get(pool)?.confirmed?.problems.length === 0;
  }

  /** Its own state is unknown from now on: it was down. */
  forget(pool: string): void {
    const status = this.#hosts.get(pool);
    if (status) status.confirmed = undefined;
  }

  /** Sends what is out of date. Never rejects. */
  spread(): void {
    for (const pool of this.#members()) if (!this.#isCurrent(pool)) void this.#send(pool);
  }

  /** Asks hosts again, because what they report may have changed by itself: those with problems sooner. */
  review(): void {
    const now = this.parts.clock.now();
    for (const status of this.#hosts.values()) {
      const { confirmed } = status;
      if (!confirmed) continue;
      const againMs = confirmed.problems.length > 0 ? troubledMs : settledMs;
      if (now - confirmed.atMs >= againMs) status.isDue = true;
    }
    this.spread();
  }

  /** Sends to the hosts that answer, and returns those that have not confirmed in time. */
  async deliver(timeoutMs: number): Promise<readonly string[]> {
    const behind = this.#members().filter((pool) => this.parts.isUp(pool) && !this.#isCurrent(pool));
    const all = Promise.all(behind.map((pool) => this.#send(pool)));
    await Promise.race([all, this.parts.clock.delay(timeoutMs)]);
    return behind.filter((pool) => !this.#isCurrent(pool));
  }

  #members(): string[] {
    const { book } = this.parts;
    const leases = book.networks().flatMap(({ value: { name } }) => book.hosts(name));
    return [...new Set(leases.map(({ record }) => record.pool))];
  }

  #isCurrent(pool: string): boolean {
    const { confirmed, isDue = false } = this.#hosts.get(pool) ?? {};
    const { book, wanted } = this.parts;
    return confirmed !== undefined && !isDue && isDeepStrictEqual(confirmed.wanted, wanted(book, pool));
  }

  /** Resolves when it has confirmed what is newest now, or the attempt has failed. */
  async #send(pool: string): Promise<void> {
    const status = this.#hosts.get(pool) ?? {};
    this.#hosts.set(pool, status);
    // What is in progress may be older.
    while (status.sending) await status.sending;
    if (this.#isCurrent(pool)) return;
    status.sending = this.#attempt(pool, status).finally(() => (status.sending = undefined));
    await status.sending;
  }

  async #attempt(pool: string, status: HostStatus<Wanted, Problem>): Promise<void> {
    const { book, host, isUp, clock } = this.parts;
    const client = isUp(pool) ? host(pool) : undefined;
    if (!client) {
      status.error = 'its agent does not answer';
      return;
    }
    const wanted = this.parts.wanted(book, pool);
    const generation = book.revision;
    try {
      const { confirmed } = status;
      const reply = await this.parts.send(client, { book, pool, wanted, generation, confirmed });
      status.error =
        reply.generation > generation
          ? 'it has what another controller sent: etcd may be behind it'
          : undefined;
      if (status.error !== undefined) return;
      status.confirmed = { wanted, generation, problems: reply.findings, atMs: clock.now() };
      status.isDue = false;
    } catch (error) {
      status.error = isCopaError(error, 'unimplemented')
        ? 'its agent is of an earlier release, which knows no networks: update it'
        : messageOf(error);
    }
  }
}

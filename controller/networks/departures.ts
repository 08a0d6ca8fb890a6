/**
 * A pool that is removed leaves its networks first: its host takes away what was made there while it can still be asked.
 * For a short time, so that a removal that does not happen leaves the pool in its networks.
 */
import type { Clock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import type { HostLease } from '../model/network.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { NetworkBook } from './book.js';
import type { Lease } from './leases.js';

interface Parts {
  readonly store: Pick<Store, 'transact'>;
  readonly book: NetworkBook;
  readonly clock: Pick<Clock, 'now'>;
  readonly isUp: (pool: string) => boolean;
  /** Sends what is new, and waits for the hosts that answer. */
  readonly settle: (timeoutMs: number) => Promise<void>;
  /** Its host has confirmed that it has the network no more. */
  readonly hasRemoved: (network: string, pool: string) => boolean;
}

/** Longer than a host may take to delete its bridges. */
const departureMs = 120_000;
const settleMs = 30_000;

export class Departures {
  constructor(private readonly parts: Parts) {}

  /**
   * Returns the networks that its host still has: it does not answer, or cannot remove them. Throws `failed_precondition`
   * while containers of a host that answers use them.
   */
  async leave(pool: string): Promise<readonly string[]> {
    const { isUp, settle, hasRemoved } = this.parts;
    const leases = this.#leasesOf(pool);
    const names = leases.map(({ network }) => network);
    if (leases.length === 0 || !isUp(pool)) return names;
    this.#checkUnused(pool, names);
    await this.#change(leases, true);
    await settle(settleMs);
    return names.filter((network) => !hasRemoved(network, pool));
  }

  /** The pool was not removed. */
  async stay(pool: string): Promise<void> {
    const departing = this.#leasesOf(pool).filter(({ record }) => record.departsUntil !== undefined);
    if (departing.length > 0) await this.#change(departing, false);
  }

  #leasesOf(pool: string): readonly Lease<HostLease>[] {
    const { book } = this.parts;
    const all = book.networks().flatMap(({ value: { name } }) => book.hosts(name));
    return all.filter(({ record }) => record.pool === pool);
  }

  async #change(leases: readonly Lease<HostLease>[], isLeaving: boolean): Promise<void> {
    const { store, book, clock } = this.parts;
    const departsUntil = new Date(clock.now() + departureMs).toISOString();
    const changed = leases.map(({ network, address, revision, record: { kind, pool, underlay } }) => {
      const value: HostLease = { kind, pool, underlay, isLeaving, ...(isLeaving ? { departsUntil } : {}) };
      return { key: keys.lease(network, address), revision, value };
    });
    const done = await store.transact({
      expect: changed.map(({ key, revision }) => ({ key, revision })),
      put: changed.map(({ key, value }) => ({ key, value })),
    });
    if (!done) throw new CopaError('aborted', 'the networks of the pool are being changed: try again');
    await book.shows(done.revision);
  }

  #checkUnused(pool: string, networks: readonly string[]): void {
    const [user] = networks
      .flatMap((network) => this.parts.book.containers(network))
      .filter(({ record }) => record.pool === pool);
    if (!user) return;
    const { network, record } = user;
    throw new CopaError(
      'failed_precondition',
      `pool "${pool}" cannot be removed: its container "${record.container}" uses network "${network}": move it away, or "copa network detach ${record.container} ${network} --pool ${pool}"`,
    );
  }
}

/** It leaves because its pool is being removed, and is not to come back by itself. */
export function isDeparting({ isLeaving, departsUntil }: HostLease, now: Date): boolean {
  return isLeaving && departsUntil !== undefined && Date.parse(departsUntil) > now.getTime();
}

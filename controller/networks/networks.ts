/**
 * Networks over several hosts: what REST and migrations use of them, and the loop that makes the store follow the
 * inventory and the hosts follow the store.
 */
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { isCopaError, messageOf } from '../../common/errors.js';
import { checkName } from '../../common/names.js';
import { splitAddress } from '../../common/net/address.js';
import { networkNamePattern, networkNameRule } from '../../common/net/networks.js';
import type { NetworkName } from '../../proto/gen/copa/agent/v1/NetworkName.js';
import type { NetworkFinding__Output as NetworkFinding } from '../../proto/gen/copa/agent/v1/NetworkFinding.js';
import type { HostState } from '../inventory/host-state.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { HostKeys } from '../model/network.js';
import type { InventoryEvent } from '../model/event.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { Transaction } from '../store/transaction.js';
import { Addresses, checkMember, isMember, openNetwork } from './addresses.js';
import { NetworkBook } from './book.js';
import type { Lease } from './leases.js';
import { Departures, isDeparting } from './departures.js';
import { networksMatter, type DesiredNetwork } from './desired.js';
import { Distribution, type Fleet } from './distribution.js';
import { EncryptionKeys, hasKey } from './encryption.js';
import { measureNetworks } from './gauges.js';
import { Membership } from './membership.js';
import { namesMatter } from './names.js';
import { Ports } from './ports.js';
import { HostSightings } from './host-sightings.js';
import { follow, type Change, type Conflict } from './sightings.js';

interface Parts {
  readonly store: Pick<Store, 'get' | 'transact' | 'watch'>;
  readonly inventory: {
    all(): readonly HostState[];
    get(name: string): HostState | undefined;
  };
  readonly host: Fleet['host'];
  readonly emit: (event: InventoryEvent) => void;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** After which the keys of encrypted networks are replaced. */
  readonly keyLifetimeMs?: number;
}

const keyLifetimeMsUsual = 7 * 86_400_000;

/** How often the store follows the inventory. */
const roundMs = 500;

/** How long a host's keys may take until the book shows them. */
const noteMs = 1_000;

/** How often it does so when nothing has changed: some things only become due. */
const idleRoundMs = 5_000;

/** How long a container that moves waits for the other hosts. */
const pointMs = 200;

export class Networks {
  readonly book: NetworkBook;
  readonly addresses: Addresses;
  readonly membership: Membership;
  readonly departures: Departures;
  readonly ports: Ports;
  readonly encryption: EncryptionKeys;
  readonly #distribution: Distribution<DesiredNetwork, NetworkFinding>;
  readonly #names: Distribution<NetworkName, never>;
  readonly #clock: Clock;
  /** Since when nothing has been seen of a container's address, by network and address. */
  readonly #unseenSince = new Map<string, ReadonlyMap<string, number>>();
  #conflicts = new Map<string, readonly Conflict[]>();
  readonly #sightings = new HostSightings();
  /** What the store followed last, and when. */
  #followed: { readonly what: string; readonly atMs: number } | undefined;
  #round: Promise<void> | undefined;
  #failure: string | undefined;

  constructor(private readonly parts: Parts) {
    const { store, inventory, host, clock = systemClock, random = Math.random } = parts;
    this.#clock = clock;
    const now = () => new Date(clock.now());
    const isUp = (pool: string) => inventory.get(pool)?.state === 'up';
    this.book = new NetworkBook(() => {
      this.#distribution.spread();
      this.ports.follow();
      this.#names.spread();
    });
    const { book } = this;
    const matter = networksMatter((pool, keys) => this.#noteKeys(pool, keys));
    this.#distribution = new Distribution({ ...matter, book, host, isUp, clock });
    this.encryption = new EncryptionKeys({
      ...{ store, book, isUp, now },
      hasConfirmed: (pool) => this.#distribution.hasConfirmed(pool),
      lifetimeMs: parts.keyLifetimeMs ?? keyLifetimeMsUsual,
    });
    this.#names = new Distribution({ ...namesMatter, book, host, isUp, clock });
    this.ports = new Ports({ store, book, host, isUp, clock, emit: parts.emit });
    this.addresses = new Addresses({ store, book, now });
    const pools = () =>
      inventory
        .all()
        .map(({ name, address }) => ({ name, underlay: splitAddress(address)?.host ?? address }));
    this.membership = new Membership({ store, book, host, isUp, pools, random, now });
    this.departures = new Departures({
      ...{ store, book, isUp, clock },
      settle: (timeoutMs) => this.settle(timeoutMs),
      hasRemoved: (network, pool) => this.#hasRemoved(network, pool),
    });
  }

  /** The pools that are in it and stay there. */
  membersOf(network: string): ReadonlySet<string> {
    const staying = this.book.hosts(network).filter(({ record }) => !record.isLeaving);
    return new Set(staying.map(({ record }) => record.pool));
  }

  /** Follows store and inventory until the returned function is called. */
  start(): () => Promise<void> {
    measureNetworks(this, (pool) => this.parts.inventory.get(pool)?.state === 'up');
    const close = this.book.follow(this.parts.store);
    const stop = this.#clock.every(roundMs, () => void this.round());
    return async () => {
      stop();
      await close();
      await this.#round;
    };
  }

  /** Of each event of the inventory. A host that was down may have lost what it had. */
  noteEvent(event: InventoryEvent): void {
    if (event.type.startsWith('pool.')) this.#followed = undefined;
    if (event.type !== 'pool.up') return;
    this.#distribution.forget(event.pool);
    this.#distribution.spread();
    this.ports.forget(event.pool);
    this.#names.forget(event.pool);
    this.#names.spread();
  }

  /** One round. Never rejects: the next one tries again. */
  round(): Promise<void> {
    return (this.#round ??= this.#tryRound().finally(() => (this.#round = undefined)));
  }

  conflicts(network: string): readonly Conflict[] {
    return this.#conflicts.get(network) ?? [];
  }

  /** What a host has, as far as it has confirmed it. */
  hostState(
    network: string,
    pool: string,
  ): { readonly state: 'ready' | 'waiting' | 'failed'; readonly problem: string | null } {
    const { confirmed, error } = this.#distribution.statusOf(pool);
    const problems = (confirmed?.problems ?? []).filter((each) => each.network === network);
    if (problems.length > 0)
      return { state: 'failed', problem: problems.map(({ message }) => message).join('; ') };
    if (error !== undefined) return { state: 'waiting', problem: error };
    const epoch = this.book.network(network)?.value.isEncrypted ? (this.book.epochs?.value.epoch ?? 1) : 0;
    if (epoch > 0 && !hasKey(this.book, pool, epoch))
      return { state: 'waiting', problem: 'it has sent no key yet' };
    const isThere = confirmed?.wanted.some(({ name }) => name === network) ?? false;
    return { state: isThere ? 'ready' : 'waiting', problem: null };
  }

  /** Sends what is new, and waits for the hosts that answer. */
  async settle(timeoutMs: number): Promise<void> {
    await this.#distribution.deliver(timeoutMs);
    await this.#tidy();
  }

  /** Throws `not_found`, or `failed_precondition`. */
  checkMember(network: string, pool: string): void {
    checkName('network', network, networkNamePattern, networkNameRule);
    openNetwork(this.book, network);
    checkMember(this.book, network, pool);
  }

  /** The networks of a container that a pool is not in. */
  missingOn(container: ContainerRef, pool: string): readonly string[] {
    const names = this.book.leasesOf(container).map(({ network }) => network);
    return [...new Set(names)].filter((network) => !isMember(this.book, network, pool));
  }

  /**
   * Points a container's addresses to the host on which it is about to start, and waits for the other hosts, briefly.
   * Returns those that have not confirmed it. Without such an address it does nothing.
   */
  async point(from: ContainerRef, to: ContainerRef): Promise<readonly string[]> {
    const leases = this.book.leasesOf(from);
    if (leases.length === 0) return [];
    const revision = await this.addresses.point(leases, to);
    if (revision === undefined) return ['etcd'];
    const shown = this.book.shows(revision).then(() => true);
    const isShown = await Promise.race([shown, this.#clock.delay(pointMs).then(() => false)]);
    return isShown ? this.#distribution.deliver(pointMs) : ['etcd'];
  }

  async #tryRound(): Promise<void> {
    if (this.book.networks().length === 0 && this.book.epochs === undefined) return;
    try {
      if (this.#isFollowingDue()) {
        for (const { value: network } of this.book.networks()) {
          await this.membership.fill(network.name);
          await this.#follow(network.name);
        }
      }
      await this.#tidy();
      await this.encryption.round();
      this.#distribution.review();
      this.ports.review();
      this.#names.review();
      this.#failure = undefined;
    } catch (error) {
      const reason = messageOf(error);
      const level = reason === this.#failure ? 'debug' : isCopaError(error) ? 'warn' : 'error';
      this.parts.log[level](
        isCopaError(error) ? { reason } : { err: error },
        'networks cannot follow: trying again',
      );
      this.#failure = reason;
    }
  }

  /** A host sends them again with its next reply. */
  async #noteKeys(pool: string, keys: HostKeys['keys']): Promise<void> {
    try {
      // A watch that is late does not hold up what the host has confirmed.
      await Promise.race([this.encryption.note(pool, keys), this.#clock.delay(noteMs)]);
    } catch (error) {
      this.parts.log.warn({ pool, reason: messageOf(error) }, 'the public keys of a host cannot be saved');
    }
  }

  /** Following costs some 20 ms of a network with 10,000 containers. */
  #isFollowingDue(): boolean {
    const now = this.#clock.now();
    const changes = this.parts.inventory
      .all()
      .reduce((sum, { containers }) => sum + containers.attachedChanges, 0);
    const what = `${this.book.revision} ${changes}`;
    // An address that nothing has been seen of is free after a while.
    const isWaiting = [...this.#unseenSince.values()].some(({ size }) => size > 0);
    const isSame = this.#followed?.what === what && now - this.#followed.atMs < idleRoundMs;
    if (isSame && !isWaiting) return false;
    this.#followed = { what, atMs: now };
    return true;
  }

  async #follow(name: string): Promise<void> {
    const network = this.book.network(name)?.value;
    if (!network) return;
    const leases = this.book.leases(name);
    const sightings = this.#sightings.of(name, this.parts.inventory.all());
    const now = this.#clock.now();
    const seen = new Set(sightings.map(({ address }) => address));
    const before = this.#unseenSince.get(name);
    const unseen = leases.filter(({ address, record }) => record.kind === 'container' && !seen.has(address));
    const unseenSince = new Map(unseen.map(({ address }) => [address, before?.get(address) ?? now]));
    this.#unseenSince.set(name, unseenSince);
    const { changes, conflicts } = follow({
      ...{ network, leases, sightings, now: new Date(now) },
      isUp: (pool) => this.parts.inventory.get(pool)?.state === 'up',
      unseenMs: (address) => now - (unseenSince.get(address) ?? now),
    });
    this.#noteConflicts(name, conflicts);
    for (const change of changes) await this.#apply(name, change);
  }

  #noteConflicts(network: string, conflicts: readonly Conflict[]): void {
    const before = new Set(this.conflicts(network).map(({ message }) => message));
    this.#conflicts.set(network, conflicts);
    for (const { pool, message } of conflicts) {
      if (before.has(message)) continue;
      this.parts.log.warn({ network, reason: message }, 'an address is in conflict');
      this.parts.emit({ type: 'network.conflict', network, pool, message });
    }
  }

  /** Only while no migration holds the container, on either host: a migration places its container itself. */
  async #apply(network: string, change: Change): Promise<void> {
    const address = change.do === 'take' ? change.address : change.lease.address;
    const key = keys.lease(network, address);
    const revision = change.do === 'take' ? 0 : change.lease.revision;
    const places = [
      ...(change.do === 'take' ? [] : [change.lease.record]),
      ...(change.do === 'free' ? [] : [change.record]),
    ];
    const free = [...new Set(places.map(({ pool, container }) => keys.busy(pool, container)))];
    const done = await this.#transact({
      expect: [{ key, revision }, ...free.map((busy) => ({ key: busy, revision: 0 }))],
      ...(change.do === 'free' ? { remove: [key] } : { put: [{ key, value: change.record }] }),
    });
    if (done)
      this.parts.log.info(
        { network, address, ...(change.do === 'free' ? {} : { to: change.record.pool }) },
        `an address: ${change.do}`,
      );
  }

  /** Hosts that have removed the network give their address back, and a network without hosts is gone. */
  async #tidy(): Promise<void> {
    for (const { value: network, revision } of this.book.networks()) {
      for (const lease of this.book.leases(network.name)) {
        const { pool, kind } = lease.record;
        if (kind === 'host' || !this.parts.inventory.get(pool)) await this.#tidyLease(lease);
      }
      if (!network.isDeleted || this.book.leasesOfNetwork(network.name).size > 0) continue;
      const key = keys.network(network.name);
      const expect = [{ key, revision }, { absentPrefix: keys.leases(network.name) }];
      if (!(await this.#transact({ expect, remove: [key] }))) continue;
      this.#conflicts.delete(network.name);
      this.#unseenSince.delete(network.name);
    }
  }

  async #tidyLease({ network, address, record, revision }: Lease): Promise<void> {
    const { pool } = record;
    const key = keys.lease(network, address);
    const expect = [{ key, revision }];
    // A pool that was removed has left without being asked.
    if (!this.parts.inventory.get(pool))
      await this.#transact({ expect: [...expect, { key: keys.pool(pool), revision: 0 }], remove: [key] });
    else if (
      record.kind === 'host' &&
      record.isLeaving &&
      !isDeparting(record, new Date(this.#clock.now())) &&
      this.#hasRemoved(network, pool)
    )
      await this.#transact({ expect, remove: [key] });
  }

  #hasRemoved(network: string, pool: string): boolean {
    const { confirmed } = this.#distribution.statusOf(pool);
    if (!confirmed) return false;
    const names = [
      ...confirmed.wanted.map(({ name }) => name),
      ...confirmed.problems.map((each) => each.network),
    ];
    return !names.includes(network);
  }

  async #transact(transaction: Transaction): Promise<boolean> {
    const done = await this.parts.store.transact(transaction);
    if (done) await this.book.shows(done.revision);
    return done !== undefined;
  }
}

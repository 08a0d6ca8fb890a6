/** Which hosts are in a network: it is created, joined, left and deleted here. */
import { CopaError } from '../../common/errors.js';
import { checkName, checkPoolName, shown } from '../../common/names.js';
import { overlap, parseSubnet } from '../../common/net/subnet.js';
import {
  mtuMin,
  overheadOf,
  underlayMtuUsual,
  networkNamePattern,
  networkNameRule,
  parseNetworkSubnet,
  subnetRule,
} from '../../common/net/networks.js';
import type { HostNetwork } from '../../proto/gen/copa/agent/v1/HostNetwork.js';
import type { HostLease, NetworkRecord } from '../model/network.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { openNetwork } from './addresses.js';
import { freeSubnet, freeVni, hostAddress } from './allocator.js';
import type { NetworkBook } from './book.js';
import { isDeparting } from './departures.js';
import { farEnds } from './desired.js';
import type { Fleet } from './distribution.js';
import { firstEpochs } from './encryption.js';

/** A registered pool. */
interface Member {
  readonly name: string;
  /** At which other hosts reach it. */
  readonly underlay: string;
}

interface Parts extends Fleet {
  readonly store: Pick<Store, 'transact'>;
  readonly book: NetworkBook;
  /** All registered pools. */
  readonly pools: () => readonly Member[];
  readonly random: () => number;
  readonly now: () => Date;
}

export interface NetworkOrder {
  readonly name: string;
  /** Absent: a free one. */
  readonly subnet?: string | undefined;
  /** Frames between the hosts are encrypted. */
  readonly isEncrypted?: boolean;
  /** `all`, or names. */
  readonly pools: 'all' | readonly string[];
}

const checkMs = 30_000;
const networksMax = 100;
/** A transaction of etcd has 128 operations at most. */
const changesAtOnceMax = 50;

export class Membership {
  constructor(private readonly parts: Parts) {}

  /** Checks all hosts that answer, and creates it. Throws `failed_precondition` with everything that is in its way. */
  async create(order: NetworkOrder): Promise<NetworkRecord> {
    const { store, book, now } = this.parts;
    checkName('name', order.name, networkNamePattern, networkNameRule);
    if (book.network(order.name))
      throw new CopaError('already_exists', `there is a network "${order.name}" already`);
    if (book.networks().length >= networksMax)
      throw new CopaError('resource_exhausted', `there are ${networksMax} networks already`);
    const members = this.#wanted(order.pools);
    const draft: NetworkRecord = {
      ...{ name: order.name, subnet: this.#subnetOf(order), vni: this.#freeVni(), mtu: mtuMin },
      pools: order.pools === 'all' ? 'all' : members.map(({ name }) => name),
      ...(order.isEncrypted ? { isEncrypted: true } : {}),
      ...{ isDeleted: false, createdAt: now().toISOString() },
    };
    const mtu = await this.#checkHosts(draft, members);
    const record = { ...draft, mtu };
    const key = keys.network(record.name);
    const done = await store.transact({
      expect: [{ key, revision: 0 }, { absentPrefix: keys.leases(record.name) }],
      put: [{ key, value: record }],
    });
    if (!done) throw new CopaError('already_exists', `there is a network "${record.name}" already`);
    await book.shows(done.revision);
    await this.fill(record.name);
    return record;
  }

  /** Adds pools, or all that there are and will be. */
  async join(name: string, pools: 'all' | readonly string[]): Promise<void> {
    const { value: record } = openNetwork(this.parts.book, name);
    const known = new Set(this.parts.book.hosts(name).map((lease) => lease.record.pool));
    const added = this.#wanted(pools).filter((pool) => !known.has(pool.name));
    const mtu = await this.#checkHosts(record, added);
    if (mtu < record.mtu)
      throw new CopaError(
        'failed_precondition',
        `packets of network "${name}" have up to ${record.mtu} bytes, and a host can carry ${mtu}`,
      );
    await this.#change(name, (before) => ({
      ...before,
      pools:
        pools === 'all' || before.pools === 'all'
          ? 'all'
          : [...new Set([...before.pools, ...added.map((pool) => pool.name)])],
    }));
    await this.fill(name);
  }

  /** Removes pools on which no container uses it. */
  async leave(name: string, pools: readonly string[]): Promise<void> {
    const { book } = this.parts;
    openNetwork(book, name);
    for (const pool of pools) {
      checkPoolName('pools', pool);
      if (!book.hosts(name).some(({ record }) => record.pool === pool))
        throw new CopaError('not_found', `pool "${pool}" is not in network "${name}"`);
      this.#checkUnused(name, pool);
    }
    await this.#change(name, (before) => {
      const members = book.hosts(name).map(({ record }) => record.pool);
      const others = before.pools === 'all' ? members : before.pools;
      return { ...before, pools: others.filter((pool) => !pools.includes(pool)) };
    });
    await this.fill(name);
  }

  /** Removes it from all hosts. Its record goes when they have done so. */
  async delete(name: string): Promise<void> {
    const { book } = this.parts;
    if (!book.network(name)) throw new CopaError('not_found', `there is no network "${name}"`);
    this.#checkUnused(name, undefined);
    await this.#change(name, (before) => ({ ...before, isDeleted: true, pools: [] }));
    await this.fill(name);
  }

  /**
   * Gives each host that is to be in it an address, follows the addresses of hosts, and lets the others leave. It may
   * run at any time, on several controllers.
   */
  async fill(name: string): Promise<void> {
    const { store, book } = this.parts;
    const known = book.network(name);
    if (!known) return;
    const changes = this.#hostChanges(known.value);
    for (let at = 0; at < changes.length; at += changesAtOnceMax) {
      const some = changes.slice(at, at + changesAtOnceMax);
      const expect = some.map(({ key, revision }) => ({ key, revision }));
      // Another controller may have been first, which is as good.
      const done = await store.transact({
        expect: [...expect, { key: keys.network(name), revision: known.revision }],
        put: some.map(({ key, value }) => ({ key, value })),
      });
      if (done) await book.shows(done.revision);
    }
  }

  #hostChanges({ name, subnet, pools }: NetworkRecord) {
    const { book } = this.parts;
    const parsed = parseNetworkSubnet(subnet);
    const taken = new Set(book.leases(name).map(({ address }) => address));
    const own = new Map(book.hosts(name).map((lease) => [lease.record.pool, lease]));
    const wanted = this.parts.pools().filter((pool) => pools === 'all' || pools.includes(pool.name));
    const kept = wanted.flatMap(({ name: pool, underlay }) => {
      const lease = own.get(pool);
      const isRight =
        lease &&
        (isDeparting(lease.record, this.parts.now()) ||
          (lease.record.underlay === underlay && !lease.record.isLeaving));
      if (isRight || !parsed) return [];
      const address = lease?.address ?? hostAddress(parsed, taken);
      taken.add(address);
      const value: HostLease = { kind: 'host', pool, underlay, isLeaving: false };
      return [{ key: keys.lease(name, address), revision: lease?.revision ?? 0, value }];
    });
    // Not by the list of pools, which may not be complete yet.
    const leaving = [...own.values()]
      .filter(({ record }) => pools !== 'all' && !pools.includes(record.pool) && !record.isLeaving)
      .map(({ address, revision, record }) => {
        const value: HostLease = { ...record, isLeaving: true };
        return { key: keys.lease(name, address), revision, value };
      });
    return [...kept, ...leaving];
  }

  async #change(name: string, changeOf: (before: NetworkRecord) => NetworkRecord): Promise<void> {
    const { store, book } = this.parts;
    const known = book.network(name);
    if (!known) throw new CopaError('not_found', `there is no network "${name}"`);
    const key = keys.network(name);
    const done = await store.transact({
      expect: [{ key, revision: known.revision }],
      put: [{ key, value: changeOf(known.value) }],
    });
    if (!done) throw new CopaError('aborted', `network "${name}" was changed by another request: try again`);
    await book.shows(done.revision);
  }

  #checkUnused(name: string, pool: string | undefined): void {
    const users = this.parts.book
      .containers(name)
      .filter(({ record }) => pool === undefined || record.pool === pool)
      .map(({ record }) => `${record.pool}:${record.container}`);
    if (users.length === 0) return;
    const others = users.length > 3 ? `, and ${users.length - 3} others` : '';
    throw new CopaError(
      'failed_precondition',
      `network "${name}" is in use by ${users.slice(0, 3).join(', ')}${others}: detach them first`,
    );
  }

  #wanted(pools: 'all' | readonly string[]): readonly Member[] {
    const registered = this.parts.pools();
    if (pools === 'all') return registered;
    return [...new Set(pools)].map((name) => {
      checkPoolName('pools', name);
      const pool = registered.find((each) => each.name === name);
      if (!pool) throw new CopaError('not_found', `there is no pool "${name}"`);
      return pool;
    });
  }

  #subnetOf({ subnet }: NetworkOrder): string {
    const others = this.parts.book.networks().flatMap(({ value }) => parseSubnet(value.subnet) ?? []);
    if (subnet === undefined) return freeSubnet(others);
    const parsed = parseNetworkSubnet(subnet);
    if (!parsed)
      throw new CopaError('invalid_argument', `subnet ${shown(subnet)} is not valid: ${subnetRule}`);
    const other = this.parts.book.networks().find(({ value }) => {
      const theirs = parseNetworkSubnet(value.subnet);
      return theirs && overlap(parsed, theirs);
    });
    if (other)
      throw new CopaError(
        'already_exists',
        `subnet ${subnet} overlaps with the one of network "${other.value.name}"`,
      );
    return subnet;
  }

  #freeVni(): number {
    const taken = new Set(this.parts.book.networks().map(({ value }) => value.vni));
    return freeVni(taken, this.parts.random);
  }

  /** Returns the MTU that all of them can carry. A host that is down is checked when it is up. */
  async #checkHosts(record: NetworkRecord, members: readonly Member[]): Promise<number> {
    const checked = await Promise.all(
      members.filter(({ name }) => this.parts.isUp(name)).map((member) => this.#checkHost(record, member)),
    );
    const problems = checked.flatMap(({ problems: found }) => found);
    if (problems.length > 0)
      throw new CopaError(
        'failed_precondition',
        `network "${record.name}" is not possible: ${problems.join('; ')}`,
      );
    const known = checked.map(({ mtuMax }) => mtuMax).filter((mtu) => mtu >= mtuMin);
    return known.length > 0 ? Math.min(...known) : underlayMtuUsual - overheadOf(record.isEncrypted ?? false);
  }

  async #checkHost(record: NetworkRecord, { name, underlay }: Member) {
    const parsed = parseNetworkSubnet(record.subnet);
    // Any free address: it is checked whether the host has something in the whole subnet.
    const taken = new Set(this.parts.book.leases(record.name).map(({ address }) => address));
    const address = parsed ? hostAddress(parsed, taken) : '';
    const { subnet, vni, mtu, isEncrypted } = record;
    const network: HostNetwork = {
      ...{ name: record.name, subnet, vni, mtu, address, stations: [], members: [underlay] },
      ...farEnds(underlay, isEncrypted ? { ...firstEpochs, peers: [] } : undefined),
    };
    const call = this.parts
      .host(name)
      ?.call('ApplyNetworks', { networks: [network], checkOnly: true }, { deadlineMs: checkMs });
    try {
      const reply = await call;
      const found = reply?.findings.map(({ message }) => `${name}: ${message}`) ?? [];
      return { problems: found, mtuMax: Math.min(reply?.mtuMax ?? 0, 9000) };
    } catch (error) {
      if (!(error instanceof CopaError)) throw error;
      const why =
        error.code === 'unimplemented' ? 'its agent is of an earlier release: update it' : error.message;
      return { problems: [`${name}: ${why}`], mtuMax: 0 };
    }
  }
}

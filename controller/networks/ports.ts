/**
 * Ports of hosts that lead to containers. A port belongs to a container's address, in one value of the store: so it moves
 * with the container, and is free as soon as the address is.
 */
import type { Clock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import { portText, reservedFor } from '../../common/net/ports.js';
import type { PortFinding__Output as PortFinding } from '../../proto/gen/copa/agent/v1/PortFinding.js';
import type { ForwardedPort } from '../../proto/gen/copa/agent/v1/ForwardedPort.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { InventoryEvent } from '../model/event.js';
import type { ContainerLease, PublishedPort } from '../model/network.js';
import { publishedPortProblems, publishedPorts, readGauge } from '../observability/metrics.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { isMember } from './addresses.js';
import type { NetworkBook } from './book.js';
import type { Lease } from './leases.js';
import { Distribution, type Fleet } from './distribution.js';
import { clashing, hostsOf, portsMatter, publications, type Publication } from './published.js';

interface Parts extends Fleet {
  readonly store: Pick<Store, 'get' | 'transact'>;
  readonly book: NetworkBook;
  readonly clock: Clock;
  readonly emit: (event: InventoryEvent) => void;
}

export interface PortOrder extends PublishedPort {
  /** Of the container; needed when it is on several. */
  readonly network?: string | undefined;
  /** Whether the client may learn what is on a pool. */
  readonly mayName: (pool: string) => boolean;
}

export interface PortHost {
  readonly pool: string;
  readonly state: 'ready' | 'waiting' | 'failed';
  readonly problem: string | null;
}

/** Of a change that others get in the way of. */
const triesMax = 20;
const checkMs = 10_000;

export class Ports {
  readonly #distribution: Distribution<ForwardedPort, PortFinding>;
  /** As readers of events know them; undefined before anything was read. */
  #known: ReadonlyMap<string, Publication> | undefined;

  constructor(private readonly parts: Parts) {
    this.#distribution = new Distribution({ ...portsMatter, ...parts });
    readGauge(publishedPorts, () => [[{}, this.all().length]]);
    readGauge(publishedPortProblems, () => this.#problemsByPool());
  }

  all(): readonly Publication[] {
    return publications(this.parts.book);
  }

  /** What a host does with a port that it is to forward. */
  hosts(publication: Publication): readonly PortHost[] {
    return hostsOf(this.parts.book, publication).map((pool) => ({
      pool,
      ...this.#stateOn(pool, publication),
    }));
  }

  /**
   * Publishes a port of a container on hosts, after each of them was asked whether something listens there. Throws
   * `already_exists` when it is taken, and `failed_precondition` with everything else that is in its way.
   */
  async publish(container: ContainerRef, order: PortOrder): Promise<Publication> {
    const { store, book } = this.parts;
    const { network, mayName, ...port } = order;
    const reserved = reservedFor(port.protocol, port.port);
    if (reserved !== undefined)
      throw new CopaError('failed_precondition', `${portText(port)} is needed by ${reserved}`);
    let isChecked = false;
    for (let tries = 1; tries <= triesMax; tries++) {
      // All publications up to its revision are in the book; with a later one, the transaction fails.
      const turn = (await store.get(keys.ports))?.revision ?? 0;
      await book.shows(turn);
      const lease = this.#leaseOf(container, network);
      const known = this.#sameAs(lease, port);
      if (known) return known;
      this.#checkFree({ ...port, mayName });
      if (!isChecked) await this.#checkHosts(lease, port);
      isChecked = true;
      const done = await this.#write(lease, [...(lease.record.ports ?? []), port], turn);
      if (done) return { ...port, lease };
    }
    throw new CopaError('aborted', 'ports are being published by many requests: try again');
  }

  /** Gives ports of a container back: those that `isWanted` names. Throws `not_found` when there are none. */
  async unpublish(
    container: ContainerRef,
    isWanted: (port: PublishedPort) => boolean,
  ): Promise<readonly Publication[]> {
    for (let tries = 1; tries <= triesMax; tries++) {
      const mine = this.all().filter(({ lease: { record } }) => isOf(record, container));
      const wanted = mine.filter(isWanted);
      const [first] = wanted;
      if (!first)
        throw new CopaError('not_found', `container "${container.name}" has no such published port`);
      // One transaction has one address; a container with several is rare.
      const { lease } = first;
      const kept = (lease.record.ports ?? []).filter((port) => !isWanted(port));
      if (!(await this.#write(lease, kept, undefined))) continue;
      const others = wanted.filter((each) => each.lease.address !== lease.address);
      const done = wanted.filter((each) => each.lease.address === lease.address);
      return others.length === 0 ? done : [...done, ...(await this.unpublish(container, isWanted))];
    }
    throw new CopaError('aborted', 'the ports of the container are being changed: try again');
  }

  /** Sends what is new, and waits for the hosts that answer. */
  async settle(timeoutMs: number): Promise<void> {
    await this.#distribution.deliver(timeoutMs);
  }

  /** After each change of the book. */
  follow(): void {
    this.#distribution.spread();
    const now = new Map(this.all().map((each) => [idOf(each), each]));
    const before = this.#known;
    this.#known = now;
    if (!before) return;
    for (const [id, each] of now) if (!before.has(id)) this.#emit('port.published', each);
    for (const [id, each] of before) if (!now.has(id)) this.#emit('port.unpublished', each);
  }

  /** As the distribution of networks. */
  review(): void {
    this.#distribution.review();
  }

  /** The host was down. */
  forget(pool: string): void {
    this.#distribution.forget(pool);
    this.#distribution.spread();
  }

  #leaseOf(container: ContainerRef, network: string | undefined): Lease<ContainerLease> {
    const leases = this.parts.book.leasesOf(container);
    const [lease, ...others] = leases.filter((each) => network === undefined || each.network === network);
    if (!lease)
      throw new CopaError(
        'failed_precondition',
        `container "${container.name}" of pool "${container.host}" is not on ${network === undefined ? 'a network over several hosts' : `network "${network}"`}: "copa network attach ${container.name} NETWORK"`,
      );
    if (others.length === 0) return lease;
    const names = [lease, ...others].map((each) => each.network).join(', ');
    throw new CopaError(
      'failed_precondition',
      `container "${container.name}" is on several networks: say which one, of ${names}`,
    );
  }

  /** It is published already, just so. */
  #sameAs(lease: Lease<ContainerLease>, port: PublishedPort): Publication | undefined {
    const found = clashing(this.all(), port);
    const isSame =
      found?.lease.address === lease.address &&
      found.containerPort === port.containerPort &&
      poolsText(found.pools) === poolsText(port.pools);
    return isSame ? found : undefined;
  }

  #checkFree({ mayName, ...port }: Omit<PortOrder, 'network'>): void {
    const found = clashing(this.all(), port);
    if (!found) return;
    const { record } = found.lease;
    const whose = mayName(record.pool)
      ? `, for container "${record.container}" of pool "${record.pool}"`
      : '';
    throw new CopaError(
      'already_exists',
      `${portText(port)} is published already${whose}: unpublish it, or choose another port`,
    );
  }

  /** Hosts that do not answer are asked when they do: then a program there keeps its port. */
  async #checkHosts({ network, address }: Lease, port: PublishedPort): Promise<void> {
    const { book, isUp } = this.parts;
    if (port.pools !== 'all')
      for (const pool of port.pools)
        if (!isMember(book, network, pool))
          throw new CopaError(
            'failed_precondition',
            `pool "${pool}" is not in network "${network}": "copa network join ${network} ${pool}"`,
          );
    const members = book.hosts(network).map(({ record }) => record.pool);
    const asked = members.filter((pool) => isUp(pool) && (port.pools === 'all' || port.pools.includes(pool)));
    const { protocol, port: number, containerPort } = port;
    const forwarded = { network, protocol, port: number, address, containerPort };
    const problems = await Promise.all(asked.map((pool) => this.#checkHost(pool, forwarded)));
    const found = problems.flat();
    if (found.length > 0)
      throw new CopaError(
        'failed_precondition',
        `${portText(port)} cannot be published: ${found.join('; ')}`,
      );
  }

  async #checkHost(pool: string, port: ForwardedPort): Promise<readonly string[]> {
    try {
      const reply = await this.parts
        .host(pool)
        ?.call('ApplyPorts', { ports: [port], checkOnly: true }, { deadlineMs: checkMs });
      return reply?.findings.map(({ message }) => `${pool}: ${message}`) ?? [];
    } catch (error) {
      if (!(error instanceof CopaError)) throw error;
      const isOld = error.code === 'unimplemented';
      return [`${pool}: ${isOld ? 'its agent is of an earlier release: update it' : error.message}`];
    }
  }

  /** With a turn, only if nobody has published a port since. */
  async #write(
    { network, address, record, revision }: Lease<ContainerLease>,
    ports: readonly PublishedPort[],
    turn: number | undefined,
  ): Promise<boolean> {
    const { store, book } = this.parts;
    const key = keys.lease(network, address);
    const value = { ...record, ports: ports.length === 0 ? undefined : ports };
    const done = await store.transact({
      expect: [{ key, revision }, ...(turn === undefined ? [] : [{ key: keys.ports, revision: turn }])],
      put: [
        { key, value },
        ...(turn === undefined ? [] : [{ key: keys.ports, value: { changed: `${network}/${address}` } }]),
      ],
    });
    if (done) await book.shows(done.revision);
    // Somebody else was first, which the book shows soon.
    else await this.parts.clock.delay(10);
    return done !== undefined;
  }

  #stateOn(pool: string, { protocol, port, lease }: Publication): Pick<PortHost, 'state' | 'problem'> {
    const { confirmed, error } = this.#distribution.statusOf(pool);
    const found = confirmed?.problems.find((each) => each.protocol === protocol && each.port === port);
    if (found) return { state: found.isForwarded ? 'ready' : 'failed', problem: found.message };
    if (error !== undefined) return { state: 'waiting', problem: error };
    const isThere = confirmed?.wanted.some(
      (each) => each.protocol === protocol && each.port === port && each.address === lease.address,
    );
    return { state: isThere ? 'ready' : 'waiting', problem: null };
  }

  *#problemsByPool(): Iterable<readonly [{ readonly pool: string }, number]> {
    const pools = this.parts.book.networks().flatMap(({ value: { name } }) => this.parts.book.hosts(name));
    for (const pool of new Set(pools.map(({ record }) => record.pool))) {
      const problems = this.#distribution.statusOf(pool).confirmed?.problems ?? [];
      yield [{ pool }, problems.length];
    }
  }

  #emit(type: 'port.published' | 'port.unpublished', { protocol, port, lease }: Publication): void {
    const { pool, container } = lease.record;
    this.parts.emit({ type, pool, container, network: lease.network, protocol, port });
  }
}

function idOf({ lease: { network, address }, protocol, port }: Publication): string {
  return `${network} ${address} ${protocol} ${port}`;
}

function isOf({ pool, container }: ContainerLease, { host, name }: ContainerRef): boolean {
  return pool === host && container === name;
}

function poolsText(pools: PublishedPort['pools']): string {
  return pools === 'all' ? pools : [...pools].sort().join();
}

/** The addresses of containers: reserved before a container has one, and changed in transactions alone. */
import { CopaError } from '../../common/errors.js';
import { checkName } from '../../common/names.js';
import {
  interfaceNamePattern,
  interfaceNameRule,
  macOf,
  parseNetworkSubnet,
} from '../../common/net/networks.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { ContainerInterface } from '../model/container.js';
import { macOfLease, type ContainerLease } from '../model/network.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { checkWantedAddress, containerAddress } from './allocator.js';
import type { NetworkBook } from './book.js';
import type { Lease } from './leases.js';

export interface Wanted {
  readonly network: string;
  /** Absent: any free one. */
  readonly ip?: string | undefined;
  /** Absent: eth0. */
  readonly device?: string | undefined;
}

interface Parts {
  readonly store: Pick<Store, 'transact'>;
  readonly book: NetworkBook;
  readonly now: () => Date;
}

/** Of a reservation that others get in the way of. */
const triesMax = 20;

export class Addresses {
  constructor(private readonly parts: Parts) {}

  /**
   * Reserves an address. Throws `not_found` without such a network, and `resource_exhausted` without a free one.
   */
  async reserve({ host: pool, name: container }: ContainerRef, wanted: Wanted): Promise<ContainerInterface> {
    const { store, book, now } = this.parts;
    const { network, ip, device = 'eth0' } = wanted;
    checkName('device', device, interfaceNamePattern, interfaceNameRule);
    for (let tries = 1; tries <= triesMax; tries++) {
      const { value: record, revision } = openNetwork(book, network);
      const subnet = parseNetworkSubnet(record.subnet);
      if (!subnet) throw new CopaError('internal', 'the store has an invalid network');
      const leases = book.leases(network);
      const taken = new Set(leases.map((lease) => lease.address));
      if (ip !== undefined) checkWantedAddress(subnet, taken, ip);
      const address = ip ?? containerAddress(subnet, taken);
      const mac = freeMac(address, leases);
      const lease: ContainerLease = {
        ...{ kind: 'container', container, pool, mac, device, isSeen: false, at: now().toISOString() },
      };
      const key = keys.lease(network, address);
      const done = await store.transact({
        expect: [
          { key, revision: 0 },
          { key: keys.network(network), revision },
        ],
        put: [{ key, value: lease }],
      });
      if (done) {
        await book.shows(done.revision);
        return { network, address, mac, device };
      }
      // Somebody else has just taken it, which the book shows soon.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    throw new CopaError('aborted', `network "${network}" is being changed by many requests: try again`);
  }

  /** Gives a reserved address back, for a container that did not come to be. */
  async release({ network, address }: Pick<ContainerInterface, 'network' | 'address'>): Promise<void> {
    const { store, book } = this.parts;
    const lease = book.lease(network, address);
    if (lease?.record.kind !== 'container') return;
    const key = keys.lease(network, address);
    const done = await store.transact({ expect: [{ key, revision: lease.revision }], remove: [key] });
    if (done) await book.shows(done.revision);
  }

  /** Points a container's addresses to another host. Returns the revision, or undefined when somebody else was first. */
  async point(leases: readonly Lease<ContainerLease>[], to: ContainerRef): Promise<number | undefined> {
    const written = leases.map((lease) => ({
      key: keys.lease(lease.network, lease.address),
      revision: lease.revision,
      value: { ...lease.record, pool: to.host, container: to.name },
    }));
    const done = await this.parts.store.transact({
      expect: written.map(({ key, revision }) => ({ key, revision })),
      put: written.map(({ key, value }) => ({ key, value })),
    });
    return done?.revision;
  }
}

/** Throws `not_found`, or `failed_precondition` for one that is being removed. */
export function openNetwork(book: NetworkBook, name: string) {
  const known = book.network(name);
  if (!known) throw new CopaError('not_found', `there is no network "${name}"`);
  if (known.value.isDeleted)
    throw new CopaError('failed_precondition', `network "${name}" is being removed from its hosts`);
  return known;
}

export function checkMember(book: NetworkBook, network: string, pool: string): void {
  if (isMember(book, network, pool)) return;
  throw new CopaError(
    'failed_precondition',
    `pool "${pool}" is not in network "${network}": "copa network join ${network} ${pool}"`,
  );
}

export function isMember(book: NetworkBook, network: string, pool: string): boolean {
  return book.hosts(network).some(({ record }) => record.pool === pool && !record.isLeaving);
}

/** The address gives it, unless a container that came from elsewhere has just this one. */
function freeMac(address: string, leases: readonly Lease[]): string {
  const taken = new Set(leases.map((lease) => macOfLease(lease.address, lease.record)));
  const mac = macOf(address);
  if (!taken.has(mac)) return mac;
  throw new CopaError(
    'already_exists',
    `the MAC ${mac} of address ${address} is in use already: choose another ip`,
  );
}

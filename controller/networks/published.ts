/**
 * Which ports of hosts lead to which containers: pure functions of the book; and the call that
 * sends it.
 */
import type { ForwardedPort } from '../../proto/gen/copa/agent/v1/ForwardedPort.js';
import type { PortFinding__Output as PortFinding } from '../../proto/gen/copa/agent/v1/PortFinding.js';
import type { ContainerLease, PublishedPort } from '../model/network.js';
import type { NetworkBook } from './book.js';
import type { Lease } from './leases.js';
import type { Matter } from './distribution.js';

/** A port and the container that it leads to. */
export interface Publication extends PublishedPort {
  readonly lease: Lease<ContainerLease>;
}

interface Known {
  readonly changedAt: string;
  readonly all: readonly Publication[];
  /** By pool. */
  readonly desired: Map<string, ForwardedPort[]>;
}

const known = new WeakMap<NetworkBook, Known>();

/** All of them, sorted by port. */
export function publications(book: NetworkBook): readonly Publication[] {
  return knownOf(book).all;
}

/** Each host needs them after each change of the book, so they are kept until one of them changes. */
function knownOf(book: NetworkBook): Known {
  const changedAt = book
    .networks()
    .map(({ value: { name } }) => `${name} ${book.leasesOfNetwork(name).portsChangedAt}`)
    .join();
  const before = known.get(book);
  if (before?.changedAt === changedAt) return before;
  const all = book
    .networks()
    .flatMap(({ value }) => book.containers(value.name))
    .flatMap((lease) => (lease.record.ports ?? []).map((port) => ({ ...port, lease })))
    .sort((a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1));
  const now: Known = { changedAt, all, desired: new Map() };
  known.set(book, now);
  return now;
}

/** The one that has this port already on one of these hosts. */
export function clashing(
  all: readonly Publication[],
  wanted: Pick<PublishedPort, 'protocol' | 'port' | 'pools'>,
): Publication | undefined {
  return all.find(
    ({ protocol, port, pools }) =>
      protocol === wanted.protocol && port === wanted.port && overlap(pools, wanted.pools),
  );
}

/** `all` overlaps with everything: hosts come and go, and networks share hosts. */
function overlap(one: PublishedPort['pools'], other: PublishedPort['pools']): boolean {
  if (one === 'all' || other === 'all') return true;
  return one.some((pool) => other.includes(pool));
}

/** The hosts that are to forward it: those that are in its network and stay there. */
export function hostsOf(book: NetworkBook, { lease, pools }: Publication): readonly string[] {
  return book
    .hosts(lease.network)
    .filter(({ record }) => !record.isLeaving && (pools === 'all' || pools.includes(record.pool)))
    .map(({ record }) => record.pool)
    .sort();
}

/** What a host is to forward. */
export function desiredPorts(book: NetworkBook, pool: string): ForwardedPort[] {
  const { all, desired } = knownOf(book);
  const before = desired.get(pool);
  if (before) return before;
  const ports = all
    .filter((publication) => hostsOf(book, publication).includes(pool))
    .map(({ lease: { network, address }, protocol, port, containerPort }) => ({
      ...{ network, protocol, port, address, containerPort },
    }));
  desired.set(pool, ports);
  return ports;
}

const deadlineMs = 30_000;

export const portsMatter: Matter<ForwardedPort, PortFinding> = {
  wanted: desiredPorts,
  send: (client, { wanted, generation }) =>
    client.call('ApplyPorts', { ports: [...wanted], generation }, { deadlineMs }),
};

/** What a host is to have of all networks: a pure function of the book; and the call that sends it. */
import { memoizeByObject } from '../../common/async/memoize.js';
import type { HostNetwork } from '../../proto/gen/copa/agent/v1/HostNetwork.js';
import type { NetworkFinding__Output as NetworkFinding } from '../../proto/gen/copa/agent/v1/NetworkFinding.js';
import type { Station } from '../../proto/gen/copa/agent/v1/Station.js';
import { macOfLease, type HostLease } from '../model/network.js';
import type { NetworkBook } from './book.js';
import type { Matter, Order } from './distribution.js';
import type { Lease } from './leases.js';

/** All but the stations: at 10,000 of them, comparing those of each host after each change would take seconds. */
export interface DesiredNetwork extends Omit<HostNetwork, 'stations' | 'since' | 'gone'> {
  readonly name: string;
  readonly vni: number;
  /** Which stations: those of this revision of the book, since it was read anew for the last time. */
  readonly changedAt: number;
  readonly resets: number;
}

/** The hosts that stay in it. */
const membersOf = memoizeByObject((hosts: readonly Lease<HostLease>[]) => {
  const staying = hosts.filter(({ record }) => !record.isLeaving);
  const underlayOf = new Map(staying.map(({ record }) => [record.pool, record.underlay]));
  const leaseOf = new Map(staying.map((lease) => [lease.record.pool, lease]));
  return { underlayOf, leaseOf, reachable: [...new Set(underlayOf.values())] };
});

export function desiredNetworks(book: NetworkBook, pool: string): DesiredNetwork[] {
  return book.networks().flatMap(({ value: { name, subnet, vni, mtu } }) => {
    const { leaseOf, reachable } = membersOf(book.hosts(name));
    const own = leaseOf.get(pool);
    if (!own) return [];
    const { address, record } = own;
    const { changedAt } = book.leasesOfNetwork(name);
    const { resets } = book;
    return [
      { name, subnet, vni, mtu, address, underlay: record.underlay, members: reachable, changedAt, resets },
    ];
  });
}

/** Those of a network that are new or different since a revision, and the addresses that have none any more. */
export function stationsSince(
  book: NetworkBook,
  { network, pool, since }: { readonly network: string; readonly pool: string; readonly since: number },
): Required<Pick<HostNetwork, 'since'>> & { readonly stations: Station[]; readonly gone: string[] } {
  const leases = book.leasesOfNetwork(network);
  const { underlayOf } = membersOf(leases.hosts());
  const changed = since > 0 ? leases.changedSince(since) : undefined;
  const stations: Station[] = [];
  const gone: string[] = [];
  const put = (address: string, lease: Lease | undefined) => {
    const underlay = lease && underlayOf.get(lease.record.pool);
    // Frames to a container on the host itself find it without us, and those to a host outside go nowhere.
    if (!lease || underlay === undefined || lease.record.pool === pool) {
      if (changed) gone.push(address);
      return;
    }
    const { record } = lease;
    stations.push({ address, mac: macOfLease(address, record), underlay, isHost: record.kind === 'host' });
  };
  if (changed) for (const address of changed) put(address, leases.get(address));
  else for (const lease of leases.all()) put(lease.address, lease);
  return { since: changed ? since : 0, stations, gone };
}

/** The daemon creates a bridge in it. */
const deadlineMs = 60_000;

export const networksMatter: Matter<DesiredNetwork, NetworkFinding> = {
  wanted: desiredNetworks,
  send: async (client, order) => {
    const { book, pool, wanted, generation } = order;
    const send = (sinceOf: (network: DesiredNetwork) => number) => {
      const networks = wanted.map((network) => ({
        ...network,
        ...stationsSince(book, { network: network.name, pool, since: sinceOf(network) }),
      }));
      return client.call('ApplyNetworks', { networks, generation }, { deadlineMs });
    };
    const reply = await send((network) => confirmedAt(network, order));
    return reply.needsAll ? send(() => 0) : reply;
  },
};

/** The generation of the stations that the host has; 0: unknown. */
function confirmedAt({ name, vni, resets }: DesiredNetwork, { confirmed }: Order<DesiredNetwork>): number {
  const has = confirmed?.wanted.some(
    (each) => each.name === name && each.vni === vni && each.resets === resets,
  );
  return has && confirmed ? confirmed.generation : 0;
}

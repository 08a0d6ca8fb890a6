/** What a host is to have of all networks: a pure function of the book; and the call that sends it. */
import type { HostNetwork } from '../../proto/gen/copa/agent/v1/HostNetwork.js';
import { macOfLease } from '../model/network.js';
import type { NetworkFinding__Output as NetworkFinding } from '../../proto/gen/copa/agent/v1/NetworkFinding.js';
import type { NetworkBook } from './book.js';
import type { Matter } from './distribution.js';

export function desiredNetworks(book: NetworkBook, pool: string): HostNetwork[] {
  return book.networks().flatMap(({ value: { name, subnet, vni, mtu } }) => {
    const hosts = book.hosts(name);
    const own = hosts.find(({ record }) => record.pool === pool);
    if (!own || own.record.isLeaving) return [];
    const members = hosts.filter(({ record }) => !record.isLeaving);
    const underlayOf = new Map(members.map(({ record }) => [record.pool, record.underlay]));
    const stations = book.leases(name).flatMap(({ address, record }) => {
      const underlay = underlayOf.get(record.pool);
      // Frames to a container on the host itself find it without us, and those to a host outside go nowhere.
      if (record.pool === pool || underlay === undefined) return [];
      const isHost = record.kind === 'host';
      return [{ address, mac: macOfLease(address, record), underlay, isHost }];
    });
    const { address, record } = own;
    const reachable = [...new Set(underlayOf.values())];
    return [{ name, subnet, vni, mtu, address, underlay: record.underlay, stations, members: reachable }];
  });
}

/** The daemon creates a bridge in it. */
const deadlineMs = 60_000;

export const networksMatter: Matter<HostNetwork, NetworkFinding> = {
  wanted: desiredNetworks,
  send: (client, wanted, generation) =>
    client.call('ApplyNetworks', { networks: [...wanted], generation }, { deadlineMs }),
};

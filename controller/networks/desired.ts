/** What a host is to have of all networks: a pure function of the book; and the call that sends it. */
import { memoizeByObject } from '../../common/async/memoize.js';
import type { Encryption } from '../../proto/gen/copa/agent/v1/Encryption.js';
import type { EncryptionKey__Output as EncryptionKey } from '../../proto/gen/copa/agent/v1/EncryptionKey.js';
import type { HostNetwork } from '../../proto/gen/copa/agent/v1/HostNetwork.js';
import type { NetworkFinding__Output as NetworkFinding } from '../../proto/gen/copa/agent/v1/NetworkFinding.js';
import type { Station } from '../../proto/gen/copa/agent/v1/Station.js';
import { macOfLease, type HostLease } from '../model/network.js';
import type { NetworkBook } from './book.js';
import type { Matter, Order } from './distribution.js';
import { firstEpochs } from './encryption.js';
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
  return book.networks().flatMap(({ value: { name, subnet, vni, mtu, isEncrypted } }) => {
    const { leaseOf, reachable } = membersOf(book.hosts(name));
    const own = leaseOf.get(pool);
    if (!own) return [];
    const { address, record } = own;
    const { changedAt } = book.leasesOfNetwork(name);
    const { resets } = book;
    const network = { name, subnet, vni, mtu, address, members: reachable, changedAt, resets };
    return [{ ...network, ...farEnds(record.underlay, isEncrypted ? encryptionOf(book) : undefined) }];
  });
}

/** An encrypted network has no `underlay` of its own: an agent of an earlier release refuses that. */
export function farEnds(
  underlay: string,
  encryption: Omit<Encryption, 'underlay'> | undefined,
): Pick<HostNetwork, 'underlay' | 'encryption'> {
  return encryption ? { underlay: '', encryption: { underlay, ...encryption } } : { underlay };
}

const knownEncryption = new WeakMap<
  NetworkBook,
  { readonly revision: number; readonly resets: number; readonly encryption: Omit<Encryption, 'underlay'> }
>();

/** The same for all hosts and encrypted networks, so it is kept until the next change of the book. */
function encryptionOf(book: NetworkBook): Omit<Encryption, 'underlay'> {
  const { revision, resets } = book;
  const before = knownEncryption.get(book);
  if (before?.revision === revision && before.resets === resets) return before.encryption;
  const { epoch, otherEpoch } = book.epochs?.value ?? firstEpochs;
  const hosts = book
    .networks()
    .filter(({ value }) => value.isEncrypted)
    .flatMap(({ value }) => book.hosts(value.name))
    .filter(({ record }) => !record.isLeaving);
  const underlays = new Map(hosts.map(({ record }) => [record.pool, record.underlay]));
  const peers = book.hostKeys().flatMap(({ value: { pool, keys } }) => {
    const underlay = underlays.get(pool);
    const current = keys.filter((key) => key.epoch === epoch || key.epoch === otherEpoch);
    return underlay === undefined ? [] : current.map((key) => ({ ...key, underlay }));
  });
  const encryption = { epoch, otherEpoch, peers };
  knownEncryption.set(book, { revision, resets, encryption });
  return encryption;
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

/** `noteKeys` gets the public keys that a host has made. */
export function networksMatter(
  noteKeys: (pool: string, keys: readonly EncryptionKey[]) => Promise<void>,
): Matter<DesiredNetwork, NetworkFinding> {
  return {
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
      const changed = await send((network) => confirmedAt(network, order));
      const reply = changed.needsAll ? await send(() => 0) : changed;
      if (reply.generation === generation) await noteKeys(pool, reply.keys);
      return reply;
    },
  };
}

/** The generation of the stations that the host has; 0: unknown. */
function confirmedAt({ name, vni, resets }: DesiredNetwork, { confirmed }: Order<DesiredNetwork>): number {
  const has = confirmed?.wanted.some(
    (each) => each.name === name && each.vni === vni && each.resets === resets,
  );
  return has && confirmed ? confirmed.generation : 0;
}

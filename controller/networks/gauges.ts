/** What the metrics say of networks over several hosts, computed when they are read. */
import { isUsable, parseNetworkSubnet, usableIn } from '../../common/net/networks.js';
import { ipv4Number } from '../../common/net/subnet.js';
import {
  networkAddressesFree,
  networkAddressesUsed,
  networkConflicts,
  networkKeysOverdue,
  networkHostsNotReady,
  readGauge,
} from '../observability/metrics.js';
import type { EncryptionKeys } from './encryption.js';
import type { NetworkBook } from './book.js';

interface Read {
  readonly book: NetworkBook;
  readonly encryption: Pick<EncryptionKeys, 'overdueMs'>;
  conflicts(network: string): readonly unknown[];
  hostState(network: string, pool: string): { readonly state: string };
}

/** `isUp`: a host that is down has an alert of its own. */
export function measureNetworks(networks: Read, isUp: (pool: string) => boolean): void {
  const each = (valueOf: (network: string, subnet: string) => number) => () =>
    networks.book
      .networks()
      .map(({ value: { name, subnet } }) => [{ network: name }, valueOf(name, subnet)] as const);
  readGauge(
    networkHostsNotReady,
    each(
      (name) =>
        networks.book
          .hosts(name)
          .filter(({ record: { pool } }) => isUp(pool) && networks.hostState(name, pool).state !== 'ready')
          .length,
    ),
  );
  readGauge(
    networkAddressesUsed,
    each((name) => networks.book.leases(name).length),
  );
  readGauge(
    networkAddressesFree,
    each((name, subnet) => freeIn(networks, name, subnet)),
  );
  readGauge(
    networkConflicts,
    each((name) => networks.conflicts(name).length),
  );
  readGauge(networkKeysOverdue, () => [[{}, networks.encryption.overdueMs() / 1000]]);
}

function freeIn({ book }: Read, name: string, text: string): number {
  const subnet = parseNetworkSubnet(text);
  if (!subnet) return 0;
  const { first, last } = usableIn(subnet);
  const used = book.leases(name).filter(({ address }) => isUsable(ipv4Number(address) ?? 0, subnet));
  return last - first + 1 - used.length;
}

/**
 * What follows from the containers that hosts report: where each address is, which ones are free, and which are in
 * conflict. A pure function: the inventory is the truth, and the store follows it.
 */
import { ipv4Number } from '../../common/net/subnet.js';
import { isUsable, parseNetworkSubnet } from '../../common/net/networks.js';
import type { ContainerInterface } from '../model/container.js';
import { macOfLease, type ContainerLease, type NetworkRecord } from '../model/network.js';
import { isOfContainer, type Lease } from './leases.js';

/** A container with an interface on the network, on one host. */
export interface Sighting extends Omit<ContainerInterface, 'network'> {
  readonly pool: string;
  readonly container: string;
  /** Its host answers; otherwise this is what was known last. */
  readonly isUp: boolean;
  readonly isRunning: boolean;
  /** A migration holds it, and says where its address is. */
  readonly isMarked: boolean;
}

export type Change =
  | { readonly do: 'place'; readonly lease: Lease<ContainerLease>; readonly record: ContainerLease }
  | { readonly do: 'take'; readonly address: string; readonly record: ContainerLease }
  | { readonly do: 'free'; readonly lease: Lease<ContainerLease> };

export interface Conflict {
  readonly pool: string;
  readonly message: string;
}

interface Facts {
  readonly network: NetworkRecord;
  readonly leases: readonly Lease[];
  readonly sightings: readonly Sighting[];
  /** Pools that answer. */
  readonly isUp: (pool: string) => boolean;
  /** How long nothing has been seen of an address. */
  readonly unseenMs: (address: string) => number;
  readonly now: Date;
}

/** A container that moves by other hands is nowhere for a moment. */
export const graceMs = 5_000;
/** Longer than creating a container may take. */
const reservedMs = 20 * 60_000;

export function follow(facts: Facts): {
  readonly changes: readonly Change[];
  readonly conflicts: readonly Conflict[];
} {
  const byAddress = new Map<string, Sighting[]>();
  const conflicts: Conflict[] = [];
  const subnet = parseNetworkSubnet(facts.network.subnet);
  for (const seen of facts.sightings) {
    const why = seen.address === '' || seen.mac === '' ? 'has no fixed address and MAC' : undefined;
    const isInside = subnet !== undefined && isUsable(ipv4Number(seen.address) ?? 0, subnet);
    if (why !== undefined || !isInside) {
      conflicts.push(
        conflictOf(
          seen,
          why ?? `has the address ${seen.address}, which is not one of ${facts.network.subnet}`,
        ),
      );
      continue;
    }
    byAddress.set(seen.address, [...(byAddress.get(seen.address) ?? []), seen]);
  }
  const known = new Set(facts.leases.map(({ address }) => address));
  const macs = new Macs(facts.leases);
  const changes = [
    ...facts.leases.filter(isOfContainer).flatMap((lease) => {
      const seen = byAddress.get(lease.address) ?? [];
      return seen.length === 0 ? freed(lease, facts) : placed(lease, seen, macs, conflicts);
    }),
    ...[...byAddress].flatMap(([address, seen]) =>
      known.has(address) ? [] : taken(address, seen, { now: facts.now, macs }, conflicts),
    ),
  ];
  for (const { address, record } of facts.leases) {
    if (record.kind !== 'host') continue;
    for (const seen of byAddress.get(address) ?? [])
      conflicts.push(conflictOf(seen, `has the address ${address}, which is the one of host ${record.pool}`));
  }
  return { changes, conflicts };
}

/** Whose MAC is whose. No two addresses may have one MAC: hosts refuse such tables, because frames would be lost. */
class Macs {
  readonly #addressOf: Map<string, string>;

  constructor(leases: readonly Lease[]) {
    this.#addressOf = new Map(leases.map(({ address, record }) => [macOfLease(address, record), address]));
  }

  /** Undefined when the address has it now; otherwise the one that has it. */
  claim(mac: string, address: string): string | undefined {
    const owner = this.#addressOf.get(mac);
    if (owner !== undefined && owner !== address) return owner;
    this.#addressOf.set(mac, address);
    return undefined;
  }
}

function placed(
  lease: Lease<ContainerLease>,
  seen: readonly Sighting[],
  macs: Macs,
  conflicts: Conflict[],
): Change[] {
  // Two copies of a container that moves are no conflict, and the migration places it.
  if (seen.some(({ isMarked }) => isMarked)) return [];
  const [best, ...others] = [...seen].sort((a, b) => rankOf(b, lease) - rankOf(a, lease));
  if (!best) return [];
  for (const other of others.filter(({ isUp }) => isUp)) {
    const owner = `container "${best.container}" on ${best.pool}`;
    conflicts.push(conflictOf(other, `has the address ${lease.address} of ${owner}: give it another one`));
  }
  const { pool, container, device } = best;
  const owner = macs.claim(best.mac, lease.address);
  if (owner !== undefined) conflicts.push(sameMac(best, owner));
  const mac = owner === undefined ? best.mac : lease.record.mac;
  const record: ContainerLease = { ...lease.record, pool, container, mac, device, isSeen: true };
  const isSame = (Object.keys(record) as (keyof ContainerLease)[]).every(
    (key) => record[key] === lease.record[key],
  );
  return isSame ? [] : [{ do: 'place', lease, record }];
}

/** Who runs has the address; otherwise who had it. */
function rankOf(seen: Sighting, { record }: Lease<ContainerLease>): number {
  const isOwner = seen.pool === record.pool && seen.container === record.container;
  return (seen.isUp && seen.isRunning ? 4 : 0) + (isOwner ? 2 : 0) + (seen.isUp ? 1 : 0);
}

function freed(lease: Lease<ContainerLease>, { isUp, unseenMs, now }: Facts): Change[] {
  const { record, address } = lease;
  const isGone = record.isSeen
    ? isUp(record.pool) && unseenMs(address) >= graceMs
    : now.getTime() - Date.parse(record.at) >= reservedMs;
  return isGone ? [{ do: 'free', lease }] : [];
}

/** A container with such an interface that came from elsewhere. */
function taken(
  address: string,
  seen: readonly Sighting[],
  { now, macs }: { readonly now: Date; readonly macs: Macs },
  conflicts: Conflict[],
): Change[] {
  const [first, ...others] = seen;
  if (!first || first.isMarked) return [];
  for (const other of others)
    conflicts.push(conflictOf(other, `has the address ${address} of another container`));
  const { pool, container, mac, device } = first;
  const owner = macs.claim(mac, address);
  if (owner !== undefined) {
    conflicts.push(sameMac(first, owner));
    return [];
  }
  return [
    {
      do: 'take',
      address,
      record: { kind: 'container', pool, container, mac, device, isSeen: true, at: now.toISOString() },
    },
  ];
}

function sameMac(seen: Sighting, owner: string): Conflict {
  return conflictOf(seen, `has the MAC ${seen.mac} of address ${owner}: give it another one`);
}

function conflictOf({ pool, container }: Sighting, what: string): Conflict {
  return { pool, message: `container "${container}" on ${pool} ${what}` };
}

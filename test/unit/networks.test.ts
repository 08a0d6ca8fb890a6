// Aim: no address and no MAC of a network is given twice, each running container's address leads to its host, and what is
// gone is freed. Method: properties of the allocator, and random histories of containers that people create, move, copy
// and delete on hosts that die and come back; after each step the leases follow what is seen.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isUsable, macOf, parseNetworkSubnet, usableIn, vniMax, vniMin } from '../../common/net/networks.js';
import { ipv4Number, ipv4Text, overlap, parseSubnet, type Subnet } from '../../common/net/subnet.js';
import { macOfLease, type LeaseRecord, type NetworkRecord } from '../../controller/model/network.js';
import {
  checkWantedAddress,
  containerAddress,
  freeSubnet,
  freeVni,
  hostAddress,
} from '../../controller/networks/allocator.js';
import type { Lease } from '../../controller/networks/leases.js';
import { follow, graceMs, type Sighting } from '../../controller/networks/sightings.js';

const small = parseNetworkSubnet('10.50.0.0/28') as Subnet;
const { first, last } = usableIn(small);
const usable = Array.from({ length: last - first + 1 }, (_, index) => ipv4Text(first + index));

describe('the allocator', () => {
  test('gives containers the lowest free address, and hosts the highest', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...usable)), (list) => {
        const taken = new Set(list);
        const free = usable.filter((address) => !taken.has(address));
        if (free.length === 0) {
          expect(() => containerAddress(small, taken)).toThrow('all addresses of the network are in use');
          expect(() => hostAddress(small, taken)).toThrow('all addresses of the network are in use');
          return;
        }
        expect(containerAddress(small, taken)).toBe(free[0]);
        expect(hostAddress(small, taken)).toBe(free.at(-1));
      }),
    );
  });

  test.each(['10.50.0.0', '10.50.0.1', '10.50.0.15', '10.51.0.3', 'x', ''])('refuses %j as an ip', (ip) => {
    expect(() => checkWantedAddress(small, new Set(), ip)).toThrow('from 10.50.0.2 to 10.50.0.14');
  });

  test('refuses an ip that is in use', () => {
    expect(() => checkWantedAddress(small, new Set(['10.50.0.3']), '10.50.0.3')).toThrow('in use already');
    expect(() => checkWantedAddress(small, new Set(['10.50.0.3']), '10.50.0.4')).not.toThrow();
  });

  test('chooses a subnet that overlaps with none', () => {
    const subnets = fc.record({
      second: fc.integer({ min: 48, max: 54 }),
      bits: fc.integer({ min: 9, max: 29 }),
    });
    fc.assert(
      fc.property(fc.array(subnets), (list) => {
        const taken = list.flatMap(({ second, bits }) => {
          const base = ipv4Number(`10.${second}.0.0`) ?? 0;
          return parseSubnet(`${ipv4Text(base - (base % 2 ** (32 - bits)))}/${bits}`) ?? [];
        });
        const found = parseNetworkSubnet(freeSubnet(taken)) as Subnet;
        expect(taken.filter((other) => overlap(found, other))).toEqual([]);
      }),
    );
  });

  test('chooses a VNI that is free and in range', () => {
    const draws = [0, 0, 0.999_999_999].values();
    expect(freeVni(new Set([vniMin]), () => draws.next().value ?? 0)).toBe(vniMax);
  });
});

const network: NetworkRecord = {
  ...{ name: 'lan', subnet: '10.50.0.0/28', vni: 5000, mtu: 1450, pools: 'all' },
  ...{ isDeleted: false, createdAt: new Date(0).toISOString() },
};
const hosts = ['h1', 'h2', 'h3'];
const names = ['c1', 'c2', 'c3', 'c4'];

interface Interface {
  address: string;
  mac: string;
  isRunning: boolean;
}

/** Hosts with containers, and the leases that follow them. */
class World {
  readonly on = new Map(hosts.map((host) => [host, new Map<string, Interface>()]));
  readonly down = new Set<string>();
  /** What was read of each host last. */
  readonly known = new Map<string, Sighting[]>();
  readonly leases = new Map<string, Lease>();
  readonly #lastSeen = new Map<string, number>();
  #revision = 1;
  nowMs = 1;
  conflicts: readonly { readonly message: string }[] = [];

  sightings(): Sighting[] {
    for (const host of hosts) {
      if (this.down.has(host)) continue;
      const seen = [...(this.on.get(host) ?? [])].map(([container, { address, mac, isRunning }]) => ({
        ...{ pool: host, container, address, mac, isRunning, device: 'eth0', isUp: true, isMarked: false },
      }));
      this.known.set(host, seen);
    }
    return hosts.flatMap((host) =>
      (this.known.get(host) ?? []).map((seen) => ({ ...seen, isUp: !this.down.has(host) })),
    );
  }

  follow(): number {
    const sightings = this.sightings();
    for (const { address } of sightings) this.#lastSeen.set(address, this.nowMs);
    const { changes, conflicts } = follow({
      ...{ network, leases: [...this.leases.values()], sightings, now: new Date(this.nowMs) },
      isUp: (pool) => !this.down.has(pool),
      unseenMs: (address) => this.nowMs - (this.#lastSeen.get(address) ?? 0),
    });
    this.conflicts = conflicts;
    for (const change of changes) {
      if (change.do === 'free') this.leases.delete(change.lease.address);
      else if (change.do === 'place') this.put(change.lease.address, change.record);
      else {
        expect(this.leases.has(change.address)).toBe(false);
        this.put(change.address, change.record);
      }
    }
    return changes.length;
  }

  put(address: string, record: LeaseRecord): void {
    this.leases.set(address, { network: 'lan', address, record, revision: this.#revision++ });
  }
}

const anAct = fc.record({
  what: fc.constantFrom('create', 'delete', 'move', 'start', 'stop', 'die', 'come back', 'wait', 'steal MAC'),
  host: fc.constantFrom(...hosts),
  to: fc.constantFrom(...hosts),
  name: fc.constantFrom(...names),
  address: fc.constantFrom(...usable.slice(0, 5)),
});
type Act = typeof anAct extends fc.Arbitrary<infer Value> ? Value : never;

function perform(world: World, { what, host, to, name, address }: Act): void {
  const here = world.on.get(host) ?? new Map<string, Interface>();
  const there = world.on.get(to) ?? new Map<string, Interface>();
  const found = here.get(name);
  const isUp = !world.down.has(host);
  if (what === 'wait') world.nowMs += graceMs;
  else if (what === 'die') world.down.add(host);
  else if (what === 'come back') world.down.delete(host);
  else if (!isUp) return;
  else if (what === 'create' && !found) here.set(name, { address, mac: macOf(address), isRunning: true });
  else if (found && what === 'delete') here.delete(name);
  else if (found && what === 'move' && !world.down.has(to) && !there.has(name)) {
    here.delete(name);
    there.set(name, found);
  } else if (found && (what === 'start' || what === 'stop')) found.isRunning = what === 'start';
  else if (found && what === 'steal MAC') found.mac = macOf(address);
}

function checkLeases(world: World): void {
  const macs = [...world.leases.values()].map(({ address, record }) => macOfLease(address, record));
  expect(new Set(macs).size).toBe(macs.length);
  for (const address of world.leases.keys()) {
    expect(isUsable(ipv4Number(address) ?? 0, small)).toBe(true);
  }
}

describe('leases follow what hosts report', () => {
  test('over random histories', () => {
    fc.assert(
      fc.property(fc.array(anAct, { maxLength: 60 }), (acts) => {
        const world = new World();
        world.put('10.50.0.14', { kind: 'host', pool: 'h1', underlay: '192.0.2.1', isLeaving: false });
        for (const act of acts) {
          perform(world, act);
          world.nowMs += 100;
          world.follow();
          checkLeases(world);
          expect(world.follow(), 'what is right stays').toBe(0);
        }
        world.down.clear();
        for (let round = 0; round < 2; round++) {
          world.nowMs += graceMs;
          world.follow();
        }
        const all = world.sightings();
        for (const { address, record } of world.leases.values()) {
          if (record.kind === 'host') continue;
          const isThere = all.some((seen) => seen.address === address && seen.pool === record.pool);
          expect(isThere, `${address} leads to ${record.pool}`).toBe(true);
        }
        for (const seen of all) {
          const lease = world.leases.get(seen.address)?.record;
          const same = all.filter(
            ({ address, mac, isRunning }) =>
              (address === seen.address && (isRunning || !seen.isRunning)) || mac === seen.mac,
          );
          if (same.length > 1) continue;
          // Nobody else has a claim.
          const leasedMacs = [...world.leases.values()].filter(
            ({ address, record }) => macOfLease(address, record) === seen.mac,
          );
          if (leasedMacs.some(({ address }) => address !== seen.address)) continue;
          expect(lease).toMatchObject({ pool: seen.pool, container: seen.container, mac: seen.mac });
        }
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);

  test('two that came at once with one MAC do not both get it', () => {
    const world = new World();
    world.on.get('h1')?.set('c1', { address: '10.50.0.2', mac: macOf('10.50.0.9'), isRunning: true });
    world.on.get('h2')?.set('c2', { address: '10.50.0.3', mac: macOf('10.50.0.9'), isRunning: true });
    world.follow();
    expect([...world.leases.keys()]).toEqual(['10.50.0.2']);
    expect(world.conflicts).toMatchObject([
      {
        message:
          'container "c2" on h2 has the MAC 02:c0:0a:32:00:09 of address 10.50.0.2: give it another one',
      },
    ]);
  });

  test('a container that takes the MAC of another keeps its old one in the tables, and is a conflict', () => {
    const world = new World();
    world.on.get('h1')?.set('c1', { address: '10.50.0.2', mac: macOf('10.50.0.2'), isRunning: true });
    world.on.get('h2')?.set('c2', { address: '10.50.0.3', mac: macOf('10.50.0.3'), isRunning: true });
    world.follow();
    world.on.get('h2')?.set('c2', { address: '10.50.0.3', mac: macOf('10.50.0.2'), isRunning: true });
    expect(world.follow()).toBe(0);
    expect(world.conflicts).toMatchObject([{ message: expect.stringContaining('has the MAC') as string }]);
  });
});

// Aim: frames of an encrypted network go through WireGuard alone, keys change without a moment in which a host sends what
// another one does not accept, and private keys stay where they are. Method: the real controller's and agents' code over
// hosts in memory; the files of keys on disk.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { checkNetworks } from '../../agent/networks/desired.js';
import { KeyFiles, publicKeyOf } from '../../agent/networks/encryption/keys.js';
import { NetworkReconciler } from '../../agent/networks/reconciler.js';
import { restoreNetworks } from '../../agent/networks/restore.js';
import type { NetworkState } from '../../agent/networks/state-file.js';
import { systemClock } from '../../common/async/clock.js';
import { insideAddressOf, publicKeyPattern } from '../../common/net/encryption.js';
import { macOf } from '../../common/net/networks.js';
import type { AgentCaller } from '../../controller/hosts/methods.js';
import { nextEpochs } from '../../controller/networks/encryption.js';
import { Networks } from '../../controller/networks/networks.js';
import { keys as storeKeys } from '../../controller/store/keys.js';
import { keyOf, MemoryKeys } from '../support/fakes/memory-keys.js';
import { NetworkHost } from '../support/fakes/network-host.js';
import { MemoryStore } from '../support/memory-store.js';

const log = pino({ level: 'silent' });
const [here, there] = ['192.0.2.1', '192.0.2.2'];

/** As a controller sends it. */
const vault = (epoch = 1, otherEpoch = 0) => ({
  ...{ name: 'vault', subnet: '10.50.0.0/24', vni: 5000, mtu: 1370, address: '10.50.0.254' },
  ...{ underlay: '', members: [here, there] },
  stations: [{ address: '10.50.0.253', mac: macOf('10.50.0.253'), underlay: there, isHost: true }],
  encryption: {
    ...{ underlay: here, epoch, otherEpoch },
    peers: [here, there].flatMap((underlay, at) =>
      [epoch, otherEpoch]
        .filter((each) => each > 0)
        .map((each) => ({ underlay, epoch: each, publicKey: keyOf('AB'[at] ?? '', each) })),
    ),
  },
});

function oneHost(host = new NetworkHost(here), keys = new MemoryKeys()) {
  let state: NetworkState = { networks: [], made: [] };
  let generation = 0;
  const reconciler = new NetworkReconciler({
    ...{ run: host.run, lxd: host.lxd, keys, log },
    clock: { ...systemClock, every: () => () => undefined },
    file: {
      read: () => Promise.resolve({ ...state, refused: [] }),
      write: (next) => Promise.resolve(void (state = next)),
    },
  });
  const apply = (...networks: unknown[]) => reconciler.apply(networks, ++generation);
  return { host, keys, reconciler, apply, state: () => state };
}

describe('an encrypted network on a host', () => {
  test('sends its frames to inner addresses, which are behind WireGuard alone', async () => {
    const { host, apply } = oneHost();
    const { findings, keys } = await apply(vault());
    expect(findings).toEqual([]);
    expect(keys).toEqual([{ epoch: 1, publicKey: keyOf('A', 1) }]);
    expect(host.inside.get('cwg1')).toMatchObject({ port: 51_842, address: insideAddressOf(here) });
    expect([...(host.inside.get('cwg1')?.peers ?? [])]).toEqual([
      [
        keyOf('B', 1),
        { endpoint: `${there}:51842`, addresses: `${insideAddressOf(there)}/128`, handshakeSeconds: 0 },
      ],
    ]);
    expect(host.insideRoute).toBe('cwg1');
    expect(host.links.get('cwg1')).toMatchObject({ mtu: 1440, flags: ['UP'], ifalias: 'copa' });
    expect(host.links.get('cvx5000')?.linkinfo).toMatchObject({
      info_data: { local6: 'fdc0:9a5e:e700::c000:201' },
    });
    expect(host.forwarding.get('cvx5000')?.map(({ dst }) => dst)).toContain('fdc0:9a5e:e700::c000:202');
    expect(host.guard).toContain(
      'oifname != { "cwg0", "cwg1" } udp dport 4789 @th,96,24 { 5000 } counter drop',
    );
    // In the clear, as a member or not: dropped.
    expect(host.guard?.split('chain input')[1]).toContain(
      '    udp dport 4789 @th,96,24 { 5000 } counter drop',
    );
  });

  test('a second pass changes nothing', async () => {
    const { host, apply } = oneHost();
    await apply(vault());
    host.changes.length = 0;
    await apply(vault(), {
      ...vault(),
      name: 'other',
      subnet: '10.51.0.0/24',
      address: '10.51.0.254',
      vni: 6000,
      stations: [],
    });
    await apply(vault());
    expect(host.changes.filter((change) => /cwg|wg|-6/.test(change))).toEqual([]);
  });

  test('the kernel’s own WireGuard comes first', async () => {
    const host = new NetworkHost(here);
    host.hasWireguard = 'kernel';
    await oneHost(host).apply(vault());
    expect(host.changes).toContain('ip link add cwg1 type wireguard');
    expect(host.changes.filter((change) => change.startsWith('wireguard-go'))).toEqual([]);
  });

  test('is refused with the reason where there is neither, and nothing is made', async () => {
    const host = new NetworkHost(here);
    host.hasWireguard = false;
    const { apply } = oneHost(host);
    const { findings } = await apply(vault());
    expect(findings[0]?.message).toMatch(/no encryption is possible: program "wg" is missing/);
    expect([...host.links.keys()]).toEqual(['lo', 'eth0']);
  });

  test('an interface of that name stays as it is, before and after', async () => {
    const host = new NetworkHost(here);
    host.addLink('cwg1', 1420);
    const { apply } = oneHost(host);
    const { findings } = await apply(vault());
    expect(findings[0]?.message).toBe('there is an interface "cwg1" already, and not of COPA');
    expect(host.changes).toEqual([]);
    await apply();
    expect(host.links.has('cwg1')).toBe(true);
  });

  test('keys change over a second interface, and the way of packets at last', async () => {
    const { host, keys, apply } = oneHost();
    await apply(vault(1));
    host.changes.length = 0;
    await apply(vault(1, 2));
    expect([...host.inside.keys()].sort()).toEqual(['cwg0', 'cwg1']);
    expect(host.insideRoute).toBe('cwg1');
    await apply(vault(2, 1));
    expect(host.insideRoute).toBe('cwg0');
    expect(host.inside.get('cwg1')?.peers.has(keyOf('B', 1))).toBe(true);
    await apply(vault(2));
    expect([...host.inside.keys()]).toEqual(['cwg0']);
    expect(keys.epochs).toEqual([2]);
    const route = host.changes.indexOf('ip -6 route replace fdc0:9a5e:e700::/96 dev cwg0');
    expect(
      host.changes.findIndex((change) => change.startsWith(`wg set cwg0 peer ${keyOf('B', 2)}`)),
    ).toBeLessThan(route);
    expect(host.changes.indexOf('ip link del cwg1')).toBeGreaterThan(route);
  });

  test('what somebody took away is made again', async () => {
    const { host, apply } = oneHost();
    await apply(vault());
    host.removeLink('cwg1');
    await apply(vault(), {
      ...vault(),
      name: 'o',
      vni: 6000,
      subnet: '10.51.0.0/24',
      address: '10.51.0.254',
      stations: [],
    });
    expect(host.inside.get('cwg1')?.peers.size).toBe(1);
    expect(host.insideRoute).toBe('cwg1');
  });

  test('with the last such network, interfaces and keys are gone', async () => {
    const { host, keys, apply } = oneHost();
    await apply(vault());
    await apply();
    expect([...host.links.keys()]).toEqual(['lo', 'eth0']);
    expect(keys.epochs).toEqual([]);
    expect(host.guard).toBeUndefined();
  });

  test('is there again after a boot, before the daemon starts', async () => {
    const { keys, apply, state } = oneHost();
    await apply(vault());
    const booted = new NetworkHost(here);
    expect(await restoreNetworks(booted.run, state(), keys)).toEqual([]);
    expect(booted.insideRoute).toBe('cwg1');
    expect(booted.forwarding.get('cvx5000')?.map(({ dst }) => dst)).toContain('fdc0:9a5e:e700::c000:202');
  });

  test('an agent of an earlier release refuses it: it would make one without encryption', () => {
    const { networks, refused } = checkNetworks([{ ...vault(), encryption: undefined }]);
    expect(networks).toEqual([]);
    expect(refused[0]?.message).toContain('underlay is no IPv4 address');
  });
});

test('private keys are made on the host, in files that nobody else reads', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'copa-keys-'));
  try {
    const files = new KeyFiles(directory);
    const [first, second] = await files.own([1, 2]);
    expect(first?.publicKey).toMatch(publicKeyPattern);
    expect(second?.publicKey).not.toBe(first?.publicKey);
    expect(await files.own([1, 2])).toEqual([first, second]);
    expect((await stat(first?.file ?? '')).mode & 0o777).toBe(0o600);
    await files.keepOnly([2]);
    expect(await readdir(directory)).toEqual(['wireguard-2.key']);
    expect(publicKeyOf(await readFile(second?.file ?? '', 'utf8'))).toBe(second?.publicKey);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the public key is the one that WireGuard computes', () => {
  // By "wg pubkey".
  expect(publicKeyOf('qBBv3p1L+LFdm0eOHMynCGDH6jtuGgDA1W94v3zdoGg=')).toBe(
    'X/cUpo0Bsg2xMzDVhkOXejrcSI++ekB0sAcrfnxuk34=',
  );
});

interface Facts {
  readonly isOld: boolean;
  readonly ready: boolean;
}
test.each<[string, [number, number], Facts, [number, number] | undefined]>([
  ['young keys stay', [3, 0], { isOld: false, ready: true }, undefined],
  ['old ones are replaced', [3, 0], { isOld: true, ready: false }, [3, 4]],
  ['a host has not made its own', [3, 4], { isOld: true, ready: false }, undefined],
  ['all have them', [3, 4], { isOld: true, ready: true }, [4, 3]],
  ['a host still sends with the last ones', [4, 3], { isOld: false, ready: false }, undefined],
  ['nobody does', [4, 3], { isOld: false, ready: true }, [4, 0]],
])('epochs: %s', (_, [epoch, otherEpoch], { isOld, ready }, next) => {
  const found = nextEpochs(
    { epoch, otherEpoch, since: '2026-01-01T00:00:00Z' },
    { isOld, areReady: () => ready },
  );
  expect(found && [found.epoch, found.otherEpoch]).toEqual(next);
});

/** The controller's part over agents in memory, with a clock that is set by hand. */
function fleetOf(...names: string[]) {
  const store = new MemoryStore();
  const hosts = new Map(names.map((name, at) => [name, new NetworkHost(`192.0.2.${at + 1}`, 'ABCDEF'[at])]));
  const down = new Set<string>();
  const agents = new Map(
    [...hosts].map(([name, host], at) => {
      const { reconciler } = oneHost(host, new MemoryKeys('ABCDEF'[at]));
      const call = async (
        _: string,
        given: { networks: unknown; generation?: number; checkOnly?: boolean },
      ) => {
        return given.checkOnly
          ? reconciler.check(checkNetworks(given.networks))
          : reconciler.apply(given.networks, given.generation ?? 0);
      };
      return [name, { call } as unknown as AgentCaller];
    }),
  );
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const stateOf = (name: string) => ({
    ...{ name, address: `192.0.2.${names.indexOf(name) + 1}`, state: down.has(name) ? 'down' : 'up' },
    containers: { interfaces: new Map(), get: () => undefined },
  });
  const networks = new Networks({
    ...{ log, store: store as never, emit: () => undefined, keyLifetimeMs: 1_000 },
    clock: { ...systemClock, every: () => () => undefined, now: () => nowMs },
    inventory: {
      all: () => names.map(stateOf),
      get: (name: string) => (names.includes(name) ? stateOf(name) : undefined),
    } as never,
    host: (name) => agents.get(name),
  });
  for (const name of names) store.put(storeKeys.pool(name), { name });
  networks.start();
  store.ready();
  const pass = async (ms = 0) => {
    nowMs += ms;
    await networks.round();
    await networks.settle(1_000);
  };
  /** Rounds until all hear each other with the keys of this epoch alone; what hosts reply is saved beside the rounds. */
  const reach = async (epoch: number) => {
    const isThere = () => {
      const { value } = networks.book.epochs ?? {};
      return value?.epoch === epoch && value.otherEpoch === 0 && silentPairs(hosts).length === 0;
    };
    for (let at = 0; at < 50 && !isThere(); at++) {
      await pass();
      await new Promise(setImmediate);
    }
    expect(silentPairs(hosts)).toEqual([]);
    expect(networks.book.epochs?.value).toMatchObject({ epoch, otherEpoch: 0 });
  };
  return { networks, hosts, down, store, pass, reach };
}

/** Whom each host sends to, and who accepts it: by the peers of its interface in use. */
function silentPairs(hosts: ReadonlyMap<string, NetworkHost>): string[] {
  return [...hosts].flatMap(([from, host]) => {
    const device = host.inside.get(host.insideRoute ?? '');
    return [...hosts]
      .filter(([to]) => to !== from)
      .filter(([, other]) => {
        const far = other.inside.get(host.insideRoute ?? '');
        return !(device && far && device.peers.has(far.publicKey) && far.peers.has(device.publicKey));
      })
      .map(([to]) => `${from} to ${to}`);
  });
}

describe('the keys of a fleet', () => {
  test('reach all hosts, and only public ones are in the store', async () => {
    const { networks, store, reach } = fleetOf('one', 'two', 'three');
    const { mtu } = await networks.membership.create({ name: 'vault', pools: 'all', isEncrypted: true });
    expect(mtu).toBe(1370);
    await reach(1);
    expect(networks.hostState('vault', 'two')).toEqual({ state: 'ready', problem: null });
    const stored = JSON.stringify(store.keys().map((key) => store.entry(key)));
    expect(stored).toContain(keyOf('A', 1));
    expect(stored).not.toContain('private');
  });

  test('are replaced, and at each moment of it every host hears every other one', async () => {
    const { networks, hosts, pass, reach } = fleetOf('one', 'two', 'three');
    await networks.membership.create({ name: 'vault', pools: 'all', isEncrypted: true });
    await reach(1);
    // After each change of any host.
    let checks = 0;
    for (const host of hosts.values()) {
      const push = host.changes.push.bind(host.changes);
      host.changes.push = (...changes) => {
        const length = push(...changes);
        queueMicrotask(() => {
          checks++;
          expect(silentPairs(hosts)).toEqual([]);
        });
        return length;
      };
    }
    await pass(1_001);
    await reach(2);
    expect([...hosts.values()].map((host) => [...host.inside.keys()])).toEqual([
      ['cwg0'],
      ['cwg0'],
      ['cwg0'],
    ]);
    expect(checks).toBeGreaterThan(10);
  });

  test('a host that is down does not hold that up, and gets the new ones', async () => {
    const { networks, down, pass, reach } = fleetOf('one', 'two', 'three');
    await networks.membership.create({ name: 'vault', pools: 'all', isEncrypted: true });
    await reach(1);
    down.add('three');
    await pass(1_001);
    for (let at = 0; at < 8; at++) await pass();
    expect(networks.book.epochs?.value.epoch).toBe(2);
    down.delete('three');
    await reach(2);
  });

  test('one that cannot make its own does', async () => {
    const { networks, hosts, pass, reach } = fleetOf('one', 'two');
    await networks.membership.create({ name: 'vault', pools: 'all', isEncrypted: true });
    await reach(1);
    (hosts.get('two') as NetworkHost).addLink('cwg0', 1420);
    await pass(1_001);
    for (let at = 0; at < 5; at++) await pass();
    expect(networks.book.epochs?.value.epoch).toBe(1);
    expect(silentPairs(hosts)).toEqual([]);
  });

  test('are gone with the last encrypted network', async () => {
    const { networks, store, hosts, pass } = fleetOf('one', 'two');
    await networks.membership.create({ name: 'vault', pools: 'all', isEncrypted: true });
    await pass();
    await networks.membership.delete('vault');
    for (let at = 0; at < 3; at++) await pass();
    expect(store.keys().filter((key) => key.includes('/networks/'))).toEqual([]);
    for (const host of hosts.values()) expect([...host.links.keys()]).toEqual(['lo', 'eth0']);
  });
});

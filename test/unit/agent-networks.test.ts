// Aim: a host gets exactly what networks over several hosts consist of, keeps it whatever happens to it, and nothing of its
// own is touched. Method: the reconciler of the agent over a host in memory, step by step and in random histories.
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { checkNetworks, type HostNetwork, type Station } from '../../agent/networks/desired.js';
import { NetworkReconciler } from '../../agent/networks/reconciler.js';
import { restoreNetworks } from '../../agent/networks/restore.js';
import type { NetworkState } from '../../agent/networks/state-file.js';
import { systemClock } from '../../common/async/clock.js';
import { macOf } from '../../common/net/networks.js';
import { MemoryKeys } from '../support/fakes/memory-keys.js';
import { NetworkHost } from '../support/fakes/network-host.js';

const [here, there, third] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

const station = (last: number, underlay = there): Station => {
  const address = `10.50.0.${last}`;
  return { address, mac: macOf(address), underlay, isHost: false };
};

const lan = (...stations: Station[]): HostNetwork => ({
  ...{ name: 'lan', subnet: '10.50.0.0/24', vni: 5000, mtu: 1450 },
  ...{ address: '10.50.0.254', underlay: here, members: [here, there, third] },
  stations: [station(253), station(252, third), ...stations],
});

class OneHost {
  state: NetworkState = { networks: [], made: [] };
  #beats: (() => void)[] = [];
  nowMs = 0;
  reconciler: NetworkReconciler;
  generation = 1;
  repairs = 0;
  readonly keys = new MemoryKeys();
  readonly watches: (() => void)[] = [];

  constructor(readonly host = new NetworkHost(here)) {
    this.reconciler = this.#fresh();
  }

  #fresh(): NetworkReconciler {
    this.#beats = [];
    return new NetworkReconciler({
      run: this.host.run,
      lxd: this.host.lxd,
      clock: {
        ...systemClock,
        now: () => this.nowMs,
        every: (_, work) => (this.#beats.push(work), () => undefined),
      },
      log: pino({ level: 'silent' }),
      keys: this.keys,
      noteRepairs: (steps) => (this.repairs += steps),
      watch: (onChange) => {
        this.watches.push(onChange);
        return () => void this.watches.splice(0);
      },
      file: {
        read: () => Promise.resolve({ ...this.state, refused: [] }),
        write: (state) => {
          this.state = JSON.parse(JSON.stringify(state)) as NetworkState;
          return Promise.resolve();
        },
      },
    });
  }

  apply(...networks: HostNetwork[]) {
    return this.reconciler.apply(networks, ++this.generation);
  }

  /** The next five seconds. */
  async beat(): Promise<void> {
    for (const work of this.#beats) work();
    await this.reconciler.close();
  }

  /** The agent was killed and starts again, from what it wrote. */
  async restart(): Promise<void> {
    this.reconciler = this.#fresh();
    await this.reconciler.start();
    await this.reconciler.close();
  }

  get picture() {
    const { host } = this;
    const entries = [...(host.forwarding.get('cvx5000') ?? [])].map(
      ({ mac, dst }) => `${mac} ${dst ?? 'bridge'}`,
    );
    return {
      links: [...host.links.values()].map(({ ifname, master, ifalias }) => [ifname, master, ifalias]).sort(),
      addresses: host.addresses.map(({ ifname, local }) => `${ifname} ${local}`).sort(),
      entries: entries.sort(),
      neighbours: [...(host.neighbours.get('cvx5000') ?? [])].sort(),
      networks: [...host.networks.keys()],
      guard: host.guard,
    };
  }
}

async function fresh(...networks: HostNetwork[]): Promise<OneHost> {
  const one = new OneHost();
  await one.reconciler.start();
  if (networks.length > 0) expect((await one.apply(...networks)).findings).toEqual([]);
  return one;
}

describe('a network on a host', () => {
  test('consists of the daemon’s network, the tunnel, its tables, the gateway and the guard', async () => {
    const one = await fresh(lan(station(7)));
    expect(one.picture).toMatchObject({
      addresses: ['copa-lan 10.50.0.254', 'eth0 192.0.2.1', 'lo 10.50.0.1'],
      entries: [
        '02:c0:0a:32:00:07 192.0.2.2',
        '02:c0:0a:32:00:07 bridge',
        '02:c0:0a:32:00:fc 192.0.2.3',
        '02:c0:0a:32:00:fc bridge',
        '02:c0:0a:32:00:fd 192.0.2.2',
        '02:c0:0a:32:00:fd bridge',
      ],
      networks: ['copa-lan'],
    });
    expect(one.host.networks.get('copa-lan')?.config).toMatchObject({
      'ipv4.address': '10.50.0.254/24',
      'bridge.hwaddr': '02:c0:0a:32:00:fe',
      'ipv4.dhcp.gateway': '10.50.0.1',
    });
    expect(one.host.guard).toContain('udp dport 4789 ip saddr != @members counter drop');
  });

  test.each([
    ['incus', 'cvx5000'],
    ['lxd', undefined],
  ] as const)('%s is told of the tunnel if it deletes others from its bridge', async (daemon, listed) => {
    const host = new NetworkHost(here);
    host.daemon = daemon;
    const one = new OneHost(host);
    await one.apply(lan());
    expect(host.networks.get('copa-lan')?.config?.['bridge.external_interfaces']).toBe(listed);
  });

  test('a second pass changes nothing', async () => {
    const one = await fresh(lan(station(7)));
    one.host.changes.length = 0;
    await one.beat();
    await one.restart();
    // The guard is set again by a new process, which does not know how the kernel shows it.
    expect(one.host.changes).toEqual(['nft -f']);
  });

  test('a container that moved changes its own entries alone', async () => {
    const one = await fresh(lan(station(7), station(8)));
    one.host.changes.length = 0;
    await one.apply(lan(station(7, third), station(8)));
    expect(one.host.changes).toEqual([
      'bridge fdb replace 02:c0:0a:32:00:07 dev cvx5000 self master dst 192.0.2.3 static',
    ]);
    // It came here.
    one.host.changes.length = 0;
    await one.apply(lan(station(8)));
    expect(one.host.changes).toEqual([
      'bridge fdb del 02:c0:0a:32:00:07 dev cvx5000 self dst 192.0.2.3',
      'bridge fdb del 02:c0:0a:32:00:07 dev cvx5000 master',
      'ip neigh del 10.50.0.7 dev cvx5000',
    ]);
  });

  test('an older generation changes nothing', async () => {
    const one = await fresh(lan(station(7)));
    const before = one.picture;
    expect(await one.reconciler.apply([], 1)).toMatchObject({ generation: 2 });
    expect(one.picture).toEqual(before);
  });

  test('after a restore of etcd its lower generations count, once nobody sends the newer one any more', async () => {
    const one = await fresh(lan(station(7)));
    one.nowMs = 100_000;
    await one.apply(lan(station(7)));
    one.nowMs = 200_000;
    expect(await one.reconciler.apply([], 1)).toMatchObject({ generation: 3 });
    one.nowMs = 250_000;
    expect(await one.reconciler.apply([], 1)).toMatchObject({ generation: 1 });
    expect(one.state.networks).toEqual([]);
  });

  test('its removal leaves the host as it was', async () => {
    const one = await fresh();
    const before = one.picture;
    await one.apply(lan(station(7)));
    await one.apply();
    expect(one.picture).toEqual(before);
    expect(one.state).toEqual({ networks: [], made: [] });
  });
});

describe('what is there already is a finding, and nothing is touched', () => {
  const cases: readonly [string, (host: NetworkHost) => void, RegExp][] = [
    [
      'a network',
      (host) =>
        host.networks.set('copa-lan', { name: 'copa-lan', type: 'bridge', managed: true, config: {} }),
      /another network "copa-lan"/,
    ],
    [
      'an interface of the bridge’s name',
      (host) => host.addLink('copa-lan', 1500),
      /interface "copa-lan" already/,
    ],
    [
      'an interface of the tunnel’s name',
      (host) => host.addLink('cvx5000', 1500),
      /interface "cvx5000" already/,
    ],
    [
      'an address',
      (host) => host.addresses.push({ ifname: 'br0', local: '10.50.0.9', prefixlen: 16 }),
      /10\.50\.0\.9 of interface "br0"/,
    ],
    [
      'the gateway’s address',
      (host) => host.addresses.push({ ifname: 'lo', local: '10.50.0.1', prefixlen: 32 }),
      /10\.50\.0\.1 of interface "lo"/,
    ],
    [
      'a route',
      (host) => host.routes.push({ dst: '10.0.0.0/8', dev: 'tun0' }),
      /route 10\.0\.0\.0\/8 over interface "tun0"/,
    ],
    [
      'a network of the daemon with that range',
      (host) =>
        host.networks.set('other', {
          name: 'other',
          type: 'bridge',
          managed: true,
          config: { 'ipv4.address': '10.50.0.129/25' },
        }),
      /network "other" of the daemon/,
    ],
    ['a small MTU', (host) => host.addLink('eth0', 1400), /can carry 1350/],
    [
      'another address of the host',
      (host) => host.addresses.splice(0, 1),
      /is not an address of the host itself/,
    ],
  ];
  test.each(cases)('%s', async (_, occupy, message) => {
    const one = await fresh();
    occupy(one.host);
    const before = one.picture;
    const { findings } = await one.reconciler.check(checkNetworks([lan()]));
    expect(findings.map((each) => each.message)).toEqual([expect.stringMatching(message)]);
    expect((await one.apply(lan())).findings).toEqual(findings);
    await one.apply();
    expect(one.picture).toEqual(before);
    expect(one.host.changes.filter((change) => !change.startsWith('nft'))).toEqual([]);
  });

  test('a network that works is kept up although something came into its way', async () => {
    const one = await fresh(lan());
    one.host.routes.push({ dst: '10.50.0.0/16', dev: 'docker0' });
    await one.beat();
    const { findings } = await one.apply(lan(station(7)));
    expect(findings).toHaveLength(1);
    expect(one.picture.entries).toContain('02:c0:0a:32:00:07 192.0.2.2');
  });

  test('a program that fails is a finding, and the next pass goes on', async () => {
    const one = await fresh();
    one.host.failure = new Error('no such luck');
    expect((await one.apply(lan())).findings).toEqual([{ network: 'lan', message: 'no such luck' }]);
    await one.beat();
    expect(one.picture).toEqual((await fresh(lan())).picture);
  });
});

describe('what arrives is checked', () => {
  const cases: readonly [string, object][] = [
    ['a name with a space', { name: 'lan x' }],
    ['a name that is an option', { name: '-lan' }],
    ['another subnet than a private one', { subnet: '8.8.8.0/24' }],
    ['a subnet with host bits', { subnet: '10.50.0.1/24' }],
    ['a VNI of others', { vni: 1 }],
    ['an underlay that is no address', { underlay: '192.0.2.1; reboot' }],
    ['a MAC that is no MAC', { stations: [{ ...station(7), mac: '02:c0:0a:32:00:07 dev eth0' }] }],
    ['a multicast MAC', { stations: [{ ...station(7), mac: '01:00:5e:00:00:01' }] }],
    ['an address outside', { stations: [{ ...station(7), address: '10.51.0.7' }] }],
    ['the gateway’s address', { stations: [{ ...station(7), address: '10.50.0.1' }] }],
    ['one address twice', { stations: [station(7), { ...station(7), mac: macOf('10.50.0.8') }] }],
    ['a member that is no address', { members: ['192.0.2.1 }'] }],
  ];
  test.each(cases)('%s', (_, change) => {
    const given = [
      { ...lan(), ...change },
      { ...lan(), name: 'other', vni: 6000 },
    ];
    // One without a name of a network cannot be reported, and nothing is taken from such a sender.
    if ('name' in change) expect(() => checkNetworks(given)).toThrow(/is not valid/);
    else {
      const { networks, refused } = checkNetworks(given);
      expect(networks.map(({ name }) => name)).toEqual(['other']);
      expect(refused).toEqual([{ network: 'lan', message: expect.stringMatching(/is not valid/) as string }]);
    }
  });

  test('two of one name or VNI: the first', () => {
    const { networks, refused } = checkNetworks([lan(), { ...lan(), name: 'other' }, lan()]);
    expect(networks).toEqual([lan()]);
    expect(refused.map(({ network }) => network)).toEqual(['other', 'lan']);
  });
});

describe('a network that is refused', () => {
  const other: HostNetwork = {
    ...lan(),
    ...{ name: 'other', vni: 6000, subnet: '10.60.0.0/24', address: '10.60.0.254', stations: [] },
  };
  const broken = { ...lan(station(7)), mtu: 1 };

  test('is reported, and others are made', async () => {
    const one = await fresh();
    const { findings } = await one.apply(broken, other);
    expect(findings).toEqual([
      { network: 'lan', message: expect.stringMatching(/mtu is not valid/) as string },
    ]);
    expect(one.picture.networks).toEqual(['copa-other']);
  });

  test('stays as it was, is kept up, and goes only when it is not wanted any more', async () => {
    const one = await fresh(lan(station(8)));
    const before = one.picture;
    expect((await one.apply(broken)).findings).toHaveLength(1);
    one.host.forwarding.delete('cvx5000');
    await one.beat();
    expect(one.picture).toEqual(before);
    expect((await one.apply(lan(station(8)))).findings).toEqual([]);
    await one.apply(broken);
    await one.apply();
    expect(one.picture.networks).toEqual([]);
  });
});

describe('a boot', () => {
  /** The kernel has lost all, and the daemon is not there yet. */
  const rebooted = async () => {
    const before = await fresh(lan(station(7)));
    const { state, host } = before;
    const daemon = new NetworkHost(here);
    expect(await restoreNetworks(daemon.run, state, new MemoryKeys())).toEqual([]);
    return { before: before.picture, state, daemon, networks: host.networks };
  };

  test('restores everything but the daemon’s network before the daemon starts', async () => {
    const { before, daemon, state } = await rebooted();
    const one = new OneHost(daemon);
    expect(one.picture).toEqual({
      ...before,
      links: before.links.map(([name, ...rest]) =>
        name === 'copa-lan' ? [name, undefined, 'copa'] : [name, ...rest],
      ),
      addresses: ['eth0 192.0.2.1', 'lo 10.50.0.1'],
      networks: [],
    });
    daemon.changes.length = 0;
    await restoreNetworks(daemon.run, state, new MemoryKeys());
    expect(daemon.changes).toEqual(['nft -f']);
  });

  test('needs nothing more of the agent when the daemon has taken the bridge', async () => {
    const { daemon, state, networks } = await rebooted();
    for (const [name, network] of networks) daemon.networks.set(name, network);
    const one = new OneHost(daemon);
    one.state = state;
    daemon.changes.length = 0;
    await one.restart();
    // How the kernel shows the guard's rules is not known before they were set.
    expect(daemon.changes).toEqual(['nft -f']);
    expect(one.reconciler.findings).toEqual([]);
  });

  test('a bridge whose network the daemon has lost is made by the daemon again', async () => {
    const { before, daemon, state } = await rebooted();
    const one = new OneHost(daemon);
    one.state = state;
    await one.restart();
    expect(one.picture).toEqual(before);
  });

  test('nothing that was never made here, and nothing of the host’s own', async () => {
    const { state } = await fresh(lan());
    const host = new NetworkHost(here);
    await restoreNetworks(host.run, { ...state, made: [] }, new MemoryKeys());
    host.addLink('cvx5000', 1450);
    expect(await restoreNetworks(host.run, state, new MemoryKeys())).toMatchObject([{ network: 'lan' }]);
    expect(host.changes).toEqual([]);
  });
});

describe('what the kernel reports', () => {
  test('is watched while there are networks, and leads to a look that counts its repairs', async () => {
    const one = await fresh();
    expect(one.watches).toEqual([]);
    await one.apply(lan());
    expect(one.watches).toHaveLength(1);
    one.host.forwarding.delete('cvx5000');
    one.watches[0]?.();
    await one.reconciler.apply([lan()], 0);
    expect(one.picture).toEqual((await fresh(lan())).picture);
    expect(one.repairs).toBe(1);
    await one.apply();
    expect(one.watches).toEqual([]);
  });
});

/** What can happen to a host. */
const event = fc.oneof(
  fc.record({
    kind: fc.constant('move' as const),
    last: fc.integer({ min: 2, max: 9 }),
    to: fc.constantFrom(here, there, third),
  }),
  fc.record({
    kind: fc.constantFrom('crash', 'beat', 'fail', 'empty', 'falsify', 'no tunnel', 'no guard', 'no gateway'),
  }),
);

describe('random histories', () => {
  test('whatever happens, the next pass makes the host right again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
        const one = await fresh(lan());
        const places = new Map<number, string>();
        const wanted = () =>
          lan(...[...places].filter(([, to]) => to !== here).map(([last, to]) => station(last, to)));
        for (const each of events) {
          const { host } = one;
          const tunnel = host.forwarding.get('cvx5000') ?? [];
          if (each.kind === 'move') {
            places.set(each.last, each.to);
            await one.apply(wanted()).catch(() => undefined);
          } else if (each.kind === 'crash') await one.restart();
          else if (each.kind === 'beat') await one.beat();
          else if (each.kind === 'fail') host.failure = new Error('it failed');
          else if (each.kind === 'empty') host.forwarding.delete('cvx5000');
          else if (each.kind === 'falsify')
            tunnel.push(
              { mac: '00:00:00:00:00:00', dst: third },
              ...tunnel.slice(0, 1).map(({ mac }) => ({ mac, dst: '192.0.2.66' })),
            );
          else if (each.kind === 'no tunnel' && host.links.has('cvx5000')) host.removeLink('cvx5000');
          else if (each.kind === 'no guard') host.tables.clear();
          else if (each.kind === 'no gateway')
            host.addresses.splice(0, Infinity, ...host.addresses.filter(({ ifname }) => ifname !== 'lo'));
        }
        one.host.failure = undefined;
        await one.beat();
        expect(one.picture).toEqual((await fresh(wanted())).picture);
        await one.apply();
        expect(one.picture).toEqual((await fresh()).picture);
      }),
      { numRuns: 100 },
    );
  });
});

// Aim: a host forwards exactly the ports that it is to forward, to addresses of its networks alone, never hides a program
// that was there first, and goes on without a controller. Method: the planner by properties, and the forwarder over a
// host in memory; lines of /proc as kernels write them.
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import type { HostNetwork } from '../../agent/networks/desired.js';
import { PortForwarder } from '../../agent/networks/ports/forwarder.js';
import { listenersIn, type Listener } from '../../agent/networks/ports/listeners.js';
import { forwardRules, planPorts } from '../../agent/networks/ports/plan.js';
import type { PortState } from '../../agent/networks/ports/ports-file.js';
import { checkPorts, keyOf, type ForwardedPort } from '../../agent/networks/ports/ports.js';
import { systemClock } from '../../common/async/clock.js';
import { NetworkHost } from '../support/fakes/network-host.js';

const lan: HostNetwork = {
  ...{ name: 'lan', subnet: '10.50.0.0/24', vni: 5000, mtu: 1450, stations: [], members: ['192.0.2.1'] },
  ...{ address: '10.50.0.254', underlay: '192.0.2.1' },
};
const web: ForwardedPort = {
  ...{ network: 'lan', protocol: 'tcp', port: 8080, address: '10.50.0.2', containerPort: 80 },
};
const listener = (port: number, protocol: 'tcp' | 'udp' = 'tcp'): Listener => ({ protocol, port, inode: 7 });

class OneHost {
  readonly host = new NetworkHost();
  networks: readonly HostNetwork[] = [lan];
  listeners: Listener[] = [];
  forwards = true;
  state: PortState = { ports: [], accepted: [] };
  generation = 0;
  #beats: (() => void)[] = [];
  forwarder = this.#fresh();

  #fresh(): PortForwarder {
    this.#beats = [];
    return new PortForwarder({
      run: this.host.run,
      networks: () => this.networks,
      readListeners: () => Promise.resolve(this.listeners),
      ownerOf: (inode) => Promise.resolve(`"nginx" (pid ${inode})`),
      forwards: () => Promise.resolve(this.forwards),
      clock: { ...systemClock, every: (_, work) => (this.#beats.push(work), () => undefined) },
      log: pino({ level: 'silent' }),
      file: {
        read: () => Promise.resolve(this.state),
        write: (state) => ((this.state = state), Promise.resolve()),
      },
    });
  }

  apply(...ports: ForwardedPort[]) {
    return this.forwarder.apply(ports, ++this.generation);
  }

  async beat(): Promise<void> {
    for (const work of this.#beats) work();
    await this.forwarder.close();
  }

  /** The agent was killed and starts again. */
  async restart(): Promise<void> {
    this.forwarder = this.#fresh();
    await this.forwarder.start();
    await this.forwarder.close();
  }

  get rules(): string | undefined {
    return this.host.tables.get('ip copa_ports');
  }
}

describe('ports that a host forwards', () => {
  test('are rules, and a second pass changes nothing', async () => {
    const one = new OneHost();
    await one.forwarder.start();
    expect(await one.apply(web)).toEqual([]);
    expect(one.rules).toContain('8080 : 10.50.0.2 . 80');
    expect(one.rules).not.toContain('udp');
    one.host.changes.length = 0;
    await one.beat();
    expect(await one.apply(web)).toEqual([]);
    expect(one.host.changes).toEqual([]);
  });

  test('come back after a reboot and after somebody has removed the rules, and go when they are given back', async () => {
    const one = new OneHost();
    await one.apply(web);
    one.host.tables.clear();
    await one.restart();
    expect(one.rules).toContain('8080');
    one.host.tables.clear();
    await one.beat();
    expect(one.rules).toContain('8080');
    await one.apply();
    expect(one.rules).toBeUndefined();
    expect(one.state).toEqual({ ports: [], accepted: [] });
    one.host.changes.length = 0;
    await one.beat();
    expect(one.host.changes).toEqual([]);
  });

  test('are given back after a crash in the middle of that, too', async () => {
    const one = new OneHost();
    await one.apply(web);
    one.host.failure = new Error('killed');
    await one.apply();
    expect(one.rules).toContain('8080');
    one.host.failure = undefined;
    await one.restart();
    expect(one.rules).toBeUndefined();
  });

  test('are not taken from a program that listens, until it ends', async () => {
    const one = new OneHost();
    await one.forwarder.start();
    one.listeners = [listener(8080)];
    const message = '"nginx" (pid 7) listens on tcp port 8080 of the host';
    expect(await one.forwarder.check([web])).toMatchObject([{ isForwarded: false, message }]);
    expect(await one.apply(web)).toMatchObject([{ port: 8080, isForwarded: false, message }]);
    expect(one.rules).toBeUndefined();
    one.listeners = [];
    await one.beat();
    expect(one.rules).toContain('8080');
  });

  test('stay when a program begins to listen later, also over a restart', async () => {
    const one = new OneHost();
    await one.apply(web);
    one.listeners = [listener(8080)];
    await one.restart();
    expect(await one.apply(web)).toMatchObject([
      {
        isForwarded: true,
        message:
          '"nginx" (pid 7) listens on tcp port 8080 of the host, and is not reached while the port is published',
      },
    ]);
    expect(one.rules).toContain('8080');
    await one.apply();
    expect(await one.apply(web)).toMatchObject([{ isForwarded: false }]);
  });

  test('end with their network', async () => {
    const one = new OneHost();
    await one.forwarder.start();
    await one.apply(web);
    one.networks = [];
    await one.beat();
    expect(one.rules).toBeUndefined();
  });

  test('an older generation changes nothing', async () => {
    const one = new OneHost();
    await one.apply(web);
    await one.forwarder.apply([], 0);
    expect(one.rules).toContain('8080');
    expect(one.forwarder.generation).toBe(1);
  });

  test('say that the host forwards nothing', async () => {
    const one = new OneHost();
    one.forwards = false;
    expect(await one.apply(web)).toMatchObject([
      { isForwarded: false, message: 'the host forwards no packets: net.ipv4.ip_forward is 0' },
    ]);
  });
});

const ports = fc.uniqueArray(
  fc.record({
    network: fc.constantFrom('lan', 'shop'),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    port: fc.integer({ min: 1, max: 9 }),
    address: fc.constantFrom('10.50.0.1', '10.50.0.2', '10.50.0.3', '10.50.0.254', '10.50.1.2', '192.0.2.1'),
    containerPort: fc.integer({ min: 1, max: 3 }),
  }),
  { selector: keyOf },
);
const keys = fc.uniqueArray(
  fc.record({
    protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    port: fc.integer({ min: 1, max: 9 }),
  }),
);

test('no port leads out of a network, to the host or to its gateway, and no new one hides a program', () => {
  fc.assert(
    fc.property(ports, keys, keys, (wanted, accepted, listening) => {
      const { forwarded, problems } = planPorts(wanted, {
        networks: [lan],
        accepted: new Set(accepted.map(keyOf)),
        listeners: listening.map((each) => ({ ...each, inode: 1 })),
      });
      for (const port of forwarded) {
        expect(['10.50.0.2', '10.50.0.3']).toContain(port.address);
        const isTaken = listening.some((each) => keyOf(each) === keyOf(port));
        if (isTaken) expect(accepted.map(keyOf)).toContain(keyOf(port));
      }
      const failed = problems.filter(({ isForwarded }) => !isForwarded).map(({ port }) => port);
      expect([...forwarded, ...failed].map(keyOf).sort()).toEqual(wanted.map(keyOf).sort());
      const elements = [...(forwardRules(forwarded) ?? '').matchAll(/(\d+) : ([\d.]+) \. (\d+)/g)];
      expect(elements.map(([, port, address, to]) => `${port} ${address} ${to}`).sort()).toEqual(
        forwarded.map(({ port, address, containerPort }) => `${port} ${address} ${containerPort}`).sort(),
      );
    }),
    { numRuns: 500 },
  );
});

test.each([
  [{ ...web, port: 0 }],
  [{ ...web, port: 65_536 }],
  [{ ...web, containerPort: 1.5 }],
  [{ ...web, protocol: 'sctp' }],
  [{ ...web, address: '10.50.0.2; drop' }],
  [{ ...web, network: 'a" accept' }],
  [{ ...web, protocol: 'udp', port: 4789 }],
  [web, web],
])('a controller cannot send %j', (...given) => {
  expect(() => checkPorts(given)).toThrow('is not valid');
});

describe('listeners in /proc', () => {
  const head =
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
  const line = (local: string, state: string) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000   101        0 4711 1 0 100 0 0 10 0\n`;

  test.each([
    ['everywhere', '00000000:1F90', true],
    ['at one address', '020200C0:1F90', true],
    ['on loopback', '0100007F:1F90', false],
    ['at 127.0.0.53', '3500007F:1F90', false],
    ['everywhere, also IPv6', '00000000000000000000000000000000:1F90', true],
    ['at ::1', '00000000000000000000000001000000:1F90', false],
    ['at ::ffff:192.0.2.2', '0000000000000000FFFF0000020200C0:1F90', true],
    ['at ::ffff:127.0.0.1', '0000000000000000FFFF00000100007F:1F90', false],
    ['at an address of IPv6', '000080FE00000000FF5F1A02E1A00CFE:1F90', false],
  ])('%s', (_, local, counts) => {
    const found = listenersIn('tcp', head + line(local, '0A'));
    expect(found).toEqual(counts ? [{ protocol: 'tcp', port: 8080, inode: 4711 }] : []);
  });

  test('connections are none', () => {
    expect(listenersIn('tcp', head + line('00000000:1F90', '01'))).toEqual([]);
    expect(listenersIn('udp', head + line('00000000:1F90', '01'))).toEqual([]);
    expect(listenersIn('udp', head + line('00000000:1F90', '07'))).toHaveLength(1);
    expect(listenersIn('tcp', '')).toEqual([]);
  });
});

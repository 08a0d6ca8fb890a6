// Aim: the doctor names what is wrong with networks on a host, and takes away what stays on one that is no pool any more.
// Method: its checks on a host in memory.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { examineNetworks } from '../../agent/diagnostics/networks.js';
import type { HostNetwork } from '../../agent/networks/desired.js';
import { Encryptor } from '../../agent/networks/encryption/encryptor.js';
import { NetworkReconciler } from '../../agent/networks/reconciler.js';
import type { NetworkState } from '../../agent/networks/state-file.js';
import { systemClock } from '../../common/async/clock.js';
import { macOf } from '../../common/net/networks.js';
import { MemoryKeys } from '../support/fakes/memory-keys.js';
import { NetworkHost } from '../support/fakes/network-host.js';

const [here, there] = ['192.0.2.1', '192.0.2.2'];
const peer = { address: '10.50.0.253', mac: macOf('10.50.0.253'), underlay: there, isHost: true };
const lan: HostNetwork = {
  ...{ name: 'lan', subnet: '10.50.0.0/24', vni: 5000, mtu: 1450 },
  ...{ address: '10.50.0.254', underlay: here, members: [here, there] },
  stations: [peer, { address: '10.50.0.2', mac: macOf('10.50.0.2'), underlay: there, isHost: false }],
};

async function hostWith(...networks: HostNetwork[]) {
  const host = new NetworkHost(here);
  let state: NetworkState = { networks: [], made: [] };
  const file = {
    read: () => Promise.resolve({ ...state, refused: [] }),
    write: (next: NetworkState) => Promise.resolve(void (state = next)),
  };
  const keys = new MemoryKeys();
  const encryptor = new Encryptor(host.run, keys);
  const reconciler = new NetworkReconciler({
    ...{ keys, run: host.run, lxd: host.lxd, file, log: pino({ level: 'silent' }) },
    clock: { ...systemClock, every: () => () => undefined },
  });
  expect((await reconciler.apply(networks, 1)).findings).toEqual([]);
  const examine = (more: Partial<Parameters<typeof examineNetworks>[0]> = {}) =>
    examineNetworks({
      ...{ lxd: host.lxd, run: host.run, file, encryptor, repair: false, repairMs: 0 },
      status: () => Promise.resolve('good'),
      agentAnswers: () => Promise.resolve(false),
      reach: () => Promise.resolve(true),
      resolves: () => Promise.resolve(true),
      hasDnsmasq: () => Promise.resolve(true),
      ...more,
    });
  return { host, examine, state: () => state };
}

const problems = (findings: Awaited<ReturnType<typeof examineNetworks>>) =>
  findings.filter(({ verdict }) => verdict !== 'ok').map(({ about, text }) => `${about}: ${text}`);

test('a host without networks has no line about them', async () => {
  expect(await (await hostWith()).examine()).toEqual([]);
});

test('all is well', async () => {
  const findings = await (await hostWith(lan)).examine();
  expect(problems(findings)).toEqual([]);
  expect(findings.map(({ about }) => about)).toContain(`network lan to ${there}`);
});

test('entries that are missing or false, no tunnel, and no guard', async () => {
  const { host, examine } = await hostWith(lan);
  host.neighbours.get('cvx5000')?.delete(peer.address);
  host.forwarding.get('cvx5000')?.push({ mac: '02:00:00:00:00:66', dst: '192.0.2.66' });
  expect(problems(await examine())).toEqual([
    'network lan: differs from what it should be: 2 entries of its tables',
  ]);
  host.removeLink('cvx5000');
  expect(problems(await examine())).toEqual([
    'network lan: differs from what it should be: its bridge or tunnel',
  ]);
  host.tables.clear();
  expect(problems(await examine())).toContain('network lan: differs from what it should be: it has no guard');
});

test.each<[string, (address: string, bytes: number) => boolean, string]>([
  ['port 4789 is closed', (address) => address === there, 'the host answers, and not through the tunnel'],
  [
    'full packets are lost',
    (_, bytes) => bytes < 1400,
    'small packets arrive, and those of 1450 bytes do not',
  ],
  ['the host is down', () => false, 'the host does not answer at all'],
])('%s', async (_, answers, message) => {
  const { examine } = await hostWith(lan);
  const reach = (address: string, bytes: number) => Promise.resolve(answers(address, bytes));
  expect(problems(await examine({ reach }))).toEqual([`network lan to ${there}: ${message}`]);
});

test('no dnsmasq, dropped frames, and a smaller link between', async () => {
  const { host, examine } = await hostWith(lan);
  const run: typeof host.run = (program, args, input) => {
    if (args.includes('get'))
      return Promise.resolve(`${there} dev eth0 src ${here} cache expires 9sec mtu 1400`);
    const rule = { expr: [{ counter: { packets: 3 } }] };
    if (args.includes('-j')) return Promise.resolve(JSON.stringify({ nftables: [{ rule }, { table: {} }] }));
    return host.run(program, args, input);
  };
  const none = () => Promise.resolve(false);
  expect(problems(await examine({ run, hasDnsmasq: none, resolves: none }))).toEqual([
    expect.stringContaining('dnsmasq: is missing'),
    expect.stringContaining('guard: has dropped 3 frames'),
    expect.stringContaining('network lan: no dnsmasq answers at 10.50.0.254'),
    `network lan to ${there}: packets of 1450 bytes arrive in parts: a link between carries 1400 bytes`,
  ]);
});

test('what stays on a host that is no pool any more is taken away, when its agent is stopped', async () => {
  const { host, examine, state } = await hostWith(lan);
  const status = () => Promise.resolve('removed' as const);
  const agentAnswers = () => Promise.resolve(true);
  for (const more of [{ status }, { status, repair: true, agentAnswers }])
    expect(problems(await examine(more))).toEqual([
      'networks: this host is no pool any more, and has what was made for network "lan"',
    ]);
  expect(host.links.has('copa-lan')).toBe(true);
  expect(problems(await examine({ status, repair: true }))).toEqual([]);
  expect([...host.links.keys()]).toEqual(['lo', 'eth0']);
  expect(host.guard).toBeUndefined();
  expect(state()).toEqual({ networks: [], made: [] });
});

// Aim: what controllers decide about networks reaches the hosts, and nothing stays on a host that is removed. Method: the
// controller's networks over a store in memory, and the agents' reconcilers over hosts in memory; time stands still.
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { checkNetworks } from '../../agent/networks/desired.js';
import type { Keys } from '../../agent/networks/encryption/keys.js';
import { NetworkReconciler } from '../../agent/networks/reconciler.js';
import type { NetworkState } from '../../agent/networks/state-file.js';
import { systemClock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import type { AgentCaller } from '../../controller/hosts/methods.js';
import type { ContainerLease, LeaseRecord } from '../../controller/model/network.js';
import { Networks } from '../../controller/networks/networks.js';
import { keys } from '../../controller/store/keys.js';
import { ContainerNetworks } from '../../controller/usecases/container-networks.js';
import { PoolRemoval } from '../../controller/usecases/pool-removal.js';
import { MemoryKeys } from '../support/fakes/memory-keys.js';
import { NetworkHost } from '../support/fakes/network-host.js';
import { MemoryStore } from '../support/memory-store.js';

const log = pino({ level: 'silent' });
const stopped = { ...systemClock, every: () => () => undefined };

/** The calls of one host's agent. */
function agentOn(host: NetworkHost, keys: Keys): AgentCaller {
  let state: NetworkState = { networks: [], made: [] };
  const reconciler = new NetworkReconciler({
    ...{ run: host.run, keys, lxd: host.lxd, clock: stopped, log },
    file: {
      read: () => Promise.resolve({ ...state, refused: [] }),
      write: (next) => Promise.resolve(void (state = next)),
    },
  });
  const call = async (
    _: string,
    request: { networks: unknown; generation?: number; checkOnly?: boolean },
  ) => {
    const { networks: given, generation = 0, checkOnly } = request;
    return checkOnly ? reconciler.check(checkNetworks(given)) : reconciler.apply(given, generation);
  };
  return { call } as unknown as AgentCaller;
}

const letterOf = (at: number) => String.fromCharCode(65 + at);

async function fleetOf(...names: string[]) {
  const store = new MemoryStore();
  const hosts = new Map(names.map((name, at) => [name, new NetworkHost(`192.0.2.${at + 1}`, letterOf(at))]));
  const agents = new Map(
    [...hosts].map(([name, host], at) => [name, agentOn(host, new MemoryKeys(letterOf(at)))]),
  );
  const down = new Set<string>();
  const stateOf = (name: string) => ({
    name,
    address: `192.0.2.${names.indexOf(name) + 1}`,
    state: down.has(name) ? 'down' : 'up',
    containers: { interfaces: new Map(), attachedChanges: 0, get: () => undefined },
  });
  const networks = new Networks({
    ...{ log, clock: stopped },
    store: store as never,
    inventory: {
      all: () => [...hosts.keys()].map(stateOf),
      get: (name: string) => (hosts.has(name) ? stateOf(name) : undefined),
    } as never,
    host: (name) => agents.get(name),
    emit: () => undefined,
  });
  for (const name of names) store.put(keys.pool(name), { name });
  networks.start();
  store.ready();
  const pools = {
    remove: (name: string) => {
      store.remove(keys.pool(name));
      hosts.delete(name);
      return Promise.resolve();
    },
  };
  await networks.membership.create({ name: 'lan', pools: 'all' });
  await networks.settle(1_000);
  const leases = () => networks.book.leases('lan').map(({ record }) => record);
  return { store, networks, hosts, down, pools, leases };
}

const of = (records: readonly LeaseRecord[], pool: string) => records.filter((each) => each.pool === pool);

describe('a pool that is removed', () => {
  test('leaves its networks first: nothing stays on its host, and its address is free', async () => {
    const { networks, hosts, pools, leases } = await fleetOf('one', 'two', 'three');
    const host = hosts.get('two') as NetworkHost;
    expect(host.links.has('copa-lan')).toBe(true);
    expect(await new PoolRemoval(pools, networks.departures).remove('two')).toBeUndefined();
    expect([...host.links.keys()]).toEqual(['lo', 'eth0']);
    expect(host.networks.size).toBe(0);
    await networks.round();
    expect(leases().map(({ pool }) => pool)).toEqual(['one', 'three']);
    expect(networks.book.network('lan')?.value.pools).toBe('all');
  });

  test('does not come back while it is being removed', async () => {
    const { networks, hosts, leases } = await fleetOf('one', 'two');
    expect(await networks.departures.leave('two')).toEqual([]);
    await networks.round();
    await networks.settle(1_000);
    expect(hosts.get('two')?.links.has('copa-lan')).toBe(false);
    expect(of(leases(), 'two')).toMatchObject([{ isLeaving: true }]);
  });

  test('is in its networks again when it was not removed', async () => {
    const { networks, hosts, leases } = await fleetOf('one', 'two');
    const before = leases();
    const remove = () => Promise.reject(new CopaError('failed_precondition', 'a migration'));
    await expect(new PoolRemoval({ remove }, networks.departures).remove('two')).rejects.toThrow(
      'a migration',
    );
    await networks.round();
    await networks.settle(1_000);
    expect(hosts.get('two')?.links.has('copa-lan')).toBe(true);
    expect(leases()).toEqual(before);
  });

  test('is not removed while its containers use one', async () => {
    const { networks, store, hosts, pools } = await fleetOf('one', 'two');
    await networks.addresses.reserve({ host: 'two', name: 'web' }, { network: 'lan' });
    await expect(new PoolRemoval(pools, networks.departures).remove('two')).rejects.toThrow(
      'its container "web" uses network "lan": move it away, or "copa network detach web lan --pool two"',
    );
    expect(hosts.get('two')?.links.has('copa-lan')).toBe(true);
    expect(store.entry(keys.pool('two'))).toBeDefined();
  });

  test.each<[string, (fleet: Awaited<ReturnType<typeof fleetOf>>) => void]>([
    ['that does not answer', ({ down }) => down.add('two')],
    [
      'that cannot remove it',
      ({ hosts }) => {
        const host = hosts.get('two') as NetworkHost;
        Object.defineProperty(host, 'failure', { get: () => new Error('no'), set: () => undefined });
      },
    ],
  ])('%s: the answer says what stays, and how to clean it', async (_, prepare) => {
    const fleet = await fleetOf('one', 'two');
    prepare(fleet);
    const warning = await new PoolRemoval(fleet.pools, fleet.networks.departures).remove('two');
    expect(warning).toContain('keeps what was made for network "lan"');
    await fleet.networks.round();
    expect(of(fleet.leases(), 'two')).toEqual([]);
  });
});

describe('a copy of a container', () => {
  test('has an address of its own, which is free again when the copy fails', async () => {
    const { networks, leases } = await fleetOf('one', 'two');
    const container = { host: 'one', name: 'web' };
    const original = await networks.addresses.reserve(container, { network: 'lan', device: 'eth7' });
    const copies = new ContainerNetworks({} as never, networks);
    const copied: unknown[] = [];
    await copies.withAddressesOfCopy(container, 'second', (nics) =>
      Promise.resolve(void copied.push(...nics)),
    );
    expect(copied).toMatchObject([{ network: 'lan', device: 'eth7', address: '10.50.0.3' }]);
    expect(original.address).toBe('10.50.0.2');
    const refused = () => Promise.reject(new CopaError('resource_exhausted', 'no space'));
    await expect(copies.withAddressesOfCopy(container, 'third', refused)).rejects.toThrow('no space');
    const names = leases().flatMap((lease) => (lease.kind === 'container' ? [lease.container] : []));
    expect(names).toEqual(['web', 'second']);
    expect(leases()).toContainEqual(
      expect.objectContaining({ container: 'second', pool: 'one' } satisfies Partial<ContainerLease>),
    );
  });
});

// Aim: a cordoned pool takes nothing new, and everything else goes on there. Method: the rules of pools and containers on a
// store and on hosts in memory.
import { beforeEach, expect, test } from 'vitest';
import { HostLocator } from '../../controller/hosts/locator.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { Containers } from '../../controller/usecases/containers.js';
import { Pools } from '../../controller/usecases/pools.js';
import { FakeAgents } from '../support/agents.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const c1 = { host: 'a', name: 'c1' };
const refused =
  'failed_precondition: pool "a" takes no new containers: it is cordoned ("copa pool uncordon a" opens it)';

let pools: Pools;
let containers: Containers;

beforeEach(async () => {
  const store = new MemoryStore();
  pools = new Pools(store, 8001, () => new Date(0));
  await pools.add('a', '10.0.0.1');
  const agents = new FakeAgents({
    a: {
      CreateContainer: () => ({}),
      CopyContainer: () => ({}),
      StartContainer: () => ({}),
      RenameContainer: () => ({}),
      DeleteContainer: () => ({}),
    },
  });
  containers = new Containers(new HostLocator(store, agents), { bring: () => Promise.resolve(undefined) });
});

test('nothing is created on it, and no copy made, until it is opened', async () => {
  await pools.schedule('a', 'cordoned');
  await pools.schedule('a', 'cordoned');
  expect(await failureOf(() => containers.create(c1, 'tiny', { mayReach: () => true }))).toBe(refused);
  expect(await failureOf(() => containers.copy(c1, 'c2'))).toBe(refused);
  await pools.schedule('a', 'active');
  await containers.create(c1, 'tiny', { mayReach: () => true });
  await containers.copy(c1, 'c2');
});

test('what is there can be used', async () => {
  await pools.schedule('a', 'cordoned');
  await containers.start(c1);
  await containers.rename(c1, 'c2');
  await containers.delete(c1);
});

test('it keeps its labels, and an unknown pool is none', async () => {
  await pools.label('a', new Map([['rack', 'a']]));
  await pools.schedule('a', 'cordoned');
  expect(await pools.get('a')).toMatchObject({ labels: { rack: 'a' }, scheduling: 'cordoned' });
  expect(await failureOf(() => pools.schedule('x', 'cordoned'))).toMatch(/^not_found/);
});

test('each change is one event', () => {
  const events: object[] = [];
  const inventory = new Inventory((event) => events.push(event));
  const record = { name: 'a', address: '10.0.0.1', addedAt: '', revision: 1 };
  inventory.add(record);
  inventory.add({ ...record, scheduling: 'cordoned' });
  inventory.add({ ...record, scheduling: 'cordoned' });
  inventory.add(record);
  expect(events.slice(1)).toEqual([
    { type: 'pool.cordoned', pool: 'a' },
    { type: 'pool.uncordoned', pool: 'a' },
  ]);
});

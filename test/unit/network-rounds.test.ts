// Aim: the store follows what hosts report about containers on networks within one round, and a round without any change
// takes no container apart. Method: the real inventory, and the controller's networks over a store in memory; the test's clock.
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../common/async/clock.js';
import { macOf } from '../../common/net/networks.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { ContainerLine } from '../../controller/model/container.js';
import { Networks } from '../../controller/networks/networks.js';
import { keys } from '../../controller/store/keys.js';
import type { Container__Output as Container } from '../../proto/gen/copa/agent/v1/Container.js';
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import { MemoryStore } from '../support/memory-store.js';

const address = '10.50.0.2';
const nic = { network: 'lan', address, mac: macOf(address), device: 'eth0' };
const container = (status: string): Container => ({
  ...{ name: 'web', status, createdAt: 0, image: '', addresses: [], cpuLimit: '', memoryLimit: '' },
  ...{ snapshots: 0, migrationId: '', interfaces: [nic], labels: {}, rules: {} },
});

async function fleet() {
  let nowMs = 0;
  const store = new MemoryStore();
  const inventory: Inventory = new Inventory((event) => networks.noteEvent(event));
  const networks: Networks = new Networks({
    ...{ log: pino({ level: 'silent' }), inventory, emit: () => undefined, store: store as never },
    clock: { ...systemClock, now: () => nowMs, every: () => () => undefined },
    host: () => undefined,
  });
  store.put(keys.network('lan'), {
    ...{ name: 'lan', subnet: '10.50.0.0/24', vni: 5000, mtu: 1450, pools: 'all' },
    ...{ isDeleted: false, createdAt: '' },
  });
  networks.start();
  store.ready();
  const report = (pool: string, event: Partial<WatchEvent>) =>
    inventory.apply(pool, {
      ...{ daemon: null, capacity: null, renamed: [], deleted: [], listing: 'NONE', containers: [] },
      ...{ probePort: 0, ...event },
    });
  for (const [at, name] of ['one', 'two'].entries()) {
    store.put(keys.pool(name), { name });
    inventory.add({ name, address: `192.0.2.${at + 1}:8001`, addedAt: '', revision: 1 });
    report(name, { listing: 'LAST_PART' });
  }
  await networks.round();
  const poolOf = () => networks.book.lease('lan', address)?.record.pool;
  const later = async (ms: number) => {
    nowMs += ms;
    await networks.round();
  };
  return { store, networks, report, poolOf, later };
}

test('a container that was moved by other hands is followed within one round, and freed when it is gone', async () => {
  const { report, poolOf, later } = await fleet();
  report('one', { containers: [container('Running')] });
  await later(500);
  expect(poolOf()).toBe('one');
  report('one', { deleted: ['web'] });
  await later(500);
  expect(poolOf()).toBe('one');
  report('two', { containers: [container('Running')] });
  await later(500);
  expect(poolOf()).toBe('two');
  report('two', { deleted: ['web'] });
  await later(500);
  await later(4_000);
  expect(poolOf()).toBe('two');
  await later(1_000);
  expect(poolOf()).toBeUndefined();
});

test('a copy that starts on another host has the address, though the other one is there as well', async () => {
  const { report, poolOf, later } = await fleet();
  report('one', { containers: [container('Stopped')] });
  report('two', { containers: [container('Stopped')] });
  await later(500);
  const first = poolOf();
  report(first === 'one' ? 'two' : 'one', { containers: [container('Running')] });
  await later(500);
  expect(poolOf()).toBe(first === 'one' ? 'two' : 'one');
});

test('a change in the store alone is followed', async () => {
  const { store, report, poolOf, later } = await fleet();
  report('one', { containers: [container('Running')] });
  await later(500);
  const record = store.entry(keys.lease('lan', address))?.value as object;
  store.put(keys.lease('lan', address), { ...record, pool: 'two' });
  await new Promise((done) => setImmediate(done));
  await later(500);
  expect(poolOf()).toBe('one');
});

test('a round without a change takes no container apart', async () => {
  const { report, later } = await fleet();
  report('one', { containers: [container('Running')] });
  await later(500);
  await later(500);
  const read = vi.spyOn(ContainerLine.prototype, 'status', 'get');
  await later(500);
  await later(500);
  await later(6_000);
  expect(read).not.toHaveBeenCalled();
  report('one', { containers: [container('Stopped')] });
  read.mockClear();
  await later(500);
  expect(read).toHaveBeenCalled();
  read.mockRestore();
});

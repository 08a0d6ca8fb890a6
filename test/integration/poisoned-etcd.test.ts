// Aim: whoever writes rubbish into etcd takes out what it is written over, and nothing else: the others are served, watched
// and changed as before, also after a restart, and the log and a metric say what to mend. Method: a whole controller on a
// real etcd in which every kind of value is overwritten by hand.
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { keys } from '../../controller/store/keys.js';
import { Store } from '../../controller/store/store.js';
import { Cluster } from '../support/cluster.js';
import { etcdctl, etcdObstacle, startEtcd } from '../support/etcd.js';

const poison = ['not json', 'null', '{"write":"x","data":7}', '{"write":"x","data":{"name":"other"}}'];
const poisoned = [
  keys.pool('evil'),
  keys.address('10.9.9.9:8001'),
  keys.token('evil'),
  keys.join('0123456789abcdef'),
  keys.revocation('evil'),
  keys.certificate('evil'),
  keys.migration('0123456789abcdef'),
  keys.cancellation('0123456789abcdef'),
  keys.controller('evil'),
  keys.busy('evil', 'c1'),
  keys.policy('evil'),
  keys.decisionsOf('evil'),
  keys.decider,
];

describe.skipIf(etcdObstacle !== undefined)('rubbish in etcd', () => {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'error' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  let cluster: Cluster;
  let number = 0;

  beforeAll(async () => {
    etcd = await startEtcd();
    cluster = await Cluster.start(
      etcd.endpoints,
      { joinListen: { host: '127.0.0.1', port: 0 } },
      undefined,
      log,
    );
    await cluster.addHost('good');
  });
  afterAll(async () => {
    for (const key of poisoned) await etcdctl(etcd.endpoints, 'del', key);
    await cluster.stop();
    await etcd.stop();
  });

  const ask = (form: Record<string, string>, path = '/REST/pools') =>
    cluster.client.ask({ method: 'POST', path, form });
  /** What the watch of the pools has brought. */
  const watched = async () => {
    const { body } = await cluster.client.ask({ path: '/REST/overview' });
    return (body as { pools: { name: string }[] }).pools.map(({ name }) => name);
  };

  /** Everything that reads what was poisoned works for what was not. */
  async function everythingWorks(): Promise<void> {
    const name = `later${++number}`;
    await cluster.addHost(name);
    await vi.waitFor(
      async () => expect(await watched()).toEqual(expect.arrayContaining(['good', name])),
      10_000,
    );
    const create = { operation: 'create', name, role: 'viewer', ttl: '1h' };
    expect(await ask(create, '/REST/tokens')).toMatchObject({ status: 200 });
    expect(await ask({ operation: 'create', kind: 'join' }, '/REST/tokens')).toMatchObject({ status: 200 });
    for (const path of [
      '/REST/pools',
      '/REST/tokens',
      '/REST/migrations',
      '/REST/policies',
      '/REST/ca',
      '/readyz',
    ]) {
      expect(await cluster.client.ask({ path }), path).toMatchObject({ status: 200 });
    }
    expect(await ask({ operation: 'delete', container_pool: name })).toMatchObject({ status: 200 });
    await vi.waitFor(async () => {
      expect(await cluster.client.ask({ path: '/REST/pools' })).toMatchObject({ status: 200 });
      expect(await watched()).not.toContain(name);
    }, 10_000);
  }

  test.each(poison)(
    '%s',
    async (value) => {
      for (const key of poisoned) await etcdctl(etcd.endpoints, 'put', key, value);
      await everythingWorks();
      await cluster.restartController();
      await everythingWorks();
      const { body } = await cluster.client.ask({ path: '/metrics' });
      expect(String(body)).toMatch(/^copa_etcd_unreadable_values [1-9]/m);
      const named = lines.filter(({ msg }) => String(msg).startsWith('a value in etcd cannot be read'));
      expect(named.map(({ key }) => key)).toEqual(
        expect.arrayContaining([keys.pool('evil'), keys.token('evil'), keys.revocation('evil')]),
      );
    },
    60_000,
  );

  test('over a pool that works: it goes on, and can be removed and added again', async () => {
    await cluster.addHost('victim');
    await vi.waitFor(async () => expect(await watched()).toContain('victim'), 10_000);
    await etcdctl(etcd.endpoints, 'put', keys.pool('victim'), 'not json');
    await everythingWorks();
    expect(await watched()).toContain('victim');
    expect(await ask({ operation: 'delete', container_pool: 'victim' })).toMatchObject({ status: 200 });
    await vi.waitFor(async () => expect(await watched()).not.toContain('victim'), 10_000);
    expect(await ask({ operation: 'add', container_pool: 'victim', ip: '10.0.0.7' })).toMatchObject({
      status: 200,
    });
  }, 60_000);

  test('is left where it is: only people may remove what they put there', async () => {
    const store = new Store(etcd.endpoints);
    expect(await store.get(keys.token('evil'))).toBeDefined();
    store.close();
  });
});

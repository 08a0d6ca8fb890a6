// Aim: labels and placement work through REST, and a confined token places only on its own pools. Method: real HTTP to a
// controller on a real etcd; the hosts are doubles that report their capacity.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Streams } from '../support/agent-double.js';
import { etcdObstacle } from '../support/etcd.js';
import { Cluster, type HostDouble } from '../support/cluster.js';

const GiB = 1024 ** 3;

/** A host with 16 GiB of memory, of which some are free. It reports once a second. */
const reporting = (freeGiB: number): Streams => ({
  Watch: (call) => {
    const state = {
      daemon: { up: true, reason: '', server: 'lxd', serverVersion: '5.0' },
      listing: 'LAST_PART',
      capacity: {
        ...{ cpus: 4, load1: 0, memoryTotal: 16 * GiB, memoryAvailable: freeGiB * GiB },
        ...{ diskTotal: 100 * GiB, diskFree: 50 * GiB },
      },
    };
    call.write(state as never);
    const heartbeat = setInterval(() => call.write({}), 1_000);
    call.on('cancelled', () => clearInterval(heartbeat));
  },
});

describe.skipIf(etcdObstacle !== undefined)('labels and placement', () => {
  let cluster: Cluster;
  const hosts: HostDouble[] = [];

  beforeAll(async () => {
    cluster = await Cluster.start();
    for (const [index, free] of [12, 8, 4].entries()) {
      hosts.push(await cluster.addHost(`server${index + 1}`, reporting(free)));
    }
    const allUp = async () => (await get('/REST/overview')).body;
    await vi.waitFor(async () => expect(await allUp()).toMatchObject({ totals: { pools: { up: 3 } } }), {
      timeout: 10_000,
    });
  });
  afterAll(() => cluster.stop());

  const get = (path: string) => cluster.client.ask({ path });
  const post = (path: string, form: Record<string, string>) =>
    cluster.client.ask({ method: 'POST', path, form });
  const create = (name: string, form: Record<string, string>) =>
    post('/REST/container', { operation: 'create', container_name: name, image_type: 'ubuntu', ...form });

  test('a pool has labels, and the list shows them', async () => {
    const form = { operation: 'label', container_pool: 'server3', labels: 'group=blue,rack=a' };
    expect((await post('/REST/pools', form)).body).toEqual({
      container_pool: 'server3',
      labels: { group: 'blue', rack: 'a' },
      success: 'Labels changed.',
    });
    expect((await get('/REST/pools')).body).toMatchObject({
      labels: { server3: { group: 'blue', rack: 'a' } },
    });
    const bad = await post('/REST/pools', { ...form, labels: 'group' });
    expect(bad.status).toBe(400);
  });

  test("a container's labels are set by its host", async () => {
    hosts[0]?.containers.set('web', 'Running');
    const one = { container_pool: 'server1', container_name: 'web' };
    const { status } = await post('/REST/container', { operation: 'label', ...one, labels: 'app=shop,old-' });
    expect(status).toBe(200);
    expect(hosts[0]?.asked).toContain('SetLabels {"set":{"app":"shop"},"removed":["old"]} web');
  });

  test('a new container has its labels from the start, and a wrong one creates nothing', async () => {
    const labelled = await create('labelled', { container_pool: 'server1', labels: 'app=shop,tier=front' });
    expect(labelled.status).toBe(200);
    expect(hosts[0]?.asked).toContain(
      'SetLabels {"set":{"app":"shop","tier":"front"},"removed":[]} labelled',
    );
    const wrong = await create('wrong', { container_pool: 'server1', labels: 'app=shop,old-' });
    expect(wrong).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/labels "app=shop,old-".*NAME=VALUE is expected/) as string },
    });
    expect(hosts[0]?.containers.has('wrong')).toBe(false);
    hosts[0]?.containers.delete('labelled');
  });

  test('a new container gets the emptiest pool, a group, or the reasons why there is none', async () => {
    const anywhere = await create('c1', { container_pool: '@any', memory: '6GiB' });
    expect(anywhere.body).toMatchObject({
      success: 'Container created successfully.',
      container_pool: 'server1',
      placement: {
        pool: 'server1',
        others: [{ pool: 'server2' }, { pool: 'server3', reason: '2.8 GiB of memory short' }],
      },
    });
    expect(hosts[0]?.containers.get('c1')).toBe('Stopped');
    const grouped = await create('c2', { container_pool: '@blue' });
    expect(grouped.body).toMatchObject({ container_pool: 'server3' });
    const none = await create('c3', { container_pool: '@any', memory: '6GiB', where: 'rack=a' });
    expect(none).toMatchObject({ status: 409, body: { error: expect.stringContaining('rack=a') as string } });
    expect((await create('c4', { container_pool: 'server2' })).body).toEqual({
      success: 'Container created successfully.',
    });
    const named = await create('c5', { container_pool: 'server2', where: 'rack=a' });
    expect(named.status).toBe(400);
    const left = await post('/REST/container', {
      operation: 'create',
      container_name: 'c6',
      image_type: 'x',
    });
    expect(left).toMatchObject({ status: 400, body: { error: 'parameter "container_pool" is missing' } });
  });

  test('keeps the rules that placed it on the container, and not those of a request that is refused', async () => {
    const kept = await create('ruled', { container_pool: '@any', apart: 'app=web', where: 'rack=a' });
    expect(kept.body).toMatchObject({ container_pool: 'server3' });
    expect(hosts[2]?.asked).toContain(
      'SetLabels {"set":{},"removed":[],"rules":{"where":"rack=a","apart":"app=web"}} ruled',
    );
    const long = await create('long', { container_pool: '@any', apart: `a${',a'.repeat(300)}` });
    expect(long.status).toBe(400);
    hosts[2]?.containers.delete('ruled');
  });

  test('a confined token places on its own pools, and learns nothing of others', async () => {
    const form = { operation: 'create', name: 'confined', role: 'operator', pools: 'server2,server3' };
    const { token } = (await post('/REST/tokens', form)).body as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    const path = '/REST/container?operation=place&container_pool=@any';
    const { body } = await cluster.client.ask({ path, headers });
    expect(body).toMatchObject({ pool: 'server2', others: [{ pool: 'server3' }], others_total: 1 });
    const stop = { operation: 'stop', container_pool: '@any', container_name: 'web' };
    const refused = await cluster.client.ask({
      method: 'POST',
      path: '/REST/container',
      headers,
      form: stop,
    });
    expect(refused.status).toBe(400);
  });
});

// Aim: after any part has died and come back, the pools exist and the next request succeeds without manual help.
// Method: a whole controller; its etcd and its hosts' agents are killed and started, and the connection to etcd is
// cut.
import { rm } from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { etcdObstacle, startEtcd } from '../support/etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Cluster } from '../support/cluster.js';

const list = { path: '/REST/container?operation=list_containers&container_pool=server1' };
const pools = { path: '/REST/pools' };

describe.skipIf(etcdObstacle !== undefined)('the controller', () => {
  const undo: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });

  const start = async (etcd?: Parameters<typeof Cluster.start>[0], like?: Cluster) => {
    const cluster = await Cluster.start(etcd, {}, like);
    undo.push(() => cluster.stop());
    return cluster;
  };

  test('has its pools and its identity again after a restart', async () => {
    const cluster = await start();
    await cluster.addHost('server1');
    const before = await cluster.client.ask(pools);
    await cluster.restartController();
    expect((await cluster.client.ask(pools)).body).toEqual(before.body);
    expect(await cluster.client.ask(list)).toMatchObject({ status: 200, body: { containers: [] } });
  });

  test('serves the next request when its etcd was killed', async () => {
    const cluster = await start();
    await cluster.addHost('server1');
    for (let round = 0; round < 3; round++) {
      process.kill(cluster.controller.etcdPid() ?? 0, 'SIGKILL');
      expect(await cluster.client.ask(list)).toMatchObject({ status: 200 });
      const form = { operation: 'add', container_pool: `p${round}`, ip: `1.1.1.${round}` };
      expect(await cluster.client.ask({ method: 'POST', path: '/REST/pools', form })).toMatchObject({
        status: 200,
      });
    }
    expect((await cluster.client.ask(pools)).body).toMatchObject({ pools: { length: 4 } });
  });

  test('reaches an agent that was killed and is back, at the next request', async () => {
    const cluster = await start();
    await cluster.addHost('server1');
    for (let round = 0; round < 3; round++) {
      cluster.killAgent('server1');
      await cluster.restartAgent('server1');
      expect(await cluster.client.ask(list)).toMatchObject({ status: 200 });
    }
  });

  test('answers 503 while a cluster of etcd is away, and works once that is back', async () => {
    const etcd = await startEtcd();
    undo.push(() => etcd.stop());
    const proxy = await TcpProxy.start(etcd.port);
    undo.push(() => proxy.stop());
    proxy.refuse();
    const cluster = await start({ ...etcd.endpoints, urls: [`https://127.0.0.1:${proxy.port}`] });
    expect(await cluster.client.ask(pools)).toMatchObject({
      status: 503,
      body: { error: expect.stringMatching(/^etcd does not answer/) as string },
    });
    proxy.heal();
    expect(await cluster.client.ask(pools)).toMatchObject({ status: 200, body: { pools: [] } });
    await cluster.addHost('server1');
    proxy.cut();
    expect(await cluster.client.ask(list)).toMatchObject({ status: 200 });
  });

  test('forgets a pool that another controller removed, and finds it where it moved', async () => {
    const etcd = await startEtcd();
    undo.push(() => etcd.stop());
    const one = await start(etcd.endpoints);
    const other = await start(etcd.endpoints, one);
    const host = await one.addHost('server1');
    host.containers.set('c1', 'Stopped');
    // They share the CA, so the host serves both.
    expect(await other.client.ask(list)).toMatchObject({ status: 200, body: { containers: ['c1'] } });
    const remove = { operation: 'remove', container_pool: 'server1' };
    expect(await other.client.ask({ method: 'POST', path: '/REST/pools', form: remove })).toMatchObject({
      status: 200,
    });
    expect(await one.client.ask(list)).toMatchObject({ status: 404 });
  });

  test('completes requests in progress before it stops', async () => {
    const cluster = await start();
    const host = await cluster.addHost('server1');
    host.containers.set('c1', 'Stopped');
    const form = { operation: 'start', container_name: 'c1', container_pool: 'server1' };
    const answer = cluster.client.ask({ method: 'POST', path: '/REST/container', form });
    await vi.waitFor(() => expect(host.asked).toEqual(['StartContainer c1']));
    await cluster.controller.stop();
    expect(await answer).toMatchObject({ status: 200, body: { success: 'Operation successful' } });
  });

  test('reports the reason when its port is in use', async () => {
    const first = await start();
    const { startController } = await import('../../controller/compose.js');
    const { silentLog, temporaryDirectory } = await import('../support/etcd.js');
    const stateDirectory = await temporaryDirectory();
    undo.push(() => rm(stateDirectory, { recursive: true }));
    const config = { ...first.config, port: first.controller.port, stateDirectory };
    await expect(startController(config, silentLog)).rejects.toThrow(
      /cannot listen on 127.0.0.1:.*EADDRINUSE/,
    );
  });
});

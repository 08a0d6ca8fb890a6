// Aim: monitoring is correct: /healthz and /readyz show the real state, /metrics has the format of Prometheus and
// counts events, and one id follows a request to the host. Method: a whole controller whose etcd stops answering and
// whose CA is removed; promtool reads the metrics.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { etcdObstacle } from '../support/etcd.js';
import { promtoolObstacle, promtool } from '../support/fakes/promtool.js';
import { Cluster } from '../support/cluster.js';

describe.skipIf(etcdObstacle !== undefined)('monitoring the controller', () => {
  let cluster: Cluster;
  const get = (path: string) => cluster.client.ask({ path });
  const metrics = async () => (await fetch(`http://127.0.0.1:${cluster.client.port}/metrics`)).text();

  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.addHost('server1');
  });
  afterAll(() => cluster.stop());

  test('is healthy and ready', async () => {
    expect(await get('/healthz')).toMatchObject({ status: 200 });
    expect(await get('/readyz')).toMatchObject({ status: 200, body: { checks: { etcd: 'ok', ca: 'ok' } } });
  });

  test('is healthy but not ready while etcd hangs, and ready again', async () => {
    const etcd = cluster.controller.etcdPid() ?? 0;
    process.kill(etcd, 'SIGSTOP');
    try {
      const { status, body } = await get('/readyz');
      expect(status).toBe(503);
      expect(body).toMatchObject({ error: expect.stringMatching(/^etcd: /) as string, checks: { ca: 'ok' } });
      expect(await get('/healthz')).toMatchObject({ status: 200 });
    } finally {
      process.kill(etcd, 'SIGCONT');
    }
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200), 10_000);
  });

  test('a request keeps its id, to the host and back', async () => {
    const list = '/REST/container?operation=list_containers&container_pool=server1';
    const answer = await cluster.client.ask({ path: list, headers: { 'X-Request-Id': 'mine-1' } });
    expect(answer.headers['x-request-id']).toBe('mine-1');
    expect(cluster.hosts.get('server1')?.agent.calls.at(-1)).toMatchObject({
      method: 'ListContainers',
      requestId: 'mine-1',
    });
    const insane = await cluster.client.ask({ path: '/REST/nothing', headers: { 'X-Request-Id': '"a b"' } });
    expect(insane.headers['x-request-id']).toMatch(/^[0-9a-f]{16}$/);
  });

  test('counts requests by route, calls by outcome, and pools', async () => {
    await get('/REST/pools/');
    await get('/REST/no-such-path');
    await get('/REST/container?operation=list_containers&container_pool=nobody');
    const text = await metrics();
    for (const line of [
      /^copa_http_request_duration_seconds_count\{route="\/REST\/pools",method="GET",status="200"\} \d/m,
      /^copa_http_request_duration_seconds_count\{route="none",method="GET",status="404"\} \d/m,
      /^copa_http_request_duration_seconds_count\{route="\/REST\/container",method="GET",status="404"\} \d/m,
      /^copa_agent_call_duration_seconds_count\{method="ListContainers",outcome="ok"\} \d/m,
      /^copa_etcd_request_duration_seconds_count\{request="transact",outcome="ok"\} \d/m,
      // Its agent is a double that reports nothing about its containers.
      /^copa_pool_up\{pool="server1"\} 0$/m,
      /^copa_migrations_running\{phase="claimed"\} 0$/m,
      /^nodejs_eventloop_lag_p99_seconds \d/m,
    ]) {
      expect(text).toMatch(line);
    }
    expect(text).not.toContain('no-such-path');
  });

  test.skipIf(promtoolObstacle !== undefined)('promtool accepts the metrics', async () => {
    expect(promtool(['check', 'metrics'], await metrics())).toEqual({ code: 0, output: '' });
  });
});

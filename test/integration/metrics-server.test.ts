// Aim: an agent's monitoring port shows the real state in the format of Prometheus. Method: the port itself, with
// checks that pass and fail; promtool reads the metrics.
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import '../../agent/usage/container-metrics.js';
import { callOf, noteExchange } from '../../agent/observability/metrics.js';
import { MetricsServer } from '../../agent/observability/metrics-server.js';
import { CopaError } from '../../common/errors.js';
import { promtool, promtoolObstacle } from '../support/fakes/promtool.js';
import { failureOf } from '../support/failures.js';

let monitor: MetricsServer | undefined;
afterEach(() => monitor?.close());

async function start(checks: ConstructorParameters<typeof MetricsServer>[0]) {
  monitor = new MetricsServer(checks);
  const port = await monitor.listen({ host: '127.0.0.1', port: 0 });
  return (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method });
}

test('is ready when all dependencies work', async () => {
  const get = await start({ daemon: () => undefined });
  expect((await get('/healthz')).status).toBe(200);
  const ready = await get('/readyz?verbose');
  expect([ready.status, await ready.json()]).toEqual([
    200,
    { success: 'The agent is ready.', checks: { daemon: 'ok' } },
  ]);
});

test('is healthy, but not ready without its daemon', async () => {
  const get = await start({
    daemon: () => Promise.reject(new CopaError('unavailable', 'the daemon does not answer')),
  });
  expect((await get('/healthz')).status).toBe(200);
  const ready = await get('/readyz');
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { error: 'daemon: the daemon does not answer', checks: { daemon: 'the daemon does not answer' } },
  ]);
});

test('refuses unknown requests', async () => {
  const get = await start({});
  expect((await get('/')).status).toBe(404);
  expect((await get('/metrics', 'POST')).status).toBe(405);
});

test('names an address that it cannot listen on', async () => {
  const other = createServer();
  await once(other.listen(0, '127.0.0.1'), 'listening');
  const { port } = other.address() as AddressInfo;
  const refused = await failureOf(() => new MetricsServer({}).listen({ host: '127.0.0.1', port }));
  expect(refused).toContain(`failed_precondition: --metrics-listen 127.0.0.1:${port} is not available`);
  other.close();
});

test('counts requests to the daemon, without names in the labels', async () => {
  const get = await start({});
  const note = noteExchange(pino({ level: 'silent' }));
  note({ method: 'PUT', path: '/1.0/instances/web/state', ms: 12 });
  note({ method: 'GET', path: '/1.0', error: new CopaError('unavailable', 'gone'), ms: 1 });
  const text = await (await get('/metrics')).text();
  expect(text).toContain(
    'copa_daemon_request_duration_seconds_count{method="PUT",call="instances/:name/state",outcome="ok"} 1',
  );
  expect(text).toContain(
    'copa_daemon_request_duration_seconds_count{method="GET",call="server",outcome="unavailable"} 1',
  );
  expect(text).not.toContain('web');
});

test.each([
  ['/1.0', 'server'],
  ['/1.0/instances', 'instances'],
  ['/1.0/instances/a/snapshots/b', 'instances/:name/snapshots/:name'],
  ['/1.0/operations/1-2/wait', 'operations/:name/wait'],
])('%s is the call %s', (path, call) => {
  expect(callOf(path)).toBe(call);
});

test.skipIf(promtoolObstacle !== undefined)(
  'promtool accepts the metrics, and would not accept any',
  async () => {
    const get = await start({});
    expect(promtool(['check', 'metrics'], await (await get('/metrics')).text())).toEqual({
      code: 0,
      output: '',
    });
    expect(promtool(['check', 'metrics'], '# TYPE a_total gauge\na_total 1\n').code).toBe(3);
  },
);

// Aim: hostile input has no effect, a call asks the daemon no more than it needs, and the daemon's failures are
// reported. Method: a real agent over a fake daemon whose faults the test controls.
import { describe, expect, test, vi } from 'vitest';
import { withRequestId } from '../../../common/observability/request-id.js';
import { emptyDaemon } from '../../support/fakes/agent.js';
import { failure, operation, sync } from '../../support/fakes/lxd.js';
import { failureOf } from '../../support/failures.js';
import { soon, id, command, controller, instance, failedOperation, startAgent, callAs } from './agent.js';

describe('the gRPC port', () => {
  test("a request keeps its id in the agent's requests to the daemon", async () => {
    const agent = await startAgent('one', emptyDaemon);
    const host = callAs(controller, agent);
    await withRequestId('mine-1', () => host.call('DescribeHost', {}, soon));
    await host.call('ListContainers', {}, soon).catch(() => undefined);
    expect(agent.exchanges[0]).toBe('mine-1 GET /1.0 ok');
    expect(agent.exchanges[1]).toMatch(/^[0-9a-f]{16} GET \/1.0\/instances failed$/);
  });

  test.each([
    ['GetInformation', { container: '../../etc' }, 'container'],
    ['GetInformation', { container: '', limit: 1001 }, 'limit'],
    ['GetInformation', { container: '', limit: 1, after: '../x' }, 'container'],
    ['StartContainer', { container: 'a/b' }, 'container'],
    ['CreateContainer', { container: 'c1', image: ' a' }, 'image'],
    ['StopContainer', { container: 'c1', timeoutSeconds: 0 }, 'timeout_seconds'],
    ['CreateContainer', { container: 'c1', image: 'x', limits: { cpu: '0' } }, 'cpu'],
    ['RestartContainer', { container: 'c1', timeoutSeconds: 3601 }, 'timeout_seconds'],
    ['RenameContainer', { container: 'c1', newName: '../c2' }, 'new_name'],
    ['CopyContainer', { container: 'c1', newName: '' }, 'new_name'],
    ['SetLimits', { container: 'c1', limits: { memory: '1 GiB' } }, 'memory'],
    ['CreateSnapshot', { container: 'c1', snapshot: 'a/b' }, 'snapshot'],
    ['RestoreSnapshot', { container: 'c1', snapshot: '..', timeoutSeconds: 30 }, 'snapshot'],
    ['DeleteSnapshot', { container: 'c1', snapshot: `copa-${id}-1` }, 'snapshot'],
    ['GetConsoleLog', { container: 'a?b' }, 'container'],
    ['Execute', { container: 'c1', command: [], timeoutSeconds: 1 }, 'command'],
    ['Execute', { container: 'c1', command: ['a', 'b\0'], timeoutSeconds: 1 }, 'command'],
    ['Execute', { container: 'c1', command: ['x'.repeat(70_000)], timeoutSeconds: 1 }, 'command'],
    ['Execute', { container: 'c1', command: ['a'], timeoutSeconds: 0 }, 'timeout_seconds'],
    ['ClaimSource', { ...command, migrationId: '../x' }, 'migration_id'],
    ['ClaimSource', { ...command, fence: 0 }, 'fence'],
    ['ProbeStream', { address: 'example.org:80', pool: 'two' }, 'address'],
    ['RemoveSource', { command, keepAs: '-x' }, 'container'],
  ] as const)('%s refuses %o and asks the daemon nothing', async (method, request, field) => {
    const agent = await startAgent('one', emptyDaemon);
    const call = callAs(controller, agent).call(method, request, soon);
    expect(await failureOf(() => call)).toMatch(new RegExp(`^invalid_argument: ${field} `));
    expect(agent.fake.requests).toEqual([]);
  });

  test('a shutdown that the daemon reports as failed while it is in progress is waited for, not followed by a kill', async () => {
    let looks = 0;
    const agent = await startAgent('one', ({ method, path }) => {
      if (method === 'PUT') return operation('5');
      if (path.startsWith('/1.0/operations/5/wait')) return sync(failedOperation('Failed shutting down'));
      if (path !== '/1.0/instances/c1') return failure(404, 'not found');
      return sync({ ...instance(), status: ++looks < 4 ? 'Running' : 'Stopped' });
    });
    const request = { container: 'c1', timeoutSeconds: 5 };
    await callAs(controller, agent).call('StopContainer', request, soon);
    const changes = agent.fake.requests.filter(({ method }) => method !== 'GET');
    expect(changes).toMatchObject([{ body: { action: 'stop', force: false } }]);
  });

  test('a change that the daemon reports as done and has lost is repeated', async () => {
    let asked = 0;
    let config: Record<string, string> = {};
    const agent = await startAgent('one', ({ method, path, body }) => {
      if (method === 'PUT') {
        if (++asked > 1) ({ config } = body as { config: Record<string, string> });
        return operation('5');
      }
      if (path.startsWith('/1.0/operations/5/wait')) return sync({ id: '5', status: 'Success' });
      if (path !== '/1.0/instances/c1') return failure(404, 'not found');
      return sync({ ...instance(), status: 'Stopped', config });
    });
    await callAs(controller, agent).call('SetLimits', { container: 'c1', limits: { cpu: '2' } }, soon);
    expect([asked, config]).toEqual([2, { 'limits.cpu': '2' }]);
  });

  test('waiting for a container does not wait behind changes that do not end', async () => {
    const agent = await startAgent('one', ({ method, path, body }) => {
      if (method === 'PUT') return operation((body as { action: string }).action);
      if (path.startsWith('/1.0/operations/start/wait')) return undefined;
      if (path.startsWith('/1.0/operations/')) return sync({ status: 'Success' });
      if (path === '/1.0/instances/frozen') return sync(instance({}, 'Frozen'));
      return sync(instance({}, path === '/1.0/instances/runs' ? 'Running' : 'Stopped'));
    });
    const host = callAs(controller, agent);
    const started = () => agent.fake.requests.filter(({ path }) => path.includes('/start/wait')).length;
    // More than begin at once on any machine with fewer than 50 processors.
    const names = Array.from({ length: 100 }, (_, number) => `c${number}`);
    const starts = names.map((container) =>
      failureOf(() => host.call('StartContainer', { container }, soon)),
    );
    await vi.waitUntil(() => started() >= 4);
    await host.call('FreezeContainer', { container: 'runs' }, soon);
    await host.call('UnfreezeContainer', { container: 'frozen' }, soon);
    await host.call('StopContainer', { container: 'runs', timeoutSeconds: 1 }, soon);
    expect(started()).toBeLessThan(names.length);
    await agent.stop();
    expect(await Promise.all(starts)).toEqual(
      names.map(() => expect.stringMatching(/^unavailable: /) as string),
    );
  });

  test.each([
    ['FreezeContainer', 'Running'],
    ['UnfreezeContainer', 'Frozen'],
    ['StartContainer', 'Stopped'],
  ] as const)('%s asks the daemon three things', async (method, status) => {
    const agent = await startAgent('one', ({ method: verb, path }) => {
      if (verb === 'PUT') return operation('5');
      if (path.startsWith('/1.0/operations/')) return sync({ status: 'Success' });
      return sync(instance({}, status));
    });
    await callAs(controller, agent).call(method, { container: 'c1' }, soon);
    const asked = agent.fake.requests.map(({ method: verb, path }) => `${verb} ${path.split('?')[0]}`);
    expect(asked).toEqual([
      'GET /1.0/instances/c1',
      'PUT /1.0/instances/c1/state',
      'GET /1.0/operations/5/wait',
    ]);
  });

  test('a page of information costs the daemon only the page, and has the start of the next one', async () => {
    const names = ['c2', 'c1', 'c3', 'gone', 'x9'];
    const agent = await startAgent('one', ({ path }) => {
      if (path.startsWith('/1.0/instances?')) return sync(names.map((name) => `/1.0/instances/${name}`));
      const name = /^\/1\.0\/instances\/(\w+)\/state$/.exec(path)?.[1];
      if (name === undefined || name === 'gone') return failure(404, 'not found');
      return sync({ status: 'Stopped', disk: {}, memory: { of: name }, network: null });
    });
    const host = callAs(controller, agent);
    const page = async (limit: number, after: string) => {
      const { containers, next } = await host.call('GetInformation', { container: '', limit, after }, soon);
      return [...containers.map(({ container, memoryJson }) => `${container} ${memoryJson}`), next];
    };
    expect(await page(2, '')).toEqual(['c1 {"of":"c1"}', 'c2 {"of":"c2"}', 'c2']);
    expect(agent.fake.requests.map(({ path }) => path)).toEqual([
      '/1.0/instances?instance-type=container',
      '/1.0/instances/c1/state',
      '/1.0/instances/c2/state',
    ]);
    expect(await page(2, 'c2')).toEqual(['c3 {"of":"c3"}', 'gone']);
    expect(await page(2, 'gone')).toEqual(['x9 {"of":"x9"}', '']);
  });

  test('the daemon gets one read of all states at a time, for any number of clients', async () => {
    const agent = await startAgent('one', ({ path }) =>
      path.includes('recursion=2') ? sync([]) : failure(404, 'not found'),
    );
    const host = callAs(controller, agent);
    const ask = () => host.call('GetInformation', { container: '' }, soon);
    await Promise.all(Array.from({ length: 20 }, ask));
    // The first went alone. How many of the others joined the next one depends on the network.
    expect(agent.fake.requests.length).toBeLessThan(10);
  });

  test.each([
    ['LXD 5.0', sync({ status: 'Failure', err: 'no space', description: 'Start' })],
    ['LXD 5.0+git', failure(500, 'no space')],
    ['Incus 6', { status: 200, body: { type: 'error', error_code: 500, error: 'no space', metadata: null } }],
  ])('a failed operation is reported as %s reports it', async (_, dress) => {
    const agent = await startAgent('one', ({ method, path }) => {
      if (path.startsWith('/1.0/instances/c1/state') && method === 'PUT') return operation('op');
      if (path.startsWith('/1.0/operations/op/wait')) return dress;
      return path.startsWith('/1.0/instances/c1') ? sync(instance({}, 'Stopped')) : sync({});
    });
    expect(
      await failureOf(() => callAs(controller, agent).call('StartContainer', { container: 'c1' }, soon)),
    ).toMatch(/^internal: .*no space/);
  });
});

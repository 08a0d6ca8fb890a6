// Aim: unauthorized peers cannot use an agent's ports, hostile input has no effect, and no stream hangs for ever.
// Method: the agent's real gRPC server and stream listener with real TLS, over a fake LXD whose faults are controlled
// by the test.
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StreamListener } from '../../agent/transport/listener.js';
import { AgentClient } from '../../controller/hosts/client.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import type { Credentials } from '../../common/pki/identity.js';
import { withRequestId } from '../../common/observability/request-id.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { openChannel } from '../../common/net/stream-channel.js';
import { emptyDaemon, startAgent as start } from '../support/fakes/agent.js';
import { failure, operation, sync, type Answering } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';

const soon = { deadlineMs: 5_000 };
const ticket = 'ab'.repeat(32);
const id = '0123456789abcdef';
const command = { migrationId: id, fence: 7, container: 'c1' };
const undo: (() => Promise<void> | void)[] = [];

let authority: CertificateAuthority;
let controller: Credentials;
const agents: Record<string, Credentials> = {};

beforeAll(async () => {
  ({ authority } = await CertificateAuthority.create('ours'));
  controller = await authority.issue({ role: 'controller', name: 'c' });
  for (const name of ['one', 'two', 'three']) agents[name] = await authority.issue({ role: 'agent', name });
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const server = {
  api_extensions: [],
  environment: { server: 'lxd', server_version: '0', architectures: ['x86_64'] },
};
const instance = (config: Record<string, string> = {}, status = 'Running') => ({
  name: 'c1',
  type: 'container',
  status,
  architecture: 'x86_64',
  description: '',
  ephemeral: false,
  profiles: [],
  config,
  devices: {},
  expanded_devices: {},
});
const held = (fence: number) => ({
  'user.copa.migration': id,
  'user.copa.role': 'source',
  'user.copa.fence': String(fence),
});

const failedOperation = (err: string) => ({ id: '5', status: 'Failure', err, description: 'Stopping' });

async function startAgent(name: string, answer: Answering) {
  const agent = await start(agents[name] as Credentials, answer);
  undo.push(() => agent.stop());
  return agent;
}

function callAs(credentials: Credentials, agent: { address: string }, pool = 'one'): AgentClient {
  const host = new AgentClient({ pool, address: agent.address, pools: 1 }, new TlsIdentity(credentials));
  undo.push(() => host.close());
  return host;
}

describe('calls that share a stream', () => {
  const state = { status: 'Running', disk: {}, memory: {}, network: {}, cpu: {} };

  test('end separately, in success or in failure', async () => {
    const agent = await startAgent('one', ({ path }) => {
      const [, name = ''] = /^\/1.0\/instances\/(\w+)/.exec(path) ?? [];
      if (path.startsWith('/1.0/instances?')) return sync(['/1.0/instances/c1', '/1.0/instances/c2']);
      return name === 'c1' ? sync(state) : failure(name === 'c2' ? 500 : 404, `no ${name}`);
    });
    const host = callAs(controller, agent);
    const [names, known, failed, unknown] = await Promise.all([
      host.call('ListContainers', {}, soon),
      host.call('GetInformation', { container: 'c1' }, soon),
      failureOf(() => host.call('GetInformation', { container: 'c2' }, soon)),
      failureOf(() => host.call('GetInformation', { container: 'c3' }, soon)),
    ]);
    expect(names).toEqual({ names: ['c1', 'c2'] });
    expect(known.containers).toMatchObject([{ container: 'c1', diskJson: '{}' }]);
    expect(failed).toBe(`internal: pool "one" at ${agent.address}: no c2`);
    expect(unknown).toBe('not_found: container "c3" does not exist on this pool');
  });

  test('carry the id of their request', async () => {
    const agent = await startAgent('one', () => sync([]));
    const host = callAs(controller, agent);
    await withRequestId('mine-2', () => host.call('ListContainers', {}, soon));
    expect(agent.exchanges.at(-1)).toBe('mine-2 GET /1.0/instances ok');
  });

  test('wait for a daemon until their deadline, and not for an agent that is gone', async () => {
    const agent = await startAgent('one', () => undefined);
    const host = callAs(controller, agent);
    expect(await failureOf(() => host.call('ListContainers', {}, { deadlineMs: 100 }))).toBe(
      `deadline_exceeded: pool "one" at ${agent.address} has not finished ListContainers within 0.1 s; it may still do so`,
    );
    const asked = failureOf(() => host.call('GetInformation', { container: 'c1' }, soon));
    await vi.waitFor(() =>
      expect(agent.fake.requests.map(({ path }) => path)).toContain('/1.0/instances/c1/state'),
    );
    await agent.stop();
    expect(await asked).toMatch(/^unavailable: pool "one" at /);
  });
});

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

  test('an older fence is refused and changes nothing', async () => {
    const agent = await startAgent('one', ({ path }) =>
      path.startsWith('/1.0/instances/c1') ? sync(instance(held(9))) : sync({}),
    );
    const request = { command, timeoutSeconds: 5 };
    expect(await failureOf(() => callAs(controller, agent).call('HoldSource', request, soon))).toMatch(
      /^aborted: .*fence 7.*fence 9/,
    );
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('a container that another migration holds, or none, is not touched', async () => {
    const agent = await startAgent('one', ({ path }) => {
      if (/snapshots|^\/1.0\/(instances|storage-pools)\?/.test(path)) return sync([]);
      return path.startsWith('/1.0/instances/c1') ? sync(instance()) : sync({});
    });
    const host = callAs(controller, agent);
    expect(await failureOf(() => host.call('HoldSource', { command, timeoutSeconds: 5 }, soon))).toMatch(
      /^failed_precondition: .*not held by migration/,
    );
    await host.call('RestoreSource', { command, run: true }, soon);
    await host.call('RemoveSource', { command }, soon);
    await host.call('RemoveDestination', command, soon);
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('operations are refused on a container that a migration holds', async () => {
    const agent = await startAgent('one', ({ path }) =>
      path === '/1.0/instances/c1' ? sync(instance(held(1))) : failure(404, 'not found'),
    );
    const host = callAs(controller, agent);
    const c1 = { container: 'c1' };
    for (const order of [
      () => host.call('StopContainer', { ...c1, timeoutSeconds: 1 }, soon),
      () => host.call('RestartContainer', { ...c1, timeoutSeconds: 1 }, soon),
      () => host.call('CopyContainer', { ...c1, newName: 'c12' }, soon),
      () => host.call('SetLimits', { ...c1, limits: { cpu: '1' } }, soon),
      () => host.call('CreateSnapshot', { ...c1, snapshot: 's1' }, soon),
      () => host.call('RestoreSnapshot', { ...c1, snapshot: 's1', timeoutSeconds: 1 }, soon),
      () => host.call('Execute', { ...c1, command: ['a'], timeoutSeconds: 1 }, soon),
      () => host.call('DeleteSnapshot', { ...c1, snapshot: 's1' }, soon),
    ]) {
      expect(await failureOf(order)).toMatch(/^failed_precondition: .*is being migrated/);
    }
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
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

describe('the stream port', () => {
  const expectFrom = (agent: { listener: StreamListener }, name = 'two') => {
    const abort = new AbortController();
    const peer = { role: 'agent', name } as const;
    const channels = agent.listener.expect(ticket, peer, ['control', 'fs'], {
      timeoutMs: 5_000,
      signal: abort.signal,
    });
    channels.catch(() => undefined);
    undo.push(() => abort.abort(new Error('over')));
    return channels;
  };
  const open = (
    agent: { streamAddress: string },
    as: string,
    hello: { ticket: string; channel: 'fs' | 'control' },
  ) => openChannel(agent.streamAddress, { role: 'agent', name: 'one' }, new TlsIdentity(agents[as]), hello);

  test("opens each channel of a ticket once, for the ticket's peer", async () => {
    const agent = await startAgent('one', emptyDaemon);
    const channels = expectFrom(agent);
    expect(await failureOf(() => open(agent, 'three', { ticket, channel: 'fs' }))).toMatch(
      /this ticket is for another peer/,
    );
    expect(await failureOf(() => open(agent, 'two', { ticket: 'cd'.repeat(32), channel: 'fs' }))).toMatch(
      /is not valid here/,
    );
    const first = await open(agent, 'two', { ticket, channel: 'fs' });
    expect(await failureOf(() => open(agent, 'two', { ticket, channel: 'fs' }))).toMatch(/is not valid here/);
    const second = await open(agent, 'two', { ticket, channel: 'control' });
    expect([...(await channels).keys()].sort()).toEqual(['control', 'fs']);
    // The ticket was used.
    expect(await failureOf(() => open(agent, 'two', { ticket, channel: 'control' }))).toMatch(
      /is not valid here/,
    );
    first.destroy();
    second.destroy();
  });

  test('does not connect to another agent than the expected one', async () => {
    const agent = await startAgent('one', emptyDaemon);
    const hello = { ticket, channel: 'fs' } as const;
    const wrong = openChannel(
      agent.streamAddress,
      { role: 'agent', name: 'three' },
      new TlsIdentity(agents['two']),
      hello,
    );
    expect(await failureOf(() => wrong)).toMatch(/^permission_denied: copa:\/\/agent\/one answers/);
  });
});

/** Two agents whose daemons open their websockets. The source's daemon sends a little, and then nothing. */
const stuckPair = async (sourceAlive: () => boolean, verdict?: string) => {
  const secrets = { control: 'c', fs: 'f' };
  const common: Answering = ({ method, path }) => {
    if (path === '/1.0') return sync(server);
    if (path.endsWith('/snapshots')) return sync([]);
    if (/^\/1.0\/(profiles|networks)\?/.test(path)) return sync([]);
    if (path.startsWith('/1.0/operations?')) return sync({});
    if (method === 'POST' && path.startsWith('/1.0/instances')) return operation('op', secrets);
    // The wait never ends, as with the real one.
    return undefined;
  };
  const source = await startAgent('one', (request) => {
    if (request.path.startsWith('/1.0/instances/c1') && request.method === 'GET')
      return sync(instance(held(7)));
    if (request.path === '/1.0/operations/op') return sourceAlive() ? sync({ status: 'Running' }) : undefined;
    return common(request);
  });
  const destination = await startAgent('two', (request) => {
    if (request.path.startsWith('/1.0/instances/c1')) return failure(404, 'not found');
    if (request.path === '/1.0/operations/op') return sync({ status: 'Running' });
    if (verdict !== undefined && request.path.startsWith('/1.0/operations/op/wait')) {
      return sync({ status: 'Failure', err: verdict, description: 'Creating it' });
    }
    return common(request);
  });
  source.fake.onWebsocket = (secret, socket) => {
    if (secret === 'f') socket.send(Buffer.alloc(1000));
  };
  return { source, destination };
};

describe('a transfer that stops moving', () => {
  test('is noticed within seconds when the daemon hangs, on both sides', async () => {
    const { source, destination } = await stuckPair(() => false);
    const from = callAs(controller, source, 'one');
    const to = callAs(controller, destination, 'two');
    const shared = { command, transferId: `${id}-1`, ticket };
    let bytes = 0;
    const begun = Date.now();
    const ready = vi.fn();
    const manifest = { container: 'c1', server: 'lxd', architecture: 'x86_64' };
    const received = failureOf(() =>
      to.stream('ReceiveCopy', { ...shared, sourcePool: 'one', manifest }, { onEvent: ready }),
    );
    await vi.waitFor(() => expect(ready).toHaveBeenCalled());
    const sent = failureOf(() =>
      from.stream(
        'SendCopy',
        { ...shared, destinationPool: 'two', destinationAddress: destination.streamAddress },
        { onEvent: (event) => (bytes = event.bytes) },
      ),
    );
    expect(await sent).toMatch(/^aborted: the daemon hangs/);
    expect(await received).toMatch(/^aborted: the other side failed: the daemon hangs/);
    expect(Date.now() - begun).toBeLessThan(30_000);
    // The message and its websocket header.
    expect(bytes).toBe(1004);
    // A repeated request gets the stored outcome. Another pass has none.
    const ignore = { onEvent: () => undefined };
    expect(await failureOf(() => from.stream('SendCopy', { ...shared, attachOnly: true }, ignore))).toMatch(
      /^aborted/,
    );
    const other = { ...shared, transferId: `${id}-2`, attachOnly: true };
    expect(await failureOf(() => to.stream('ReceiveCopy', other, ignore))).toMatch(/^not_found/);
  }, 60_000);
});

test("a daemon's error arrives as such, not as a broken connection", async () => {
  const { source, destination } = await stuckPair(() => true, 'no space left');
  const from = callAs(controller, source, 'one');
  const to = callAs(controller, destination, 'two');
  const shared = { command, transferId: `${id}-3`, ticket };
  const ready = vi.fn();
  const manifest = { container: 'c1', server: 'lxd', architecture: 'x86_64' };
  const received = failureOf(() =>
    to.stream('ReceiveCopy', { ...shared, sourcePool: 'one', manifest }, { onEvent: ready }),
  );
  await vi.waitFor(() => expect(ready).toHaveBeenCalled());
  const way = { destinationPool: 'two', destinationAddress: destination.streamAddress };
  const sent = failureOf(() => from.stream('SendCopy', { ...shared, ...way }, { onEvent: () => undefined }));
  expect(await received).toMatch(/^internal: .*no space left/);
  expect(await sent).toMatch(/^aborted: the other side failed: no space left/);
}, 60_000);

describe('a container that comes from another host', () => {
  const daemon = (
    snapshots: unknown[] = [],
    status = 'Stopped',
    marks: Record<string, string> = {},
  ): Answering => {
    let config: Record<string, string> = { ...held(7), 'user.copa.role': 'destination', ...marks };
    return ({ method, path, body }) => {
      if (path === '/1.0') return sync(server);
      if (path.endsWith('/snapshots?recursion=1')) return sync(snapshots);
      if (path.startsWith('/1.0/operations?')) return sync({});
      if (path.startsWith('/1.0/operations/stopping')) return sync({ id: 'stopping', status: 'Success' });
      if (method === 'PUT' && path.startsWith('/1.0/instances/c1')) {
        if (!path.endsWith('/state')) ({ config } = body as { config: typeof config });
        return operation('stopping');
      }
      if (path === '/1.0/profiles/risky') {
        return sync({ config: { 'security.privileged': 'true' }, devices: {} });
      }
      if (/^\/1.0\/(profiles|networks|storage-pools)/.test(path)) return sync([]);
      if (path.startsWith('/1.0/instances/c1') && method === 'GET') {
        return snapshots.length > 0 || path.includes('snapshots')
          ? sync(instance(config, status))
          : failure(404, 'not found');
      }
      return failure(404, 'not found');
    };
  };
  const risky = { 'security.privileged': 'true' };
  const manifest = { container: 'c1', server: 'lxd', architecture: 'x86_64' };
  const receive = async (more: object) => {
    const agent = await startAgent('one', daemon());
    const request = { command, transferId: `${id}-9`, ticket, sourcePool: 'two' };
    const failed = await failureOf(() =>
      callAs(controller, agent).stream(
        'ReceiveCopy',
        { ...request, manifest: { ...manifest, ...more } },
        { onEvent: () => undefined, deadlineMs: 5000 },
      ),
    );
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    return failed;
  };

  test.each([
    [
      { config: { 'security.privileged': 'true' } },
      /^permission_denied: security.privileged .*--allow-privileges/,
    ],
    [{ config: { 'raw.lxc': 'lxc.hook.start = /x' } }, /^permission_denied: raw.lxc /],
    [
      { devices: { d: { options: { type: 'disk', source: '/', path: '/host' } } } },
      /^permission_denied: device "d"/,
    ],
    [{ profiles: ['risky'] }, /^permission_denied: security.privileged/],
    [
      { devices: { d: { options: { type: 'disk', path: '/x', pool: 'default', source: 'theirs' } } } },
      /^permission_denied: device "d" \(theirs\)/,
    ],
    [
      { devices: { eth0: { options: { type: 'nic', nictype: 'macvlan', parent: 'eth0' } } } },
      /^permission_denied: device "eth0" \(eth0\)/,
    ],
    [
      { config: { 'security.of_tomorrow': '1' } },
      /^permission_denied: .*--allow-privileges security.of_tomorrow/,
    ],
    [{ config: { 'volatile.idmap.next': '[]' } }, /^invalid_argument: manifest.config/],
    [{ config: { 'user.copa.migration': id } }, /^invalid_argument: manifest.config/],
    [{ profiles: ['../instances/c2'] }, /^invalid_argument: manifest/],
    [{ usedBytes: -1 }, /^invalid_argument: manifest.used_bytes/],
  ])('is not accepted with %o, whatever its controller requests', async (more, why) => {
    expect(await receive(more)).toMatch(why);
  });

  test('is reported before anything changes', async () => {
    const agent = await startAgent('one', daemon());
    const config = { 'security.privileged': 'true' };
    const { findings } = await callAs(controller, agent).call(
      'CheckDestination',
      { manifest: { ...manifest, config } },
      soon,
    );
    expect(findings.map(({ subject }) => subject)).toContain('privileges');
  });

  test('is not started when it has them', async () => {
    const agent = await startAgent(
      'one',
      daemon([{ name: 's1', config: {}, devices: {} }], 'Stopped', risky),
    );
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: true }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: security.privileged/);
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('is stopped at once when a snapshot of it would restore them', async () => {
    const snapshot = { name: 's1', config: { 'raw.lxc': 'x' }, devices: {} };
    const agent = await startAgent('one', daemon([snapshot]));
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: true }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: snapshot "s1": raw.lxc/);
    const states = agent.fake.requests.filter(({ path }) => path === '/1.0/instances/c1/state');
    expect(states.map(({ body }) => (body as { action: string }).action)).toEqual(['start', 'stop']);
  });

  test('does not come into being when it is not to run and a snapshot of it would restore them', async () => {
    const snapshot = { name: 's1', config: { 'raw.lxc': 'x' }, devices: {} };
    const agent = await startAgent('one', daemon([snapshot]));
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: false }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: snapshot "s1": raw.lxc/);
    expect(agent.fake.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  test('is stopped at once when its daemon has started it before anybody could look', async () => {
    const snapshot = { name: 's1', config: { 'raw.lxc': 'x' }, devices: {} };
    const saved = { 'user.copa.saved': JSON.stringify({ config: {}, ephemeral: false }) };
    const agent = await startAgent('one', daemon([snapshot], 'Running', saved));
    const activate = callAs(controller, agent).call('ActivateDestination', { command, run: true }, soon);
    expect(await failureOf(() => activate)).toMatch(/^permission_denied: snapshot "s1": raw.lxc/);
    const [stop] = agent.fake.requests.filter(({ method }) => method !== 'GET');
    expect(stop).toMatchObject({
      method: 'PUT',
      path: '/1.0/instances/c1/state',
      body: { action: 'stop', force: true },
    });
  });
});

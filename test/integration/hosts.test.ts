// Aim: between controller and agent every code and message arrives unchanged, only the right peer is accepted, and no
// call hangs. Method: real gRPC with real mutual TLS against a double of the agent.
import { ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { AgentClient } from '../../controller/hosts/client.js';
import { HostDirectory } from '../../controller/hosts/directory.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { CopaError, errorCodes } from '../../common/errors.js';
import type { Credentials } from '../../common/pki/identity.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { requestBytesMax } from '../../proto/loader.js';
import type { Answers } from '../support/agents.js';
import { failureOf } from '../support/failures.js';
import { AgentDouble, type Streams } from '../support/agent-double.js';

const soon = { deadlineMs: 5000 };
const command = { command: { migrationId: '00ff', fence: 1, container: 'c1' }, transferId: 't' };

let authority: CertificateAuthority;
let controller: Credentials;
let agent: Credentials;
const undo: (() => void)[] = [];

beforeAll(async () => {
  ({ authority } = await CertificateAuthority.create('test'));
  controller = await authority.issue({ role: 'controller', name: 'c' });
  agent = await authority.issue({ role: 'agent', name: 'a' });
});
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

async function serve(
  answers: Answers,
  options: { as?: Credentials; port?: number; streams?: Streams; multiplexes?: boolean } = {},
) {
  const double = await AgentDouble.start(options.as ?? agent, answers, options);
  undo.push(() => double.kill());
  return double;
}

function connect(address: string, as = controller, connectMs?: number): AgentClient {
  const host = new AgentClient({ pool: 'a', address, pools: 1 }, new TlsIdentity(as), connectMs);
  undo.push(() => host.close());
  return host;
}

describe('codes', () => {
  const sent = 'container "c1" says: ä 100%\nnext line';

  test.each(
    errorCodes.filter(
      (code) =>
        !['unavailable', 'cancelled', 'deadline_exceeded', 'internal', 'unimplemented'].includes(code),
    ),
  )('%s arrives with its message', async (code) => {
    const double = await serve({
      StartContainer: () => {
        throw new CopaError(code, sent);
      },
    });
    const call = connect(double.address).call('StartContainer', { container: 'c1' }, soon);
    expect(await failureOf(() => call)).toBe(`${code}: ${sent}`);
  });

  test.each(['unavailable', 'internal'] as const)('%s names the pool, too', async (code) => {
    const double = await serve({
      StartContainer: () => {
        throw new CopaError(code, 'the daemon does not answer');
      },
    });
    const call = connect(double.address).call('StartContainer', { container: 'c1' }, soon);
    expect(await failureOf(() => call)).toBe(
      `${code}: pool "a" at ${double.address}: the daemon does not answer`,
    );
  });

  test('a method that an older agent does not have', async () => {
    const double = await serve({});
    const call = connect(double.address).call('ListImages', {}, soon);
    expect(await failureOf(() => call)).toBe(
      `unimplemented: pool "a" at ${double.address} does not have ListImages: update copa there`,
    );
  });
});

describe('an agent of version 0.1.0, which does not multiplex calls', () => {
  test('gets separate calls', async () => {
    const double = await serve(
      {
        StopContainer: () => ({}),
        StartContainer: () => {
          throw new CopaError('not_found', sent);
        },
      },
      { multiplexes: false },
    );
    const host = connect(double.address);
    for (let turn = 0; turn < 3; turn++) {
      expect(await host.call('StopContainer', { container: 'c1' }, soon)).toEqual({});
    }
    expect(await failureOf(() => host.call('StartContainer', {}, soon))).toBe(`not_found: ${sent}`);
    expect(await failureOf(() => host.call('ListImages', {}, soon))).toMatch(/does not have ListImages/);
    expect(double.calls).toHaveLength(4);
  });
  const sent = 'container "c1" does not exist on this pool';
});

test('a request that is too long is not sent', async () => {
  const double = await serve({ StartContainer: () => ({}) });
  const host = connect(double.address);
  const request = { container: 'x'.repeat(requestBytesMax) };
  expect(await failureOf(() => host.call('StartContainer', request, soon))).toMatch(
    /^resource_exhausted: .* StartContainer is too much for one message: it has \d+ bytes/,
  );
  expect(await host.call('StartContainer', { container: 'c1' }, soon)).toEqual({});
  expect(double.calls).toHaveLength(1);
});

test('a reply that cannot be read fails its call, and nothing else', async () => {
  const garbage: Streams[string] = (call) => {
    const frames = call as unknown as ServerDuplexStream<{ id: number }, { id: number; reply: Buffer }>;
    frames.on('data', ({ id }: { id: number }) => frames.write({ id, reply: Buffer.from([0x0a, 0xff]) }));
  };
  const double = await serve({}, { multiplexes: false, streams: { Multiplex: garbage } });
  const host = connect(double.address);
  for (let turn = 0; turn < 2; turn++) {
    expect(await failureOf(() => host.call('ListContainers', {}, soon))).toBe(
      `unavailable: pool "a" at ${double.address}: the reply to ListContainers is malformed`,
    );
  }
});

test('requests and replies arrive as they were sent', async () => {
  const information = {
    container: 'c1',
    diskJson: '{}',
    memoryJson: '',
    networkJson: 'ä'.repeat(5_000_000),
    cpuJson: '',
  };
  const double = await serve({
    StopContainer: () => ({}),
    GetInformation: () => ({ next: '', containers: [information] }),
  });
  const host = connect(double.address);
  expect(await host.call('StopContainer', { container: 'c1', timeoutSeconds: 3600 }, soon)).toEqual({});
  // Longer than gRPC's default limit.
  expect(await host.call('GetInformation', { container: '' }, soon)).toEqual({
    next: '',
    containers: [information],
  });
  expect(double.calls.map(({ request }) => request)).toEqual([
    { container: 'c1', timeoutSeconds: 3600 },
    { container: '', limit: 0, after: '' },
  ]);
});

describe('a call that does not end', () => {
  const never = () => new Promise<never>(() => undefined);

  test('ends at its deadline', async () => {
    const double = await serve({ StartContainer: never });
    const call = connect(double.address).call('StartContainer', { container: 'c1' }, { deadlineMs: 300 });
    expect(await failureOf(() => call)).toBe(
      `deadline_exceeded: pool "a" at ${double.address} has not finished StartContainer within 0.3 s; it may still do so`,
    );
  });

  test('ends when its caller cancels it, on both sides', async () => {
    const double = await serve({ StartContainer: never });
    const aborting = new AbortController();
    const call = connect(double.address).call(
      'StartContainer',
      {},
      { deadlineMs: 60_000, signal: aborting.signal },
    );
    await vi.waitFor(() => expect(double.calls).toHaveLength(1), 10_000);
    aborting.abort();
    expect(await failureOf(() => call)).toMatch(/^cancelled/);
    await vi.waitFor(() => expect(double.calls[0]?.cancelled()).toBe(true), 10_000);
    const late = connect(double.address).call('StartContainer', {}, { ...soon, signal: aborting.signal });
    expect(await failureOf(() => late)).toMatch(/^cancelled/);
    expect(double.calls).toHaveLength(1);
  });

  test('has an unknown outcome when the agent dies during it', async () => {
    const double = await serve({ StartContainer: never });
    const call = connect(double.address).call('StartContainer', { container: 'c1' }, { deadlineMs: 60_000 });
    await vi.waitFor(() => expect(double.calls).toHaveLength(1), 10_000);
    double.kill();
    expect(await failureOf(() => call)).toMatch(/^unavailable: pool "a" at /);
  });
});

describe('a host that does not answer', () => {
  test('is reported within three seconds, with the reason', async () => {
    const port = await freePort();
    const startedAt = performance.now();
    expect(await failureOf(() => connect(`127.0.0.1:${port}`).call('ListContainers', {}, soon))).toMatch(
      new RegExp(`^unavailable: pool "a" at 127.0.0.1:${port} does not answer: .*ECONNREFUSED`),
    );
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test('that is silent, too', async () => {
    const silent = createServer();
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    undo.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    expect(await failureOf(() => connect(`127.0.0.1:${port}`).call('ListContainers', {}, soon))).toBe(
      `unavailable: pool "a" at 127.0.0.1:${port} does not answer: no connection within 3 s`,
    );
  });

  test('is reported at once to an impatient caller, without further attempts until the next call', async () => {
    const port = await freePort();
    const host = connect(`127.0.0.1:${port}`);
    const events: unknown[] = [];
    const options = { onEvent: (event: unknown) => events.push(event), impatient: true };
    const watch = () => host.stream('Watch', { heartbeatMs: 1000 }, options);
    const startedAt = performance.now();
    expect(await failureOf(watch)).toMatch(/does not answer: .*ECONNREFUSED/);
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    const streams = {
      Watch: (call: { write(event: object): unknown }) => void call.write({ deleted: ['x'] }),
    };
    let connections = 0;
    const looking = createServer(() => connections++).listen(port, '127.0.0.1');
    await once(looking, 'listening');
    // By itself gRPC would reconnect after 100 ms, and again and again.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(connections).toBe(0);
    await new Promise((resolve) => looking.close(resolve));
    await serve({}, { port, streams: streams as unknown as Streams });
    void watch().catch(() => undefined);
    await vi.waitFor(() => expect(events).toEqual([expect.objectContaining({ deleted: ['x'] })]), 3_000);
  });

  test('is not connected after its pool was removed', async () => {
    const port = await freePort();
    const host = connect(`127.0.0.1:${port}`);
    const call = failureOf(() => host.call('ListContainers', {}, soon));
    await new Promise((resolve) => setTimeout(resolve, 50));
    host.close();
    expect(await call).toMatch(/^unavailable/);
    let connections = 0;
    const looking = createServer(() => connections++).listen(port, '127.0.0.1');
    undo.push(() => looking.close());
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(connections).toBe(0);
  });

  test('and is silent has one attempt in progress, for any number of calls', async () => {
    let connections = 0;
    const silent = createServer(() => connections++).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    undo.push(() => silent.close());
    const host = connect(`127.0.0.1:${(silent.address() as AddressInfo).port}`, controller, 400);
    const options = { onEvent: () => undefined, impatient: true };
    for (let attempt = 0; attempt < 3; attempt++) {
      const failure = await failureOf(() => host.stream('Watch', { heartbeatMs: 1000 }, options));
      expect(failure).toContain('no connection within 0.4 s');
    }
    expect(connections).toBe(1);
  });

  test('is waited for by other calls during an impatient one', async () => {
    const port = await freePort();
    const host = connect(`127.0.0.1:${port}`);
    const call = host.call('ListContainers', {}, soon);
    const options = { onEvent: () => undefined, impatient: true };
    expect(await failureOf(() => host.stream('Watch', { heartbeatMs: 1000 }, options))).toMatch(
      /ECONNREFUSED/,
    );
    await serve({ ListContainers: () => ({ names: ['c1'] }) }, { port });
    expect(await call).toEqual({ names: ['c1'] });
  });

  test('works at the first call after it is back', async () => {
    const double = await serve({ ListContainers: () => ({ names: ['c1'] }) });
    const host = connect(double.address);
    await host.call('ListContainers', {}, soon);
    double.kill();
    expect(await failureOf(() => host.call('ListContainers', {}, soon))).toMatch(/^unavailable/);
    const call = host.call('ListContainers', {}, soon);
    await serve({ ListContainers: () => ({ names: ['c2'] }) }, { port: double.port });
    expect(await call).toEqual({ names: ['c2'] });
  });
});

describe('identities', () => {
  /** The peer does not change while a call waits for it. */
  const shortly = 700;
  const names: Answers = { ListContainers: () => ({ names: [] }) };

  test('another pool is not accepted', async () => {
    const double = await serve(names, { as: await authority.issue({ role: 'agent', name: 'b' }) });
    const failure = await failureOf(() =>
      connect(double.address, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toBe(
      `unavailable: pool "a" at ${double.address} does not answer: copa://agent/b answers there, not copa://agent/a`,
    );
    expect(double.calls).toEqual([]);
  });

  test('a controller is not accepted as an agent', async () => {
    const double = await serve(names, { as: await authority.issue({ role: 'controller', name: 'a' }) });
    const failure = await failureOf(() =>
      connect(double.address, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toContain('copa://controller/a answers there, not copa://agent/a');
  });

  test('an agent of another CA is not accepted', async () => {
    const { authority: other } = await CertificateAuthority.create('other');
    const double = await serve(names, { as: await other.issue({ role: 'agent', name: 'a' }) });
    const failure = await failureOf(() =>
      connect(double.address, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toMatch(/^unavailable: pool "a" at .* does not answer: .*certificate/);
    expect(double.calls).toEqual([]);
  });

  test('a controller of another CA is refused, with the reason', async () => {
    const { authority: other } = await CertificateAuthority.create('other');
    const foreign = { ...(await other.issue({ role: 'controller', name: 'c' })), ca: controller.ca };
    const double = await serve(names);
    const failure = await failureOf(() =>
      connect(double.address, foreign, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toMatch(/^unavailable: pool "a" at /);
    expect(double.calls).toEqual([]);
  });

  test('an agent without TLS is not accepted', async () => {
    const { Server } = await import('@grpc/grpc-js');
    const server = new Server();
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      }),
    );
    undo.push(() => server.forceShutdown());
    const failure = await failureOf(() =>
      connect(`127.0.0.1:${port}`, controller, shortly).call('ListContainers', {}, soon),
    );
    expect(failure).toMatch(/^unavailable: pool "a" at .* does not answer/);
  });
});

describe('streams', () => {
  const streamOf = async (receive: Streams[string]) => {
    const double = await serve({}, { streams: { ReceiveCopy: receive } });
    return connect(double.address);
  };

  test('deliver their events in order and settle at the end', async () => {
    const host = await streamOf((call) => {
      call.write({ ready: true, bytes: 0 });
      call.write({ ready: false, bytes: 2 ** 40 });
      call.end();
    });
    const events: unknown[] = [];
    await host.stream('ReceiveCopy', command, { onEvent: (event) => events.push(event) });
    expect(events).toMatchObject([
      { ready: true, bytes: 0 },
      { ready: false, bytes: 2 ** 40 },
    ]);
  });

  test("fail with the agent's error", async () => {
    const host = await streamOf((call) => {
      call.write({ ready: true });
      call.emit('error', { code: 9, details: 'the disk is full' });
    });
    const stream = host.stream('ReceiveCopy', command, { onEvent: () => undefined });
    expect(await failureOf(() => stream)).toBe('failed_precondition: the disk is full');
  });

  test('end when their caller cancels them', async () => {
    const host = await streamOf((call) => call.write({ ready: true }));
    const aborting = new AbortController();
    const stream = host.stream('ReceiveCopy', command, {
      onEvent: () => aborting.abort(),
      signal: aborting.signal,
    });
    expect(await failureOf(() => stream)).toMatch(/^cancelled/);
  });

  test('have an unknown outcome when the agent dies', async () => {
    const double = await serve({}, { streams: { SendCopy: (call) => call.write({ ready: true }) } });
    const stream = connect(double.address).stream('SendCopy', command, { onEvent: () => double.kill() });
    expect(await failureOf(() => stream)).toMatch(/^unavailable: pool "a"/);
  });
});

describe('our own certificate', () => {
  test('that was renewed is the one of the next connection', async () => {
    const tlsIdentity = new TlsIdentity(controller);
    const double = await serve({ ListContainers: () => ({ names: ['c1'] }) });
    const host = new AgentClient({ pool: 'a', address: double.address, pools: 1 }, tlsIdentity);
    undo.push(() => host.close());
    await host.call('ListContainers', {}, soon);
    const { authority: other } = await CertificateAuthority.create('other');
    const foreign = await other.issue({ role: 'controller', name: 'c' });
    tlsIdentity.change({ credentials: foreign, revoked: [] });
    // The existing connection continues.
    expect(await host.call('ListContainers', {}, soon)).toEqual({ names: ['c1'] });
    double.kill();
    await serve(
      { ListContainers: () => ({ names: ['c2'] }) },
      { as: await other.issue({ role: 'agent', name: 'a' }), port: double.port },
    );
    await vi.waitFor(async () =>
      expect(await host.call('ListContainers', {}, soon)).toEqual({ names: ['c2'] }),
    );
  });
});

describe('the directory', () => {
  const pool = (address: string, revision = 1, name = 'a') => ({ name, address, addedAt: '', revision });

  function directoryFor(port: number): HostDirectory {
    const directory = new HostDirectory(new TlsIdentity(controller), port);
    undo.push(() => directory.close());
    return directory;
  }

  test('keeps one connection for each pool, and makes a new one when it moves', async () => {
    const [first, second] = [await serve({}), await serve({ ListContainers: () => ({ names: ['moved'] }) })];
    const directory = directoryFor(first.port);
    const host = directory.host(pool('127.0.0.1'));
    expect(host.address).toBe(first.address);
    expect(directory.host(pool(first.address))).toBe(host);
    const moved = directory.host(pool(second.address, 2));
    expect(moved).not.toBe(host);
    expect(await moved.call('ListContainers', {}, soon)).toEqual({ names: ['moved'] });
    expect(await failureOf(() => host.call('ListContainers', {}, soon))).toMatch(/^unavailable/);
  });

  test('an older record does not close the connection of a newer one', async () => {
    const double = await serve({ ListContainers: () => ({ names: ['moved'] }) });
    const directory = directoryFor(8001);
    const moved = directory.host(pool(double.address, 2));
    expect(directory.host(pool('127.0.0.1:1', 1))).toBe(moved);
    expect(directory.lastSeen('a')?.address).toBe(double.address);
    expect(await moved.call('ListContainers', {}, soon)).toEqual({ names: ['moved'] });
  });

  test.each([
    ['was removed', (directory: HostDirectory) => directory.forget('a', 2)],
    ['was missing from a listing', (directory: HostDirectory) => directory.retain([], 2)],
  ])('an older record does not bring back a pool that %s', async (_, remove) => {
    const double = await serve({ ListContainers: () => ({ names: ['c1'] }) });
    const directory = directoryFor(8001);
    remove(directory);
    const stale = directory.host(pool(double.address, 1));
    expect(await failureOf(() => stale.call('ListContainers', {}, soon))).toMatch(/is no longer a pool$/);
    expect(directory.lastSeen('a')).toBeUndefined();
    const added = directory.host(pool(double.address, 3));
    expect(await added.call('ListContainers', {}, soon)).toEqual({ names: ['c1'] });
    // A pool removed earlier is a different one from the pool added later.
    directory.forget('a', 2);
    directory.retain([], 2);
    expect(directory.host(pool(double.address, 3))).toBe(added);
  });

  test('closes the connections to removed pools', async () => {
    const double = await serve({});
    const directory = directoryFor(8001);
    const host = directory.host(pool(double.address));
    directory.retain([pool('127.0.0.1:1', 2, 'b')], 2);
    expect(await failureOf(() => host.call('ListContainers', {}, soon))).toMatch(/^unavailable/);
    expect(directory.lastSeen('b')?.address).toBe('127.0.0.1:1');
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

// Aim: there is one connection for each pool, also when pools move and are removed; streams deliver all and end.
// Method: real gRPC against doubles of agents.
import { describe, expect, test } from 'vitest';
import { HostDirectory } from '../../../controller/hosts/directory.js';
import { TlsIdentity } from '../../../common/pki/tls-identity.js';
import { failureOf } from '../../support/failures.js';
import { type Streams } from '../../support/agent-double.js';
import { soon, command, controller, undo, serve, connect } from './agent.js';

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

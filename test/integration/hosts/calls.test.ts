// Aim: between controller and agent every code, message and value arrives unchanged, and no call hangs.
// Method: real gRPC against a double of the agent.
import { type ServerDuplexStream } from '@grpc/grpc-js';
import { describe, expect, test, vi } from 'vitest';
import { CopaError, errorCodes } from '../../../common/errors.js';
import { requestBytesMax } from '../../../proto/loader.js';
import { failureOf } from '../../support/failures.js';
import { type Streams } from '../../support/agent-double.js';
import { soon, serve, connect } from './agent.js';

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

// Aim: a host that does not answer is reported soon, and its calls work at once when it is back.
// Method: ports that refuse, are silent, or come back.
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { type Streams } from '../../support/agent-double.js';
import { soon, controller, undo, serve, connect, freePort } from './agent.js';

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

// Aim: what lasts for a request ends with its client and its token, and only then. Method: a request as an emitter, and a
// token whose confirmations the test gives.
import { EventEmitter, setMaxListeners } from 'node:events';
import type { Context } from 'koa';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { messageOf } from '../../common/errors.js';
import { AccessPause, signalOf, strictSignalOf } from '../../controller/http/request/access.js';
import { Measurements } from '../../controller/usecases/measurements.js';
import type { Confirmed } from '../../controller/usecases/token-confirmations.js';

class Response extends EventEmitter {
  writableFinished = false;
  closed = false;
}

describe('access', () => {
  let response: Response;
  let token: AbortController;
  let listeners: Set<(state: Confirmed) => void>;
  let ctx: Context;
  const confirm = (state: Confirmed) => [...listeners].forEach((listener) => listener(state));
  const outcomeOf = ({ aborted, reason }: AbortSignal) => (aborted ? messageOf(reason) : 'open');

  beforeEach(() => {
    response = new Response();
    token = new AbortController();
    listeners = new Set();
    const watchAccess = (listener: (state: Confirmed) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    };
    ctx = {
      res: response,
      state: { principal: { signal: token.signal }, watchAccess },
    } as unknown as Context;
  });

  test.each([
    ['the client goes', () => response.emit('close'), 'the client has gone'],
    ['the token ends here', () => token.abort(new Error('it expired')), 'it expired'],
    ['the token was revoked elsewhere', () => confirm('revoked'), 'the token is no longer valid'],
  ])('ends when %s', (_what, happens, reason) => {
    const signals = [signalOf(ctx), strictSignalOf(ctx)];
    happens();
    expect(signals.map(outcomeOf)).toEqual([reason, reason]);
    expect([listeners.size, response.listenerCount('close')]).toEqual([0, 0]);
  });

  test('does not end with the answer, and follows nothing after it', () => {
    const signal = signalOf(ctx);
    response.writableFinished = true;
    response.emit('close');
    expect([outcomeOf(signal), listeners.size]).toEqual(['open', 0]);
  });

  test('of a client that had gone before ends at once', () => {
    response.closed = true;
    expect(outcomeOf(signalOf(ctx))).toBe('the client has gone');
  });

  test('ends strictly when etcd does not confirm the token', () => {
    const [usual, strict] = [signalOf(ctx), strictSignalOf(ctx)];
    confirm('unconfirmed');
    expect([usual, strict].map(outcomeOf)).toEqual([
      'open',
      'etcd does not answer this controller, so nobody can confirm the token',
    ]);
  });

  test('lets nothing pass while nobody confirms the token, and ends after half a minute', async () => {
    vi.useFakeTimers();
    const pausing = new AccessPause(ctx);
    const passed: number[] = [];
    const pass = (number: number) => pausing.over().then(() => passed.push(number));
    await pass(1);
    confirm('unconfirmed');
    const second = pass(2);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(passed).toEqual([1]);
    confirm('confirmed');
    await second;
    expect([passed, outcomeOf(pausing.signal)]).toEqual([[1, 2], 'open']);
    confirm('unconfirmed');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(outcomeOf(pausing.signal)).toMatch('etcd does not answer');
    pausing.close();
    expect(listeners.size).toBe(0);
    vi.useRealTimers();
  });
});

test('nothing more is read from hosts for a client that has gone', async () => {
  const gone = new AbortController();
  setMaxListeners(0, gone.signal);
  let calls = 0;
  const cancelled: unknown[] = [];
  const hosts = Array.from({ length: 200 }, (_, each) => ({ name: `p${each}` }));
  const call = (_method: string, _request: object, { signal }: { signal?: AbortSignal }) => {
    calls++;
    return new Promise((_, reject) =>
      signal?.addEventListener('abort', () => {
        cancelled.push(signal.reason);
        reject(new Error('cancelled'));
      }),
    );
  };
  const measurements = new Measurements({
    pools: { get: () => Promise.reject(new Error('not needed')), list: () => Promise.resolve(hosts) },
    agents: { host: () => ({ call }), lastSeen: () => undefined },
  } as never);
  const read = measurements.readAll(
    'resource',
    () => true,
    () => ({}),
    { max: 10, signal: gone.signal },
  );
  await vi.waitFor(() => expect(calls).toBe(64));
  gone.abort(new Error('the client has gone'));
  await expect(read).rejects.toThrow(/gone|cancelled/);
  await new Promise((resolve) => setImmediate(resolve));
  expect([calls, cancelled.length]).toEqual([64, 64]);
});

// Aim: a request's id is kept if it is harmless in logs and headers, and is on every log line of its work and on no
// other. Method: ids of all kinds; two requests with interleaved steps.
import { setTimeout as delay } from 'node:timers/promises';
import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test, vi } from 'vitest';
import { WorkQueue } from '../../common/async/work-queue.js';
import { SingleFlight } from '../../common/async/single-flight.js';
import {
  carryingRequestId,
  currentRequestId,
  requestIdFrom,
  withRequestId,
} from '../../common/observability/request-id.js';

test.each(['a', 'req-1', '4bf92f3577b34da6a3ce929d0e0e4736', 'a:b.c_d', 'x'.repeat(64)])(
  '%s is kept',
  (id) => {
    expect(requestIdFrom(id)).toBe(id);
  },
);

test.each([
  undefined,
  '',
  'x'.repeat(65),
  'two words',
  'line\nbreak',
  '-option',
  '{"level":60}',
  'ümlaut',
  Buffer.from('binary'),
])('%s is replaced', (id) => {
  const made = requestIdFrom(id);
  expect(made).toMatch(/^[0-9a-f]{16}$/);
  expect(requestIdFrom(id)).not.toBe(made);
});

test('it follows only its own asynchronous work', async () => {
  const seen: (string | undefined)[] = [];
  const work = async () => {
    await delay(1);
    seen.push(currentRequestId());
    await delay(1);
    seen.push(currentRequestId());
  };
  await Promise.all([withRequestId('one', work), withRequestId('two', work), work()]);
  expect(seen.sort()).toEqual(['one', 'one', 'two', 'two', undefined, undefined]);
});

test('an explicitly passed id reaches work that starts at once, single-flight and work queues', async () => {
  const seen: Record<string, string | undefined> = {};
  const [reads, queue] = [new SingleFlight(), new WorkQueue('tests', { atOnceMax: 1, waitingMax: 9 })];
  const note = (what: string) => async () => {
    seen[what] = currentRequestId();
    await delay(1);
    seen[`${what}, later`] = currentRequestId();
  };
  await Promise.all(
    ['first', 'second'].map((id) =>
      carryingRequestId(id, () => Promise.all([reads.run('it', note(id)), queue.run(note(`queue ${id}`))])),
    ),
  );
  expect(seen).toEqual({
    first: 'first',
    'first, later': undefined,
    second: 'second',
    'second, later': undefined,
    'queue first': 'first',
    'queue first, later': undefined,
    'queue second': 'second',
    'queue second, later': undefined,
  });
  expect(currentRequestId()).toBeUndefined();
});

test('tracking stops when the last work with an id has ended, and starts again for the next', async () => {
  const disable = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
  const seen: (string | undefined)[] = [];
  const work = (ms: number) => async () => {
    await delay(ms);
    seen.push(currentRequestId());
  };
  await Promise.all([withRequestId('short', work(1)), withRequestId('long', work(20))]);
  expect(disable).toHaveBeenCalledTimes(1);
  await withRequestId('next', work(1));
  expect(seen).toEqual(['short', 'long', 'next']);
  expect(() =>
    withRequestId('thrown', () => {
      throw new Error('at once');
    }),
  ).toThrow('at once');
  expect(disable).toHaveBeenCalledTimes(3);
  disable.mockRestore();
});

// Aim: a request's id comes through as it was given, if it can do no harm in a log or a header, and is on every
// log line of its work and on no other. Method: ids of all kinds; two requests that take turns.
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { currentRequestId, requestIdFrom, withRequestId } from '../../proto/request-id.js';

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

test('it follows its own asynchronous work alone', async () => {
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

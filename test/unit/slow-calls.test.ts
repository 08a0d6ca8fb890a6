// Aim: a migration says what it waits for: a call without an answer, and a transfer whose host is there and sends nothing.
// Method: the calls of a host that answers when the test wants, on a virtual clock.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../common/async/clock.js';
import { notingSlowCalls } from '../../controller/migration/slow-calls.js';
import type { HostCalls } from '../../controller/hosts/client.js';

let notes: string[];
let emit: (bytes: number) => void;
let finish: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  notes = [];
});
afterEach(() => void vi.useRealTimers());

function host(): HostCalls {
  const ended = new Promise<void>((resolve) => (finish = resolve));
  const calls = {
    ...{ pool: 'server1', address: '10.0.0.1:8001' },
    call: () => ended,
    stream: (_method: string, _request: object, options: { onEvent: (event: object) => void }) => {
      emit = (bytes) => options.onEvent({ bytes });
      return ended;
    },
  } as unknown as HostCalls;
  const onSlow = (message: string) => void notes.push(message);
  return notingSlowCalls(calls, { clock: systemClock, onSlow, onEnd: () => void notes.push('over') });
}

test('a call without an answer is noted until it ends', async () => {
  const call = host().call('InspectSource', { container: 'web' }, { deadlineMs: 60_000 });
  vi.advanceTimersByTime(14_999);
  expect(notes).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(notes).toEqual(['server1 has not answered for 15 s (InspectSource)']);
  finish();
  await call;
  expect(notes).toHaveLength(2);
});

test('a transfer is noted while no data comes, although its agent reports every second', async () => {
  const seen: object[] = [];
  const transfer = host().stream('SendCopy', {}, { onEvent: (event) => void seen.push(event) });
  const each = (seconds: number, bytesOf: (second: number) => number) => {
    for (let second = 1; second <= seconds; second++) {
      vi.advanceTimersByTime(1_000);
      emit(bytesOf(second));
    }
  };
  each(100, (second) => second * 10);
  expect(notes).toEqual([]);
  each(59, () => 1000);
  expect(notes).toEqual([]);
  each(30, () => 1000);
  expect(notes).toEqual([
    'server1 has had no data of this copy for 60 s (SendCopy): its daemon may be at work',
  ]);
  emit(1001);
  expect(notes[1]).toBe('over');
  vi.advanceTimersByTime(60_000);
  finish();
  await transfer;
  expect(notes.map((note) => note === 'over')).toEqual([false, true, false, true]);
  expect(seen).toHaveLength(190);
  vi.advanceTimersByTime(100_000);
  expect(notes).toHaveLength(4);
});

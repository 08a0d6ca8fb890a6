// Aim: every refusal is logged, and no number of them fills a disk. Method: the log as a list, a clock of the test.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RefusalLog } from '../../common/observability/refusal-log.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function refusals() {
  const lines: unknown[] = [];
  const warn = (fields: object, message: string) => void lines.push({ ...fields, message });
  return { lines, refusals: new RefusalLog({ warn } as never, 'refused') };
}

const one = { from: '10.0.0.9', who: 'copa://agent/a', reason: 'no ticket' };

test('the first is logged at once, equal ones as a count after a minute, and then again', () => {
  const { lines, refusals: told } = refusals();
  for (let time = 0; time < 1000; time++) told.record(one);
  expect(lines).toEqual([{ ...one, message: 'refused' }]);
  vi.advanceTimersByTime(60_000);
  expect(lines.splice(0)).toEqual([
    { ...one, message: 'refused' },
    { ...one, again: 999, message: 'refused' },
  ]);
  told.record(one);
  vi.advanceTimersByTime(60_000);
  expect(lines).toEqual([{ ...one, message: 'refused' }]);
});

test('at most a hundred different ones are logged separately', () => {
  const { lines, refusals: told } = refusals();
  for (let time = 0; time < 5000; time++) told.record({ ...one, reason: `reason ${time}` });
  told.close();
  expect(lines).toHaveLength(101);
  expect(lines.at(-1)).toMatchObject({ again: 4900 });
});

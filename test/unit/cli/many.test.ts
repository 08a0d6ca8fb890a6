// Aim: a change of many containers applies to those that were meant, some at a time, and names each failure. Method: the
// functions of the command line, on an overview and on work that fails.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { changeMany, chooseMany, parseParallel } from '../../../cli/many.js';
import type { Rest } from '../../../cli/rest.js';
import { CopaError } from '../../../common/errors.js';
import { failureOf } from '../../support/failures.js';

const pools = [
  { name: 'a', containers: [container('c1', 'Running'), container('c2', 'Stopped')] },
  { name: 'b', containers: [container('c1', 'Stopped')] },
];
const asked: unknown[] = [];
const rest = {
  overview: (query: unknown) => {
    asked.push(query);
    return Promise.resolve({ pools });
  },
  async *pages(page: (part: object) => Promise<unknown>) {
    yield await page({});
  },
} as unknown as Rest;
const isStopped = (status: string) => status === 'Stopped';

function container(name: string, status: string) {
  return { name, status };
}

describe('the choice', () => {
  test('is what it applies to, on the pools that are named or on all', async () => {
    const a2 = { pool: 'a', name: 'c2' };
    expect(await chooseMany(rest, ['a:'], undefined, isStopped)).toEqual({ containers: [a2], skipped: 1 });
    const all = await chooseMany(rest, [], undefined, isStopped);
    expect(all).toEqual({ containers: [a2, { pool: 'b', name: 'c1' }], skipped: 1 });
  });

  test('is made by the controller for labels', async () => {
    asked.length = 0;
    await chooseMany(rest, [], 'app=web', isStopped);
    expect(asked).toEqual([{ labels: 'app=web' }]);
  });

  test('of an unknown pool, or of what is none, is refused', async () => {
    expect(await failureOf(() => chooseMany(rest, ['x:'], undefined, isStopped))).toBe(
      'not_found: there is no pool "x"',
    );
    for (const text of ['a', 'a:c1', ':', '@any', '']) {
      expect(await failureOf(() => chooseMany(rest, [text], undefined, isStopped))).toMatch(
        /^invalid_argument: .* a pool is expected, as server1:$/,
      );
    }
  });
});

describe('the change', () => {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    process.exitCode = undefined;
  });

  test('has so many at a time at most, and goes on after a failure', async () => {
    const containers = Array.from({ length: 10 }, (_, index) => ({ pool: 'a', name: `c${index}` }));
    let [now, most] = [0, 0];
    await changeMany({ containers, skipped: 2 }, { done: 'stopped', parallel: 3 }, async ({ name }) => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now--;
      if (name === 'c4') throw new CopaError('not_found', 'it is gone');
    });
    expect(most).toBe(3);
    expect(printed).toEqual([
      'copa: a:c4: it is gone\n',
      '9 of 10 containers stopped, 1 failed, 2 left as they were.\n',
    ]);
    expect(process.exitCode).toBe(3);
  });

  test.each(['0', '-1', '257', 'many', '1.5', ''])('--parallel %s is refused', async (text) => {
    expect(await failureOf(() => Promise.resolve().then(() => parseParallel(text)))).toMatch(
      /^invalid_argument/,
    );
  });
});

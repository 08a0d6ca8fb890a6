// Aim: work is limited and starts in order, and refused work has not started. Method: work that the test ends.
import { describe, expect, test } from 'vitest';
import { WorkQueue } from '../../common/async/work-queue.js';
import { failureOf } from '../support/failures.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a work queue', () => {
  const bounds = { atOnceMax: 2, waitingMax: 2 };

  /** A queue, its started tasks, and how to end each. */
  function busy(these = bounds) {
    const queue = new WorkQueue('changes', these);
    const started: string[] = [];
    const ends = new Map<string, () => void>();
    const run = (name: string, isGone?: () => boolean) =>
      queue.run(async () => {
        started.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        if (name === 'b') throw new Error('b failed');
        return name;
      }, isGone);
    const end = async (name: string) => {
      ends.get(name)?.();
      await settle();
    };
    return { started, run, end };
  }

  test('runs a limited number, queues a limited number, and refuses the rest', async () => {
    const { started, run, end } = busy();
    const results = ['a', 'b', 'c', 'd'].map((name) => run(name).catch((error: unknown) => String(error)));
    expect(await failureOf(() => run('e'))).toBe(
      'resource_exhausted: this host has 4 changes under way or waiting already: try again in a moment',
    );
    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    await end('a');
    await end('d');
    await end('c');
    expect(await Promise.all(results)).toEqual(['a', 'Error: b failed', 'c', 'd']);
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  test('starts everything in its order of arrival', async () => {
    const { started, run, end } = busy({ atOnceMax: 1, waitingMax: 100 });
    const names = ['first', 'second', 'third'];
    const runs = names.map((name) => run(name));
    for (let turn = 0; turn < 8; turn++) {
      names.push(`new${turn}`);
      runs.push(run(`new${turn}`));
      await end(started.at(-1) ?? '');
    }
    expect(started).toEqual(names.slice(0, 9));
    for (const name of names.slice(8)) await end(name);
    await Promise.all(runs);
    expect(started).toEqual(names);
  });

  test('has its full capacity after failures and refusals', async () => {
    const { started, run, end } = busy();
    for (let round = 0; round < 3; round++) {
      const b = run('b').catch((error: unknown) => String(error));
      const a = run('a');
      await end('b');
      await end('a');
      expect([await b, await a]).toEqual(['Error: b failed', 'a']);
    }
    expect(started).toHaveLength(6);
  });

  test('does not start work that its caller has cancelled', async () => {
    const { started, run, end } = busy();
    const first = ['x', 'y'].map((name) => run(name));
    let isGone = false;
    const given = failureOf(() => run('z', () => isGone));
    isGone = true;
    await end('x');
    expect(await given).toBe('cancelled: cancelled before it began');
    await end('y');
    await Promise.all(first);
    expect(started).toEqual(['x', 'y']);
  });
});

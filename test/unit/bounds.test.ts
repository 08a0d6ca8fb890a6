// Aim: what is bounded is bounded, what waits gets its turn, and what is refused has not begun.
// Method: work that the test itself lets end.
import { describe, expect, test } from 'vitest';
import { WorkQueue } from '../../common/async/work-queue.js';
import { Admission } from '../../controller/http/middleware/admission.js';
import { failureOf } from '../support/failures.js';

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a lane', () => {
  const bounds = { atOnceMax: 2, waitingMax: 2 };

  /** A lane, what has begun in it, and how to end each. */
  function busy(these = bounds) {
    const lane = new WorkQueue('changes', these);
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const run = (name: string, isGone?: () => boolean) =>
      lane.run(async () => {
        begun.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
        if (name === 'b') throw new Error('b failed');
        return name;
      }, isGone);
    const end = async (name: string) => {
      ends.get(name)?.();
      await settle();
    };
    return { begun, run, end };
  }

  test('lets so many work, so many wait, and refuses the rest', async () => {
    const { begun, run, end } = busy();
    const results = ['a', 'b', 'c', 'd'].map((name) => run(name).catch((error: unknown) => String(error)));
    expect(await failureOf(() => run('e'))).toBe(
      'resource_exhausted: this host has 4 changes under way or waiting already: try again in a moment',
    );
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'd']);
    await end('a');
    await end('d');
    await end('c');
    expect(await Promise.all(results)).toEqual(['a', 'Error: b failed', 'c', 'd']);
    expect(begun).toEqual(['a', 'b', 'd', 'c']);
  });

  test('what came last is next, and every fourth time what waits longest, whoever comes meanwhile', async () => {
    const { begun, run, end } = busy({ atOnceMax: 1, waitingMax: 100 });
    const runs = ['first', 'old', 'older'].map((name) => run(name));
    for (let turn = 0; turn < 8; turn++) {
      runs.push(run(`new${turn}`));
      await end(begun.at(-1) ?? '');
    }
    const inTurn = ['new0', 'new1', 'new2', 'old', 'new4', 'new5', 'new6', 'older'];
    expect(begun).toEqual(['first', ...inTurn]);
    for (const name of ['older', 'new7', 'new3']) await end(name);
    await Promise.all(runs);
  });

  test('is as wide after failures and refusals as before', async () => {
    const { begun, run, end } = busy();
    for (let round = 0; round < 3; round++) {
      const b = run('b').catch((error: unknown) => String(error));
      const a = run('a');
      await end('b');
      await end('a');
      expect([await b, await a]).toEqual(['Error: b failed', 'a']);
    }
    expect(begun).toHaveLength(6);
  });

  test('does not begin what nobody waits for any more', async () => {
    const { begun, run, end } = busy();
    const first = ['x', 'y'].map((name) => run(name));
    let isGone = false;
    const given = failureOf(() => run('z', () => isGone));
    isGone = true;
    await end('x');
    expect(await given).toBe('cancelled: given up before it had begun');
    await end('y');
    await Promise.all(first);
    expect(begun).toEqual(['x', 'y']);
  });
});

describe('the controller as a whole', () => {
  test('refuses a request too many, until one has ended; health and events are not counted', async () => {
    const admission = new Admission(2);
    for (const path of ['/REST/pools', '/REST/container/']) expect(admission.enter(path)).toBe(true);
    for (const path of ['/healthz', '/REST/events', '/REST/events/'])
      expect(admission.enter(path)).toBe(false);
    const refusal = 'unavailable: the controller has 2 requests under way already: try again in a moment';
    expect(await failureOf(() => admission.enter('/REST/pools'))).toBe(refusal);
    admission.leave();
    expect(admission.enter('/REST/pools')).toBe(true);
    expect(await failureOf(() => admission.enter('/REST/pools'))).toBe(refusal);
  });
});

// Aim: concurrent requests share calls, no result is older than its request, and nothing waits for ever. Method: a
// table of events, with a clock and with calls that the test ends; and, for the freshness, random histories in which
// a value changes all the time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GroupedReads, groupsOf } from '../../controller/store/reads.js';
import { SingleFlight, Batcher, waitingMax } from '../../common/async/single-flight.js';
import { failureOf } from '../support/failures.js';

/** Lets promises that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A batcher whose requests have names, on a clock of its own. */
class Bench {
  nowMs = 0;
  /** The requests of each call, in the order of their start. */
  readonly calls: string[][] = [];
  readonly #ends: { resolve: (answer: number) => void; reject: (error: Error) => void }[] = [];
  readonly #timers = new Set<{ at: number; then: () => void }>();
  readonly results: string[] = [];
  idles = 0;
  readonly batcher = new Batcher<string, number>(
    'the test',
    (requests) => {
      this.calls.push([...requests]);
      return new Promise((resolve, reject) => this.#ends.push({ resolve, reject }));
    },
    {
      onIdle: () => this.idles++,
      clock: {
        now: () => this.nowMs,
        after: (ms, then) => {
          const timer = { at: this.nowMs + ms, then };
          this.#timers.add(timer);
          return () => this.#timers.delete(timer);
        },
      },
    },
  );

  run(name: string): void {
    this.batcher.run(name).then(
      (call) => this.results.push(`${name}:${call}`),
      (error: unknown) => this.results.push(`${name}:${(error as Error).message}`),
    );
  }

  async end(error?: Error): Promise<void> {
    const number = this.calls.length;
    const end = this.#ends.shift();
    if (error) end?.reject(error);
    else end?.resolve(number);
    await settle();
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const timer of this.#timers) {
      if (timer.at > this.nowMs) continue;
      this.#timers.delete(timer);
      timer.then();
    }
    await settle();
  }
}

interface Case {
  readonly what: string;
  /** A name is a request; `+10` passes 10 ms; `end` and `fail` end the call in progress. */
  readonly script: string;
  readonly calls: string;
  readonly results: string;
}

const cases: readonly Case[] = [
  { what: 'a request alone starts a call at once', script: 'a', calls: 'a', results: '' },
  { what: 'and gets its result', script: 'a end', calls: 'a', results: 'a:1' },
  {
    what: 'one after the other, each starts a call at once',
    script: 'a end b',
    calls: 'a|b',
    results: 'a:1',
  },
  {
    what: 'a request during a call does not get its result',
    script: 'a b end',
    calls: 'a|b',
    results: 'a:1',
  },
  { what: 'but that of the next call', script: 'a b end end', calls: 'a|b', results: 'a:1 b:2' },
  {
    what: 'together with all others who wait',
    script: 'a b c d end end',
    calls: 'a|bcd',
    results: 'a:1 b:2 c:2 d:2',
  },
  {
    what: 'there is never a second call in flight',
    script: 'a b +1000 c +1000',
    calls: 'a',
    results: '',
  },
  {
    what: 'a failure is that of its batch alone',
    script: 'a b c fail end',
    calls: 'a|bc',
    results: 'a:lost b:2 c:2',
  },
  {
    what: 'after a batch of several the next call waits for a tenth of the time',
    script: 'a b c end +100 end b +9',
    calls: 'a|bc',
    results: 'a:1 b:2 c:2',
  },
  {
    what: 'so that requests that ended together are together again',
    script: 'a b c end +100 end b +9 c',
    calls: 'a|bc|bc',
    results: 'a:1 b:2 c:2',
  },
  {
    what: 'and those that had waited, too',
    script: 'a b c end +100 d end b +9 c',
    calls: 'a|bc|dbc',
    results: 'a:1 b:2 c:2',
  },
  {
    what: 'but not for a client that does not return',
    script: 'a b c end +100 end b +9 +1',
    calls: 'a|bc|b',
    results: 'a:1 b:2 c:2',
  },
  {
    what: 'a pause that was cut short does not end the next one',
    script: 'a b c end +100 end b c +9 end b +1.5',
    calls: 'a|bc|bc',
    results: 'a:1 b:2 c:2 b:3 c:3',
  },
  {
    what: 'after a short call the pause is long enough to return',
    script: 'a b c end +0.1 end b +1.9',
    calls: 'a|bc',
    results: 'a:1 b:2 c:2',
  },
  {
    what: 'after a large batch it is long enough for all of them',
    script: `a ${'x'.repeat(50).split('').join(' ')} end end x +4.9`,
    calls: `a|${'x'.repeat(50)}`,
    results: `a:1 ${'x:2 '.repeat(50).trim()}`,
  },
  {
    what: 'the pause is limited however long the call was',
    script: 'a b c end +90000 end b +19 +1',
    calls: 'a|bc|b',
    results: 'a:1 b:2 c:2',
  },
  {
    what: 'there is a pause after a failed call, too',
    script: 'a b c end +100 fail b +9',
    calls: 'a|bc',
    results: 'a:1 b:lost c:lost',
  },
  {
    what: 'after the pause a request starts a call at once again',
    script: 'a b c end +100 end +10 d',
    calls: 'a|bc|d',
    results: 'a:1 b:2 c:2',
  },
];

describe('a batcher', () => {
  test.each(cases)('$what ($script)', async ({ script, calls, results }) => {
    const bench = new Bench();
    for (const step of script.split(' ')) {
      if (step.startsWith('+')) await bench.pass(Number(step));
      else if (step === 'end') await bench.end();
      else if (step === 'fail') await bench.end(new Error('lost'));
      else bench.run(step);
    }
    expect(bench.calls.map((batch) => batch.join('')).join('|')).toBe(calls);
    expect(bench.results.join(' ')).toBe(results);
  });

  test('refuses one request too many, and no other', async () => {
    const bench = new Bench();
    for (let n = 0; n <= waitingMax; n++) bench.run('x');
    expect(bench.results).toEqual([]);
    expect(await failureOf(() => bench.batcher.run('late'))).toBe(
      'resource_exhausted: 4096 requests wait for the test already: try again in a moment',
    );
    await bench.end();
    await bench.end();
    expect(bench.results).toHaveLength(waitingMax + 1);
    expect(new Set(bench.results)).toEqual(new Set(['x:1', 'x:2']));
  });

  test('reports once that no request is left', async () => {
    const bench = new Bench();
    bench.run('a');
    bench.run('b');
    await bench.end();
    expect(bench.idles).toBe(0);
    await bench.end();
    expect(bench.idles).toBe(1);
  });

  test('a call that throws instead of rejecting is a failure like any other', async () => {
    const batcher = new Batcher<string, number>('the test', () => {
      throw new Error('thrown');
    });
    await expect(batcher.run('a')).rejects.toThrow('thrown');
    await expect(batcher.run('b')).rejects.toThrow('thrown');
  });
});

test('no result is older than its request, in whatever order things happen', async () => {
  const step = fc.constantFrom('request', 'write', 'observe', 'end', 'settle');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let value = 0;
      let inFlight: { seen: number | undefined; end: (seen: number) => void } | undefined;
      const reads = new SingleFlight({
        now: () => 0,
        after: (_ms, then) => {
          const pause = setImmediate(then);
          return () => clearImmediate(pause);
        },
      });
      const read = () =>
        new Promise<number>((end) => {
          expect(inFlight).toBeUndefined();
          inFlight = { seen: undefined, end };
        });
      const requests: Promise<void>[] = [];
      const end = async () => {
        const call = inFlight;
        inFlight = undefined;
        call?.end(call.seen ?? value);
        await settle();
      };
      for (const what of steps) {
        if (what === 'write') value++;
        else if (what === 'observe' && inFlight) inFlight.seen ??= value;
        else if (what === 'end') await end();
        else if (what === 'settle') await settle();
        else if (what === 'request') {
          const before = value;
          requests.push(reads.run('it', read).then((seen) => expect(seen).toBeGreaterThanOrEqual(before)));
        }
      }
      // Each end answers a request, so there are at most as many ends as requests.
      for (let n = 0; n < requests.length; n++) await end();
      await Promise.all(requests);
    }),
    { numRuns: 300 },
  );
});

test('a key is removed after its last request', async () => {
  const reads = new SingleFlight();
  await Promise.all([reads.run('a', () => Promise.resolve(1)), reads.run('b', () => Promise.resolve(2))]);
  await settle();
  expect(reads.size).toBe(0);
});

describe('reads of etcd', () => {
  test.each([
    { what: 'each key once', wanted: ['ab', 'b', 'ba'], max: 9, groups: ['ab'] },
    { what: 'no more keys than etcd takes', wanted: ['ab', 'bc', 'd'], max: 2, groups: ['ab', 'bc', 'd'] },
    { what: 'as few as that allows', wanted: ['ab', 'bc', 'd'], max: 3, groups: ['abc', 'd'] },
    { what: 'what belongs together, never apart', wanted: ['abcd', 'e'], max: 2, groups: ['abcd', 'e'] },
  ])('$what', ({ wanted, max, groups }) => {
    const made = groupsOf(
      wanted.map((keys) => keys.split('')),
      max,
    );
    expect(made.map(({ keys }) => [...keys].join(''))).toEqual(groups);
    expect(made.flatMap(({ members }) => members.map((keys) => keys.join('')))).toEqual(wanted);
  });

  test('every request gets its keys, from one read for all waiting requests', async () => {
    const groups: string[] = [];
    const reads = new GroupedReads((keys) => {
      groups.push(keys.join(''));
      return Promise.resolve(keys.map((key) => (key === '-' ? undefined : key.toUpperCase())));
    });
    const found = await Promise.all([reads.get(['a']), reads.get(['b', '-']), reads.get(['b', 'a', 'b'])]);
    expect(found).toEqual([['A'], ['B', undefined], ['B', 'A', 'B']]);
    expect(groups).toEqual(['a', 'b-a']);
  });
});

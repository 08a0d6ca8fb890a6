// Aim: simultaneous questions share flights, no answer is older than its question, and nothing waits without end.
// Method: a table of what happens when, on a clock and with flights that the test itself lets land; and, for the
// freshness, random histories in which a value changes all the time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SharedReads } from '../../controller/hosts/shared-reads.js';
import { GroupedReads, groupsOf } from '../../controller/store/reads.js';
import { SingleFlight, Batcher, waitingMax } from '../../common/async/single-flight.js';
import { FakeAgents } from '../support/agents.js';
import { failureOf } from '../support/failures.js';

/** Lets promises that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A line whose passengers have names, on a clock of its own. */
class Airfield {
  nowMs = 0;
  /** Who was aboard of each flight, in the order of departure. */
  readonly flights: string[][] = [];
  readonly #landings: { resolve: (answer: number) => void; reject: (error: Error) => void }[] = [];
  readonly #timers: { at: number; then: () => void }[] = [];
  readonly answers: string[] = [];
  idles = 0;
  readonly line = new Batcher<string, number>(
    'the test',
    (passengers) => {
      this.flights.push([...passengers]);
      return new Promise((resolve, reject) => this.#landings.push({ resolve, reject }));
    },
    () => this.idles++,
    { now: () => this.nowMs, after: (ms, then) => this.#timers.push({ at: this.nowMs + ms, then }) },
  );

  ask(name: string): void {
    this.line.run(name).then(
      (flight) => this.answers.push(`${name}:${flight}`),
      (error: unknown) => this.answers.push(`${name}:${(error as Error).message}`),
    );
  }

  async land(error?: Error): Promise<void> {
    const number = this.flights.length;
    const landing = this.#landings.shift();
    if (error) landing?.reject(error);
    else landing?.resolve(number);
    await settle();
  }

  async pass(ms: number): Promise<void> {
    this.nowMs += ms;
    for (const timer of this.#timers.splice(0)) {
      if (timer.at <= this.nowMs) timer.then();
      else this.#timers.push(timer);
    }
    await settle();
  }
}

interface Case {
  readonly what: string;
  /** A name asks; `+10` passes 10 ms; `land` and `fail` end the flight under way. */
  readonly script: string;
  readonly flights: string;
  readonly answers: string;
}

const cases: readonly Case[] = [
  { what: 'alone, one departs at once', script: 'a', flights: 'a', answers: '' },
  { what: 'and is answered', script: 'a land', flights: 'a', answers: 'a:1' },
  { what: 'one after the other, each departs at once', script: 'a land b', flights: 'a|b', answers: 'a:1' },
  {
    what: 'who asks under a flight does not get its answer',
    script: 'a b land',
    flights: 'a|b',
    answers: 'a:1',
  },
  { what: 'but that of the next', script: 'a b land land', flights: 'a|b', answers: 'a:1 b:2' },
  {
    what: 'together with all others who wait',
    script: 'a b c d land land',
    flights: 'a|bcd',
    answers: 'a:1 b:2 c:2 d:2',
  },
  {
    what: 'there is never a second flight under way',
    script: 'a b +1000 c +1000',
    flights: 'a',
    answers: '',
  },
  {
    what: 'a failure is told to those aboard alone',
    script: 'a b c fail land',
    flights: 'a|bc',
    answers: 'a:lost b:2 c:2',
  },
  {
    what: 'after several aboard the next flight is held for a tenth of the time',
    script: 'a b c land +100 land b +9',
    flights: 'a|bc',
    answers: 'a:1 b:2 c:2',
  },
  {
    what: 'so that those who were answered together go together again',
    script: 'a b c land +100 land b +9 c',
    flights: 'a|bc|bc',
    answers: 'a:1 b:2 c:2',
  },
  {
    what: 'and those who had waited, too',
    script: 'a b c land +100 d land b +9 c',
    flights: 'a|bc|dbc',
    answers: 'a:1 b:2 c:2',
  },
  {
    what: 'but not for somebody who does not come back',
    script: 'a b c land +100 land b +9 +1',
    flights: 'a|bc|b',
    answers: 'a:1 b:2 c:2',
  },
  {
    what: 'a hold that was cut short does not end the next one',
    script: 'a b c land +100 land b c +9 land b +1.5',
    flights: 'a|bc|bc',
    answers: 'a:1 b:2 c:2 b:3 c:3',
  },
  {
    what: 'a short flight is held after for long enough to be back',
    script: 'a b c land +0.1 land b +1.9',
    flights: 'a|bc',
    answers: 'a:1 b:2 c:2',
  },
  {
    what: 'after many aboard for long enough that all of them can be back',
    script: `a ${'x'.repeat(50).split('').join(' ')} land land x +4.9`,
    flights: `a|${'x'.repeat(50)}`,
    answers: `a:1 ${'x:2 '.repeat(50).trim()}`,
  },
  {
    what: 'the hold has an end however long the flight was',
    script: 'a b c land +90000 land b +19 +1',
    flights: 'a|bc|b',
    answers: 'a:1 b:2 c:2',
  },
  {
    what: 'a failed flight is held after, too',
    script: 'a b c land +100 fail b +9',
    flights: 'a|bc',
    answers: 'a:1 b:lost c:lost',
  },
  {
    what: 'after the hold one departs at once again',
    script: 'a b c land +100 land +10 d',
    flights: 'a|bc|d',
    answers: 'a:1 b:2 c:2',
  },
];

describe('a line', () => {
  test.each(cases)('$what ($script)', async ({ script, flights, answers }) => {
    const field = new Airfield();
    for (const step of script.split(' ')) {
      if (step.startsWith('+')) await field.pass(Number(step));
      else if (step === 'land') await field.land();
      else if (step === 'fail') await field.land(new Error('lost'));
      else field.ask(step);
    }
    expect(field.flights.map((aboard) => aboard.join('')).join('|')).toBe(flights);
    expect(field.answers.join(' ')).toBe(answers);
  });

  test('refuses who would be one too many, and nobody else', async () => {
    const field = new Airfield();
    for (let n = 0; n <= waitingMax; n++) field.ask('x');
    expect(field.answers).toEqual([]);
    expect(await failureOf(() => field.line.run('late'))).toBe(
      'resource_exhausted: 4096 requests wait for the test already: try again in a moment',
    );
    await field.land();
    await field.land();
    expect(field.answers).toHaveLength(waitingMax + 1);
    expect(new Set(field.answers)).toEqual(new Set(['x:1', 'x:2']));
  });

  test('tells when nobody is left, once', async () => {
    const field = new Airfield();
    field.ask('a');
    field.ask('b');
    await field.land();
    expect(field.idles).toBe(0);
    await field.land();
    expect(field.idles).toBe(1);
  });

  test('a flight that throws instead of failing is a failure like any other', async () => {
    const line = new Batcher<string, number>('the test', () => {
      throw new Error('thrown');
    });
    await expect(line.run('a')).rejects.toThrow('thrown');
    await expect(line.run('b')).rejects.toThrow('thrown');
  });
});

test('no answer is older than its question, in whatever order things happen', async () => {
  const step = fc.constantFrom('ask', 'write', 'observe', 'land', 'settle');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      let value = 0;
      let underWay: { seen: number | undefined; land: (seen: number) => void } | undefined;
      const flights = new SingleFlight({ now: () => 0, after: (_ms, then) => void setImmediate(then) });
      const read = () =>
        new Promise<number>((land) => {
          expect(underWay).toBeUndefined();
          underWay = { seen: undefined, land };
        });
      const asked: Promise<void>[] = [];
      const land = async () => {
        const flight = underWay;
        underWay = undefined;
        flight?.land(flight.seen ?? value);
        await settle();
      };
      for (const what of steps) {
        if (what === 'write') value++;
        else if (what === 'observe' && underWay) underWay.seen ??= value;
        else if (what === 'land') await land();
        else if (what === 'settle') await settle();
        else if (what === 'ask') {
          const before = value;
          asked.push(flights.run('it', read).then((seen) => expect(seen).toBeGreaterThanOrEqual(before)));
        }
      }
      // Each landing answers somebody, so that there are at most as many as questions.
      for (let n = 0; n < asked.length; n++) await land();
      await Promise.all(asked);
    }),
    { numRuns: 300 },
  );
});

test('a question is forgotten when nobody asks it any more', async () => {
  const flights = new SingleFlight();
  await Promise.all([flights.run('a', () => Promise.resolve(1)), flights.run('b', () => Promise.resolve(2))]);
  await settle();
  expect(flights.size).toBe(0);
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

  test('everyone gets what was wanted, out of one read for all who wait', async () => {
    const asked: string[] = [];
    const reads = new GroupedReads((keys) => {
      asked.push(keys.join(''));
      return Promise.resolve(keys.map((key) => (key === '-' ? undefined : key.toUpperCase())));
    });
    const found = await Promise.all([reads.get(['a']), reads.get(['b', '-']), reads.get(['b', 'a', 'b'])]);
    expect(found).toEqual([['A'], ['B', undefined], ['B', 'A', 'B']]);
    expect(asked).toEqual(['a', 'b-a']);
  });
});

describe('hosts as services see them', () => {
  const pool = (name: string) => ({ name, address: '10.0.0.1', addedAt: '' });
  const options = { deadlineMs: 1 };

  test('a read is one call for all who wait, of one pool and one question', async () => {
    const answers = {
      ListContainers: () => ({ names: ['c1'] }),
      GetInformation: () => ({ containers: [], next: '' }),
    };
    const agents = new FakeAgents({ a: answers, b: answers });
    const shared = new SharedReads(agents);
    const list = (name: string) => shared.host(pool(name)).call('ListContainers', {}, options);
    const information = (container: string) =>
      shared.host(pool('a')).call('GetInformation', { container }, options);
    await Promise.all([...['a', 'a', 'a', 'a', 'b'].map(list), ...['c1', 'c2', 'c2', 'c2'].map(information)]);
    expect(agents.calls.map(({ pool: name, method }) => `${name} ${method}`).sort()).toEqual([
      ...['a GetInformation', 'a GetInformation', 'a GetInformation'],
      ...['a ListContainers', 'a ListContainers', 'b ListContainers'],
    ]);
  });

  test('a change is never shared', async () => {
    const agents = new FakeAgents({ a: { StartContainer: () => ({}) } });
    const host = new SharedReads(agents).host(pool('a'));
    await Promise.all([1, 2, 3].map(() => host.call('StartContainer', { container: 'c1' }, options)));
    expect(agents.calls).toHaveLength(3);
  });

  test('a pool with too many requests refuses more until some have ended; others do not notice', async () => {
    const ends: (() => void)[] = [];
    const slow = () => new Promise<Record<string, never>>((resolve) => ends.push(() => resolve({})));
    const shared = new SharedReads(
      new FakeAgents({ a: { StartContainer: slow }, b: { StartContainer: () => ({}) } }),
    );
    const start = (name: string) =>
      shared.host(pool(name)).call('StartContainer', { container: 'c' }, options);
    const first = Array.from({ length: 512 }, () => start('a'));
    expect(await failureOf(() => start('a'))).toBe(
      'resource_exhausted: pool "a" has 512 requests under way already: try again in a moment',
    );
    await start('b');
    for (const end of ends.splice(0)) end();
    await Promise.all(first);
    const again = start('a');
    await settle();
    for (const end of ends) end();
    await again;
  });
});

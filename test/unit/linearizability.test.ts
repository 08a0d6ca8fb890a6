// Aim: the checker accepts what is linearizable, and finds a stale read, a lost update and a change that happens twice.
// Method: histories by hand; random ones, made by executing operations one at a time and stretching their intervals.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contradictionIn,
  contradictionsByKey,
  describeContradiction,
  type Operation,
} from '../linearizability/checker.js';
import {
  migrationModel,
  recordModel,
  type MigrationInput,
  type MigrationOutput,
  type RecordInput,
  type RecordOutput,
} from '../linearizability/models.js';

type Step = Operation<RecordInput, RecordOutput>;

const operation = (
  [calledAt, returnedAt]: readonly [number, number],
  input: RecordInput,
  output?: RecordOutput,
): Step => ({
  client: 'c',
  input,
  output,
  calledAt,
  returnedAt: output === undefined ? Infinity : returnedAt,
});
const create = (value: string): RecordInput => ({ key: 'a', do: 'create', value });
const remove: RecordInput = { key: 'a', do: 'delete' };
const read: RecordInput = { key: 'a', do: 'read' };
const seen = (value: string | null) => ({ seen: value });
const isFine = (history: readonly Step[]) => contradictionIn(recordModel, history) === undefined;

describe('by hand', () => {
  const stored = [
    operation([0, 1], create('x'), 'done'),
    operation([2, 3], remove, 'done'),
    operation([4, 5], create('y'), 'done'),
  ];

  test('a stale read', () => {
    expect(isFine([...stored, operation([6, 7], read, seen('y'))])).toBe(true);
    for (const value of ['x', null]) {
      const stale = [...stored, operation([6, 7], read, seen(value))];
      expect(isFine(stale)).toBe(false);
      // It could be earlier only if it began earlier.
      expect(isFine([...stored, operation([2.5, 7], read, seen(value))])).toBe(true);
    }
    const contradiction = contradictionIn(recordModel, [...stored, operation([6, 7], read, seen('x'))]);
    expect(contradiction && describeContradiction(contradiction)).toMatch(/none of these.*\n.*"seen":"x"/);
  });

  test('two readers do not see a change in different orders', () => {
    const change = operation([0, 10], create('x'), 'done');
    const early = [operation([1, 2], read, seen('x')), operation([3, 4], read, seen('x'))];
    expect(isFine([change, ...early])).toBe(true);
    expect(isFine([change, operation([1, 2], read, seen('x')), operation([3, 4], read, seen(null))])).toBe(
      false,
    );
  });

  test('a lost update, and one that happens twice', () => {
    expect(isFine([operation([0, 1], create('x'), 'done'), operation([2, 3], create('y'), 'done')])).toBe(
      false,
    );
    const twice = [
      operation([0, 9], create('x'), 'done'),
      operation([2, 3], remove, 'done'),
      operation([10, 11], read, seen('x')),
    ];
    expect(isFine(twice)).toBe(false);
  });

  test('an unknown outcome takes effect at any later time, or never', () => {
    const unknown = operation([0, 1], create('x'));
    const empty = operation([2, 3], read, seen(null));
    const full = operation([90, 91], read, seen('x'));
    expect(isFine([unknown, empty])).toBe(true);
    expect(isFine([unknown, empty, full])).toBe(true);
    expect(isFine([unknown, full, operation([92, 93], read, seen(null))])).toBe(false);
    expect(isFine([operation([50, 51], create('x')), operation([2, 3], read, seen('x'))])).toBe(false);
  });

  test('a migration does not return from its end', () => {
    const step = (
      calledAt: number,
      does: MigrationInput['do'],
      output: MigrationOutput,
    ): Operation<MigrationInput, MigrationOutput> => ({
      ...{ client: 'c', input: { key: 'm', do: does }, output, calledAt, returnedAt: calledAt + 1 },
    });
    const run = [
      step(0, 'read', 'not_found'),
      step(2, 'begin', { state: 'running' }),
      step(4, 'read', { state: 'running' }),
      step(6, 'cancel', { state: 'cancelled' }),
      step(8, 'read', { state: 'cancelled' }),
      step(10, 'cancel', 'refused'),
    ];
    expect(contradictionIn(migrationModel, run)).toBeUndefined();
    for (const late of [
      step(12, 'read', { state: 'running' }),
      step(12, 'read', { state: 'done' }),
      step(12, 'read', 'not_found'),
    ]) {
      expect(contradictionIn(migrationModel, [...run, late])).toBeDefined();
    }
  });
});

describe('random histories', () => {
  const plan = fc.record({
    key: fc.constantFrom('a', 'b'),
    does: fc.constantFrom('create', 'delete', 'read'),
    before: fc.integer({ min: 0, max: 40 }),
    after: fc.integer({ min: 0, max: 40 }),
    fate: fc.constantFrom('known', 'known', 'known', 'unknown', 'never'),
  });
  type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

  /** Executes the plans at the moments 10, 20, ...; `spread` stretches their intervals around these. */
  const historyOf = (plans: readonly Plan[], spread: boolean): Step[] => {
    const states = new Map<string, string | null>();
    return plans.map(({ key, does, before, after, fate }, index): Step => {
      const value = `v${index}`;
      const input = { key, do: does, ...(does === 'create' ? { value } : {}) } as RecordInput;
      const state = states.get(key) ?? null;
      const isLost = spread && fate !== 'known';
      const fits = (does === 'create') === (state === null);
      if (does !== 'read' && fits && !(isLost && fate === 'never'))
        states.set(key, does === 'create' ? value : null);
      const refusal = does === 'create' ? 'already_exists' : 'not_found';
      const output = does === 'read' ? seen(state) : fits ? 'done' : refusal;
      const moment = (index + 1) * 10;
      return {
        ...{ client: 'c', input, output: isLost ? undefined : output },
        calledAt: moment - (spread ? before : 1),
        returnedAt: isLost ? Infinity : moment + (spread ? after : 1),
      };
    });
  };

  test('what was executed one at a time is accepted, however its calls overlap', () => {
    fc.assert(
      fc.property(fc.array(plan, { maxLength: 60 }), (plans) => {
        const history = historyOf(plans, true);
        expect(contradictionsByKey(recordModel, history, ({ key }) => key).size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('a read of any other value is found', () => {
    fc.assert(
      fc.property(fc.array(plan, { minLength: 2, maxLength: 60 }), fc.nat(), (plans, chosen) => {
        const history = historyOf(plans, false);
        const reads = history.filter(({ input }) => input.do === 'read');
        const victim = reads[chosen % Math.max(reads.length, 1)];
        if (!victim) return;
        const { seen: truth } = victim.output as { readonly seen: string | null };
        const values = [
          null,
          ...history.flatMap(({ input }) => (input.do === 'create' ? [input.value] : [])),
        ];
        const stale = values[chosen % values.length] ?? null;
        if (stale === truth) return;
        const planted = history.map((each) => (each === victim ? { ...each, output: seen(stale) } : each));
        expect([...contradictionsByKey(recordModel, planted, ({ key }) => key).keys()]).toEqual([
          victim.input.key,
        ]);
      }),
      { numRuns: 200 },
    );
  });
});

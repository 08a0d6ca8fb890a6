// Aim: the queue gives no host more slots than it has, keeps the order, and never stops while somebody could go.
// Method: tables, and random queues that are worked off turn by turn.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { turnsOf, type QueueState, type Waiting } from '../../controller/migration/turns.js';
import { keys } from '../../controller/store/keys.js';

const state = (waiting: readonly Partial<Waiting>[], more: Partial<QueueState> = {}): QueueState => ({
  waiting: waiting.map((each, index) => ({
    id: `m${index}`,
    kind: 'copy',
    source: 'a',
    destination: 'b',
    priority: 0,
    sinceMs: index,
    ...each,
  })),
  taken: new Set(),
  limitsOf: () => ({ copy: 2, cutover: 1 }),
  nowMs: 1_000,
  ...more,
});
const going = (queue: QueueState) => turnsOf(queue).flatMap(({ id, slots }) => (slots ? [id] : []));

describe('the turn', () => {
  test('is that of the oldest ones, as many as there are slots', () => {
    const turns = turnsOf(state([{}, {}, {}, {}]));
    expect(turns.map(({ slots }) => slots !== undefined)).toEqual([true, true, false, false]);
    expect(turns.map(({ place }) => place)).toEqual([1, 2, 3, 4]);
    expect(turns[2]?.full).toEqual(['a', 'b']);
    expect(turns[0]?.slots).toEqual([keys.slot('a', 'copy', 0), keys.slot('b', 'copy', 0)]);
  });

  test('is that of a higher priority first', () => {
    expect(going(state([{}, {}, { priority: 5 }]))).toEqual(['m2', 'm0']);
  });

  test('needs a slot at both ends', () => {
    const taken = new Set([0, 1].map((index) => keys.slot('b', 'copy', index)));
    const turns = turnsOf(state([{}, { destination: 'c' }], { taken }));
    expect(turns.map(({ slots, full }) => [slots !== undefined, full])).toEqual([
      [false, ['b']],
      [true, []],
    ]);
  });

  test('is kept for one that has been overtaken for long', () => {
    const taken = new Set([keys.slot('b', 'cutover', 0)]);
    const waiting = [{}, { destination: 'c' }].map((each) => ({ ...each, kind: 'cutover' as const }));
    expect(going(state(waiting, { taken }))).toEqual(['m1']);
    expect(going(state(waiting, { taken, nowMs: 100_000 }))).toEqual([]);
  });

  test('of two hosts that swap containers is that of the older one', () => {
    const swap = [{}, { source: 'b', destination: 'a' }].map((each) => ({
      ...each,
      kind: 'cutover' as const,
    }));
    expect(going(state(swap))).toEqual(['m0']);
  });

  test('comes only when a lowered limit is met', () => {
    const taken = new Set([keys.slot('a', 'copy', 5)]);
    expect(going(state([{}, {}], { taken }))).toEqual(['m0']);
  });
});

const host = fc.constantFrom('a', 'b', 'c', 'd');
const waitingOf = fc
  .record({
    source: host,
    destination: host,
    kind: fc.constantFrom('copy' as const, 'cutover' as const),
    priority: fc.integer({ min: -1, max: 1 }),
    sinceMs: fc.integer({ min: 0, max: 90_000 }),
  })
  .filter(({ source, destination }) => source !== destination);

test('a random queue is worked off in rounds, and no host ever has more than its slots', () => {
  fc.assert(
    fc.property(fc.array(waitingOf, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), (orders, limit) => {
      let left = orders.map((order, index) => ({ id: `m${index}`, ...order }));
      const limitsOf = () => ({ copy: limit, cutover: limit });
      while (left.length > 0) {
        const turns = turnsOf({ waiting: left, taken: new Set(), limitsOf, nowMs: 100_000 });
        const gone = turns.filter(({ slots }) => slots);
        expect(gone.length).toBeGreaterThan(0);
        const slots = gone.flatMap((turn) => turn.slots ?? []);
        expect(new Set(slots).size).toBe(slots.length);
        expect(slots.every((key) => Number(key.split('/').at(-1)) < limit)).toBe(true);
        // The first one of each kind goes.
        const firsts = (['copy', 'cutover'] as const).flatMap(
          (kind) => turns.find((turn) => turn.kind === kind) ?? [],
        );
        expect(firsts.every((first) => first.slots)).toBe(true);
        left = left.filter(({ id }) => !gone.some((turn) => turn.id === id));
      }
    }),
  );
});

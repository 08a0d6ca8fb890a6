// Aim: a container is stopped only when its downtime is predicted to be short enough; otherwise passes go on up to a
// bound, and then the move goes back. Method: tables, and random writers on random links.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextAction, predict, predictedPassMs, predictionOf } from '../../controller/migration/downtime.js';
import { downtimeOf, expectedOf } from '../../controller/migration/measured-downtime.js';
import type { PassTime } from '../../controller/migration/precopy-rounds.js';
import type { MigrationRecord, Pass } from '../../controller/model/migration.js';

const at = (ms: number) => new Date(ms).toISOString();
const passesOf = (times: readonly PassTime[]): Pass[] => {
  let now = 0;
  return times.map(({ ms, bytes }, index) => {
    const startedAt = at(now);
    now += ms;
    const flags = { refresh: index > 0, freeze: false, outcome: 'done' } as const;
    return { number: index + 1, kind: 'running', ...flags, startedAt, endedAt: at(now), bytes };
  });
};
const recordOf = (times: readonly PassTime[], more: object = {}) =>
  ({
    container: 'web',
    createdAt: at(0),
    phase: 'claimed',
    wasRunning: true,
    plan: { precopy: true },
    history: [],
    expected: { shutdownMs: 1_000, startMs: 500, samples: 1 },
    passes: passesOf(times),
    ...more,
    options: { live: false, passesMax: 20, ...('options' in more ? (more.options as object) : {}) },
  }) as unknown as MigrationRecord;

describe('the next pass', () => {
  test.each([
    ['is not known before a refresh', [], undefined],
    ['nor after the first', [{ ms: 60_000, bytes: 600 }], undefined],
    [
      'takes as long as the last one when passes do not shrink',
      [
        { ms: 10_000, bytes: 1_000 },
        { ms: 10_000, bytes: 1_000 },
        { ms: 10_000, bytes: 1_000 },
      ],
      10_000,
    ],
    [
      'shrinks as they do',
      [
        { ms: 40_000, bytes: 4_000 },
        { ms: 10_000, bytes: 1_000 },
      ],
      2_500,
    ],
    [
      'keeps the overhead',
      [
        { ms: 40_000, bytes: 4_000 },
        { ms: 2_000, bytes: 0 },
      ],
      2_000,
    ],
  ])('%s', (_, passes, expected) => {
    expect(predictedPassMs(passes)).toBe(expected);
  });

  test('is predicted exactly for a steady writer on a steady link', () => {
    const writer = fc.record({
      total: fc.integer({ min: 1_000_000, max: 1_000_000_000 }),
      rate: fc.integer({ min: 1_000, max: 100_000 }),
      share: fc.double({ min: 0, max: 0.9, noNaN: true }),
      count: fc.integer({ min: 2, max: 8 }),
    });
    fc.assert(
      fc.property(writer, ({ total, rate, share, count }) => {
        const passes = [{ bytes: total, ms: total / rate }];
        for (let index = 1; index <= count; index++) {
          const bytes = share * rate * (passes.at(-1)?.ms ?? 0);
          passes.push({ bytes, ms: bytes / rate });
        }
        const next = passes.pop();
        expect(Math.abs((predictedPassMs(passes) ?? -1) - (next?.ms ?? 0))).toBeLessThan(2);
      }),
    );
  });

  test('is never negative, and grows with what changes', () => {
    const pass = fc.record({
      ms: fc.integer({ min: 1, max: 1e7 }),
      bytes: fc.integer({ min: 0, max: 1e12 }),
    });
    fc.assert(
      fc.property(fc.array(pass, { minLength: 2, maxLength: 6 }), (passes) => {
        const ms = predictedPassMs(passes) ?? -1;
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(ms)).toBe(true);
      }),
    );
  });
});

describe('a limit of the downtime', () => {
  const limited = (times: readonly PassTime[], more: object = {}) =>
    nextAction(recordOf(times, { options: { maxDowntimeMs: 2_000, ...more } }));
  const shrinking = [
    { ms: 40_000, bytes: 4_000 },
    { ms: 4_000, bytes: 400 },
  ];
  test('is kept: the container is stopped only when the prediction is below it', () => {
    expect(limited([])).toBe('pass');
    expect(limited(shrinking.slice(0, 1))).toBe('pass');
    expect(limited(shrinking)).toBe('cut over');
    const busy = [...shrinking.slice(0, 1), { ms: 30_000, bytes: 3_000 }];
    expect(limited(busy)).toBe('pass');
    expect(limited(busy, { passesMax: 2 })).toBe('give up');
    expect(limited([...busy, { ms: 3_600_000, bytes: 360_000 }])).toBe('give up');
  });

  test('always comes to an end', () => {
    const link = fc.record({
      share: fc.double({ min: 0, max: 2, noNaN: true }),
      limit: fc.integer({ min: 100, max: 1e5 }),
    });
    fc.assert(
      fc.property(link, ({ share, limit }) => {
        const times: PassTime[] = [];
        for (let turn = 0; turn <= 21; turn++) {
          const record = recordOf(times, { options: { maxDowntimeMs: limit } });
          const action = nextAction(record);
          if (action === 'cut over') {
            expect(predictionOf(record)?.totalMs).toBeLessThanOrEqual(limit);
            return;
          }
          if (action === 'give up') return;
          const ms = Math.round((times.at(-1)?.ms ?? 100_000 / Math.max(share, 0.01)) * share) + 1;
          times.push({ ms, bytes: ms * 10 });
        }
        throw new Error('there is no end');
      }),
    );
  });

  test('without one, passes end as they always did', () => {
    expect(nextAction(recordOf([{ ms: 600, bytes: 600 }]))).toBe('cut over');
    expect(nextAction(recordOf([{ ms: 60_000, bytes: 600 }]))).toBe('pass');
  });
});

describe('earlier moves', () => {
  const moved = (container: string, secondsEach: readonly number[], more: object = {}) => {
    const phases = ['copied', 'stopped', 'synced', 'verified', 'started', 'switched', 'done'];
    let now = 0;
    const history = phases.map((phase, index) => ({
      phase,
      at: at((now += (secondsEach[index] ?? 0) * 1000)),
    }));
    return recordOf([], { container, phase: 'done', history, ...more });
  };
  test('of the same container count, under its new name, too; the slowest of each part is used', () => {
    const records = [
      moved('web', [0, 3, 1, 0, 0.5], { createdAt: at(1) }),
      moved('old', [0, 1, 2, 0, 0.7], { createdAt: at(2), options: { newName: 'web' } }),
      moved('db', [0, 60, 60, 0, 60]),
    ];
    expect(expectedOf('web', records)).toEqual({
      shutdownMs: 3_000,
      lastPassMs: 2_000,
      startMs: 700,
      samples: 2,
    });
    expect(predict(expectedOf('web', records), [])).toMatchObject({ totalMs: 5_700 });
    expect(expectedOf('new', records)).toMatchObject({ samples: 0 });
    expect(predict(expectedOf('new', records), []).totalMs).toBeUndefined();
    expect(downtimeOf(records[0] as MigrationRecord).downtime_ms).toBe(4_500);
  });

  test('what is checked after the start is no downtime', () => {
    const checked = moved('web', [0, 3, 1, 0, 0.5], { upMs: 400 });
    expect(downtimeOf(checked)).toMatchObject({ downtime_ms: 4_100, downtime: { start_ms: 100 } });
  });

  test('there is no prediction for what is not stopped after a copy', () => {
    expect(predictionOf(recordOf([], { wasRunning: false }))).toBeUndefined();
    expect(predictionOf(recordOf([], { plan: { precopy: false } }))).toBeUndefined();
    expect(predictionOf(recordOf([], { options: { live: true } }))).toBeUndefined();
  });
});

// Aim: no input makes a policy flap, a replay decides as the policy did, and a thousand pools are decided within a second.
// Method: properties over oscillating values from a seed, with the real engine in virtual time; and a large fleet, measured.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureIntervalMs, type RowOf } from '../../common/measurements.js';
import type { Decision } from '../../controller/model/policy.js';
import { decide } from '../../controller/policies/decide.js';
import { parsePolicy } from '../../controller/policies/document.js';
import { replay } from '../../controller/policies/replay.js';
import { Samples } from '../../controller/policies/samples.js';
import { PolicyWorld, linkRow, startMs } from '../support/policy-world.js';

const pools = ['a', 'b', 'c'];

/** A value of each pool that goes up and down, in steps of 5 s. */
const waves = fc.array(
  fc.record({
    period: fc.integer({ min: 2, max: 120 }),
    shift: fc.integer({ min: 0, max: 120 }),
    low: fc.integer({ min: 0, max: 60 }),
  }),
  { minLength: pools.length, maxLength: pools.length },
);
type Waves = typeof waves extends fc.Arbitrary<infer Value> ? Value : never;

const settings = fc.record({
  cooldown: fc.integer({ min: 10, max: 600 }),
  over: fc.constantFrom(10, 20, 60),
  margin: fc.constantFrom(0, 10, 50),
  of: fc.constantFrom('pool: cpu', 'pool: memory', 'link: latency', 'container: cpu', 'promql: busy'),
  policies: fc.integer({ min: 1, max: 2 }),
});

interface Settings {
  readonly cooldown: number;
  readonly over: number;
  readonly margin: number;
  readonly of: string;
  readonly policies: number;
}

const textOf = (name: string, { cooldown, over, margin, of }: Settings, mode = 'automatic') =>
  [
    `name: ${name}`,
    `mode: ${mode}`,
    `when: {${of}, above: 50, over: ${over}s}`,
    `guards: {cooldown: ${Math.max(cooldown, over)}s, margin: ${margin}, moves_per_hour: 60}`,
  ].join('\n');

async function runOf(given: Waves, texts: readonly string[]): Promise<PolicyWorld> {
  const world = new PolicyWorld();
  for (const pool of pools) world.add(pool, { [`${pool}1`]: {}, [`${pool}2`]: {} });
  for (const text of texts) await world.catalog.apply(text, 'me');
  let step = 0;
  await world.run(20 * 60_000, world.engine(), () => {
    step++;
    for (const [index, pool] of pools.entries()) {
      const { period, shift, low } = given[index] ?? { period: 2, shift: 0, low: 0 };
      const value = Math.floor((step + shift) / period) % 2 === 0 ? 100 : low;
      world.host(pool, value, value);
      for (const peer of pools) if (peer !== pool) world.link(pool, peer, value);
      for (const name of world.pools.get(pool)?.keys() ?? []) world.container(pool, name, value);
    }
  });
  return world;
}

const gapsOf = (moves: readonly Decision[]) =>
  moves.slice(1).map(({ at }, index) => Date.parse(at) - Date.parse(moves[index]?.at ?? ''));

describe('a policy cannot flap', () => {
  test('at most one move in a cool-down, and no container moves again within it', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(waves, settings, async (given, how) => {
        const names = Array.from({ length: how.policies }, (_, index) => `p${index}`);
        const { ordered: moves } = await runOf(
          given,
          names.map((name) => textOf(name, how)),
        );
        const cooldownMs = Math.max(how.cooldown, how.over) * 1000;
        moved += moves.length;
        for (const name of new Set(moves.map(({ policy }) => policy))) {
          const own = moves.filter(({ policy }) => policy === name);
          for (const gap of gapsOf(own)) expect(gap).toBeGreaterThanOrEqual(cooldownMs);
        }
        for (const container of new Set(moves.map((move) => move.container))) {
          const its = moves.filter((move) => move.container === container);
          for (const gap of gapsOf(its)) expect(gap).toBeGreaterThanOrEqual(cooldownMs);
        }
      }),
      { numRuns: 30, seed: 1 },
    );
    // The input does move something.
    expect(moved).toBeGreaterThan(30);
  });
});

test('a replay decides as the policy did', async () => {
  let decided = 0;
  await fc.assert(
    fc.asyncProperty(waves, settings, fc.constantFrom('automatic', 'recommend'), async (given, how, mode) => {
      const text = textOf('p', how, mode);
      const world = await runOf(given, [text]);
      const live = await world.decided('p');
      const labels = {};
      const replayed = await replay({
        policy: parsePolicy(text),
        fromMs: startMs + measureIntervalMs,
        untilMs: world.nowMs,
        prometheus: world.prometheus,
        history: { history: (kind, pool, query) => Promise.resolve(world.rowsOf(kind, pool, query)) },
        fleet: { ...world.fleet(), labelsOf: () => labels },
      });
      decided += live.length;
      expect(replayed.map(withoutId)).toEqual(live.map(withoutId));
    }),
    { numRuns: 30, seed: 2 },
  );
  expect(decided).toBeGreaterThan(30);
});

const withoutId = (decision: Decision) => ({ ...decision, id: '', version: 0 });

// One pool that is busy, or all of them with nowhere to go.
test.each([95, 200])(
  '1,000 pools with 8 links and 24 samples each are decided within a second (%d)',
  async (most) => {
    const names = Array.from({ length: 1000 }, (_, index) => `pool${String(index).padStart(4, '0')}`);
    const samples = new Samples();
    const nowMs = startMs + 120_000;
    const times = Array.from({ length: 24 }, (_, index) => startMs + 5_000 * (index + 1));
    for (const [index, pool] of names.entries()) {
      const values: RowOf<'resource'> = {
        CPU: most === 200 || index === 700 ? most - (index === 700 ? 0 : 1) : index % 70,
        memory: 1,
      };
      samples.add(
        'resource',
        pool,
        times.map((atMs) => ({ atMs, values })),
      );
      for (let peer = 1; peer <= 8; peer++) {
        const row = linkRow(names[(index + peer) % names.length] ?? '', 5 + (index % 40));
        samples.add(
          'link',
          pool,
          times.map((atMs) => ({ atMs, values: row })),
        );
      }
    }
    const container = { container: 'web', CPU: 50, memory: 1, received: 0, sent: 0 };
    const policy = parsePolicy('name: all\nwhen: [{pool: cpu, above: 80}, {link: latency, above: 44}]\n');
    const running = { labels: {}, isRunning: true, isHeld: false };
    const startedAt = performance.now();
    const found = await decide(
      policy,
      {
        ...{ nowMs, samples, past: [], failures: new Map() },
        fleet: {
          hosts: names.map((name) => ({ name, labels: {}, isUp: true, closed: undefined })),
          container: (_, name) => (name === 'web' ? undefined : running),
          holds: () => true,
          downtimeMs: () => 1,
        },
      },
      (of) => {
        for (const pool of of)
          samples.add(
            'container',
            pool,
            times.map((atMs) => ({ atMs, values: container })),
          );
        return Promise.resolve();
      },
    );
    const ms = performance.now() - startedAt;
    console.info(`1,000 pools are decided in ${Math.round(ms)} ms`);
    expect(found.reason).toContain('pool0700');
    expect(ms).toBeLessThan(1000);
  },
);

// Aim: a plan overfills no host, places no container twice, goes only where it may, and is the same for the same fleet; an
// estimate says what it is from. Method: the pure functions on fleets that are made from a seed.
import { describe, expect, test } from 'vitest';
import { estimateAll, estimateMove, Experience } from '../../controller/evacuation/estimate.js';
import { itemsOf, withEarlier } from '../../controller/evacuation/items.js';
import { assign, type Candidate, type PlanRequest } from '../../controller/evacuation/plan.js';
import type { EvacuationItem } from '../../controller/model/evacuation.js';
import type { MigrationRecord } from '../../controller/model/migration.js';
import { noRules, parseRules, type RuleTexts } from '../../controller/placement/rules.js';
import {
  roomOn,
  type PlacementHost,
  type Reservation,
  type Snapshot,
} from '../../controller/placement/snapshot.js';

const MiB = 1024 ** 2;

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function host(name: string, memoryMiB: number, more: Partial<PlacementHost> = {}): PlacementHost {
  return {
    ...{ name, labels: {}, closed: undefined },
    capacity: {
      ...{ cpus: 4, load1: 0, memoryTotal: 4096 * MiB, memoryAvailable: memoryMiB * MiB },
      ...{ diskTotal: 40_960 * MiB, diskFree: memoryMiB * 10 * MiB },
    },
    containers: { size: 0, get: () => undefined, labelled: () => 0, ruled: () => [] },
    ...more,
  };
}

function made(seed: number): { snapshot: Snapshot; request: PlanRequest } {
  const random = randomFrom(seed);
  const upTo = (max: number) => Math.floor(random() * max);
  const hosts = Array.from({ length: 2 + upTo(6) }, (_, index) =>
    host(`h${index}`, upTo(4096), {
      labels: random() < 0.5 ? { group: 'blue' } : {},
      closed: random() < 0.2 ? 'it is cordoned' : undefined,
    }),
  );
  const candidates = Array.from({ length: upTo(30) }, (_, index): Candidate => {
    const action = random() < 0.8 ? 'migrate' : random() < 0.5 ? 'stop' : 'skip';
    const excluded = random() < 0.2 ? new Map([[`h${upTo(8)}`, 'profiles: no']]) : undefined;
    const need = { memory: upTo(512) * MiB, disk: upTo(2048) * MiB };
    return { name: `c${index}`, labels: {}, need, action, excluded, rules: noRules };
  });
  const target = random() < 0.5 ? ({ kind: 'any' } as const) : ({ kind: 'group', group: 'blue' } as const);
  const reach = random() < 0.3 ? new Set(['h1', 'h2', 'h3']) : undefined;
  return {
    snapshot: { hosts, reserved: new Map() },
    request: { source: 'h0', target, reach, candidates },
  };
}

describe('a plan', () => {
  test('keeps every rule, fills no host over its room, and places each container once', () => {
    let placed = 0;
    for (let seed = 1; seed <= 500; seed++) {
      const { snapshot, request } = made(seed);
      const answers = assign(snapshot, request);
      expect(answers.map(({ name }) => name)).toEqual(request.candidates.map(({ name }) => name));
      const taken = new Map<string, Reservation[]>();
      for (const [index, { chosen, obstacles }] of answers.entries()) {
        const { name, labels, need, action, excluded } = request.candidates[index] as Candidate;
        if (!chosen) {
          expect(
            action !== 'migrate' ||
              obstacles.length > 0 ||
              snapshot.hosts.length === 1 ||
              request.target.kind === 'group' ||
              request.reach,
          ).toBeTruthy();
          continue;
        }
        placed++;
        const to = snapshot.hosts.find((each) => each.name === chosen.pool);
        expect({
          action,
          isClosed: to?.closed !== undefined,
          excluded: excluded?.has(chosen.pool) ?? false,
        }).toEqual({ action: 'migrate', isClosed: false, excluded: false });
        expect(chosen.pool).not.toBe('h0');
        if (request.target.kind === 'group') expect(to?.labels['group']).toBe('blue');
        if (request.reach) expect(request.reach.has(chosen.pool)).toBe(true);
        taken.set(chosen.pool, [...(taken.get(chosen.pool) ?? []), { name, labels, need }]);
      }
      for (const [pool, reservations] of taken) {
        const to = snapshot.hosts.find((each) => each.name === pool) as PlacementHost;
        const room = roomOn(to, reservations);
        // One that needs nothing may be put on a full host.
        const needs = reservations.some(({ need }) => need.memory + need.disk > 0);
        if (needs) expect(Math.min(room?.memory ?? -1, room?.disk ?? -1)).toBeGreaterThanOrEqual(0);
      }
    }
    expect(placed).toBeGreaterThan(1000);
  });

  test('is the same for the same fleet', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const [one, two] = [made(seed), made(seed)];
      expect(assign(one.snapshot, one.request)).toEqual(assign(two.snapshot, two.request));
    }
  });

  test('counts what the others need, and says why the last one does not fit', () => {
    const hosts = [host('from', 0), host('to', 1000)];
    const candidates = ['a', 'b', 'c'].map((name) => ({
      ...{ name, labels: {}, need: { memory: 300 * MiB, disk: 0 }, rules: noRules },
      action: 'migrate' as const,
    }));
    const request = { source: 'from', target: { kind: 'any' } as const, reach: undefined, candidates };
    const [a, b, c] = assign({ hosts, reserved: new Map() }, request);
    expect([a?.chosen?.pool, b?.chosen?.pool, c?.chosen]).toEqual(['to', 'to', undefined]);
    expect(c?.obstacles).toEqual([{ pool: 'to', reason: '105 MiB of memory short' }]);
  });

  test('keeps the rules of each container: apart, and near of one that leaves as well', () => {
    const hosts = [host('from', 0), host('to', 3000), host('too', 2000)];
    const candidate = (name: string, rules: RuleTexts, memory = 0): Candidate => ({
      ...{ name, labels: {}, need: { memory: memory * MiB, disk: 0 }, action: 'migrate' },
      rules: parseRules(rules),
    });
    const planned = (...candidates: Candidate[]) => {
      const request = { source: 'from', target: { kind: 'any' } as const, reach: undefined, candidates };
      return assign({ hosts, reserved: new Map() }, request).map(({ chosen }) => chosen?.pool);
    };
    expect(planned(candidate('a', { apart: 'b' }, 100), candidate('b', {}))).toEqual(['to', 'too']);
    expect(
      planned(candidate('a', { near: 'b' }, 500), candidate('b', { apart: 'c' }), candidate('c', {}, 9)),
    ).toEqual(['too', 'too', 'to']);
    expect(planned(candidate('a', { near: 'b' }, 100), candidate('b', { near: 'a' }))).toEqual(['to', 'to']);
    expect(planned(candidate('a', { near: 'elsewhere' }))).toEqual([undefined]);
  });
});

const at = (ms: number) => new Date(ms).toISOString();
const nothing = new Experience([]);
const one = { name: 'c', isRunning: true, usedBytes: 30e6, precopy: true };

interface MovedSize {
  readonly container?: string;
  readonly usedBytes?: number;
  readonly stepMs?: number;
}

function moved(
  source: string,
  destination: string,
  bytes: number,
  ms: number,
  { container = 'c', usedBytes = 0, stepMs = 1000 }: MovedSize = {},
): MigrationRecord {
  const pass = { number: 1, kind: 'running', refresh: false, freeze: false, outcome: 'done' } as const;
  return {
    ...({ id: 'x', container, options: {}, plan: { usedBytes } } as MigrationRecord),
    ...{ source, destination, createdAt: at(0), phase: 'done', wasRunning: true },
    passes: [{ ...pass, startedAt: at(0), endedAt: at(ms), bytes }],
    history: (['copied', 'stopped', 'synced', 'verified', 'started', 'done'] as const).map(
      (phase, index) => ({
        phase,
        at: at(10_000 + stepMs * index),
      }),
    ),
  };
}

describe('an estimate', () => {
  test('is from moves between these hosts, else from others, else assumed', () => {
    const experience = new Experience([moved('a', 'b', 100e6, 2_000), moved('c', 'd', 100e6, 10_000)]);
    expect(experience.rateBetween('a', 'b')).toEqual({
      bytesPerSecond: 50e6,
      overheadMs: 0,
      basis: 'measured',
    });
    expect(experience.rateBetween('b', 'a').basis).toBe('similar');
    expect(nothing.rateBetween('a', 'b').basis).toBe('assumed');
  });

  test('has the downtime of the container, and none of one that does not run', () => {
    const rate = nothing.rateBetween('a', 'b');
    expect(estimateMove(one, rate, nothing)).toEqual({ copyMs: 3_500, downtimeMs: 2_000, basis: 'assumed' });
    expect(estimateMove({ ...one, isRunning: false }, rate, nothing).downtimeMs).toBe(0);
    expect(estimateMove({ ...one, precopy: false }, rate, nothing).downtimeMs).toBe(5_000);
    const known = new Experience([moved('a', 'b', 1, 1)]);
    expect(estimateMove(one, rate, known)).toMatchObject({ downtimeMs: 4_000, basis: 'measured' });
    expect(estimateMove({ ...one, name: 'other' }, rate, known).basis).toBe('similar');
  });

  test('is the median of earlier downtimes of the container: one slow move says little', () => {
    const rate = nothing.rateBetween('a', 'b');
    const known = new Experience([1_000, 5_000, 1_000].map((ms) => moved('a', 'b', 1, 1, { stepMs: ms })));
    expect(estimateMove(one, rate, known)).toMatchObject({ downtimeMs: 4_000, basis: 'measured' });
  });

  test('of a container that was never moved is from those that are as large', () => {
    const rate = nothing.rateBetween('a', 'b');
    const records = Array.from({ length: 20 }, (_, index) => {
      const isLarge = index % 2 === 1;
      const size = { container: `c${index}`, usedBytes: isLarge ? 60e6 : 5e6, stepMs: isLarge ? 2_000 : 500 };
      return moved('a', 'b', 1, 1, size);
    });
    const known = new Experience(records);
    const of = (usedBytes: number) =>
      estimateMove({ ...one, name: 'new', usedBytes }, rate, known).downtimeMs;
    expect([of(4e6), of(70e6)]).toEqual([2_000, 8_000]);
  });

  test('of all of them counts the slots', () => {
    const move = { copyMs: 3_000, downtimeMs: 2_000, basis: 'assumed' } as const;
    const all = Array.from({ length: 10 }, () => move);
    expect(estimateAll([], { copy: 3, cutover: 1 })).toBe(0);
    expect(estimateAll(all, { copy: 3, cutover: 1 })).toBe(27_000);
    expect(estimateAll(all, { copy: 3, cutover: 4 })).toBe(14_000);
  });
});

describe('the containers of a record', () => {
  const found = (name: string, uuid: string, isRunning = true) => ({
    ...{ name, uuid, isRunning, action: 'migrate' as const, problem: undefined },
    ...{ need: { memory: 1, disk: 2 }, rules: noRules, manifest: {} as never },
  });
  const planned = (name: string, uuid: string, isRunning = true) => ({
    found: found(name, uuid, isRunning),
    ...{ chosen: { pool: 'to', reason: 'r' }, obstacles: [], warnings: [], estimate: undefined },
  });
  const earlier = (container: string, state: EvacuationItem['state'], uuid = container): EvacuationItem => ({
    ...{
      container,
      uuid,
      state,
      wasRunning: true,
      action: 'migrate',
      need: { memory: 0, disk: 0 },
      failures: 0,
    },
  });

  test('wait, or are left with what stands in their way', () => {
    const stuck = { ...planned('b', 'b'), chosen: undefined, obstacles: [{ pool: 'to', message: 'full' }] };
    expect(itemsOf({ containers: [planned('a', 'a'), stuck] })).toMatchObject([
      { container: 'a', state: 'waiting', destination: 'to', wasRunning: true },
      { container: 'b', state: 'left', message: 'to: full' },
    ]);
  });

  test('keep what an earlier evacuation has taken away and not brought back', () => {
    const before = {
      phase: 'incomplete' as const,
      items: [
        earlier('gone', 'moved'),
        earlier('held', 'stopped'),
        earlier('back', 'moved'),
        earlier('left', 'left'),
      ],
    };
    const now = itemsOf({
      containers: [planned('back', 'back'), planned('held', 'held', false), planned('left', 'left')],
    });
    const all = withEarlier(now, before).map(({ container, state }) => `${container} ${state}`);
    expect(all).toEqual(['back waiting', 'gone moved', 'held stopped', 'left waiting']);
  });
});

// Aim: a rebalance breaks no rule, overfills no host, moves no container twice, is the same for the same fleet, and is not
// followed by another one unless the load changes. Method: the pure planner on fleets that are made from a seed.
import { describe, expect, test } from 'vitest';
import { matches, type Labels } from '../../common/labels.js';
import type { KeptRules } from '../../common/placement-rules.js';
import {
  margins,
  overloadedHosts,
  planRebalance,
  type Candidate,
  type PlannedMove,
  type RebalanceRequest,
} from '../../controller/rebalance/plan.js';
import { pressureOf, type HostLoad } from '../../controller/rebalance/pressure.js';
import { isIn, parseKept } from '../../controller/placement/rules.js';
import { roomOn, type PlacementHost, type Snapshot } from '../../controller/placement/snapshot.js';

const GiB = 1024 ** 3;

interface Container {
  readonly name: string;
  pool: string;
  readonly labels: Labels;
  readonly rules: KeptRules;
  readonly memory: number;
  readonly cpus: number;
  readonly disk: number;
  readonly downtimeMs: number;
}

interface Machine {
  readonly name: string;
  readonly labels: Labels;
  readonly closed: string | undefined;
  readonly memory: number;
  readonly cpus: number;
  readonly disk: number;
}

interface Fleet {
  readonly machines: readonly Machine[];
  readonly containers: readonly Container[];
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

function made(seed: number): Fleet {
  const random = randomFrom(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const machines = Array.from({ length: 2 + Math.floor(random() * 8) }, (_, index) => ({
    name: `h${index}`,
    labels: random() < 0.5 ? { ssd: 'true' } : {},
    closed: random() < 0.1 ? 'it is cordoned' : undefined,
    ...{ memory: pick([8, 16, 32]) * GiB, cpus: pick([2, 4, 8]), disk: pick([20, 100]) * GiB },
  }));
  const rules: readonly KeptRules[] = [
    ...[{}, {}, {}, {}, { apart: 'app=web' }, { apart: 'app=db' }, { near: 'app=db' }, { where: 'ssd' }],
  ];
  const containers = Array.from({ length: Math.floor(random() * 60) }, (_, index) => ({
    name: `c${index}`,
    // Most of them are on a few hosts.
    pool: machines[Math.floor(random() * random() * machines.length)]?.name ?? 'h0',
    labels: { app: pick(['web', 'db', 'mail']) },
    rules: pick(rules),
    ...{ memory: random() * 1.5 * GiB, cpus: random() * 0.8, disk: random() * 4 * GiB },
    downtimeMs: pick([800, 1500, 5000, 40_000]),
  }));
  return { machines, containers };
}

function snapshotOf({ machines, containers }: Fleet): Snapshot & { loads: Map<string, HostLoad> } {
  const loads = new Map<string, HostLoad>();
  const hosts = machines.map(({ name, labels, closed, memory, cpus, disk }): PlacementHost => {
    const own = containers.filter(({ pool }) => pool === name);
    const sum = (of: (each: Container) => number) => own.reduce((all, each) => all + of(each), 0);
    loads.set(name, { memory: sum((each) => each.memory) / memory, cpu: sum((each) => each.cpus) / cpus });
    return {
      ...{ name, labels, closed },
      capacity: {
        ...{ cpus, load1: 0, memoryTotal: memory, memoryAvailable: memory - sum((each) => each.memory) },
        ...{ diskTotal: disk, diskFree: disk - sum((each) => each.disk) },
      },
      containers: {
        size: own.length,
        get: (container) => own.find((each) => each.name === container),
        labelled: (label, value) => own.filter(({ labels: all }) => all[label] === value).length,
        ruled: () => own.filter(({ rules }) => Object.keys(rules).length > 0),
      },
    };
  });
  return { hosts, reserved: new Map(), loads };
}

const plenty = { moves: 1000, downtimeMs: 1e9 };

function requestFor(fleet: Fleet, change: Partial<RebalanceRequest> = {}): RebalanceRequest {
  const candidates = fleet.containers.map(({ memory, cpus, rules, ...each }): Candidate => ({
    ...each,
    ...{ use: { memory, cpus }, rules: parseKept(rules) },
  }));
  return {
    ...{ target: { kind: 'any' }, reach: undefined, resting: new Set(), budget: plenty, candidates },
    loads: snapshotOf(fleet).loads,
    ...change,
  };
}

const planFor = (fleet: Fleet, change: Partial<RebalanceRequest> = {}) =>
  planRebalance(snapshotOf(fleet), requestFor(fleet, change));

function applied({ machines, containers }: Fleet, moves: readonly PlannedMove[]): Fleet {
  const to = new Map(moves.map(({ container, destination }) => [container, destination]));
  return {
    machines,
    containers: containers.map((each) => ({ ...each, pool: to.get(each.name) ?? each.pool })),
  };
}

/** What the rules of all containers forbid of where they are. */
function broken({ machines, containers }: Fleet): string[] {
  return containers.flatMap((each) => {
    const { where, near, apart } = parseKept(each.rules);
    const others = containers.filter(({ pool, name }) => pool === each.pool && name !== each.name);
    const host = machines.find(({ name }) => name === each.pool);
    return [
      ...(matches(host?.labels ?? {}, where) ? [] : [`${each.name} where`]),
      ...(apart && others.some((other) => isIn(apart, other)) ? [`${each.name} apart`] : []),
      ...(near && !isIn(near, each) && !others.some((other) => isIn(near, other))
        ? [`${each.name} near`]
        : []),
    ];
  });
}

const seeds = Array.from({ length: 400 }, (_, index) => index + 1);

describe('any fleet', () => {
  test('is not overfilled, no rule is broken that was kept, and no container moves twice or to a closed pool', () => {
    let moved = 0;
    for (const seed of seeds) {
      const fleet = made(seed);
      const { moves, level } = planFor(fleet);
      moved += moves.length;
      expect(new Set(moves.map(({ container }) => container)).size).toBe(moves.length);
      const after = applied(fleet, moves);
      const before = new Set(broken(fleet));
      expect(broken(after).filter((each) => !before.has(each))).toEqual([]);
      // All that arrives is there before anything has left.
      const arrivals = moves.map(({ container, destination: pool }) => ({
        ...(fleet.containers.find(({ name }) => name === container) as Container),
        ...{ name: `${container}-copy`, pool },
      }));
      const { hosts } = snapshotOf({ ...fleet, containers: [...fleet.containers, ...arrivals] });
      for (const { destination, destinationAfter, sourceAfter, gain } of moves) {
        const host = hosts.find(({ name }) => name === destination) as PlacementHost;
        const room = roomOn(host, []);
        expect(host.closed).toBeUndefined();
        expect(Math.min(room?.memory ?? -1, room?.disk ?? -1)).toBeGreaterThanOrEqual(0);
        expect(destinationAfter).toBeLessThanOrEqual(level + margins.balanced + 1e-9);
        expect([gain > 0, sourceAfter >= -1e-9]).toEqual([true, true]);
      }
    }
    expect(moved).toBeGreaterThan(seeds.length);
  });

  test('has the same plan again', () => {
    for (const seed of seeds.slice(0, 100)) {
      const fleet = made(seed);
      const candidates = [...requestFor(fleet).candidates].reverse();
      expect(planFor(fleet, { candidates })).toEqual(planFor(fleet));
    }
  });

  test('is not rebalanced again unless the load changes', () => {
    let changed = 0;
    for (const seed of seeds) {
      const fleet = made(seed);
      const { moves } = planFor(fleet);
      const after = applied(fleet, moves);
      const names = new Set(moves.map(({ container }) => container));
      const resting = new Set(moves.map(({ source }) => source));
      const request = requestFor(after, { resting });
      const candidates = request.candidates.filter(({ name }) => !names.has(name));
      expect(planRebalance(snapshotOf(after), { ...request, candidates }).moves).toEqual([]);
      // When the rest is over, those that moved could move again, and are not made to.
      for (const { container } of planFor(after, { resting }).moves) expect(names).not.toContain(container);
      const busier = {
        ...after,
        containers: after.containers.map((each) =>
          each.pool === 'h1' ? { ...each, cpus: each.cpus * 4 } : each,
        ),
      };
      if (planFor(busier).moves.length > 0) changed++;
    }
    expect(changed).toBeGreaterThan(20);
  });

  test('spends no more than its budget, and says when more would pay', () => {
    for (const seed of seeds) {
      const fleet = made(seed);
      const whole = planFor(fleet);
      const budget = { moves: 2, downtimeMs: 3000 };
      const cut = planFor(fleet, { budget });
      expect(cut.moves.length).toBeLessThanOrEqual(budget.moves);
      const spent = cut.moves.reduce((sum, { downtimeMs }) => sum + downtimeMs, 0);
      expect(spent).toBeLessThanOrEqual(budget.downtimeMs);
      expect(whole.isCut).toBe(false);
      if (cut.moves.length < whole.moves.length && cut.moves.length < budget.moves)
        expect(cut.isCut).toBe(true);
    }
  });
});

function two(containers: readonly Partial<Container>[]): Fleet {
  const machine = { labels: {}, closed: undefined, memory: 8 * GiB, cpus: 4, disk: 100 * GiB };
  const machines = ['a', 'b'].map((name) => ({ ...machine, name }));
  return {
    machines,
    containers: containers.map((each, index) => ({
      ...{
        name: `c${index}`,
        pool: 'a',
        labels: {},
        rules: {},
        memory: 0,
        cpus: 0,
        disk: 0,
        downtimeMs: 1000,
      },
      ...each,
    })),
  };
}

const targets = (fleet: Fleet, change: Partial<RebalanceRequest> = {}) =>
  planFor(fleet, change).moves.map(({ container, destination }) => `${container} ${destination}`);

test('a fleet that is in balance, or nearly, is left alone; one that is not gets moves until it is', () => {
  const even = two([{ cpus: 1 }, { cpus: 1, pool: 'b' }]);
  expect(targets(even)).toEqual([]);
  expect(targets(two([{ cpus: 0.4 }, { cpus: 0.4 }]))).toEqual([]);
  const uneven = two(Array.from({ length: 6 }, () => ({ cpus: 0.5, memory: GiB })));
  const { moves, level } = planFor(uneven);
  expect(moves).toHaveLength(3);
  const after = snapshotOf(applied(uneven, moves)).loads;
  for (const load of after.values()) expect(pressureOf(load)).toBeLessThanOrEqual(level + margins.balanced);
});

test('a move with a long downtime has to bring more', () => {
  const fleet = (downtimeMs: number) => two(Array.from({ length: 8 }, () => ({ cpus: 0.45, downtimeMs })));
  expect(targets(fleet(1000)).length).toBeGreaterThan(0);
  expect(targets(fleet(60_000))).toEqual([]);
});

test('pools out of reach, out of the target, or without a known load count for nothing', () => {
  const fleet = two(Array.from({ length: 6 }, () => ({ cpus: 0.5, memory: GiB })));
  expect(targets(fleet, { reach: new Set(['a']) })).toEqual([]);
  expect(targets(fleet, { target: { kind: 'group', group: 'blue' } })).toEqual([]);
  expect(targets(fleet, { loads: new Map([['a', { memory: 1, cpu: 1 }]]) })).toEqual([]);
  expect(targets(fleet, { resting: new Set(['b']) })).toEqual([]);
  expect(overloadedHosts(snapshotOf(fleet), requestFor(fleet))).toEqual(['a']);
});

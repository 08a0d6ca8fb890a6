// Aim: a rebalance orders what it proposes and nothing else, does so by itself when that is set, and leaves alone what somebody
// moves back. Method: the service on a store and an inventory in memory, in virtual time.
import { beforeEach, describe, expect, test } from 'vitest';
import { CopaError } from '../../common/errors.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import type { MigrationRequest } from '../../controller/migration/request.js';
import { Placer } from '../../controller/placement/placer.js';
import { RebalanceService, usualBudget } from '../../controller/rebalance/service.js';
import { silentLog } from '../support/etcd.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const GiB = 1024 ** 3;
const hourMs = 3600_000;
const anywhere = { target: { kind: 'any' }, reach: undefined, budget: usualBudget } as const;

class World {
  nowMs = Date.UTC(2026, 0, 1);
  readonly events: string[] = [];
  readonly ordered: MigrationRequest[] = [];
  readonly outcomes = new Map<string, 'running' | 'done' | 'failed' | 'none'>();
  /** Why a move to a pool is not possible. */
  readonly obstacles = new Map<string, string>();
  readonly refusals = new Map<string, CopaError>();
  readonly audited: string[] = [];
  readonly inventory = new Inventory(() => undefined);
  readonly store = new MemoryStore();
  /** By container: its pool and how many processors it uses of the four of its pool. */
  readonly containers = new Map<string, { pool: string; cpus: number; rules?: Record<string, string> }>();

  constructor(private readonly pools: readonly string[]) {
    for (const name of pools) this.inventory.add({ name, address: '10.0.0.1', addedAt: '', revision: 1 });
  }

  put(name: string, pool: string, cpus: number, rules: Record<string, string> = {}): void {
    this.containers.set(name, { pool, cpus, rules });
    for (const each of this.pools) this.#report(each);
  }

  move(name: string, pool: string): void {
    const known = this.containers.get(name);
    if (known) this.put(name, pool, known.cpus, known.rules);
  }

  service(everyMs?: number): RebalanceService {
    const now = () => this.nowMs;
    const on = (pool: string) => [...this.containers].filter(([, each]) => each.pool === pool);
    return new RebalanceService({
      ...{ store: this.store, inventory: this.inventory, log: silentLog, everyMs },
      placer: new Placer(this.inventory, now),
      measurements: {
        summaries: (isWanted) => {
          const wanted = this.pools.filter(isWanted);
          const cpuOf = (pool: string) => on(pool).reduce((sum, [, { cpus }]) => sum + 25 * cpus, 0);
          const results = new Map(
            wanted.map((pool) => [pool, { cpu: cpuOf(pool), memory: 10, throughput: null }] as const),
          );
          return Promise.resolve({ pools: wanted, results, failures: [] });
        },
        readAll: (_kind, isWanted) => {
          const wanted = this.pools.filter(isWanted);
          const rows = (pool: string) =>
            on(pool).map(([container, { cpus }], id) => ({
              ...{ id, pool, atMs: this.nowMs },
              values: { container, CPU: 100 * cpus, memory: 0, received: 0, sent: 0 },
            }));
          const results = new Map(wanted.map((pool) => [pool, rows(pool)] as const));
          return Promise.resolve({ pools: wanted, results, failures: [] }) as never;
        },
      },
      migrations: {
        past: {
          downtimeMs: () => 1_000,
          outcome: (id: string) => this.outcomes.get(id) ?? 'none',
        } as never,
        dryRun: ({ destination }) => {
          const message = this.obstacles.get(destination);
          const findings = message === undefined ? [] : [{ subject: 'profiles', message }];
          return Promise.resolve({ findings, plan: { usedBytes: GiB } }) as never;
        },
        begin: (request) => {
          const refusal = this.refusals.get(request.container);
          if (refusal) return Promise.reject(refusal);
          this.ordered.push(request);
          this.outcomes.set(request.policy?.decision ?? '', 'done');
          this.move(request.container, request.destination);
          return Promise.resolve({}) as never;
        },
      },
      audit: ({ who, outcome, parameters }) => {
        this.audited.push(`${who} ${outcome} ${parameters['container_name']}`);
        return Promise.resolve();
      },
      emit: (event) => {
        if ('move' in event) this.events.push(`${event.type} ${event.move.container}`);
      },
      clock: {
        now,
        delay: () => Promise.resolve(),
        every: () => () => undefined,
        after: () => () => undefined,
      },
    });
  }

  #report(pool: string): void {
    const own = [...this.containers].filter(([, each]) => each.pool === pool);
    this.inventory.apply(pool, {
      ...{ daemon: { up: true, reason: '', server: 'lxd', serverVersion: '5' }, renamed: [], deleted: [] },
      containers: own.map(([name, { rules = {} }]) => ({
        ...{ name, status: 'Running', createdAt: 0, image: '', addresses: [], cpuLimit: '', memoryLimit: '' },
        ...{ snapshots: 0, migrationId: '', labels: {}, interfaces: [], rules },
      })),
      listing: 'LAST_PART',
      probePort: 0,
      capacity: {
        ...{ cpus: 4, load1: 0, memoryTotal: 8 * GiB, memoryAvailable: 7 * GiB },
        ...{ diskTotal: 100 * GiB, diskFree: 90 * GiB },
      },
    });
  }
}

const where = (world: World) => [...world.containers].map(([name, { pool }]) => `${name} ${pool}`);

describe('a rebalance', () => {
  let world: World;

  beforeEach(() => {
    world = new World(['a', 'b', 'c']);
    for (const name of ['c1', 'c2', 'c3', 'c4', 'c5']) world.put(name, 'a', 0.7);
  });

  test('is proposed with its reasons and changes nothing; applied, it is made once', async () => {
    const service = world.service();
    const proposed = await service.propose(anywhere);
    expect(proposed.moves.map(({ container, destination }) => `${container} ${destination}`)).toEqual([
      ...['c1 b', 'c2 c', 'c3 b'],
    ]);
    expect(world.ordered).toEqual([]);
    const { moves } = await service.apply(anywhere);
    expect(moves).toMatchObject([
      {
        ...{
          container: 'c1',
          source: 'a',
          destination: 'b',
          outcome: 'ordered',
          gain: expect.closeTo(8.75, 0) as number,
        },
        reason: 'load of a 49 %, then 40 %; of b 5 %, then 14 %',
      },
      { container: 'c2', destination: 'c' },
      { container: 'c3', destination: 'b' },
    ]);
    expect(where(world)).toEqual(['c1 b', 'c2 c', 'c3 b', 'c4 a', 'c5 a']);
    expect(world.ordered[0]?.policy).toEqual({ name: 'rebalance', decision: moves[0]?.id });
    expect(world.audited).toEqual(['rebalance done c1', 'rebalance done c2', 'rebalance done c3']);
    expect((await service.apply(anywhere)).moves).toEqual([]);
  });

  test('keeps to the rules of containers, to what the check finds, and to the budget', async () => {
    world.put('c1', 'a', 0.7, { apart: 'c9' });
    world.put('c9', 'b', 0);
    world.put('c2', 'a', 0.7, { near: '=' });
    world.obstacles.set('c', 'there is no profile "gpu"');
    const service = world.service();
    const { moves, held } = await service.propose(anywhere);
    expect(moves.map(({ container, destination }) => `${container} ${destination}`)).toEqual([
      ...['c3 b', 'c4 b'],
    ]);
    expect(held).toMatchObject([{ container: 'c2', reason: expect.stringContaining('near') as string }]);
    const cut = await service.propose({ ...anywhere, budget: { moves: 10, downtimeMs: 500 } });
    expect([cut.moves, cut.isCut]).toEqual([[], true]);
  });

  test('notes a move that is refused, and does not plan it again soon', async () => {
    world.refusals.set('c1', new CopaError('failed_precondition', 'it is full'));
    const service = world.service();
    const { moves } = await service.apply(anywhere);
    expect(moves[0]).toMatchObject({ container: 'c1', outcome: 'refused', error: 'it is full' });
    expect(world.audited[0]).toBe('rebalance refused c1');
    const again = await service.propose(anywhere);
    expect(again.moves.map(({ container, destination }) => `${container} ${destination}`)).not.toContain(
      'c1 b',
    );
  });

  test('does not begin while the moves of the last one run', async () => {
    const service = world.service();
    const { moves } = await service.apply(anywhere);
    world.outcomes.set(moves[0]?.id ?? '', 'running');
    expect(await failureOf(() => service.apply(anywhere))).toMatch(
      /^failed_precondition: the moves of the last rebalance still run/,
    );
  });

  test('leaves a container alone for a day that somebody moves back, and reports it', async () => {
    const service = world.service();
    const stop = service.start();
    // It follows the store from now on.
    world.store.ready();
    await service.apply(anywhere);
    world.move('c1', 'a');
    await service.look();
    // Once could be an inventory that lags behind.
    expect((await service.moves()).map(({ moved_back_at }) => moved_back_at)).toEqual([null, null, null]);
    await service.look();
    expect(world.events).toEqual([
      ...['c1', 'c2', 'c3'].map((name) => `rebalance.ordered ${name}`),
      'rebalance.moved_back c1',
    ]);
    // The load of its pool is high again; others go, and it stays.
    for (const name of ['c6', 'c7', 'c8']) world.put(name, 'a', 0.5);
    world.nowMs += 20 * hourMs;
    const { held, moves } = await service.propose(anywhere);
    expect(moves.map(({ container }) => container)).not.toContain('c1');
    expect(held).toMatchObject([
      { container: 'c1', reason: expect.stringContaining('somebody has moved it back') as string },
    ]);
    world.nowMs += 5 * hourMs;
    expect((await service.propose(anywhere)).held).toEqual([]);
    await stop();
  });

  test('is made by itself only when that is set, when it is due, and by one of two controllers', async () => {
    await world.service().look();
    expect(world.ordered).toEqual([]);
    const [first, second] = [world.service(hourMs), world.service(hourMs)];
    await Promise.all([first.look(), second.look()]);
    expect(world.ordered).toHaveLength(3);
    for (const name of ['c1', 'c2', 'c3']) world.containers.delete(name);
    for (const name of ['d1', 'd2', 'd3', 'd4']) world.put(name, 'b', 0.9);
    await first.look();
    expect(world.ordered).toHaveLength(3);
    world.nowMs += hourMs;
    await Promise.all([first.look(), second.look()]);
    expect(world.ordered.length).toBeGreaterThan(3);
  });
});

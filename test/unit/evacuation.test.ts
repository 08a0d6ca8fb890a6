// Aim: an evacuation and its return end whatever fails in between, treat each container as they are to, and undo exactly
// what was done. Method: the real runner on a store in memory and a virtual clock, against a fleet that is made from a seed
// and fails at random. Other runners take over while the replaced one still acts, as a paused controller would.
import { describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { CopaError } from '../../common/errors.js';
import { EvacuationRunner, type RunnerParts } from '../../controller/evacuation/runner.js';
import {
  decodeEvacuation,
  isRunning,
  type Evacuation,
  type EvacuationItem,
} from '../../controller/model/evacuation.js';
import type { Phase } from '../../controller/model/migration.js';
import { keys } from '../../controller/store/keys.js';
import { Process, Timeline } from '../simulation/time.js';
import { MemoryStore } from '../support/memory-store.js';

interface Container {
  readonly uuid: string;
  running: boolean;
  parked: boolean;
}

interface AgentRequest {
  readonly container: string;
  readonly uuid: string;
  readonly run?: boolean;
  readonly fence: number;
}

interface Fault {
  /** The share of calls and moves that fail. */
  readonly share: number;
  readonly seed: number;
}

const hosts = ['from', 'b', 'c'];

class World {
  readonly timeline = new Timeline();
  readonly store = new MemoryStore();
  readonly containers = new Map(hosts.map((host) => [host, new Map<string, Container>()]));
  readonly moves = new Map<string, { phase: Phase; container: string; error?: { message: string } }>();
  readonly #fences = new Map<string, number>();
  readonly #listeners: (() => void)[] = [];
  /** Calls of replaced runners that an agent has refused. */
  refused = 0;
  #state: number;

  constructor(private readonly fault: Fault) {
    this.#state = fault.seed;
    for (const [index, name] of hosts.entries()) {
      this.store.put(keys.pool(name), { name, address: `10.0.0.${index + 1}`, addedAt: '' });
    }
  }

  random(): number {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return this.#state / 2_147_483_648;
  }

  on(host: string): Map<string, Container> {
    return this.containers.get(host) as Map<string, Container>;
  }

  get record(): Evacuation {
    const entry = this.store.entry(keys.evacuation('from'));
    return decodeEvacuation(entry?.value);
  }

  /** Writes the order, as the service does. */
  order(change: Partial<Evacuation> & Pick<Evacuation, 'items' | 'phase'>): void {
    const at = new Date(this.timeline.now()).toISOString();
    this.store.put(keys.evacuation('from'), {
      ...{ pool: 'from', id: '0123456789abcdef', target: '@any', startedAt: at, phaseAt: at },
      ...{ stopAtDeadline: false, deadlinePassed: false, cancelled: false, requestId: 'r' },
      ...{ runner: { controller: 'one', run: 'run0' }, attempt: '', rounds: 0 },
      ...change,
    });
  }

  /** A runner of another process, which takes the record from the one before. */
  async takeOver(run: string): Promise<void> {
    if (!isRunning(this.record)) return;
    const by = { owner: { controller: run, run }, from: this.record.runner.run };
    const runner = new EvacuationRunner('from', by, this.#parts());
    this.#listeners.push(() => runner.wake());
    await runner.run();
  }

  #parts(): RunnerParts {
    const { clock } = new Process(this.timeline);
    const store = this.store;
    return {
      ...{ store, clock, log: pino({ level: 'silent' }), wrote: () => undefined },
      randomHex: () =>
        Math.floor(this.random() * 2 ** 32)
          .toString(16)
          .padStart(16, '0'),
      host: (pool) => Promise.resolve(this.#agent(pool) as never),
      inventory: { all: () => hosts.map((name) => ({ name, containers: this.on(name) })) as never },
      migrations: {
        isListed: true,
        onChange: () => undefined,
        find: (id: string) => this.moves.get(id) as never,
        cancel: (id: string) => {
          this.#end(id, 'cancelled');
          return Promise.resolve({} as never);
        },
        begin: (request) => this.#begin(request) as never,
      },
      placeAgain: (_, { avoided = [] }) => {
        const pool = ['b', 'c'].find((name) => !avoided.includes(name));
        return pool === undefined ? undefined : { pool, reason: 'another one' };
      },
      remaining: ({ items }) => {
        const known = new Map(items.map((item) => [item.container, item.state]));
        const strange = [...this.on('from').keys()].filter(
          (name) => (known.get(name) ?? 'moved') === 'moved',
        );
        const contradictions = [...this.on('from')]
          .filter(([name, { running }]) => known.get(name) === 'stopped' && running)
          .map(([name]) => `${name} runs`);
        return Promise.resolve({
          unknown: strange.map((name) => itemOf(name, this.on('from').get(name) as Container)),
          contradictions,
        });
      },
    };
  }

  async #latency(): Promise<void> {
    await new Promise<void>((resolve) => this.timeline.after(10 + this.random() * 2_000, resolve));
    const fate = this.random();
    if (fate < this.fault.share / 2) throw new CopaError('unavailable', 'nobody knows');
    if (fate < this.fault.share) throw new CopaError('internal', 'it failed');
  }

  #agent(pool: string) {
    return {
      call: async (method: string, request: AgentRequest) => {
        const { container: name, uuid, run = false, fence } = request;
        if (method === 'DescribeSettings') {
          await this.#latency();
          return { config: { 'volatile.uuid': this.#find(pool, name).uuid } };
        }
        await new Promise<void>((resolve) => this.timeline.after(10 + this.random() * 3_000, resolve));
        const found = this.#find(pool, name);
        if (found.uuid !== uuid) throw new CopaError('not_found', 'another one');
        if (fence < (this.#fences.get(name) ?? 0)) {
          this.refused++;
          throw new CopaError('aborted', 'replaced');
        }
        this.#fences.set(name, fence);
        if (method === 'ParkContainer') [found.running, found.parked] = [false, true];
        else [found.running, found.parked] = [run, false];
        await this.#latency();
        return {};
      },
    };
  }

  #find(pool: string, name: string): Container {
    const found = this.on(pool).get(name);
    if (!found) throw new CopaError('not_found', `there is no ${name}`);
    return found;
  }

  async #begin({ container, source, destination, order }: Parameters<RunnerParts['migrations']['begin']>[0]) {
    await this.#latency();
    const { id = '', claim } = order ?? {};
    if (this.moves.has(id)) return;
    if (claim && this.store.entry(claim.key)?.revision !== claim.revision) {
      this.refused++;
      throw new CopaError('aborted', 'a pool was changed at this moment');
    }
    this.#find(source, container);
    const open = [...this.moves.values()].find(
      (each) => each.container === container && each.phase !== 'done',
    );
    if (open && open.phase !== 'failed' && open.phase !== 'cancelled') {
      throw new CopaError('failed_precondition', `${container} is being migrated`);
    }
    this.moves.set(id, { phase: 'accepted', container });
    this.timeline.after(1_000 + this.random() * 20_000, () => {
      if (this.random() < this.fault.share) this.#end(id, 'failed');
      const here = this.on(source).get(container);
      if (!here || this.moves.get(id)?.phase !== 'accepted') return;
      this.on(destination).set(container, here);
      this.moves.set(id, { phase: 'switched', container });
      this.timeline.after(3_000, () => {
        this.on(source).delete(container);
        this.moves.set(id, { phase: 'done', container });
        this.changed();
      });
      this.changed();
    });
  }

  #end(id: string, phase: Phase): void {
    const move = this.moves.get(id);
    if (move?.phase !== 'accepted') return;
    this.moves.set(id, { ...move, phase, error: { message: 'it failed' } });
    this.changed();
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function itemOf(
  name: string,
  { uuid, running }: Container,
  change: Partial<EvacuationItem> = {},
): EvacuationItem {
  return {
    ...{ container: name, uuid, wasRunning: running, action: 'migrate', state: 'waiting' },
    ...{ destination: 'b', reason: 'empty', need: { memory: 0, disk: 0 }, failures: 0 },
    ...change,
  };
}

function filled(fault: Fault, count: number): World {
  const world = new World(fault);
  const items = Array.from({ length: count }, (_, index) => {
    const [name, running] = [`c${index}`, world.random() < 0.7];
    world.on('from').set(name, { uuid: `u${index}`, running, parked: false });
    const action = (['migrate', 'migrate', 'migrate', 'stop', 'skip'] as const)[index % 5] ?? 'migrate';
    const stays = action === 'migrate' ? {} : { destination: undefined, reason: undefined };
    const state = action === 'skip' ? ('skipped' as const) : ('waiting' as const);
    return itemOf(name, world.on('from').get(name) as Container, { action, state, ...stays });
  });
  world.order({ phase: 'evacuating', items });
  return world;
}

/** Runs to the end. Every `takeOverMs` another runner takes over. */
async function runToEnd(world: World, takeOverMs?: number): Promise<Evacuation> {
  let number = 0;
  const failures: unknown[] = [];
  const next = () => {
    world.takeOver(`run${++number}-${world.timeline.now()}`).catch((error: unknown) => failures.push(error));
    if (takeOverMs !== undefined) world.timeline.after(takeOverMs, next);
  };
  next();
  const isOver = () => !isRunning(world.record) || failures.length > 0;
  expect(await world.timeline.run(isOver, 3 * 3600_000)).toBe(true);
  expect(failures).toEqual([]);
  // What replaced runners still do must change nothing.
  const end = world.record;
  await world.timeline.run(() => false, 120_000);
  return end;
}

const statesOf = ({ items }: Evacuation) => items.map(({ container, state }) => `${container} ${state}`);
const everywhere = (world: World) =>
  hosts.map((host) => [...world.on(host)].map(([name, { running }]) => `${name} ${running}`).sort());

function restore(world: World): void {
  const items = world.record.items.map((item) => ({ ...item, failures: 0 }));
  world.order({ ...world.record, phase: 'restoring', items, runner: { controller: 'one', run: 'run0' } });
}

describe('an evacuation', () => {
  test('moves, stops and skips, and its return undoes exactly that', async () => {
    const world = filled({ share: 0, seed: 1 }, 12);
    const before = everywhere(world);
    const end = await runToEnd(world);
    expect(end).toMatchObject({ phase: 'evacuated' });
    expect(statesOf(end).filter((text) => !text.endsWith('moved'))).toEqual([
      ...['c3 stopped', 'c4 skipped', 'c8 stopped', 'c9 skipped'],
    ]);
    expect([...world.on('from').keys()].sort()).toEqual(['c3', 'c4', 'c8', 'c9']);
    expect(world.store.entry(keys.pool('from'))?.value).toMatchObject({ scheduling: 'evacuated' });
    expect(world.store.entry(keys.evacuationClaim('from'))).toBeUndefined();
    restore(world);
    expect(await runToEnd(world)).toMatchObject({ phase: 'restored' });
    expect(everywhere(world)).toEqual(before);
    expect(world.store.entry(keys.pool('from'))?.value).not.toMatchObject({
      scheduling: expect.anything() as string,
    });
  });

  test('ends whatever fails, and never moves or stops what it must not', async () => {
    let refused = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const world = filled({ share: 0.25, seed }, 10);
      const before = everywhere(world).flat().sort();
      const end = await runToEnd(world, seed % 2 === 0 ? 4_000 : undefined);
      const left = end.items.filter(({ state }) => state === 'left');
      expect({ seed, phase: end.phase }).toEqual({
        seed,
        phase: left.length > 0 ? 'incomplete' : 'evacuated',
      });
      for (const item of end.items) {
        const isHere = world.on('from').has(item.container);
        expect({ seed, ...item, isHere }).toMatchObject({ isHere: item.state !== 'moved' });
        if (item.state === 'skipped')
          expect(world.on('from').get(item.container)?.running).toBe(item.wasRunning);
        if (item.state === 'stopped') expect(world.on('from').get(item.container)?.running).toBe(false);
      }
      for (let tries = 0; tries < 20 && world.record.phase !== 'restored'; tries++) {
        restore(world);
        await runToEnd(world, seed % 2 === 0 ? 4_000 : undefined);
      }
      const wrong = world.record.items
        .filter(({ failures }) => failures > 0)
        .map(({ container }) => container);
      const isRight = (text: string) => !wrong.includes(text.split(' ')[0] ?? '');
      expect({ seed, all: everywhere(world).flat().sort().filter(isRight) }).toEqual({
        seed,
        all: before.filter(isRight),
      });
      expect(world.on('b').size + world.on('c').size).toBe(0);
      refused += world.refused;
    }
    expect(refused).toBeGreaterThan(0);
  }, 60_000);

  test('leaves at the deadline what has not left, or stops it', async () => {
    for (const stopAtDeadline of [false, true]) {
      const world = filled({ share: 0, seed: 3 }, 40);
      const deadline = new Date(world.timeline.now() + 15_000).toISOString();
      world.order({ ...world.record, deadline, stopAtDeadline });
      const end = await runToEnd(world);
      const states = new Set(end.items.map(({ state }) => state));
      expect(states.has('moved')).toBe(true);
      expect(states.has('left')).toBe(!stopAtDeadline);
      expect(end.phase).toBe(stopAtDeadline ? 'evacuated' : 'incomplete');
      if (stopAtDeadline) {
        const stopped = end.items.filter(({ state, action }) => state === 'stopped' && action === 'migrate');
        expect(stopped.length).toBeGreaterThan(0);
      } else expect(end.message).toMatch(/did not leave/);
    }
  });

  test('can be cancelled, and what has left comes back', async () => {
    const world = filled({ share: 0, seed: 5 }, 40);
    world.timeline.after(12_000, () => {
      world.store.put(keys.evacuation('from'), { ...world.record, cancelled: true });
    });
    const end = await runToEnd(world);
    expect(end).toMatchObject({ phase: 'incomplete', cancelled: false });
    expect(end.message).toMatch(/^it was cancelled; c\d/);
    expect(world.store.entry(keys.pool('from'))?.value).toMatchObject({ scheduling: 'cordoned' });
    const before = world.on('from').size;
    restore(world);
    expect(await runToEnd(world)).toMatchObject({ phase: 'restored' });
    expect(world.on('from').size).toBeGreaterThan(before);
    expect(world.on('from').size).toBe(40);
  });

  test('takes what comes meanwhile along, and is not done before that', async () => {
    const world = filled({ share: 0, seed: 7 }, 3);
    world.timeline.after(5_000, () =>
      world.on('from').set('late', { uuid: 'l', running: true, parked: false }),
    );
    const end = await runToEnd(world);
    expect(end.phase).toBe('evacuated');
    expect(world.on('b').has('late')).toBe(true);
  });
});

describe('the return', () => {
  test('leaves alone what was deleted, moved on, renamed or replaced meanwhile', async () => {
    const world = filled({ share: 0, seed: 9 }, 8);
    await runToEnd(world);
    const b = world.on('b');
    b.delete('c0');
    world.on('c').set('c1', b.get('c1') as Container);
    b.delete('c1');
    b.set('c2', { uuid: 'another', running: true, parked: false });
    world.on('from').delete('c3');
    restore(world);
    const end = await runToEnd(world);
    expect(end.phase).toBe('restored');
    expect(statesOf(end)).toEqual([
      ...['c0 untouched', 'c1 untouched', 'c2 untouched', 'c3 untouched', 'c4 skipped'],
      ...['c5 returned', 'c6 returned', 'c7 returned'],
    ]);
    expect(end.items[1]?.message).toBe(
      'it is not on b any more: it was deleted, moved or renamed there; a container of that name is on c',
    );
    expect([...b.keys()]).toEqual(['c2']);
  });
});

// Invented pools and containers with changes: the data behind test/support/fakes/controller.ts. Every change is
// emitted as an event in the format of the real controller's stream.
import type {
  WireContainer,
  WireContainerUsage,
  WireDecision,
  WireEvacuation,
  WireEvacuationPlan,
  WireEvent,
  WireMigration,
  WireNetwork,
  WirePort,
  WirePolicy,
  WirePool,
} from '../../../page/model/api-types.js';
import { phaseFields } from '../../../controller/migration/stages.js';

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };
type MutablePool = Omit<Mutable<WirePool>, 'containers'> & { containers: WireContainer[] };

/** Without the time, which the world adds. Distributed, because a union loses its members otherwise. */
type Untimed<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

export interface WorldOptions {
  readonly pools: number;
  readonly containersPerPool: number;
  /** How long each phase of a move takes. */
  readonly phaseMs?: number;
}

const poolWords = [
  'aurora',
  'basalt',
  'cedar',
  'delta',
  'ember',
  'fjord',
  'grove',
  'harbor',
  'iris',
  'juniper',
];
const containerWords = ['web', 'db', 'cache', 'queue', 'mail', 'build', 'api', 'search', 'proxy', 'metrics'];
const images = ['debian/12', 'ubuntu/24.04', 'alpine/3.22'];

export class World {
  readonly pools = new Map<string, MutablePool>();
  readonly migrations = new Map<string, Mutable<WireMigration>>();
  readonly policies: Mutable<WirePolicy>[] = (['threshold_lat', 'room'] as const).map((name) => ({
    ...{ name, version: 1, built_in: name !== 'room', mode: 'automatic', last_decision: null },
    ...{ state: name === 'room' ? 'active' : 'off', applied_at: null, applied_by: null },
  }));
  readonly networks: WireNetwork[] = [];
  readonly ports: WirePort[] = [];
  /** What switches the built-in policies. */
  readonly delegation = { delegation_mode: 'm', auto_delegation_type: '' };
  /** The texts of policies that were applied, by name. */
  readonly applied = new Map<string, string>();
  /** What the plan of every evacuation is; without one there are no evacuations. */
  plan: WireEvacuationPlan | undefined;
  readonly evacuations = new Map<string, WireEvacuation>();
  /** That were run in containers. */
  readonly commands: (readonly string[])[] = [];
  readonly #listeners = new Set<(event: WireEvent) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #phaseMs: number;
  #made = 0;

  constructor({ pools, containersPerPool, phaseMs = 600 }: WorldOptions) {
    this.#phaseMs = phaseMs;
    for (let pool = 0; pool < pools; pool += 1) {
      const word = poolWords[pool % poolWords.length] ?? '';
      const name = pool < poolWords.length ? word : `${word}-${Math.floor(pool / poolWords.length) + 1}`;
      this.pools.set(name, {
        name,
        ip: `10.20.${pool >> 8}.${pool & 255}`,
        state: 'up',
        reason: null,
        since: new Date().toISOString(),
        daemon: pool % 3 === 2 ? 'incus' : 'lxd',
        daemon_version: pool % 3 === 2 ? '6.0.4' : '5.0.2',
        translations: { storage: {}, networks: {}, profiles: {} },
        labels: {},
        scheduling: 'active',
        containers: Array.from({ length: containersPerPool }, (_, index) => this.#container(pool, index)),
      });
    }
  }

  onEvent(listener: (event: WireEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(event: Untimed<WireEvent>): void {
    const told = { ...event, at: new Date().toISOString() };
    for (const listener of this.#listeners) listener(told);
  }

  find(pool: string, name: string): WireContainer | undefined {
    return this.pools.get(pool)?.containers.find((container) => container.name === name);
  }

  create(pool: string, name: string, image: string, labels = ''): void {
    const pairs = labels.split(',').map((each) => each.split('=') as [string, string]);
    const container = {
      ...this.#container(0, 0),
      name,
      image,
      status: 'Stopped',
      addresses: [],
      snapshots: 0,
      labels: labels === '' ? {} : Object.fromEntries(pairs),
    };
    this.pools.get(pool)?.containers.push(container);
    this.tell({ type: 'container.created', pool, container });
  }

  change(
    pool: string,
    name: string,
    status: string,
    type: 'started' | 'stopped' | 'frozen' | 'unfrozen' | 'changed',
    more: Partial<WireContainer> = {},
  ): void {
    const on = this.pools.get(pool);
    const container = this.find(pool, name);
    if (!on || !container) return;
    const changed: WireContainer = {
      ...container,
      status,
      addresses: status === 'Running' ? ['10.20.0.99'] : [],
      ...more,
    };
    on.containers = on.containers.map((each) => (each === container ? changed : each));
    this.tell({ type: `container.${type}`, pool, container: changed });
  }

  remove(pool: string, name: string): void {
    const on = this.pools.get(pool);
    if (!on) return;
    on.containers = on.containers.filter((each) => each.name !== name);
    this.tell({ type: 'container.deleted', pool, container: { name } });
  }

  /** Every container of the plan waits, and goes no further. */
  evacuate(pool: string): void {
    const { target = '@any', containers = [] } = this.plan ?? {};
    const at = new Date().toISOString();
    const summary = {
      ...{ container_pool: pool, phase: 'evacuating' as const, running: true, target },
      ...{ started_at: at, phase_since: at },
      ...{ deadline: null, stop_at_deadline: false, message: null },
      ...{ done: 0, total: containers.length, counts: { waiting: containers.length } },
    };
    const items = containers.map(({ container, action, destination, reason }) => ({
      ...{ container, action, destination, reason, state: 'waiting' as const, was_running: true },
      ...{ migration: null, message: null, description: 'waits for its turn' },
    }));
    this.evacuations.set(pool, { ...summary, containers: items });
    const on = this.pools.get(pool);
    if (on) on.scheduling = 'evacuating';
    this.tell({ type: 'pool.evacuating', pool });
    this.tell({ type: 'evacuation.progress', evacuation: summary });
  }

  setDown(pool: string, reason: string): void {
    const on = this.pools.get(pool);
    if (!on) return;
    Object.assign(on, { state: 'down', reason, since: new Date().toISOString() });
    this.tell({ type: 'pool.down', pool, reason });
  }

  setUp(pool: string): void {
    const on = this.pools.get(pool);
    if (!on) return;
    Object.assign(on, { state: 'up', reason: null, since: new Date().toISOString() });
    this.tell({ type: 'pool.up', pool, daemon: 'lxd', daemon_version: '5.0.2' });
  }

  pause(name: string, isPaused: boolean): void {
    for (const policy of this.policies)
      if (policy.name === name) policy.state = isPaused ? 'paused' : 'active';
  }

  explain(name: string): object {
    const policy = this.policies.find((each) => each.name === name);
    const reason = 'cpu of the pool basalt is 93%; the policy decided 20 s ago';
    return {
      ...policy,
      ...{ text: '', decisions: policy?.last_decision ? [policy.last_decision] : [] },
      now: { verdict: 'held', reason, container: null, source: null, destination: null },
    };
  }

  /** The policy "room" decides to move a container. */
  decide(container: string, source: string, destination: string): void {
    const at = new Date().toISOString();
    const decision: WireDecision = {
      ...{ id: '00112233445566aa', policy: 'room', version: 1, at, outcome: 'ordered' },
      ...{ container, source, destination, reason: 'cpu of the pool is 95%', error: null },
      predicted_downtime_ms: 2_000,
      evidence: {
        ...{ of: 'pool', measure: 'cpu', pool: source, peer: null, container: null, aggregate: 'mean' },
        ...{ value: 95, above: true, threshold: 80, window_seconds: 120, samples: 24, first: at, last: at },
        ...{ source_value: 95, destination_value: 20 },
      },
    };
    for (const policy of this.policies) if (policy.name === 'room') policy.last_decision = decision;
    this.tell({ type: 'policy.decided', decision });
  }

  /** Begins a move, which then continues by itself. */
  migrate(container: string, source: string, destination: string): string {
    this.#made += 1;
    const id = this.#made.toString(16).padStart(16, '0');
    const migration: Mutable<WireMigration> = {
      id,
      container,
      source,
      destination,
      phase: 'accepted',
      state: 'running',
      ...phaseFields('accepted'),
      via: 'direct',
      live: false,
      precopy: true,
      new_name: null,
      destination_storage: null,
      destination_network: null,
      profiles: null,
      volumes: [],
      max_downtime_ms: null,
      predicted_downtime: null,
      check: null,
      passes: [],
      bytes: 0,
      rate_bytes_per_second: null,
      estimated_seconds_left: null,
      downtime_ms: null,
      downtime: null,
      started_at: new Date().toISOString(),
      ended_at: null,
      history: [],
      error: null,
      warnings: [],
      queue: null,
      policy: null,
      evacuation: null,
      priority: 0,
      waiting_for: null,
      waiting_since: null,
      resolve_command: null,
      choices: [],
    };
    this.migrations.set(id, migration);
    this.#setPhase(migration, 'accepted');
    this.#later(() => this.#copy(migration, 0));
    return id;
  }

  cancel(id: string): WireMigration | undefined {
    const migration = this.migrations.get(id);
    if (migration?.state === 'running') {
      migration.state = 'cancelled';
      migration.ended_at = new Date().toISOString();
      this.#setPhase(migration, 'cancelled');
    }
    return migration;
  }

  /** The current usage of a host and its containers: waves of different lengths. */
  tellUsage(name: string): void {
    const pool = this.pools.get(name);
    if (pool?.state !== 'up') return;
    const now = Date.now() / 1000;
    const wave = (seed: number, period: number) => 0.5 + 0.5 * Math.sin(now / period + seed * 2.4);
    const seedOf = (text: string) => Array.from(text).reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
    const containers: Record<string, WireContainerUsage> = {};
    for (const { name: container, status } of pool.containers) {
      if (status !== 'Running') continue;
      const seed = seedOf(container + name);
      containers[container] = {
        cpu_percent: Math.max(0.1, (seed % 17) * wave(seed, 7) * wave(seed, 2.5) + Math.random() * 1.5),
        memory: (24 + (seed % 200)) * 1e6 * (1 + 0.1 * wave(seed, 20)),
        rx_bytes_per_second: (seed % 9) * 40_000 * wave(seed, 5),
        tx_bytes_per_second: (seed % 7) * 90_000 * wave(seed + 1, 4),
      };
    }
    const seed = seedOf(name);
    this.tell({
      type: 'usage',
      pool: name,
      load: {
        cpus: 8,
        load1: 0.6 + 3.4 * wave(seed, 11) * wave(seed + 2, 5),
        memory_total: 16e9,
        memory_used: 16e9 * (0.3 + 0.3 * wave(seed, 40)),
        rx_bytes_per_second: 2.4e6 * wave(seed, 6),
        tx_bytes_per_second: 5.1e6 * wave(seed + 1, 5),
      },
      containers,
    });
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #copy(migration: Mutable<WireMigration>, step: number): void {
    if (migration.state !== 'running') return;
    const steps = 12;
    if (step === 0) this.#setPhase(migration, 'claimed');
    const sent = Math.round((180e6 * step) / steps);
    const pass = { number: 1, kind: 'running', bytes: sent, ms: step * 200, outcome: 'running' };
    Object.assign(migration, {
      passes: [pass],
      bytes: sent,
      rate_bytes_per_second: 62e6,
      estimated_seconds_left: Math.ceil((180e6 - sent) / 62e6),
    });
    this.tell({ type: 'migration.progress', migration: { ...migration } });
    if (step < steps) {
      this.#later(() => this.#copy(migration, step + 1), this.#phaseMs / 4);
      return;
    }
    migration.passes = [{ ...pass, outcome: 'done' }];
    migration.rate_bytes_per_second = null;
    migration.estimated_seconds_left = null;
    this.#walk(migration, [
      'copied',
      'stopped',
      'synced',
      'verified',
      'started',
      'switched',
      'released',
      'removed',
    ]);
  }

  #walk(migration: Mutable<WireMigration>, phases: readonly WireMigration['phase'][]): void {
    if (migration.state !== 'running') return;
    const [phase, ...rest] = phases;
    if (phase === undefined) {
      this.#end(migration);
      return;
    }
    this.#setPhase(migration, phase);
    this.#later(() => this.#walk(migration, rest));
  }

  #end(migration: Mutable<WireMigration>): void {
    const { container, source, destination } = migration;
    const moved = this.find(source, container);
    Object.assign(migration, {
      state: 'done',
      ended_at: new Date().toISOString(),
      downtime_ms: 2410,
      downtime: { shutdown_ms: 1640, last_pass_ms: 310, start_ms: 460 },
      passes: [...migration.passes, { number: 2, kind: 'final', bytes: 412_000, ms: 240, outcome: 'done' }],
      bytes: migration.bytes + 412_000,
    });
    if (moved) {
      this.pools.get(destination)?.containers.push(moved);
      this.tell({ type: 'container.created', pool: destination, container: moved });
      this.remove(source, container);
    }
    this.#setPhase(migration, 'done');
    this.tell({ type: 'container.moved', container, source, destination, migration: migration.id });
  }

  #setPhase(migration: Mutable<WireMigration>, phase: WireMigration['phase']): void {
    Object.assign(migration, { phase, ...phaseFields(phase) });
    migration.history = [...migration.history, { phase, at: new Date().toISOString() }];
    this.tell({ type: 'migration.phase', migration: { ...migration } });
  }

  #later(what: () => void, ms = this.#phaseMs): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      what();
    }, ms);
    this.#timers.add(timer);
  }

  #container(pool: number, index: number): WireContainer {
    const word = containerWords[index % containerWords.length] ?? '';
    const round = Math.floor(index / containerWords.length);
    const turn = (pool * 7 + index * 3) % 23;
    const status = turn === 5 ? 'Frozen' : turn % 6 === 4 ? 'Stopped' : 'Running';
    return {
      name: round === 0 ? word : `${word}-${round + 1}`,
      status,
      created_at: new Date(Date.UTC(2026, 4, 1 + (turn % 28), 8, turn)).toISOString(),
      image: images[index % images.length] ?? null,
      addresses: status === 'Running' ? [`10.20.${pool & 255}.${10 + index}`] : [],
      cpu_limit: index % 4 === 0 ? '2' : null,
      memory_limit: index % 4 === 0 ? '1GiB' : null,
      snapshots: index % 5 === 0 ? 2 : 0,
      labels: {},
      rules: {},
      migration: null,
    };
  }
}

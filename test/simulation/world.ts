// Everything of one history: hosts with a daemon and an agent each, an etcd, controllers, and the network between
// them. The controllers' migration code is real (controller/migration), and so is the removal of pools.
import { EvacuationService } from '../../controller/evacuation/service.js';
import { Placer } from '../../controller/placement/placer.js';
import { MigrationService } from '../../controller/migration/service.js';
import type { StreamRelay } from '../../controller/migration/relay.js';
import { decodeRecord, hasEnded, type MigrationRecord } from '../../controller/model/migration.js';
import type { Limits } from '../../controller/model/slots.js';
import type { Host } from '../../controller/model/host.js';
import { keys } from '../../controller/store/keys.js';
import { Pools } from '../../controller/usecases/pools.js';
import type { Memory } from '../../agent/migration/fences.js';
import { migrationKey } from '../../agent/model/marks.js';
import { Random } from '../chaos/random.js';
import { Agent, silentLog, type AgentDisk } from './agent.js';
import { Container } from './containers.js';
import { Daemon } from './daemon.js';
import { Etcd, ModelStore } from './etcd.js';
import { EvacuationWatch } from './evacuations.js';
import type { Settings } from './history.js';
import { inventoryOf } from './inventories.js';
import { HostWay } from './network.js';
import { slotWatcher } from './slots.js';
import { Process, Timeline } from './time.js';
import { Meeting } from './transfer.js';
import { Wires } from './wires.js';

interface ModelHost {
  readonly daemon: Daemon;
  readonly disk: AgentDisk;
  agent: Agent;
}

export interface Controller {
  readonly id: string;
  readonly process: Process;
  readonly service: MigrationService;
  readonly pools: Pools;
  /** Only in histories of evacuations. */
  readonly evacuations?: EvacuationService;
  /** How records name its runners. */
  readonly run: string;
}

export class World {
  readonly timeline = new Timeline();
  readonly violations: string[] = [];
  readonly hosts = new Map<string, ModelHost>();
  readonly containers = new Map<string, Container>();
  readonly controllers = new Map<string, Controller>();
  readonly etcd = new Etcd(this.timeline);
  /** The last order of an evacuation, by pool. */
  readonly ordered = new Map<string, object>();
  /** The events that may make another controller take a migration over. */
  disturbances = 0;
  readonly #takeovers = new Map<string, { run: string; count: number }>();
  readonly #records = new WeakMap<object, MigrationRecord>();
  readonly #cuts = new Map<string, number>();
  readonly #random: Random;
  readonly #meeting: Meeting;

  constructor(readonly settings: Settings) {
    const random = (this.#random = new Random(settings.seed));
    const wires = new Wires(this.timeline, new Random(settings.seed ^ 0x51ed));
    this.#meeting = new Meeting(wires, (a, b) => !this.isCut(a, b));
    for (const host of settings.hosts) {
      const daemon = new Daemon(
        host,
        this.timeline,
        random,
        { stubborn: settings.stubborn, startsFail: false },
        wires,
      );
      const disk = { leftovers: new Map<string, string>(), fences: new Map<string, Memory>() };
      this.hosts.set(host, { daemon, disk, agent: this.#agent(host, daemon, disk) });
      this.addPool(host);
    }
    for (const { name, host, isRunning, hasVolume, action } of settings.containers) {
      const container = new Container(name, (violation) => this.report(violation));
      this.containers.set(name, container);
      const { daemon } = this.host(host);
      const config = action ? { 'user.copa.evacuate': action } : {};
      const instance = daemon.add(container, isRunning ? 'Running' : 'Stopped', 1, config);
      if (!hasVolume) continue;
      daemon.volumes.add(instance);
      container.volumeOf = (copy, where) => this.host(where).daemon.volumes.of(copy);
    }
    this.#watchRecords();
    this.etcd.watchers.add(slotWatcher(this));
    if (settings.evacuations) this.etcd.watchers.add(new EvacuationWatch(this));
    for (const { slot, id } of settings.controllers) this.startController(slot, id);
  }

  /** Receives the events of a history, for a detailed log. */
  trace(line: string): void {
    if (process.env['TRACE'])
      console.log(`${((this.timeline.now() - Date.UTC(2026, 0, 1)) / 1000).toFixed(3)} ${line}`);
  }

  report(violation: string): void {
    const seconds = ((this.timeline.now() - Date.UTC(2026, 0, 1)) / 1000).toFixed(1);
    this.violations.push(`${seconds} s: ${violation}`);
  }

  host(name: string): ModelHost {
    const host = this.hosts.get(name);
    if (!host) throw new Error(`there is no host ${name}`);
    return host;
  }

  restartAgent(name: string): void {
    const host = this.host(name);
    host.agent.process.kill();
    host.agent = this.#agent(name, host.daemon, host.disk);
  }

  startController(slot: string, id: string): void {
    this.stopController(slot);
    this.disturbances++;
    const process = new Process(this.timeline);
    const random = this.#random;
    const store = new ModelStore(this.etcd, process, random, {
      ...this.settings.store,
      planted: this.settings.planted,
    });
    let run = '';
    const randomHex = (bytes: number) => {
      const digits = Array.from({ length: bytes * 2 }, () =>
        Math.floor(random.next() * 16).toString(16),
      ).join('');
      if (bytes === 8) run ||= digits;
      return digits;
    };
    const ways = {
      timeline: this.timeline,
      random,
      faults: this.settings.network,
      agent: (host: string) => (this.host(host).agent.process.isAlive ? this.host(host).agent : undefined),
      isCut: (controller: string, host: string) => this.isCut(controller, host),
    };
    const shared = {
      store: store.asStore,
      directory: { host: ({ name }: Host) => new HostWay(name, slot, process, ways).asHost },
      log: silentLog((_, fields, message) => this.#noteLog(slot, fields, message)),
      emit: () => undefined,
      clock: process.clock,
      randomHex,
    };
    const service = new MigrationService({
      ...{ ...shared, relay: relayNobodyNeeds, controllerId: id },
      marked: () => this.#marked(slot),
    });
    service.start();
    const pools = new Pools(store, 8001, () => new Date(this.timeline.now()));
    const controller = { id, process, service, pools, run };
    if (!this.settings.evacuations) {
      this.controllers.set(slot, controller);
      return;
    }
    const inventory = inventoryOf(this, slot, process, store);
    const placer: Placer = new Placer(
      inventory,
      () => this.timeline.now(),
      () => evacuations.coming(),
    );
    const evacuations = new EvacuationService({ ...shared, inventory, placer, migrations: service });
    evacuations.start();
    this.controllers.set(slot, { ...controller, evacuations });
  }

  /** All that etcd had is gone, revisions too. Each controller begins anew, and the pools are added again. */
  loseEtcd(): void {
    this.#replaceEtcd(
      2_000,
      () => this.etcd.lose(),
      () => this.settings.hosts.forEach((host) => this.addPool(host)),
    );
  }

  /** Makes a backup of etcd, and restores it some time later. */
  restoreEtcd(afterMs: number): void {
    const backup = this.etcd.saved();
    this.timeline.after(afterMs, () => {
      // No message of the controllers before it is late for longer.
      this.#replaceEtcd(
        100_000,
        () => this.etcd.restore(backup),
        () => undefined,
      );
    });
  }

  /** While no controller runs. */
  #replaceEtcd(forMs: number, replace: () => void, onStart: () => void): void {
    const controllers = [...this.controllers].map(([slot, { id }]) => ({ slot, id }));
    for (const { slot } of controllers) this.stopController(slot);
    replace();
    this.#takeovers.clear();
    this.#watchRecords();
    this.etcd.watchers.add(slotWatcher(this));
    this.timeline.after(forMs, () => {
      for (const { slot, id } of controllers) this.startController(slot, id);
      onStart();
    });
  }

  stopController(slot: string): void {
    this.controllers.get(slot)?.process.kill();
    this.controllers.delete(slot);
  }

  addPool(host: string): void {
    const index = [...this.settings.hosts].indexOf(host) + 1;
    const pool = { name: host, address: `192.0.2.${index}`, addedAt: '2026-01-01T00:00:00Z' };
    this.etcd.apply({
      expect: [],
      put: [
        { key: keys.pool(host), value: pool },
        { key: keys.address(`${pool.address}:8001`), value: { pool: host } },
      ],
    });
  }

  /** Somebody changes how many migrations copy and cut over there at a time. */
  limit(host: string, limits: Limits): void {
    const pool = this.etcd.entries.get(keys.pool(host));
    if (!pool) return;
    const value = { ...(pool.value as object), limits };
    this.etcd.apply({ expect: [], put: [{ key: pool.key, value }] });
  }

  /** The two do not reach each other for a while. */
  cut(a: string, b: string, ms: number): void {
    this.#cuts.set([a, b].sort().join(' '), this.timeline.now() + ms);
    this.#meeting.cut(a, b);
  }

  isCut(a: string, b: string): boolean {
    return (this.#cuts.get([a, b].sort().join(' ')) ?? 0) > this.timeline.now();
  }

  records(): MigrationRecord[] {
    return this.etcd.below(keys.migrations).map(({ value }) => this.#decoded(value));
  }

  /** A value of the store does not change. */
  #decoded(value: unknown): MigrationRecord {
    const known = this.#records.get(value as object) ?? decodeRecord(value);
    this.#records.set(value as object, known);
    return known;
  }

  /** What the inventory of a controller would have. */
  #marked(controller: string) {
    // The janitor removes such a mark later, and would hide the fault.
    if (this.settings.planted === 'a late claim') return { pools: [], places: [] };
    const answering = [...this.hosts].filter(
      ([host, { daemon, agent }]) =>
        agent.process.isAlive && daemon.process.isAlive && !this.isCut(controller, host),
    );
    const places = answering.flatMap(([pool, { daemon }]) =>
      [...daemon.instances.values()].flatMap(({ name, config }) => {
        const migration = config[migrationKey];
        return migration === undefined ? [] : [{ pool, container: name, migration }];
      }),
    );
    const pools = answering.map(([pool]) => pool).filter((pool) => this.etcd.entries.has(keys.pool(pool)));
    return { pools, places: places.filter(({ pool }) => pools.includes(pool)) };
  }

  #agent(host: string, daemon: Daemon, disk: AgentDisk): Agent {
    return new Agent(host, () => daemon, disk, {
      timeline: this.timeline,
      random: this.#random,
      meeting: this.#meeting,
      forgetsFences: this.settings.planted === 'a late claim',
      report: (violation) => this.report(violation),
    });
  }

  #watchRecords(): void {
    this.etcd.watchers.add({
      prefix: keys.migrations,
      tell: (change) => {
        if (change.type !== 'put') return;
        const record = decodeRecord(change.value);
        // The end needs no source any more, and the pools of a lost record may not be added again yet.
        for (const pool of ['removed', 'found'].includes(record.phase)
          ? []
          : [record.source, record.destination]) {
          if (this.etcd.entries.has(keys.pool(pool)) || hasEnded(record.phase)) continue;
          this.report(`migration ${record.id} goes on (${record.phase}), but there is no pool ${pool}`);
        }
        const { run } = record.runner;
        const known = this.#takeovers.get(record.id) ?? { run, count: 0 };
        if (known.run !== run) known.count++;
        this.#takeovers.set(record.id, { run, count: known.count });
        if (known.run !== run && known.count > this.disturbances + 1) {
          this.report(
            `migration ${record.id} changes hands for the ${known.count}. time, with ${this.disturbances} reasons`,
          );
        }
      },
    });
  }

  #noteLog(slot: string, fields: object, message: string): void {
    this.trace(`${slot}: ${message} ${JSON.stringify(fields)}`);
    const { err, migration = '' } = fields as { err?: Error; migration?: string };
    if (err) this.report(`${slot} logs "${message}": ${err.stack ?? err.message}`);
    if (message !== 'another runner has this migration') return;
    const entry = this.etcd.entries.get(keys.migration(migration));
    const record = entry && decodeRecord(entry.value);
    if (record && record.runner.run === this.controllers.get(slot)?.run) {
      this.report(`${slot} leaves migration ${migration} to another runner, but there is none`);
    }
  }
}

const relayNobodyNeeds: StreamRelay = {
  probe: () => Promise.resolve(),
  join: () => Promise.resolve(),
};

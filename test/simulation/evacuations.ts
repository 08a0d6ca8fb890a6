// The orders of evacuations in a history, and what must hold at every write of a record and in the end.
import {
  decodeEvacuation,
  isAway,
  isRunning,
  type Evacuation,
  type EvacuationItem,
} from '../../controller/model/evacuation.js';
import { CopaError } from '../../common/errors.js';
import { decodeHost } from '../../controller/model/host.js';
import { decodeRecord, hasEnded, type MigrationRecord } from '../../controller/model/migration.js';
import type { Change } from '../../controller/store/entry.js';
import { keys } from '../../controller/store/keys.js';
import type { HistoryEvent } from './history.js';
import type { World } from './world.js';

export type EvacuationEvent = Extract<
  HistoryEvent,
  { readonly do: 'evacuate' | 'restore' | 'cancel evacuation' }
>;

/** What a person, a daemon that starts or a late message may have changed is not judged for so long. */
const unsettledMs = 100_000;

export function order(world: World, event: EvacuationEvent): Promise<unknown> {
  const service = world.controllers.get(event.controller)?.evacuations;
  if (!service) return Promise.resolve();
  const pool = event.host;
  if (event.do === 'restore') return service.restore(pool, { skip: event.skip });
  if (event.do === 'cancel evacuation') return service.cancel(pool);
  const { target, deadlineMs, stopAtDeadline } = event;
  world.ordered.set(pool, event);
  const orderedAtMs = world.timeline.now();
  return service
    .begin({ pool, target, deadlineMs, stopAtDeadline, action: undefined, reach: undefined })
    .catch((error: unknown) => {
      const [found] = evacuationsOf(world).filter((record) => record.pool === pool && isRunning(record));
      const isItsOwn = found && Date.parse(found.startedAt) > orderedAtMs;
      const isRefused = error instanceof CopaError && error.code === 'failed_precondition';
      if (isItsOwn && isRefused && world.ordered.get(pool) === event)
        world.report(`an evacuation of ${pool} is refused because of itself: ${error.message}`);
      throw error;
    });
}

export function evacuationsOf(world: World): Evacuation[] {
  return world.etcd.below(keys.evacuations).map(({ value }) => decodeEvacuation(value));
}

/** Orders the return of everything that is away, once the world is quiet. Returns whether something is to be waited for. */
export function bringBack(world: World, ordered: (work: Promise<unknown>) => void): boolean {
  const records = evacuationsOf(world);
  const away = records.filter((record) => !isRunning(record) && record.items.some(isAway));
  for (const { pool } of away)
    ordered(order(world, { do: 'restore', controller: 'A', host: pool, skip: false, atMs: 0 }));
  return away.length > 0 || records.some(isRunning);
}

export class EvacuationWatch {
  readonly #before = new Map<string, Evacuation>();

  constructor(private readonly world: World) {}

  readonly prefix = '/copa/';

  readonly tell = (change: Change): void => {
    if (change.type !== 'put') return;
    if (change.key.startsWith(keys.evacuations)) this.#changed(decodeEvacuation(change.value));
    if (change.key.startsWith(keys.migrations)) this.#moves(decodeRecord(change.value));
  };

  #changed(record: Evacuation): void {
    const { world } = this;
    const before = this.#before.get(record.pool);
    this.#before.set(record.pool, record);
    const pool = world.etcd.entries.get(keys.pool(record.pool));
    if (!pool) world.report(`pool ${record.pool} was removed, and its evacuation is ${record.phase}`);
    if (before?.phase === 'restoring') this.#noteReturn(record);
    if (before?.phase !== 'evacuating' && record.phase === 'evacuating') this.#began(record, before);
    if (before?.phase === 'evacuating' && record.phase === 'evacuated') this.#evacuated(record);
    if (before?.phase === 'restoring' && record.phase === 'restored') this.#restored(record);
  }

  /**
   * One that was stopped before is stopped again, whatever people did meanwhile. One that the evacuation has stopped, and
   * that somebody moved away then, is left alone.
   */
  #noteReturn({ items }: Evacuation): void {
    for (const { state, wasRunning, container, parked } of items) {
      const found = this.world.containers.get(container);
      const staysStopped = state === 'starting' ? !wasRunning : state === 'untouched' && parked === true;
      if (found && staysStopped) found.isStoppedByPerson = true;
    }
  }

  /** A container that runs must not be taken for one that is stopped: it would come back stopped. */
  #began(record: Evacuation, before: Evacuation | undefined): void {
    const { world } = this;
    for (const { container, wasRunning, state } of record.items) {
      const known = world.containers.get(container);
      const isKept = before?.items.some((item) => item.container === container && isAway(item));
      const isSettled = world.timeline.now() - (known?.touchedAtMs ?? 0) > unsettledMs && !isKept;
      const isToRun = world.settings.containers.some(
        ({ name, isRunning: runs }) => name === container && runs,
      );
      if (!wasRunning && state === 'waiting' && isToRun && isSettled && !known?.isStoppedByPerson) {
        world.report(`the evacuation of ${record.pool} takes ${container} for one that did not run`);
      }
    }
  }

  #evacuated({ pool, items }: Evacuation): void {
    const { world } = this;
    const states = new Map(items.map((item) => [item.container, item] as const));
    for (const { name, status, container } of world.host(pool).daemon.instances.values()) {
      const state = states.get(name)?.state;
      const isRight = state === 'skipped' || (state === 'stopped' && status === 'Stopped');
      if (!isRight && world.timeline.now() - container.touchedAtMs > unsettledMs)
        world.report(
          `${pool} is said to be evacuated, and has ${name} (${status}, ${state ?? 'not in the plan'})`,
        );
    }
    for (const { id, destination } of world.records().filter(({ phase }) => !hasEnded(phase))) {
      if (destination === pool)
        world.report(`${pool} is said to be evacuated while migration ${id} goes to it`);
    }
  }

  #restored(record: Evacuation): void {
    for (const item of record.items) {
      const why = this.#notBack(record, item);
      if (why !== undefined)
        this.world.report(`${record.pool} is said to be restored: ${item.container} ${why}`);
    }
  }

  #notBack(
    { pool }: Evacuation,
    { container: name, state, uuid, message }: EvacuationItem,
  ): string | undefined {
    const { world } = this;
    const container = world.containers.get(name);
    if (isAway({ state })) return `is ${state}`;
    if (!container || world.timeline.now() - container.touchedAtMs < unsettledMs) return undefined;
    const here = world.host(pool).daemon.instances.get(name);
    if (state === 'returned' && here?.config['volatile.uuid'] !== uuid) return 'is not there';
    const wasMoved = world
      .records()
      .some((each) => each.container === name && each.evacuation !== pool && each.copy !== 'none');
    if (state === 'untouched' && !here && !wasMoved && container.touchedAtMs === 0)
      return `was left alone without a reason: ${message ?? ''}`;
    return undefined;
  }

  /** What an evacuation orders goes to a pool that is open. */
  #moves({ id, phase, evacuation, source, destination }: MigrationRecord): void {
    if (phase !== 'accepted' || evacuation === undefined || evacuation === destination) return;
    const { world } = this;
    const pool = world.etcd.entries.get(keys.pool(destination));
    const scheduling = pool && decodeHost(pool).scheduling;
    if (scheduling && !this.#seen.has(id))
      world.report(`migration ${id} begins from ${source} to ${destination}, which is ${scheduling}`);
    this.#seen.add(id);
  }
  readonly #seen = new Set<string>();
}

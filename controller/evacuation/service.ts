/** The rules of evacuations: conditions for a start, mutual exclusion, cancelling, and who runs them. */
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { currentRequestId, withRequestId } from '../../common/observability/request-id.js';
import { randomHex } from '../../common/random-hex.js';
import type { Inventory } from '../inventory/inventory.js';
import type { MigrationService } from '../migration/service.js';
import {
  decodeEvacuation,
  checkFits,
  encodeEvacuation,
  evacuationPhases,
  isAway,
  isRunning,
  type Evacuation,
  type EvacuationPhase,
} from '../model/evacuation.js';
import type { EvacuationView } from '../model/evacuation-view.js';
import type { InventoryEvent } from '../model/event.js';
import type { Reservation } from '../placement/snapshot.js';
import { keys } from '../store/keys.js';
import { itemsOf, withEarlier } from './items.js';
import { Planner, unknownEvacuation, type Plan, type PlanOrder, type PlannerParts } from './planner.js';
import { comingTo, placeAgain, remainingOn } from './present.js';
import { scheduled, type EvacuationStore } from './record-writer.js';
import { EvacuationRepository } from './repository.js';
import { EvacuationRunner } from './runner.js';
import { evacuationView, summaryOf } from './view.js';

export interface EvacuationOrder extends PlanOrder {
  readonly deadlineMs: number | undefined;
  readonly stopAtDeadline: boolean;
}

interface Parts extends Omit<PlannerParts, 'inventory' | 'store' | 'migrations'> {
  readonly store: EvacuationStore;
  readonly inventory: Pick<Inventory, 'all' | 'get'>;
  readonly migrations: MigrationService;
  readonly log: Logger;
  readonly emit: (event: InventoryEvent) => void;
  readonly clock?: Clock;
  readonly randomHex?: (bytes: number) => string;
}

/** The interval of the search for evacuations without a runner. */
const adoptIntervalMs = 2_000;

export class EvacuationService {
  readonly #records: EvacuationRepository;
  readonly #planner: Planner;
  readonly #runners = new Map<string, EvacuationRunner>();
  readonly #runs = new Set<Promise<void>>();
  readonly #clock: Clock;
  readonly #randomHex: (bytes: number) => string;
  #close: (() => Promise<void>) | undefined;

  constructor(private readonly parts: Parts) {
    this.#clock = parts.clock ?? systemClock;
    this.#randomHex = parts.randomHex ?? randomHex;
    this.#planner = new Planner(parts);
    this.#records = new EvacuationRepository((record) => {
      parts.emit({ type: 'evacuation.progress', evacuation: summaryOf(record) });
      this.#runners.get(record.pool)?.wake();
    });
  }

  /** Follows the store and adopts evacuations without a runner. */
  start(): void {
    const closeRecords = this.#records.follow(this.parts.store, () => void this.#adopt());
    const stopAdopting = this.#clock.every(adoptIntervalMs, () => void this.#adopt());
    this.parts.migrations.onChange(() => {
      for (const runner of this.#runners.values()) runner.wake();
    });
    this.#close = async () => {
      stopAdopting();
      for (const runner of this.#runners.values()) runner.stop();
      await Promise.all([closeRecords(), ...this.#runs]);
    };
  }

  /** Stops all runners. The next controller continues their evacuations. */
  async stop(): Promise<void> {
    await this.#close?.();
  }

  /** What an evacuation would do. Changes nothing. */
  plan(order: PlanOrder): Promise<Plan> {
    return this.#planner.plan(order);
  }

  /** Begins with the plan as it is now. Throws why it cannot, in which case nothing has begun. */
  async begin(order: EvacuationOrder): Promise<{ readonly plan: Plan; readonly evacuation: EvacuationView }> {
    const { pool, target, reach, deadlineMs, stopAtDeadline } = order;
    this.#checkIsFree(this.#records.get(pool));
    const plan = await this.#planner.plan(order);
    const now = this.#clock.now();
    const at = new Date(now).toISOString();
    const evacuation = await this.#write(pool, (before, all) => {
      this.#checkIsFree(before);
      const items = withEarlier(itemsOf(plan), before);
      const record: Evacuation = {
        // What was stopped before knows this id.
        ...{ pool, id: before?.id ?? this.#randomHex(8), phase: 'evacuating', target, items },
        ...(reach ? { reach: [...reach] } : {}),
        ...{ startedAt: at, phaseAt: at, stopAtDeadline, deadlinePassed: false, cancelled: false },
        ...(deadlineMs === undefined ? {} : { deadline: new Date(now + deadlineMs).toISOString() }),
        ...{ requestId: currentRequestId() ?? pool, runner: this.parts.migrations.processes.owner },
        ...{ attempt: '', rounds: 0 },
      };
      checkIsNoCircle(record, all);
      checkFits(record);
      return record;
    });
    return { plan, evacuation };
  }

  /** Begins to bring back what has left. With `skip` the pool is only opened. */
  async restore(pool: string, { skip }: { readonly skip: boolean }): Promise<EvacuationView> {
    if (!skip) await this.#planner.host(pool);
    return this.#write(pool, (before) => {
      if (!before) throw unknownEvacuation(pool);
      this.#checkIsFree(before);
      const items = before.items.map((item) => ({
        ...item,
        ...{ notBefore: undefined, message: undefined },
        failures: isAway(item) ? 0 : item.failures,
      }));
      return {
        ...before,
        ...{ phase: skip ? 'restored' : 'restoring', message: undefined, deadline: undefined },
        ...{
          items: skip ? before.items : items,
          phaseAt: new Date(this.#clock.now()).toISOString(),
        },
        ...{
          requestId: currentRequestId() ?? pool,
          runner: this.parts.migrations.processes.owner,
          cancelled: false,
        },
        deadlinePassed: false,
      };
    });
  }

  /** Ends it early: what is on its way and can still be cancelled goes back, the rest stays where it is. */
  async cancel(pool: string): Promise<EvacuationView> {
    return this.#write(
      pool,
      (before) => {
        if (!before) throw unknownEvacuation(pool);
        if (isRunning(before)) return { ...before, cancelled: true };
        throw new CopaError(
          'failed_precondition',
          `nothing is to be cancelled: the last evacuation of pool "${pool}" has ended (${before.phase})`,
        );
      },
      { takesOver: false },
    );
  }

  /** Sorted by pool. */
  list(isShown: (pool: string) => boolean): EvacuationView[] {
    return this.#records
      .all()
      .filter(({ pool }) => isShown(pool))
      .map((record) => this.#view(record));
  }

  /** Throws `not_found`. */
  get(pool: string): EvacuationView {
    const record = this.#records.get(pool);
    if (!record) throw unknownEvacuation(pool);
    return this.#view(record);
  }

  /** What is on its way to hosts, or will be. */
  coming(): ReadonlyMap<string, readonly Reservation[]> {
    return comingTo(this.#records.all(), this.parts.inventory);
  }

  /** The number of pools in each phase. */
  byPhase(): (readonly [phase: EvacuationPhase, count: number])[] {
    const all = this.#records.all();
    return evacuationPhases.map((phase) => [phase, all.filter((record) => record.phase === phase).length]);
  }

  /** How many containers still have to leave a pool or to come back, of each pool where that goes on. */
  left(): (readonly [pool: string, count: number])[] {
    const running = this.#records.all().filter(isRunning).map(summaryOf);
    return running.map(({ container_pool, done, total }) => [container_pool, total - done]);
  }

  /**
   * Writes a record together with the state of its pool, and runs it. `change` may be called more than once, and throws why
   * it is refused.
   */
  async #write(
    pool: string,
    change: (before: Evacuation | undefined, all: readonly Evacuation[]) => Evacuation,
    { takesOver = true }: { readonly takesOver?: boolean } = {},
  ): Promise<EvacuationView> {
    const { store } = this.parts;
    const [key, turn, poolKey, claim] = [
      ...[keys.evacuation(pool), keys.evacuationTurn, keys.pool(pool), keys.evacuationClaim(pool)],
    ] as [string, string, string, string];
    const order = this.#randomHex(8);
    for (;;) {
      // The turn is read first: of two that begin at once, one sees the other.
      const [turned] = await store.getMany([turn]);
      const all = (await store.list(keys.evacuations)).map(({ value }) => decodeEvacuation(value));
      const [entry, host] = await store.getMany([key, poolKey]);
      const before = entry && decodeEvacuation(entry.value);
      // An earlier write whose reply was lost.
      if (before?.order === order) return this.#begun(before, entry?.revision ?? 0);
      const changed = change(before, all);
      const record = takesOver ? { ...changed, order } : changed;
      if (!host) throw new CopaError('not_found', `there is no pool "${pool}"`);
      const written = await store.transact({
        expect: [
          { key, revision: entry?.revision ?? 0 },
          ...(takesOver
            ? [
                { key: turn, revision: turned?.revision ?? 0 },
                { key: poolKey, revision: host.revision },
              ]
            : []),
        ],
        put: [
          { key, value: encodeEvacuation(record) },
          ...(takesOver
            ? [
                { key: turn, value: { pool } },
                { key: poolKey, value: scheduled(host, record) },
              ]
            : []),
        ],
        remove: takesOver && !isRunning(record) ? [claim] : [],
      });
      if (written) return this.#begun(record, written.revision);
    }
  }

  /** Runs what was ordered here. */
  #begun(record: Evacuation, revision: number): EvacuationView {
    const { run } = this.parts.migrations.processes.owner;
    this.#records.learn(record, revision);
    if (isRunning(record) && record.runner.run === run) this.#run(record.pool, run);
    this.#runners.get(record.pool)?.wake();
    return this.get(record.pool);
  }

  #checkIsFree(record: Evacuation | undefined): void {
    if (!record || !isRunning(record)) return;
    const what = record.phase === 'evacuating' ? 'is being evacuated' : 'gets its containers back';
    throw new CopaError(
      'failed_precondition',
      `pool "${record.pool}" ${what} already: "copa pool evacuation ${record.pool}" shows it, and --cancel ends it`,
    );
  }

  #view(record: Evacuation): EvacuationView {
    const { migrations } = this.parts;
    return evacuationView(record, (id) => (migrations.find(id) ? migrations.get(id) : undefined));
  }

  /** Runs an evacuation, unless it already runs here or no longer belongs to the process `from`. */
  #run(pool: string, from: string): void {
    if (this.#runners.has(pool)) return;
    const { migrations, directory, log } = this.parts;
    const runner = new EvacuationRunner(
      pool,
      { owner: migrations.processes.owner, from },
      {
        ...this.parts,
        ...{ clock: this.#clock, randomHex: this.#randomHex },
        host: async (name) => directory.host(await this.#planner.host(name)),
        wrote: (record, revision) => this.#records.learn(record, revision),
        placeAgain: (record, item) => {
          const { placer, inventory } = this.parts;
          return placeAgain({ placer, inventory }, record, item);
        },
        remaining: (record) => remainingOn(this.parts.inventory, this.#planner, this.#clock, record),
      },
    );
    this.#runners.set(pool, runner);
    const run = withRequestId(this.#records.get(pool)?.requestId ?? pool, async () => {
      try {
        await runner.run();
      } catch (error) {
        if (isCopaError(error) && isUnknownOutcome(error)) {
          log.warn({ evacuation: pool, reason: messageOf(error) }, 'the evacuation is adopted again');
        } else
          log.error({ evacuation: pool, err: error }, 'a runner ended unexpectedly; it is adopted again');
      } finally {
        this.#runners.delete(pool);
      }
    });
    this.#runs.add(run);
    void run.finally(() => this.#runs.delete(run));
  }

  /** Runs every open evacuation that has no runner. */
  async #adopt(): Promise<void> {
    const { migrations, log } = this.parts;
    const open = this.#records.all().filter((record) => isRunning(record) && !this.#runners.has(record.pool));
    if (open.length === 0) return;
    try {
      const isAlive = await migrations.processes.living();
      for (const { pool, runner } of open) {
        if (runner.run === migrations.processes.owner.run || !isAlive(runner)) this.#run(pool, runner.run);
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'cannot search for evacuations to adopt');
    }
  }
}

/** Throws when it would send containers to a pool that sends some here, or that is being emptied itself. */
function checkIsNoCircle(record: Evacuation, all: readonly Evacuation[]): void {
  const leaving = all.filter(({ phase, pool }) => phase === 'evacuating' && pool !== record.pool);
  const sendsTo = ({ items }: Evacuation, pool: string) =>
    items.some(
      ({ state, destination }) => destination === pool && (state === 'waiting' || state === 'moving'),
    );
  const sender = leaving.find((other) => sendsTo(other, record.pool));
  if (sender) {
    throw new CopaError(
      'failed_precondition',
      `pool "${record.pool}" cannot be evacuated now: the evacuation of pool "${sender.pool}" moves containers to it. Wait until it has ended, or cancel it ("copa pool evacuation ${sender.pool} --cancel")`,
    );
  }
  const emptied = leaving.find((other) => sendsTo(record, other.pool));
  if (emptied) {
    throw new CopaError(
      'aborted',
      `pool "${emptied.pool}", where containers were to go, is being evacuated itself since a moment: try again`,
    );
  }
}

/**
 * Starts the runners of this controller: one for each open migration that belongs to it, also from before a restart,
 * or that belonged to a controller which is gone.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../common/async/clock.js';
import { isUnknownOutcome, messageOf } from '../../common/errors.js';
import { withRequestId } from '../../common/observability/request-id.js';
import type { HostCalls } from '../hosts/client.js';
import { keys, lastPart } from '../store/keys.js';
import { Progress } from './progress.js';
import { hasEnded, type MigrationRecord } from '../model/migration.js';
import type { MigrationQueue } from './queue.js';
import type { MigrationRepository, MigrationStore } from './repository.js';
import type { StreamRelay } from './relay.js';
import type { ContainerPointer } from './step-context.js';
import type { Keep } from './resolution.js';
import { LivingControllers } from './living-controllers.js';
import { Runner } from './runner.js';

interface Parts {
  readonly store: MigrationStore;
  readonly records: MigrationRepository;
  readonly queue: MigrationQueue;
  readonly relay: StreamRelay;
  readonly networks: ContainerPointer;
  readonly log: Logger;
  readonly host: (pool: string) => Promise<HostCalls>;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  /** This controller's id; the same after a restart. */
  readonly controllerId: string;
  /** Called for each migration whose bytes have moved. */
  readonly onProgress: (id: string) => void;
}

/** The interval of the search for migrations without a runner. */
const adoptIntervalMs = 2_000;

/** Limit on ended migrations that are kept. The oldest are deleted first. */
const endedMax = 1_000;

export class MigrationScheduler {
  readonly progress: Progress;
  readonly #runners = new Map<string, Runner>();
  readonly #runs = new Set<Promise<void>>();

  readonly #living: LivingControllers;

  constructor(private readonly parts: Parts) {
    this.#living = new LivingControllers({ ...parts, run: parts.randomHex(8) });
    this.progress = new Progress(() => parts.clock.now());
  }

  /**
   * Shows that this controller is alive and periodically adopts migrations, until the returned function is called.
   */
  start(): () => Promise<void> {
    const { store, clock } = this.parts;
    const closeLiving = this.#living.start();
    const closeQueue = this.parts.queue.follow(store);
    const cancellations = store.watch(keys.cancellations, {
      onReset: (entries) => entries.forEach(({ key }) => this.cancel(lastPart(key))),
      onEvent: (change) => {
        if (change.type === 'put') this.cancel(lastPart(change.key));
      },
    });
    const resolutions = store.watch(keys.resolutions, {
      onReset: (entries) => entries.forEach(({ key, value }) => this.resolve(lastPart(key), value)),
      onEvent: (change) => {
        if (change.type === 'put') this.resolve(lastPart(change.key), change.value);
      },
    });
    const stopAdopting = clock.every(adoptIntervalMs, () => void this.adopt());
    return async () => {
      stopAdopting();
      for (const runner of this.#runners.values()) runner.stop();
      await Promise.all([cancellations.close(), resolutions.close(), closeQueue(), ...this.#runs]);
      await closeLiving();
    };
  }

  /** The process id in the records of this process's runners. */
  get owner(): MigrationRecord['runner'] {
    return this.#living.owner;
  }

  /** Returns a test whether the process of a controller is alive. */
  living(): Promise<(runner: MigrationRecord['runner']) => boolean> {
    return this.#living.look();
  }

  /** Runs a migration, unless it already runs here or no longer belongs to the process `from`. */
  run(id: string, from: string): void {
    if (this.#runners.has(id)) return;
    const { records, store, log, onProgress } = this.parts;
    const runner = new Runner(
      id,
      { by: this.owner, from },
      {
        ...this.parts,
        progress: (migration, bytes) => {
          this.progress.note(migration, bytes);
          onProgress(migration);
        },
      },
    );
    this.#runners.set(id, runner);
    const request = records.all().find(({ record }) => record.id === id)?.record.requestId ?? id;
    const run = withRequestId(request, async () => {
      try {
        const [cancelled, resolved] = await store.getMany([keys.cancellation(id), keys.resolution(id)]);
        if (cancelled) runner.cancel();
        if (resolved) this.resolve(id, resolved.value);
        await runner.run();
        await this.#prune();
      } catch (error) {
        if (isUnknownOutcome(error)) {
          log.warn(
            { migration: id, reason: messageOf(error) },
            'etcd does not answer; the migration is adopted again',
          );
        } else {
          log.error(
            { migration: id, err: error },
            'a runner ended unexpectedly; its migration is adopted again',
          );
        }
      } finally {
        this.#runners.delete(id);
        this.progress.forget(id);
      }
    });
    this.#runs.add(run);
    void run.finally(() => this.#runs.delete(run));
  }

  /** Makes the local runner of the migration, if any, see the stored cancellation at once. */
  cancel(id: string): void {
    this.#runners.get(id)?.cancel();
  }

  /** Makes the runner, if it is here, take the decision that stands in the store. */
  resolve(id: string, value: unknown): void {
    this.#runners.get(id)?.resolve((value as { keep: Keep }).keep);
  }

  /** Runs every open migration that has no runner. */
  async adopt(): Promise<void> {
    const { records, log } = this.parts;
    const open = records
      .all()
      .filter(({ record }) => !hasEnded(record.phase) && !this.#runners.has(record.id));
    if (open.length === 0) return;
    try {
      const isAlive = await this.#living.look();
      for (const { record } of open) {
        if (record.runner.run === this.owner.run || !isAlive(record.runner))
          this.run(record.id, record.runner.run);
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'cannot search for migrations to adopt');
    }
  }

  async #prune(): Promise<void> {
    const ended = this.parts.records.all().filter(({ record }) => hasEnded(record.phase));
    const old = ended.sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt)).slice(endedMax);
    for (const { record, revision } of old) {
      const key = keys.migration(record.id);
      await this.parts.store.transact({ expect: [{ key, revision }], remove: [key] });
    }
  }
}

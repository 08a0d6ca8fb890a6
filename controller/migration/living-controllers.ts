/**
 * Which controllers are alive. Each keeps a key under a lease, with its id and the id of its process. A migration may
 * be taken over when the process that runs it has no key: after a crash, as soon as the next process of the same
 * controller id has replaced the key; otherwise when the lease has expired.
 *
 * Two machines may have the same controller id, because a cloned machine has its original's files. Each new process
 * then replaces the other's key. The other process looks dead and loses its migrations, once. It detects this and
 * continues under a new id. Nobody can distinguish the original from the clone, so the process that started first
 * gives way.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../common/async/clock.js';
import type { MigrationRecord } from '../model/migration.js';
import { keys, lastPart } from '../store/keys.js';
import type { Entry } from '../store/entry.js';
import type { MigrationStore } from './repository.js';

type Owner = MigrationRecord['runner'];

interface Parts {
  readonly store: Pick<MigrationStore, 'list' | 'session' | 'watch'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The controller's id; the same after a restart. */
  readonly controllerId: string;
  /** The id of this process. */
  readonly run: string;
}

/** Another controller's migrations are taken over after this long without its lease. */
const ttlSeconds = 10;

/** The interval of the check whether another process has replaced our key. */
const lookIntervalMs = 2_000;

export class LivingControllers {
  #owner: Owner;
  #session: { close(): Promise<void> } | undefined;
  #displacedSince: number | undefined;

  constructor(private readonly parts: Parts) {
    this.#owner = { controller: parts.controllerId, run: parts.run };
  }

  /** How this process names itself. */
  get owner(): Owner {
    return this.#owner;
  }

  /** Keeps the key of this process until the returned function is called. */
  start(): () => Promise<void> {
    const { store, clock } = this.parts;
    this.#open();
    const watch = store.watch(keys.controllers, {
      onReset: (entries) => entries.forEach((entry) => this.#noteKey(entry)),
      onEvent: (change) => {
        if (change.type === 'put') this.#noteKey(change);
      },
    });
    const stopLooking = clock.every(lookIntervalMs, () => this.#giveWay());
    return async () => {
      stopLooking();
      await watch.close();
      await this.#session?.close();
    };
  }

  /**
   * Returns a test whether the process that runs a migration is alive. Throws `unavailable` when etcd does not
   * answer.
   */
  async look(): Promise<(runner: Owner) => boolean> {
    const entries = await this.parts.store.list(keys.controllers);
    const runs = new Set(entries.map(runOf));
    // Until version 0.2, keys did not name the process.
    const ids = new Set(entries.filter((each) => runOf(each) === undefined).map(({ key }) => lastPart(key)));
    return ({ controller, run }) => runs.has(run) || ids.has(controller);
  }

  #open(): void {
    const { store, clock } = this.parts;
    const { controller, run } = this.#owner;
    const startedAt = new Date(clock.now()).toISOString();
    const value = { name: controller, run, pid: process.pid, startedAt };
    this.#session = store.session(keys.controller(controller), value, ttlSeconds);
  }

  #noteKey(entry: Pick<Entry, 'key' | 'value'>): void {
    if (lastPart(entry.key) !== this.#owner.controller) return;
    const isOurs = runOf(entry) === this.#owner.run;
    this.#displacedSince = isOurs ? undefined : (this.#displacedSince ?? this.parts.clock.now());
  }

  /** After a restart, the key of the previous process also exists for a moment. The key of a live process stays. */
  #giveWay(): void {
    const { clock, log, controllerId, run } = this.parts;
    const since = this.#displacedSince;
    if (since === undefined || clock.now() - since < ttlSeconds * 1000) return;
    this.#displacedSince = undefined;
    this.#owner = { controller: `${controllerId}-${run}`, run };
    log.error(
      { controller: controllerId, now: this.#owner.controller },
      'another controller has the same id (a cloned machine?): this one continues under a new id. Remove the file controller-id from the state directory of one of them and restart it',
    );
    void this.#session?.close();
    this.#open();
  }
}

function runOf({ value }: Pick<Entry, 'value'>): string | undefined {
  return (value as { run?: string } | null | undefined)?.run;
}

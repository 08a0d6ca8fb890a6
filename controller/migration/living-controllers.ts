/**
 * Which controllers live: each keeps a key under a lease, with its id and the process that it is. A migration may be
 * taken over when the process that runs it has no key: after a crash as soon as the next process of that id has
 * put its own over it, otherwise when the lease has ended.
 *
 * Two machines may have one id, as a clone has its original's files. Each new process of them puts its key over the
 * other one's, which then looks dead and loses what it runs, once. It finds that out and goes on under an id of its
 * own. Nobody can tell the original from the clone, so it is the one that came first that gives way.
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
  /** Of this controller, also after a restart. */
  readonly controllerId: string;
  /** Of this process. */
  readonly run: string;
}

/** Another controller's migrations are taken over when it has been silent for so long. */
const ttlSeconds = 10;

/** How often a key that another process has put over ours is looked for. */
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

  /** Shows that this process lives until the returned function is called. */
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

  /** A test of whether the process that runs a migration lives. Throws `unavailable` when etcd does not answer. */
  async look(): Promise<(runner: Owner) => boolean> {
    const entries = await this.parts.store.list(keys.controllers);
    const runs = new Set(entries.map(runOf));
    // Until version 0.2 keys did not name the process.
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

  /** After a restart our predecessor's key stands for a moment, too; a living one's stays. */
  #giveWay(): void {
    const { clock, log, controllerId, run } = this.parts;
    const since = this.#displacedSince;
    if (since === undefined || clock.now() - since < ttlSeconds * 1000) return;
    this.#displacedSince = undefined;
    this.#owner = { controller: `${controllerId}-${run}`, run };
    log.error(
      { controller: controllerId, now: this.#owner.controller },
      'another controller has the same id (a cloned machine?): this one goes on under a new one. Remove the file controller-id from the state directory of one of them and restart it',
    );
    void this.#session?.close();
    this.#open();
  }
}

function runOf({ value }: Pick<Entry, 'value'>): string | undefined {
  return (value as { run?: string }).run;
}

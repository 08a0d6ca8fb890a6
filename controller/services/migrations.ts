/**
 * The rules of migrations: who may begin one, what it excludes, how one waits for its end, cancels it, and
 * who runs it. All that lasts is in the store; this class only holds runners and what they just moved.
 */
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../proto/errors.js';
import { shown } from '../../proto/names.js';
import type { AgentDirectory } from '../agents/directory.js';
import type { AgentHost } from '../agents/client.js';
import { rowOf, verdictOf } from '../migration/machine.js';
import { preflight, type Preflight } from '../migration/preflight.js';
import { Progress } from '../migration/progress.js';
import {
  decodeRecord,
  hasEnded,
  heldNames,
  inPhase,
  type MigrationOptions,
  type MigrationRecord,
} from '../migration/record.js';
import type { Relay } from '../migration/relay.js';
import { Runner } from '../migration/runner.js';
import { viewOf, type MigrationView } from '../migration/view.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/etcd.js';
import { decodePool } from './pool.js';

export interface MigrationRequest {
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  readonly options: MigrationOptions;
}

export interface MigrationResult {
  /** What is left to do although the outcome is decided; the migration goes on by itself. */
  readonly warning?: string;
}

interface Parts {
  readonly store: Store;
  readonly directory: AgentDirectory;
  readonly relay: Relay;
  readonly log: Logger;
  /** This controller, also after a restart. */
  readonly controllerId: string;
}

/** How long a client whose migration is decided waits for the cleaning up. */
const cleanUpPatienceMs = 30_000;

/** How often migrations that nobody runs are looked for; also how soon after a start they go on. */
const adoptIntervalMs = 2_000;

/** Another controller's migrations are taken over when it has been silent for so long. */
const livenessTtlSeconds = 10;

/** Ended migrations that are kept for the record; the oldest go first. */
const endedMax = 1_000;

export class Migrations {
  readonly #records = new Map<string, { readonly record: MigrationRecord; readonly revision: number }>();
  readonly #runners = new Map<string, Runner>();
  readonly #runs = new Set<Promise<void>>();
  readonly #listeners = new Set<() => void>();
  readonly #progress = new Progress();
  readonly #owner: MigrationRecord['runner'];
  #close: (() => Promise<void>) | undefined;

  constructor(private readonly parts: Parts) {
    this.#owner = { controller: parts.controllerId, run: randomBytes(8).toString('hex') };
  }

  /** Follows the store and takes up what nobody runs. */
  start(): void {
    const { store, controllerId } = this.parts;
    const alive = { name: controllerId, pid: process.pid, startedAt: new Date().toISOString() };
    const session = store.session(keys.controller(controllerId), alive, livenessTtlSeconds);
    const records = store.watch(keys.migrations, {
      onReset: (entries) => {
        this.#records.clear();
        for (const entry of entries) this.#learn(entry.key, entry.value, entry.revision);
        this.#changed();
        void this.#adopt();
      },
      onEvent: (change) => {
        if (change.type === 'remove') this.#records.delete(idOf(change.key));
        else this.#learn(change.key, change.value, change.revision);
        this.#changed();
      },
    });
    const cancellations = store.watch(keys.cancellations, {
      onReset: (entries) => entries.forEach(({ key }) => this.#runners.get(idOf(key))?.cancel()),
      onEvent: (change) => {
        if (change.type === 'put') this.#runners.get(idOf(change.key))?.cancel();
      },
    });
    const timer = setInterval(() => void this.#adopt(), adoptIntervalMs);
    this.#close = async () => {
      clearInterval(timer);
      for (const runner of this.#runners.values()) runner.stop();
      await Promise.all([records.close(), cancellations.close(), ...this.#runs]);
      await session.close();
    };
  }

  /** Leaves every migration as it is; the next controller goes on. */
  async stop(): Promise<void> {
    await this.#close?.();
  }

  /** What a migration would meet; changes nothing. */
  async dryRun(request: MigrationRequest): Promise<Preflight> {
    const { from, to } = await this.#hosts(request);
    return preflight(from, to, this.parts.relay, { container: request.container, ...request.options });
  }

  /** Checks everything, then begins. Throws with all problems at once, and nothing is begun. */
  async begin(request: MigrationRequest): Promise<MigrationView> {
    const { findings, plan } = await this.dryRun(request);
    if (findings.length > 0) throw refusal(request, findings);
    const id = randomBytes(8).toString('hex');
    const now = new Date();
    const { container, source, destination, options } = request;
    const record = inPhase(
      {
        id,
        container,
        source,
        destination,
        options,
        phase: 'accepted',
        createdAt: now.toISOString(),
        runner: this.#owner,
        plan,
        wasRunning: false,
        passes: [],
        copy: 'none',
        history: [],
        cancelled: false,
      },
      'accepted',
      now,
    );
    const busy = { migration: id, source, destination };
    const places = heldNames(request).map((held) => keys.busy(...held));
    const pools = await this.parts.store.getMany([keys.pool(source), keys.pool(destination)]);
    const written = await this.parts.store.transact({
      expect: [
        { key: keys.migration(id), revision: 0 },
        ...places.map((key) => ({ key, revision: 0 })),
        // A pool that goes in this moment must not leave a migration behind.
        ...pools.flatMap((pool) => (pool ? [{ key: pool.key, revision: pool.revision }] : [])),
      ],
      put: [{ key: keys.migration(id), value: record }, ...places.map((key) => ({ key, value: busy }))],
    });
    if (!written) throw await this.#whyBusy(request, places);
    this.#records.set(id, { record, revision: written.revision });
    this.#run(id);
    return this.get(id);
  }

  /** Begins and waits until it is decided, and a little for the cleaning up. Throws why it failed. */
  async migrate(request: MigrationRequest): Promise<MigrationResult> {
    const { id } = await this.begin(request);
    await this.#until(id, (record) => verdictOf(record.phase) !== undefined);
    const ended = await this.#until(id, ({ phase }) => hasEnded(phase), cleanUpPatienceMs);
    const { phase, error } = this.#known(id);
    if (verdictOf(phase) === 'moved') {
      const warning = `the container runs on ${request.destination}, but cleaning up is not finished: ${error?.message ?? 'it goes on'} (see /REST/migrations/${id})`;
      return ended ? {} : { warning };
    }
    const code = this.#known(id).cancelled ? 'aborted' : codeOf(error?.code);
    const what = `container "${request.container}" was not migrated and is on ${request.source} as before`;
    throw new CopaError(code, `${what}: ${error?.message ?? 'no reason is known'}`);
  }

  /** Newest first. */
  list(filter: { readonly container?: string; readonly limit: number }): MigrationView[] {
    return [...this.#records.values()]
      .map(({ record }) => record)
      .filter(({ container }) => filter.container === undefined || container === filter.container)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
      .slice(0, filter.limit)
      .map((record) => this.#view(record));
  }

  get(id: string): MigrationView {
    return this.#view(this.#known(id));
  }

  /** Asks for the way back. Throws `failed_precondition` when it is too late or the migration has ended. */
  async cancel(id: string): Promise<MigrationView> {
    const { store } = this.parts;
    for (;;) {
      const entry = await store.get(keys.migration(id));
      if (!entry) throw unknown(id);
      const record = decodeRecord(entry.value);
      if (record.cancelled) return this.#view(record);
      if (!rowOf(record.phase)?.cancellable) {
        const why = hasEnded(record.phase)
          ? `has ended already (${record.phase})`
          : `is past the point of no return (${record.phase}): its container is on ${record.destination}, or going back already`;
        throw new CopaError('failed_precondition', `migration ${id} ${why}, so it cannot be cancelled`);
      }
      const cancellation = await store.get(keys.cancellation(id));
      const written =
        cancellation ??
        (await store.transact({
          expect: [
            { key: keys.cancellation(id), revision: 0 },
            { key: keys.migration(id), revision: entry.revision },
          ],
          put: [{ key: keys.cancellation(id), value: { at: new Date().toISOString() } }],
        }));
      if (!written) continue;
      this.#runners.get(id)?.cancel();
      await this.#until(id, ({ phase }) => verdictOf(phase) !== undefined, cleanUpPatienceMs);
      return this.get(id);
    }
  }

  #view(record: MigrationRecord): MigrationView {
    return viewOf(record, this.#progress.of(record.id), new Date());
  }

  #known(id: string): MigrationRecord {
    const known = this.#records.get(id);
    if (!known) throw unknown(id);
    return known.record;
  }

  #learn(key: string, value: unknown, revision: number): void {
    const id = idOf(key);
    if ((this.#records.get(id)?.revision ?? 0) > revision) return;
    try {
      this.#records.set(id, { record: decodeRecord(value), revision });
    } catch (error) {
      this.parts.log.error({ migration: id, reason: messageOf(error) }, 'a migration cannot be read');
    }
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Waits until a record is as wanted. False when it is not within the time-out (none: for ever). */
  #until(id: string, wanted: (record: MigrationRecord) => boolean, timeoutMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => settle(false), timeoutMs);
      const settle = (result: boolean) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(result);
      };
      const look = () => {
        const known = this.#records.get(id);
        if (known && wanted(known.record)) settle(true);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Runs what is ours from before a restart, and what belonged to controllers that are gone. */
  async #adopt(): Promise<void> {
    const open = [...this.#records.values()].filter(
      ({ record }) => !hasEnded(record.phase) && !this.#runners.has(record.id),
    );
    if (open.length === 0) return;
    try {
      const alive = new Set((await this.parts.store.list(keys.controllers)).map(({ key }) => idOf(key)));
      for (const { record } of open) {
        const { controller } = record.runner;
        if (controller === this.parts.controllerId || !alive.has(controller)) this.#run(record.id);
      }
    } catch (error) {
      this.parts.log.warn({ reason: messageOf(error) }, 'cannot look for migrations to take up');
    }
  }

  #run(id: string): void {
    if (this.#runners.has(id)) return;
    const { store, relay, log } = this.parts;
    const runner = new Runner(id, this.#owner, {
      store,
      relay,
      log,
      now: () => new Date(),
      host: (pool) => this.#host(pool),
      progress: (migration, bytes) => this.#progress.note(migration, bytes),
    });
    this.#runners.set(id, runner);
    const run = (async () => {
      try {
        if (await store.get(keys.cancellation(id))) runner.cancel();
        await runner.run();
        await this.#prune();
      } catch (error) {
        log.error({ migration: id, err: error }, 'a runner ended unexpectedly; it is taken up again');
      } finally {
        this.#runners.delete(id);
        this.#progress.forget(id);
      }
    })();
    this.#runs.add(run);
    void run.finally(() => this.#runs.delete(run));
  }

  async #prune(): Promise<void> {
    const ended = [...this.#records.values()].filter(({ record }) => hasEnded(record.phase));
    const old = ended.sort((a, b) => b.record.createdAt.localeCompare(a.record.createdAt)).slice(endedMax);
    for (const { record, revision } of old) {
      const key = keys.migration(record.id);
      await this.parts.store.transact({ expect: [{ key, revision }], remove: [key] });
    }
  }

  async #hosts(request: MigrationRequest): Promise<{ from: AgentHost; to: AgentHost }> {
    const { container, source, destination } = request;
    if (source === destination) {
      throw new CopaError(
        'invalid_argument',
        `destination_pool ${shown(destination)} is the pool that container "${container}" is on already`,
      );
    }
    const places = heldNames(request).map((held) => keys.busy(...held));
    const [from, to, ...busy] = await this.parts.store.getMany([
      keys.pool(source),
      keys.pool(destination),
      ...places,
    ]);
    if (!from) throw new CopaError('not_found', `container_pool ${shown(source)} does not exist`);
    if (!to) throw new CopaError('not_found', `destination_pool ${shown(destination)} does not exist`);
    const held = busy.find((entry) => entry !== undefined);
    if (held) throw busyError(container, held.value);
    const { directory } = this.parts;
    return { from: directory.host(decodePool(from.value)), to: directory.host(decodePool(to.value)) };
  }

  async #host(pool: string): Promise<AgentHost> {
    const entry = await this.parts.store.get(keys.pool(pool));
    // A pool with a migration cannot be removed; were it gone all the same, asking again may find it back.
    if (!entry) throw new CopaError('unavailable', `pool ${shown(pool)} does not exist`);
    return this.parts.directory.host(decodePool(entry.value));
  }

  async #whyBusy(request: MigrationRequest, places: readonly string[]): Promise<CopaError> {
    const busy = (await this.parts.store.getMany(places)).find((entry) => entry !== undefined);
    if (busy) return busyError(request.container, busy.value);
    return new CopaError('aborted', 'a pool was changed in this moment: try again');
  }
}

function idOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

function unknown(id: string): CopaError {
  return new CopaError('not_found', `migration ${shown(id)} does not exist`);
}

function codeOf(code: string | undefined): CopaError['code'] {
  return code === 'internal' || code === undefined ? 'failed_precondition' : (code as CopaError['code']);
}

function busyError(container: string, busy: unknown): CopaError {
  const { migration, source, destination } = busy as Record<string, string>;
  return new CopaError(
    'failed_precondition',
    `container "${container}" is being migrated from ${source} to ${destination} (migration ${migration})`,
  );
}

function refusal(
  { container, source, destination }: MigrationRequest,
  findings: Preflight['findings'],
): CopaError {
  const what = `container "${container}" cannot be migrated from ${source} to ${destination}`;
  const listed = findings.map(({ subject, message }) => `${subject}: ${message}`).join('; ');
  return new CopaError('failed_precondition', `${what}: ${listed}`);
}

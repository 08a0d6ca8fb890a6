/** The rules of migrations: conditions for a start, mutual exclusion, waiting and cancelling. */
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import { currentRequestId } from '../../common/observability/request-id.js';
import { randomHex } from '../../common/random-hex.js';
import type { Manifest__Output as Manifest } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { HostCalls } from '../hosts/client.js';
import type { InventoryEvent } from '../model/event.js';
import { MigrationEnds, type Ends } from './ends.js';
import { heldKeys } from './held-keys.js';
import { PastMoves } from './past-moves.js';
import { rowOf, verdictOf } from './machine.js';
import type { MigrationRequest } from './request.js';
import { codeOf, refusal } from './refusals.js';
import { Janitor, type JanitorParts } from './mark-janitor.js';
import { MigrationNotifier } from './notifier.js';
import { preflight, type Preflight } from './preflight.js';
import {
  decodeRecord,
  hasEnded,
  inPhase,
  phases,
  type MigrationRecord,
  type Phase,
} from '../model/migration.js';
import type { StreamRelay } from './relay.js';
import type { ContainerPointer } from './step-context.js';
import { MigrationRepository, unknownMigration, type MigrationStore } from './repository.js';
import { resolutionOf, type Keep } from './resolution.js';
import { MigrationQueue } from './queue.js';
import { MigrationScheduler } from './scheduler.js';
import { viewOf } from './view.js';
import { type MigrationView } from '../model/migration-view.js';
import { keys } from '../store/keys.js';
import type { Host } from '../model/host.js';
import type { SlotKind } from '../model/slots.js';

export interface MigrationFilter {
  readonly container?: string;
  /** Whether a user who is restricted to some pools may see it. */
  readonly isShown?: (between: { readonly source: string; readonly destination: string }) => boolean;
  readonly limit: number;
}

export interface MigrationResult {
  /** Remaining work after the outcome is decided. The migration continues by itself. */
  readonly warning?: string;
  /** Differences at the destination; absent without any known. */
  readonly warnings?: readonly string[];
}

interface Parts {
  readonly store: MigrationStore;
  readonly directory: { host(host: Host): HostCalls };
  readonly relay: StreamRelay;
  readonly networks?: ContainerPointer;
  readonly log: Logger;
  /** This controller's id; the same after a restart. */
  readonly controllerId: string;
  /** Receives each phase and the progress of each migration. */
  readonly emit: (event: InventoryEvent) => void;
  /** The pools that answer, and the containers there that carry a mark. */
  readonly marked: JanitorParts['marked'];
  readonly clock?: Clock;
  readonly randomHex?: (bytes: number) => string;
}

/** How long a client waits for cleaning up after the migration's outcome is decided. */
const cleanUpPatienceMs = 30_000;

/** Of a fleet without networks over several hosts. */
const noNetworks: ContainerPointer = { point: () => Promise.resolve([]), missingOn: () => [] };

export class MigrationService {
  readonly past: PastMoves;
  readonly #records: MigrationRepository;
  readonly #queue: MigrationQueue;
  readonly #runners: MigrationScheduler;
  readonly #janitor: Janitor;
  readonly #ends: MigrationEnds;
  #close: (() => Promise<void>) | undefined;

  readonly #clock: Clock;
  readonly #networks: ContainerPointer;
  readonly #randomHex: (bytes: number) => string;

  constructor(private readonly parts: Parts) {
    const clock = (this.#clock = parts.clock ?? systemClock);
    this.#randomHex = parts.randomHex ?? randomHex;
    this.#networks = parts.networks ?? noNetworks;
    this.#records = new MigrationRepository(clock);
    this.past = new PastMoves(this.#records);
    this.#ends = new MigrationEnds(parts);
    this.#queue = new MigrationQueue({ records: this.#records, clock });
    const host = (pool: string) => this.#ends.host(pool);
    const notifier = new MigrationNotifier({
      records: this.#records,
      view: (record) => this.#view(record),
      emit: parts.emit,
      now: () => clock.now(),
    });
    const onProgress = (id: string) => notifier.progressed(id);
    this.#runners = new MigrationScheduler({
      ...parts,
      records: this.#records,
      queue: this.#queue,
      networks: this.#networks,
      host,
      onProgress,
      clock,
      randomHex: this.#randomHex,
    });
    this.#janitor = new Janitor({
      ...parts,
      records: this.#records,
      host,
      clock,
      owner: () => this.#runners.owner,
      run: (record, revision) => {
        this.#records.learn(record, revision);
        this.#runners.run(record.id, record.runner.run);
      },
    });
  }

  /** Follows the store and adopts migrations without a runner. */
  start(): void {
    const closeRecords = this.#records.follow(this.parts.store, () => void this.#runners.adopt());
    const closeRunners = this.#runners.start();
    const closeJanitor = this.#janitor.start();
    this.#close = async () => {
      closeJanitor();
      await Promise.all([closeRecords(), closeRunners()]);
    };
  }

  /** Stops all runners. The next controller continues their migrations. */
  async stop(): Promise<void> {
    await this.#close?.();
  }

  /** All records, open and ended. */
  known(): readonly MigrationRecord[] {
    return this.#records.all().map(({ record }) => record);
  }

  /** Undefined when there is none, or it was not read yet. */
  find(id: string): MigrationRecord | undefined {
    return this.#records.find(id);
  }

  /** Whether all records have been read at least once. */
  get isListed(): boolean {
    return this.#records.isListed;
  }

  /** Calls `listener` after every change of a record. It must not throw. */
  onChange(listener: () => void): void {
    this.#records.onChange(listener);
  }

  /** Reports what a migration would meet. Changes nothing. `manifest` is what the source's agent reported just now. */
  async dryRun(request: MigrationRequest, manifest?: Manifest): Promise<Preflight> {
    return this.#preflight(request, await this.#ends.find(request), manifest);
  }

  /** Checks everything, then begins. Throws all problems at once, in which case nothing has begun. */
  async begin(request: MigrationRequest): Promise<MigrationView> {
    if (request.order && this.find(request.order.id)) return this.get(request.order.id);
    const hosts = await this.#ends.find(request);
    const found = await this.#preflight(request, hosts);
    if (found.findings.length > 0) throw refusal(request, found);
    const { warnings, plan } = found;
    const { order } = request;
    const id = order?.id ?? request.policy?.decision ?? this.#randomHex(8);
    const now = new Date(this.#clock.now());
    const { container, source, destination } = request;
    const record = inPhase(
      {
        id,
        container,
        source,
        destination,
        options: hosts.options,
        phase: 'accepted',
        createdAt: now.toISOString(),
        requestId: currentRequestId() ?? id,
        runner: this.#runners.owner,
        plan,
        warnings: warnings.map(({ subject, message }) => `${subject}: ${message}`),
        expected: this.past.expected(container),
        ...(request.policy ? { policy: request.policy } : {}),
        wasRunning: false,
        passes: [],
        copy: 'none',
        history: [],
        cancelled: false,
        ...(order ? { evacuation: order.evacuation } : {}),
      },
      'accepted',
      now,
    );
    const held = [...heldKeys(record)].map(([key, value]) => ({ key, value }));
    const written = await this.parts.store.transact({
      expect: [
        { key: keys.migration(id), revision: 0 },
        ...held.map(({ key }) => ({ key, revision: 0 })),
        // The entries from before the preflight. If a pool was removed or replaced meanwhile, it is not the one in
        // the request.
        ...hosts.pools,
        ...(order ? [order.claim] : []),
      ],
      put: [{ key: keys.migration(id), value: record }, ...held],
    });
    const revision = written?.revision ?? (await this.#ends.whyRefused(request, id));
    this.#records.learn(record, revision);
    this.#runners.run(id, record.runner.run);
    return this.get(id);
  }

  /**
   * Begins, and waits until the outcome is decided and a short time for cleaning up. Throws the reason of a failure.
   */
  async migrate(request: MigrationRequest): Promise<MigrationResult> {
    const { id } = await this.begin(request);
    await this.#records.until(id, (record) => verdictOf(record.phase) !== undefined);
    const ended = await this.#records.until(id, ({ phase }) => hasEnded(phase), cleanUpPatienceMs);
    const { phase, error, waitingFor, checked, warnings: known = [] } = this.#records.get(id);
    if (verdictOf(phase) === 'moved') {
      const warnings = checked?.outcome === 'failed' ? [...known, `check: ${checked.message}`] : known;
      const warning = `the container runs on ${request.destination}, but cleaning up is not finished: ${waitingFor?.message ?? 'it continues'} (see /REST/migrations/${id})`;
      return { ...(ended ? {} : { warning }), ...(warnings.length > 0 ? { warnings } : {}) };
    }
    const code = this.#records.get(id).cancelled ? 'aborted' : codeOf(error?.code);
    const what = `container "${request.container}" was not migrated and is on ${request.source} as before`;
    throw new CopaError(code, `${what}: ${error?.message ?? 'no reason is known'}`);
  }

  /** Makes `get` or `list` current, where other controllers write as well. */
  refresh(id?: string): Promise<void> {
    return this.#records.refresh(this.parts.store, id);
  }

  /** Newest first. */
  list(filter: MigrationFilter): MigrationView[] {
    return this.#records
      .all()
      .map(({ record }) => record)
      .filter(({ container }) => filter.container === undefined || container === filter.container)
      .filter((record) => filter.isShown?.(record) ?? true)
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
      .slice(0, filter.limit)
      .map((record) => this.#view(record));
  }

  /** The number of migrations that this controller runs in each phase that is not an end. Most are 0. */
  running(): (readonly [phase: Phase, count: number])[] {
    return this.#byPhase((records) => records.length);
  }

  /** For how many seconds the one that waits longest has been waiting, in each phase that is no end; most are 0. */
  waiting(): (readonly [phase: Phase, seconds: number])[] {
    const now = this.#clock.now();
    const secondsOf = ({ waitingSince }: MigrationRecord) =>
      waitingSince === undefined ? 0 : (now - Date.parse(waitingSince)) / 1000;
    return this.#byPhase((records) => Math.max(0, ...records.map(secondsOf)));
  }

  /** How many of all controllers wait for their turn. */
  queued(): (readonly [kind: SlotKind, count: number])[] {
    return this.#queue.lengths();
  }

  #byPhase(numberOf: (records: readonly MigrationRecord[]) => number): (readonly [Phase, number])[] {
    const { run } = this.#runners.owner;
    const ours = this.#records.all().flatMap(({ record }) => (record.runner.run === run ? [record] : []));
    return phases
      .filter((phase) => !hasEnded(phase))
      .map((phase) => [phase, numberOf(ours.filter((record) => record.phase === phase))] as const);
  }

  /** The processes of controllers, this one among them. */
  get processes(): Pick<MigrationScheduler, 'owner' | 'living'> {
    return this.#runners;
  }

  get(id: string): MigrationView {
    return this.#view(this.#records.get(id));
  }

  /** Requests the cancellation. Throws `failed_precondition` when it is too late or the migration has ended. */
  async cancel(id: string): Promise<MigrationView> {
    const { store } = this.parts;
    for (;;) {
      const entry = await store.get(keys.migration(id));
      if (!entry) throw unknownMigration(id);
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
          put: [{ key: keys.cancellation(id), value: { at: new Date(this.#clock.now()).toISOString() } }],
        }));
      if (!written) continue;
      this.parts.log.info({ migration: id, phase: record.phase }, 'a cancellation was requested');
      this.#runners.cancel(id);
      await this.#records.until(id, ({ phase }) => verdictOf(phase) !== undefined, cleanUpPatienceMs);
      return this.get(id);
    }
  }

  /**
   * Takes a person's decision for one of the copies. Throws `failed_precondition` when the migration goes on by itself,
   * or when its phase does not allow that decision.
   */
  async resolve(id: string, keep: Keep): Promise<MigrationView> {
    const { store, log } = this.parts;
    for (;;) {
      const key = keys.resolution(id);
      const [entry, earlier] = await store.getMany([keys.migration(id), key]);
      if (!entry) throw unknownMigration(id);
      const record = decodeRecord(entry.value);
      if (!resolutionOf(record, keep).enter) return this.cancel(id);
      const value = { keep, at: new Date(this.#clock.now()).toISOString() };
      const expect = [
        { key: keys.migration(id), revision: entry.revision },
        { key, revision: earlier?.revision ?? 0 },
      ];
      if (!(await store.transact({ expect, put: [{ key, value }] }))) continue;
      log.info({ migration: id, phase: record.phase, keep }, 'migration is to be resolved');
      this.#runners.resolve(id, value);
      await this.#records.until(id, ({ phase }) => phase !== record.phase, cleanUpPatienceMs);
      return this.get(id);
    }
  }

  #view(record: MigrationRecord): MigrationView {
    const progress = this.#runners.progress.of(record.id);
    return viewOf(record, progress, new Date(this.#clock.now()), this.#queue.turnOf(record));
  }

  #preflight(
    { container, source, destination }: MigrationRequest,
    { from, to, options }: Ends,
    manifest?: Manifest,
  ): Promise<Preflight> {
    return preflight(from, to, this.parts.relay, {
      ...{ container, manifest },
      container,
      options,
      expected: this.past.expected(container),
      missingNetworks: this.#networks.missingOn({ host: source, name: container }, destination),
    });
  }
}

/**
 * Looks after marks that no open migration stands behind (mark-decisions.ts says what is done with each), after copies of hosts
 * that were given up and are back, and after names that an ended migration has left reserved.
 *
 * Every controller has one. What they do is harmless when it is done twice.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../common/async/clock.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import type { MigrationCommand } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { HostCalls } from '../hosts/client.js';
import {
  decodeRecord,
  destinationName,
  hasEnded,
  type Busy,
  type MigrationRecord,
} from '../model/migration.js';
import type { Entry } from '../store/entry.js';
import { keys } from '../store/keys.js';
import { choreOf, type Chore, type HostMark } from './mark-decisions.js';
import { heldKeys } from './held-keys.js';
import { orphanRecord } from './orphan.js';
import type { KnownRecord, MigrationRepository, MigrationStore } from './repository.js';

const intervalMs = 5_000;

/** Reserved names change rarely, and are read from etcd. */
const namesEvery = 6;

const shortMs = 60_000;
const longMs = 15 * 60_000;

/** A container that carries a mark, as the inventory has it. */
export interface MarkedPlace {
  readonly pool: string;
  readonly container: string;
  readonly migration: string;
}

export interface JanitorParts {
  readonly store: MigrationStore;
  readonly records: Pick<MigrationRepository, 'all' | 'isListed'>;
  readonly host: (pool: string) => Promise<HostCalls>;
  /** The pools that answer, and the containers there that carry a mark. */
  readonly marked: () => { readonly pools: readonly string[]; readonly places: readonly MarkedPlace[] };
  /** Runs a migration whose record has been made anew. */
  readonly run: (record: MigrationRecord, revision: number) => void;
  readonly owner: () => MigrationRecord['runner'];
  readonly clock: Clock;
  readonly log: Logger;
}

export class Janitor {
  #isLooking = false;
  #turns = 0;
  /** Marks that were without an open migration a turn ago: what began just now is left alone. */
  #suspects = new Set<string>();

  constructor(private readonly parts: JanitorParts) {}

  /** Looks now and then until the returned function is called. */
  start(): () => void {
    return this.parts.clock.every(intervalMs, () => void this.look());
  }

  /** Never throws: what fails is tried again at the next turn. */
  async look(): Promise<void> {
    const { log, records } = this.parts;
    if (this.#isLooking || !records.isListed) return;
    this.#isLooking = true;
    try {
      if (this.#turns++ % namesEvery === 0) await this.#freeNames();
      for (const pool of this.#poolsToAsk()) await this.#tidy(pool);
    } catch (error) {
      if (!(error instanceof CopaError)) throw error;
      log.debug({ reason: messageOf(error) }, 'the janitor tries again');
    } finally {
      this.#isLooking = false;
    }
  }

  /** Where there is a mark that is not its open migration's, or a copy that was given up may be back. */
  #poolsToAsk(): Set<string> {
    const { records, marked } = this.parts;
    const { pools, places } = marked();
    const known = new Map(records.all().map(({ record }) => [record.id, record]));
    const suspects = places.filter(({ pool, container, migration }) => {
      const record = known.get(migration);
      if (!record || hasEnded(record.phase)) return true;
      const isItsName = container === record.container || container === destinationName(record);
      return !isItsName || (pool !== record.source && pool !== record.destination);
    });
    const keyOf = ({ pool, container, migration }: MarkedPlace) => `${pool}/${container}/${migration}`;
    const again = suspects.filter((place) => this.#suspects.has(keyOf(place)));
    this.#suspects = new Set(suspects.map(keyOf));
    const losers = [...known.values()].flatMap((record) =>
      record.leftBehind && hasEnded(record.phase) ? [record[record.leftBehind.on]] : [],
    );
    return new Set([...again.map(({ pool }) => pool), ...losers.filter((pool) => pools.includes(pool))]);
  }

  async #tidy(pool: string): Promise<void> {
    const marks = await this.#marksOf(pool);
    for (const mark of marks) {
      const known = this.#find(mark.migrationId);
      const chore = choreOf(mark, known?.record);
      if (!chore) continue;
      const { container, migrationId } = mark;
      try {
        await this.#do(chore, mark, known);
        this.parts.log.info({ pool, container, migration: migrationId, chore: chore.do }, 'janitor');
      } catch (error) {
        if (!(error instanceof CopaError)) throw error;
        const reason = messageOf(error);
        this.parts.log.warn(
          { pool, container, migration: migrationId, chore: chore.do, reason },
          'the janitor cannot do it yet',
        );
      }
    }
    await this.#settleLosers(pool, marks);
  }

  async #marksOf(pool: string): Promise<HostMark[]> {
    const host = await this.parts.host(pool);
    try {
      const { marks } = await host.call('ListMarks', {}, { deadlineMs: shortMs });
      return marks.map((mark) => ({ ...mark, pool }));
    } catch (error) {
      // An agent of an earlier release has marks that nobody lists.
      if (isCopaError(error, 'unimplemented')) return [];
      throw error;
    }
  }

  async #do(chore: Chore, mark: HostMark, known: KnownRecord | undefined): Promise<void> {
    if (chore.do === 'adopt') {
      await this.#adopt(mark);
      return;
    }
    const host = await this.parts.host(mark.pool);
    const { container, migrationId } = mark;
    const revision = (known?.record.fenceBase ?? 0) + (known?.revision ?? 0);
    const command: MigrationCommand = {
      migrationId,
      container,
      fence: Math.max(1, revision, mark.fence),
    };
    const deadlineMs = longMs;
    if (chore.do === 'remove mark') {
      await host.call('RemoveMark', { command, onlyForeign: chore.onlyForeign }, { deadlineMs });
    } else if (chore.do === 'set aside') {
      await host.call('SetCopyAside', { command, keepAs: chore.keepAs }, { deadlineMs });
    } else if (chore.do === 'remove source') {
      await host.call('RemoveSource', { command, keepAs: '' }, { deadlineMs });
    } else if (chore.do === 'remove destination') {
      await host.call('RemoveDestination', command, { deadlineMs });
    } else {
      await restore(host, command, known?.record.wasRunning ?? false);
    }
  }

  /** The record is made anew from what all hosts that answer report of it. */
  async #adopt(mark: HostMark): Promise<void> {
    const { store, clock, owner, run } = this.parts;
    const { pools } = this.parts.marked();
    const lists = await Promise.all(pools.map((pool) => this.#marksOf(pool)));
    const marks = lists
      .flat()
      .filter(({ migrationId, foreign }) => migrationId === mark.migrationId && !foreign);
    const [here, there] = (['source', 'destination'] as const).map((role) =>
      marks.find((each) => each.role === role),
    );
    const source = here?.pool ?? there?.peer ?? '';
    const destination = there?.pool ?? here?.peer ?? '';
    const orphan = {
      id: mark.migrationId,
      container: here?.container ?? mark.container,
      ...(here && there && there.container !== here.container ? { newName: there.container } : {}),
      source,
      destination,
      fence: Math.max(...marks.map(({ fence }) => fence), mark.fence),
    };
    const record = orphanRecord(orphan, owner(), new Date(clock.now()));
    const held = [...heldKeys(record)].map(([key, value]) => ({ key, value }));
    const key = keys.migration(record.id);
    const written = await store.transact({
      expect: [{ key, revision: 0 }, ...held.map((each) => ({ key: each.key, revision: 0 }))],
      put: [{ key, value: record }, ...held],
    });
    if (written) run(record, written.revision);
  }

  /** What was left behind on a host that answers, and is not marked there any more, is dealt with. */
  async #settleLosers(pool: string, before: readonly HostMark[]): Promise<void> {
    const losers = this.parts.records.all().filter(({ record: { phase, leftBehind, ...record } }) => {
      return hasEnded(phase) && leftBehind !== undefined && record[leftBehind.on] === pool;
    });
    if (losers.length === 0) return;
    const marks = before.length === 0 ? before : await this.#marksOf(pool);
    for (const { record, revision } of losers) {
      if (marks.some(({ migrationId }) => migrationId === record.id)) continue;
      const key = keys.migration(record.id);
      const value = { ...record, leftBehind: undefined };
      await this.parts.store.transact({ expect: [{ key, revision }], put: [{ key, value }] });
    }
  }

  /** Names that a migration reserved which does not hold them any more, say one of an earlier release. */
  async #freeNames(): Promise<void> {
    const { store } = this.parts;
    for (const entry of [...(await store.list(keys.busies)), ...(await store.list(keys.uses))]) {
      if (await this.#isHeld(entry)) continue;
      const { key, revision } = entry;
      await store.transact({ expect: [{ key, revision }], remove: [key] });
    }
  }

  async #isHeld({ key, value }: Entry): Promise<boolean> {
    const entry = await this.parts.store.get(keys.migration((value as Busy).migration));
    return entry !== undefined && heldKeys(decodeRecord(entry.value)).has(key);
  }

  #find(id: string): KnownRecord | undefined {
    return this.parts.records.all().find(({ record }) => record.id === id);
  }
}

/** A container that cannot be started is free at least. */
async function restore(host: HostCalls, command: MigrationCommand, run: boolean): Promise<void> {
  try {
    await host.call('RestoreSource', { command, run }, { deadlineMs: longMs });
  } catch (error) {
    if (!run || isUnknownOutcome(error)) throw error;
    await host.call('RestoreSource', { command, run: false }, { deadlineMs: longMs });
  }
}

/** All migrations in the store, kept current by a watch, and waiting for a record to meet a condition. */
import type { Clock } from '../../common/async/clock.js';
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Store } from '../store/store.js';
import { keys, lastPart } from '../store/keys.js';
import { decodeRecord, type MigrationRecord } from '../model/migration.js';

/** What migrations use of the store. */
export type MigrationStore = Pick<
  Store,
  'get' | 'getMany' | 'list' | 'transact' | 'watch' | 'session' | 'isShared'
>;

export interface KnownRecord {
  readonly record: MigrationRecord;
  /** The revision of the record's last write. */
  readonly revision: number;
}

export class MigrationRepository {
  readonly #byId = new Map<string, KnownRecord>();
  readonly #listeners = new Set<() => void>();
  #isListed = false;

  constructor(private readonly clock: Clock) {}

  /** Follows the store until the returned function is called. Calls `onList` after every complete list. */
  follow(store: Pick<Store, 'watch'>, onList: () => void): () => Promise<void> {
    const watch = store.watch(keys.migrations, {
      onReset: (entries) => {
        this.#byId.clear();
        for (const { key, value, revision } of entries) this.#decode(key, value, revision);
        this.#isListed = true;
        this.#notify();
        onList();
      },
      onEvent: (change) => {
        if (change.type === 'remove') this.#byId.delete(lastPart(change.key));
        else this.#decode(change.key, change.value, change.revision);
        this.#notify();
      },
    });
    return () => watch.close();
  }

  /** Adds a record that this controller just wrote, before the watch delivers it. */
  learn(record: MigrationRecord, revision: number): void {
    if ((this.#byId.get(record.id)?.revision ?? 0) < revision)
      this.#byId.set(record.id, { record, revision });
  }

  /**
   * Reads one record, or all, where another controller may have changed them: the watch may deliver later what that one has
   * reported to a client.
   */
  async refresh(store: Pick<Store, 'get' | 'list' | 'isShared'>, id?: string): Promise<void> {
    if (!store.isShared) return;
    const before = new Map(id === undefined ? this.#byId : [[id, this.#byId.get(id)]]);
    const entries =
      id === undefined
        ? await store.list(keys.migrations)
        : [(await store.get(keys.migration(id))) ?? []].flat();
    for (const { key, value, revision } of entries) {
      before.delete(lastPart(key));
      if (this.#byId.get(lastPart(key))?.revision !== revision) this.#decode(key, value, revision);
    }
    // One that was written while etcd was read stays.
    for (const [gone, known] of before) if (this.#byId.get(gone) === known) this.#byId.delete(gone);
  }

  /** Whether all records have been read at least once. */
  get isListed(): boolean {
    return this.#isListed;
  }

  all(): KnownRecord[] {
    return [...this.#byId.values()];
  }

  find(id: string): MigrationRecord | undefined {
    return this.#byId.get(id)?.record;
  }

  /** Throws `not_found`. */
  get(id: string): MigrationRecord {
    const known = this.#byId.get(id);
    if (!known) throw unknownMigration(id);
    return known.record;
  }

  /** Calls `listener` after every change. It must not throw. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Waits until a record meets the condition. Returns false after the time-out (none: waits for ever). */
  until(id: string, wanted: (record: MigrationRecord) => boolean, timeoutMs?: number): Promise<boolean> {
    return new Promise((resolve) => {
      const stopTimer =
        timeoutMs === undefined ? undefined : this.clock.after(timeoutMs, () => settle(false));
      const settle = (result: boolean) => {
        stopTimer?.();
        this.#listeners.delete(look);
        resolve(result);
      };
      const look = () => {
        const known = this.#byId.get(id);
        if (known && wanted(known.record)) settle(true);
      };
      this.#listeners.add(look);
      look();
    });
  }

  #decode(key: string, value: unknown, revision: number): void {
    const record = unreadableValues.attempt({ key, value }, (entry) => decodeRecord(entry.value))?.value;
    if (record) this.learn(record, revision);
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}

export function unknownMigration(id: string): CopaError {
  return new CopaError('not_found', `migration ${shown(id)} does not exist`);
}

/** A store in memory with etcd's revisions and the store's rules for transactions. It counts its reads. */
import type { Change, Entry } from '../../controller/store/entry.js';
import type { Transaction } from '../../controller/store/transaction.js';
import type { WatchHandlers } from '../../controller/store/watch.js';

export class MemoryStore {
  readonly #entries = new Map<string, Entry>();
  #revision = 1;
  reads = 0;
  /** Whether another process may write, as in the store. */
  isShared = false;
  readonly #watches: { readonly prefix: string; readonly handlers: WatchHandlers }[] = [];
  /** Runs once, between a service's read and its next transaction. */
  meanwhile: (() => void) | undefined;
  /** Runs at each read of keys. */
  meanwhileReading: (() => void) | undefined;

  put(key: string, value: unknown): void {
    this.#revision++;
    this.#put(key, value);
  }

  remove(key: string): void {
    this.#revision++;
    this.#remove(key);
  }

  /** Removes it without notifying the watches. */
  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Delivers changes at once, and the current entries when `ready` is called. */
  watch(prefix: string, handlers: WatchHandlers): { close(): Promise<void> } {
    this.#watches.push({ prefix, handlers });
    return { close: () => Promise.resolve() };
  }

  /** The first delivery of a watch, repeated after missed changes. */
  ready(): void {
    for (const { prefix, handlers } of this.#watches) handlers.onReset(this.#below(prefix), this.#revision);
  }

  get revision(): number {
    return this.#revision;
  }

  keys(): string[] {
    return [...this.#entries.keys()].sort();
  }

  /** What is there now. */
  entry(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.getMany([key]))[0];
  }

  getMany(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    this.reads++;
    this.meanwhileReading?.();
    return Promise.resolve(keys.map((key) => this.#entries.get(key)));
  }

  list(prefix: string): Promise<Entry[]> {
    this.reads++;
    return Promise.resolve(this.#below(prefix));
  }

  transact({ expect, put = [], remove = [] }: Transaction): Promise<{ revision: number } | undefined> {
    this.meanwhile?.();
    this.meanwhile = undefined;
    const holds = expect.every((expectation) =>
      'key' in expectation
        ? (this.#entries.get(expectation.key)?.revision ?? 0) === expectation.revision
        : this.#below(expectation.absentPrefix).length === 0,
    );
    if (!holds) return Promise.resolve(undefined);
    this.#revision++;
    for (const { key, value } of put) this.#put(key, value);
    for (const key of remove) this.#remove(key);
    return Promise.resolve({ revision: this.#revision });
  }

  #put(key: string, value: unknown): void {
    const entry = { key, value, revision: this.#revision };
    this.#entries.set(key, entry);
    this.tell({ type: 'put', ...entry });
  }

  #remove(key: string): void {
    if (this.#entries.delete(key)) this.tell({ type: 'remove', key, revision: this.#revision });
  }

  /** As a watch does, whether it is true or not. */
  tell(change: Change): void {
    for (const { prefix, handlers } of this.#watches)
      if (change.key.startsWith(prefix)) handlers.onEvent(change);
  }

  #below(prefix: string): Entry[] {
    return this.keys().flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry && key.startsWith(prefix) ? [entry] : [];
    });
  }
}

/** A store in memory, with etcd's revisions and the store's rules for transactions; counts what it is asked. */
import type { Entry, Transaction } from '../../controller/store/etcd.js';

export class MemoryStore {
  readonly #entries = new Map<string, Entry>();
  #revision = 1;
  reads = 0;
  /** Runs once, between a service's read and its next transaction. */
  meanwhile: (() => void) | undefined;

  put(key: string, value: unknown): void {
    this.#revision++;
    this.#entries.set(key, { key, value, revision: this.#revision });
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()].sort();
  }

  getMany(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    this.reads++;
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
    for (const { key, value } of put) this.#entries.set(key, { key, value, revision: this.#revision });
    for (const key of remove) this.#entries.delete(key);
    return Promise.resolve({ revision: this.#revision });
  }

  #below(prefix: string): Entry[] {
    return this.keys().flatMap((key) => {
      const entry = this.#entries.get(key);
      return entry && key.startsWith(prefix) ? [entry] : [];
    });
  }
}

/** All evacuations in the store, kept current by a watch. */
import { decodeEvacuation, type Evacuation } from '../model/evacuation.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';

interface Known {
  readonly record: Evacuation;
  readonly revision: number;
}

export class EvacuationRepository {
  readonly #byPool = new Map<string, Known>();

  /** `onChange` is called with each change, and not with what the first list has. It must not throw. */
  constructor(private readonly onChange: (record: Evacuation) => void) {}

  /** Follows the store until the returned function is called. */
  follow(store: Pick<Store, 'watch'>, onList: () => void): () => Promise<void> {
    const watch = store.watch(keys.evacuations, {
      onReset: (entries) => {
        const before = new Map(this.#byPool);
        this.#byPool.clear();
        for (const { key, value, revision } of entries) this.#decode(key, value, revision, before);
        onList();
      },
      onEvent: (change) => {
        if (change.type === 'remove') this.#byPool.delete(lastPart(change.key));
        else this.#decode(change.key, change.value, change.revision);
      },
    });
    return () => watch.close();
  }

  /** A record that this controller has written or read, before the watch delivers it. */
  learn(record: Evacuation, revision: number): void {
    if ((this.#byPool.get(record.pool)?.revision ?? 0) >= revision) return;
    this.#byPool.set(record.pool, { record, revision });
    this.onChange(record);
  }

  get(pool: string): Evacuation | undefined {
    return this.#byPool.get(pool)?.record;
  }

  /** Sorted by pool. */
  all(): readonly Evacuation[] {
    return [...this.#byPool.values()].map(({ record }) => record).sort((a, b) => (a.pool < b.pool ? -1 : 1));
  }

  #decode(key: string, value: unknown, revision: number, before?: ReadonlyMap<string, Known>): void {
    const record = unreadableValues.attempt({ key, value }, (entry) => decodeEvacuation(entry.value))?.value;
    if (!record) return;
    const isChanged = !before || (before.has(record.pool) && before.get(record.pool)?.revision !== revision);
    if (isChanged) this.learn(record, revision);
    else this.#byPool.set(record.pool, { record, revision });
  }
}

/**
 * The entries below one prefix, read from memory instead of etcd, when this process is the only writer.
 *
 * Why this is linearizable: a watch delivers every change in etcd's order. The memory therefore equals etcd at one
 * revision R, and R never decreases. A read from etcd would differ only by showing a change after R. Only this
 * process can write (etcd's clients have a CA that exists as long as the process, and it has no other members; before one is
 * added, `Store.share` ends this), so this process has reported
 * every change that anybody can rely on:
 *
 * - The result of an executed transaction: `expect` records its revision before the caller gets the result.
 * - The result of a refused transaction, which shows the cause of the refusal: `expect` records the revision of the
 *   reply.
 * - A read of etcd that showed a newer state, or was made while the memory was behind: `compare` records it.
 * - An event from the same watch: the memory applies it before anyone else gets it.
 *
 * While R is behind a recorded revision, or the watch is broken, reads go to etcd. A transaction with an unknown
 * outcome may be executed later. Until the watch delivers it, both results are correct.
 */
import type { Change, Entry } from './entry.js';

export class WatchedEntries {
  #entries = new Map<string, Entry>();
  /** Sorted by key; rebuilt on demand after a change. */
  #list: readonly Entry[] | undefined;
  #revision = 0;
  /** The highest revision that this process has reported to anyone. */
  #expected = 0;
  /** The number of working watches. Each delivers all changes. */
  #watches = 0;

  constructor(readonly prefix: string) {}

  /** All entries, or undefined when etcd has to be read. */
  list(): readonly Entry[] | undefined {
    if (!this.#isCurrent()) return undefined;
    const byKey = (a: Entry, b: Entry) => (a.key < b.key ? -1 : 1);
    return (this.#list ??= [...this.#entries.values()].sort(byKey));
  }

  /** These keys, or undefined when etcd has to be read for at least one of them. */
  get(keys: readonly string[]): (Entry | undefined)[] | undefined {
    if (!this.#isCurrent() || !keys.every((key) => this.covers(key))) return undefined;
    return keys.map((key) => this.#entries.get(key));
  }

  covers(key: string): boolean {
    return key.startsWith(this.prefix);
  }

  /** A caller gets the state at this revision. */
  expect(revision: number): void {
    this.#expected = Math.max(this.#expected, revision);
  }

  /** A caller gets etcd's value of a key at a revision. */
  compare(key: string, found: Entry | undefined, revision: number): void {
    if (!this.covers(key)) return;
    // While the memory is behind, this key may change again on the way to the expected revision.
    if (!this.#isCurrent() || found?.revision !== this.#entries.get(key)?.revision) this.expect(revision);
  }

  /** A watch starts or stops delivering all changes after those that it has delivered. */
  watched(by: 1 | -1): void {
    this.#watches += by;
  }

  /** All entries at a revision. */
  reset(entries: readonly Entry[], revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.#list = undefined;
  }

  /** The changes of one or more revisions, in order. */
  take(changes: readonly Change[]): void {
    for (const change of changes) {
      // A list was ahead of the watch, and later changes must not be undone. Changes of one revision arrive together,
      // and applying one twice is harmless.
      const { key, revision } = change;
      if (revision < this.#revision) continue;
      this.#revision = revision;
      if (change.type === 'put') this.#entries.set(key, { key, value: change.value, revision });
      else this.#entries.delete(key);
      this.#list = undefined;
    }
  }

  /** Whether etcd has to be listed once before reads can use the memory again. */
  get isBehind(): boolean {
    return this.#watches > 0 && this.#revision < this.#expected;
  }

  #isCurrent(): boolean {
    return this.#watches > 0 && this.#revision > 0 && this.#revision >= this.#expected;
  }
}

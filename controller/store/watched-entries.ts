/**
 * What lies below one prefix of an etcd that this process alone writes to, without asking it each time.
 *
 * Why that is as fresh as asking. A watch tells every change in the order in which etcd made them, so what is
 * kept here is etcd at one revision, R, and R never goes back. Asking would be fresher only if it showed
 * something later than R that somebody may count on. Nobody but this process writes there (etcd has a CA of its
 * own, which is gone with the process that made it), so whoever counts on something was told so by this process:
 *
 * - that a transaction was carried out, at some revision: `expect` notes it before its caller is told;
 * - that one was refused, which tells of whatever made it be refused: `expect` notes the revision of that answer;
 * - by a read of etcd itself that showed what is not known here, or while this was behind: `compare` notes that;
 * - by an event, which the same watch told: it is taken in here before anybody else hears of it.
 *
 * While R is behind what was noted, or the watch does not stand, nothing is answered from here; etcd is asked.
 * A transaction of unknown outcome may be carried out later: until the watch has told, nobody knows, and either
 * answer is right.
 */
import type { Change, Entry } from './entry.js';

export class WatchedEntries {
  #entries = new Map<string, Entry>();
  /** In the order of the keys; made anew when it is wanted after a change. */
  #list: readonly Entry[] | undefined;
  #revision = 0;
  /** Up to which somebody may have been told. */
  #expected = 0;
  /** How many watches stand; each tells all changes. */
  #watches = 0;

  constructor(readonly prefix: string) {}

  /** All of it, or undefined when etcd has to be asked. */
  list(): readonly Entry[] | undefined {
    if (!this.#isCurrent()) return undefined;
    const byKey = (a: Entry, b: Entry) => (a.key < b.key ? -1 : 1);
    return (this.#list ??= [...this.#entries.values()].sort(byKey));
  }

  /** These keys, or undefined when etcd has to be asked, for one of them at least. */
  get(keys: readonly string[]): (Entry | undefined)[] | undefined {
    if (!this.#isCurrent() || !keys.every((key) => this.covers(key))) return undefined;
    return keys.map((key) => this.#entries.get(key));
  }

  covers(key: string): boolean {
    return key.startsWith(this.prefix);
  }

  /** Somebody is told of what is there at this revision. */
  expect(revision: number): void {
    this.#expected = Math.max(this.#expected, revision);
  }

  /** Somebody is told what etcd has under a key at a revision. */
  compare(key: string, found: Entry | undefined, revision: number): void {
    if (!this.covers(key)) return;
    // What is behind may come to say something else of this key on its way to where it is expected.
    if (!this.#isCurrent() || found?.revision !== this.#entries.get(key)?.revision) this.expect(revision);
  }

  /** A watch begins or ceases to tell all changes from the one after those that it has told. */
  watched(by: 1 | -1): void {
    this.#watches += by;
  }

  /** All that is there at a revision. */
  reset(entries: readonly Entry[], revision: number): void {
    if (revision <= this.#revision) return;
    this.#revision = revision;
    this.#entries = new Map(entries.map((entry) => [entry.key, entry]));
    this.#list = undefined;
  }

  /** The changes of one revision or of several, in their order. */
  take(changes: readonly Change[]): void {
    for (const change of changes) {
      // A list was ahead of the watch; what came later must not be undone. Those of one revision are told
      // together, and taking one in again is harmless.
      const { key, revision } = change;
      if (revision < this.#revision) continue;
      this.#revision = revision;
      if (change.type === 'put') this.#entries.set(key, { key, value: change.value, revision });
      else this.#entries.delete(key);
      this.#list = undefined;
    }
  }

  /** Whether etcd has to be asked for all of it, once, before anything is answered from here again. */
  get isBehind(): boolean {
    return this.#watches > 0 && this.#revision < this.#expected;
  }

  #isCurrent(): boolean {
    return this.#watches > 0 && this.#revision > 0 && this.#revision >= this.#expected;
  }
}

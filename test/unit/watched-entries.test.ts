// Aim: a read without etcd is never older than anything that was reported before. Method: random histories of an etcd
// in which each revision is kept: writes whose reply arrives or is lost, refusals, reads of etcd itself, and a watch
// that lags and breaks.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WatchedEntries } from '../../controller/store/watched-entries.js';
import type { Change, Entry } from '../../controller/store/entry.js';

const prefix = '/pools/';
const keyNames = ['a', 'b', 'c'].map((name) => `${prefix}${name}`);

type Picture = ReadonlyMap<string, Entry>;

/** An etcd with this process as its only writer, and what the process has reported. */
class History {
  readonly pictures: Picture[] = [new Map(), new Map()];
  readonly changes: Change[] = [];
  readonly own = new WatchedEntries(prefix);
  /** The latest revision that was reported to anyone. */
  told = 0;
  #watched = 0;
  readonly #lists: number[] = [];
  #stands = false;

  get revision(): number {
    return this.pictures.length - 1;
  }

  write(key: string, isAnswered: boolean): void {
    const revision = this.revision + 1;
    const picture = new Map(this.pictures.at(-1));
    const change: Change = picture.has(key)
      ? { type: 'remove', key, revision }
      : { type: 'put', key, value: revision, revision };
    if (change.type === 'put') picture.set(key, { key, value: revision, revision });
    else picture.delete(key);
    this.pictures.push(picture);
    this.changes.push(change);
    if (isAnswered) this.#tell(revision);
  }

  /** Writes of other keys, which this watch does not deliver. */
  writeElsewhere(): void {
    this.pictures.push(this.pictures.at(-1) ?? new Map());
  }

  refuse(): void {
    this.#tell(this.revision);
  }

  /**
   * A read of one key together with other keys. It reports the first moment at which its result may have been true.
   */
  read(key: string): void {
    const at = (revision: number) => this.pictures[revision]?.get(key)?.revision;
    this.own.compare(key, this.pictures.at(-1)?.get(key), this.revision);
    while (at(this.told) !== at(this.revision)) this.told++;
  }

  /** A list, whose reply arrives with `land`. */
  list(): void {
    this.#lists.push(this.revision);
  }

  land(): void {
    const revision = this.#lists.shift();
    if (revision === undefined) return;
    this.own.reset([...(this.pictures[revision]?.values() ?? [])], revision);
    this.told = Math.max(this.told, revision);
  }

  connect(): void {
    if (this.#stands) return;
    if (this.#watched === 0) {
      this.#lists.unshift(this.revision);
      this.land();
      this.#watched = this.revision;
    }
    this.#stands = true;
    this.own.watched(1);
  }

  lose(): void {
    if (this.#stands) this.own.watched(-1);
    this.#stands = false;
  }

  deliver(): void {
    const next = this.changes.find(({ revision }) => revision > this.#watched);
    if (!this.#stands || !next) return;
    this.#watched = next.revision;
    this.own.take([next]);
    this.told = Math.max(this.told, next.revision);
  }

  #tell(revision: number): void {
    this.own.expect(revision);
    this.told = Math.max(this.told, revision);
  }
}

const shown = (entries: Iterable<Entry>) =>
  [...entries].map(({ key, revision }) => `${key}@${revision}`).join(' ');
const sorted = (picture: Picture) => [...picture.values()].sort((a, b) => (a.key < b.key ? -1 : 1));

test('no result is older than an earlier report', () => {
  const steps = [
    'write',
    'lost',
    'elsewhere',
    'refuse',
    'read',
    'list',
    'connect',
    'lose',
    'deliver',
  ] as const;
  let answered = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...steps), fc.constantFrom(...keyNames)), { maxLength: 60 }),
      (history) => {
        const etcd = new History();
        etcd.connect();
        for (const [step, key] of history) {
          if (step === 'write' || step === 'lost') etcd.write(key, step === 'write');
          else if (step === 'elsewhere') etcd.writeElsewhere();
          else if (step === 'read') etcd.read(key);
          else etcd[step]();
          const list = etcd.own.list();
          if (!list) continue;
          answered++;
          const allowed = etcd.pictures.slice(etcd.told).map((picture) => shown(sorted(picture)));
          expect(allowed).toContain(shown(list));
          expect(etcd.own.get(keyNames)).toEqual(
            keyNames.map((name) => list.find(({ key: found }) => found === name)),
          );
        }
      },
    ),
    { numRuns: 1000 },
  );
  expect(answered).toBeGreaterThan(1000);
});

test('memory is not used before the first list, nor without a watch, nor for other prefixes', () => {
  const own = new WatchedEntries(prefix);
  expect(own.list()).toBeUndefined();
  own.watched(1);
  expect(own.list()).toBeUndefined();
  own.reset([], 1);
  expect(own.list()).toEqual([]);
  expect(own.get([`${prefix}a`])).toEqual([undefined]);
  expect(own.get([`${prefix}a`, '/busy/a/c'])).toBeUndefined();
  own.watched(-1);
  expect(own.list()).toBeUndefined();
});

test('after a refusal etcd is read until everything was listed again', () => {
  const own = new WatchedEntries(prefix);
  own.watched(1);
  own.reset([], 5);
  own.expect(7);
  expect([own.isBehind, own.list()]).toEqual([true, undefined]);
  own.reset([{ key: `${prefix}a`, value: 1, revision: 6 }], 8);
  expect(own.isBehind).toBe(false);
  expect(own.list()).toHaveLength(1);
});

test('late data of a watch or a list undoes nothing', () => {
  const own = new WatchedEntries(prefix);
  const [a, b] = [`${prefix}a`, `${prefix}b`];
  own.watched(1);
  own.reset([{ key: a, value: 1, revision: 6 }], 8);
  own.take([{ type: 'put', key: b, value: 2, revision: 7 }]);
  own.reset([], 4);
  expect(own.list()?.map(({ key }) => key)).toEqual([a]);
  own.take([
    { type: 'remove', key: a, revision: 9 },
    { type: 'put', key: b, value: 3, revision: 9 },
  ]);
  expect(own.list()).toEqual([{ key: b, value: 3, revision: 9 }]);
});

// An etcd in memory, and a controller's store on it. It has etcd's revisions, transactions with expectations, watches
// that deliver every change in order but late, and leases. As on a real network, a committed transaction's reply may
// be lost, a transaction may be executed after its caller has given up, and a repeated transaction may be refused
// after it was committed (controller/store/store.ts, `transact`).
import { CopaError } from '../../common/errors.js';
import type { MigrationStore } from '../../controller/migration/repository.js';
import { keys } from '../../controller/store/keys.js';
import type { Change, Entry } from '../../controller/store/entry.js';
import type { Transaction } from '../../controller/store/transaction.js';
import type { WatchHandlers } from '../../controller/store/watch.js';
import type { Random } from '../chaos/random.js';
import { weakened, type PlantedFault } from './planted.js';
import type { Process, Timeline } from './time.js';

/** As long as the real store retries. */
const patienceMs = 5_000;

interface Watcher {
  readonly prefix: string;
  readonly tell: (change: Change) => void;
}

export class Etcd {
  /** Whether what it had was ever lost, or is an earlier state of it. */
  wasReplaced = false;
  revision = 1;
  readonly entries = new Map<string, Entry>();
  readonly watchers = new Set<Watcher>();
  #silentUntil = 0;
  #leases = 0;
  readonly #leaseOf = new Map<string, string>();

  constructor(readonly timeline: Timeline) {}

  /** It answers nobody for a while. */
  silence(ms: number): void {
    this.#silentUntil = Math.max(this.#silentUntil, this.timeline.now() + ms);
  }

  get silentMs(): number {
    return Math.max(0, this.#silentUntil - this.timeline.now());
  }

  apply({ expect, put = [], remove = [] }: Transaction): { revision: number } | undefined {
    const holds = expect.every((each) =>
      'key' in each
        ? (this.entries.get(each.key)?.revision ?? 0) === each.revision
        : this.below(each.absentPrefix).length === 0,
    );
    if (!holds) return undefined;
    this.revision++;
    for (const { key, value, lease } of put) {
      const entry = { key, value: JSON.parse(JSON.stringify(value)) as unknown, revision: this.revision };
      this.entries.set(key, entry);
      if (lease === undefined) this.#leaseOf.delete(key);
      else this.#leaseOf.set(key, lease);
      this.#tell({ type: 'put', ...entry });
    }
    for (const key of remove) {
      if (this.entries.delete(key)) this.#tell({ type: 'remove', key, revision: this.revision });
    }
    return { revision: this.revision };
  }

  below(prefix: string): Entry[] {
    return [...this.entries.values()]
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Creates a key under a new lease. */
  grant(key: string, value: unknown): string {
    const lease = String(++this.#leases);
    this.apply({ expect: [], put: [{ key, value, lease }] });
    return lease;
  }

  /** Deletes the lease's keys. */
  revoke(lease: string): void {
    const remove = [...this.#leaseOf].filter(([, each]) => each === lease).map(([key]) => key);
    for (const key of remove) this.#leaseOf.delete(key);
    if (remove.length > 0) this.apply({ expect: [], remove });
  }

  /** Loses everything, including revisions, as when somebody removes its directory. */
  lose(): void {
    this.wasReplaced = true;
    this.entries.clear();
    this.watchers.clear();
    this.#leaseOf.clear();
    this.revision = 1;
  }

  /** What a backup has of it. */
  saved(): { readonly entries: ReadonlyMap<string, Entry>; readonly revision: number } {
    return { entries: new Map(this.entries), revision: this.revision };
  }

  /** Everything is as it was in that backup, revisions too. Nobody watches it. */
  restore({ entries, revision }: ReturnType<Etcd['saved']>): void {
    this.lose();
    for (const [key, entry] of entries) this.entries.set(key, entry);
    this.revision = revision;
  }

  #tell(change: Change): void {
    for (const { prefix, tell } of this.watchers) if (change.key.startsWith(prefix)) tell(change);
  }
}

export interface StoreFaults {
  /** The probability that a transaction's reply is lost. */
  readonly lostReplies: number;
  readonly delayMsMax: number;
}

export class ModelStore {
  constructor(
    private readonly etcd: Etcd,
    private readonly process: Process,
    private readonly random: Random,
    private readonly faults: StoreFaults & { readonly planted?: PlantedFault | undefined },
  ) {}

  /** For code that expects the real one. */
  get asStore(): MigrationStore {
    return this as unknown as MigrationStore;
  }

  async get(key: string): Promise<Entry | undefined> {
    return (await this.getMany([key]))[0];
  }

  getMany(keys: readonly string[]): Promise<(Entry | undefined)[]> {
    return this.#ask((answer) => answer(keys.map((key) => this.etcd.entries.get(key))));
  }

  list(prefix: string): Promise<readonly Entry[]> {
    const isBlind = this.faults.planted === 'one controller id twice' && prefix === keys.controllers;
    return this.#ask((answer) => answer(isBlind ? [] : this.etcd.below(prefix)));
  }

  transact(asked: Transaction): Promise<{ revision: number } | undefined> {
    const transaction = weakened(asked, this.faults.planted);
    const witness = asked.put?.[0]?.key ?? asked.remove?.[0];
    if (!asked.expect.some((each) => 'key' in each && each.key === witness)) {
      throw new Error(`a transaction must expect something of ${witness ?? 'a key that it writes'}`);
    }
    return this.#ask<{ revision: number } | undefined>((answer, fail) => {
      if (this.random.next() >= this.faults.lostReplies) {
        answer(this.etcd.apply(transaction));
        return;
      }
      const fate = this.random.next();
      // It reaches etcd after its caller has given up.
      if (fate < 0.3) {
        fail();
        this.process.timeline.after(this.#delay(3_000), () => this.etcd.apply(transaction));
        return;
      }
      const written = this.etcd.apply(transaction);
      if (fate < 0.6) fail();
      // The repeated transaction is refused because of its own effect.
      else answer(fate < 0.8 ? written : undefined);
    });
  }

  watch(prefix: string, { onReset, onEvent }: WatchHandlers): { close(): Promise<void> } {
    const { etcd, process } = this;
    let isOpen = true;
    let lastAt = 0;
    const later = (work: () => void) => {
      // Each may be late, but they arrive in order.
      const now = process.timeline.now();
      lastAt = Math.max(lastAt, now + etcd.silentMs + this.#delay(this.faults.delayMsMax));
      process.after(lastAt - now, () => isOpen && work());
    };
    const watcher = { prefix, tell: (change: Change) => later(() => onEvent(change)) };
    later(() => {
      onReset(etcd.below(prefix), etcd.revision);
      etcd.watchers.add(watcher);
    });
    process.onDeath(() => etcd.watchers.delete(watcher));
    return {
      close: () => {
        isOpen = false;
        etcd.watchers.delete(watcher);
        return Promise.resolve();
      },
    };
  }

  session(key: string, value: unknown, ttlSeconds: number): { close(): Promise<void> } {
    const { etcd, process } = this;
    let isOpen = true;
    let lease: string | undefined;
    let expire = () => {};
    const ttlMs = ttlSeconds * 1000;
    const renew = () => {
      if (!isOpen) return;
      if (etcd.silentMs === 0) {
        expire();
        const now = (lease ??= etcd.grant(key, value));
        expire = etcd.timeline.after(ttlMs, () => {
          etcd.revoke(now);
          lease = undefined;
        });
      }
      process.after(etcd.silentMs > 0 ? 500 : ttlMs / 3, renew);
    };
    process.after(this.#delay(5), renew);
    return {
      close: () => {
        isOpen = false;
        expire();
        if (lease !== undefined) etcd.revoke(lease);
        return Promise.resolve();
      },
    };
  }

  #delay(msMax: number): number {
    return this.random.between(1, Math.max(1, msMax));
  }

  /** Runs `work` at etcd. The reply arrives some time later, if this process lives then. */
  #ask<T>(work: (answer: (value: T) => void, fail: () => void) => void): Promise<T> {
    const { etcd, process } = this;
    return new Promise((resolve, reject) => {
      const fail = () =>
        process.after(patienceMs, () => reject(new CopaError('unavailable', 'etcd does not answer')));
      if (etcd.silentMs > patienceMs) {
        fail();
        return;
      }
      etcd.timeline.after(etcd.silentMs + this.#delay(4), () => {
        if (process.isAlive) work((value) => process.after(this.#delay(4), () => resolve(value)), fail);
      });
    });
  }
}

/**
 * The keys of encrypted networks: hosts make them, and the store has the public ones. They are replaced by themselves, on
 * all hosts together, in three steps. Each waits until all hosts that answer have confirmed the one before, so at no time
 * does a host send what another one does not accept:
 *
 *   1. hosts make keys of the next epoch, and accept them beside the ones in use
 *   2. hosts send with the next ones, and still accept the last ones
 *   3. hosts forget the last ones
 *
 * A host that is down does not hold this up. It gets the epochs of then when it is up.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Epochs, HostKeys } from '../model/network.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { NetworkBook } from './book.js';

interface Parts {
  readonly store: Pick<Store, 'transact'>;
  readonly book: NetworkBook;
  readonly isUp: (pool: string) => boolean;
  /** It has confirmed all that it is to have, and has no problem with it. */
  readonly hasConfirmed: (pool: string) => boolean;
  readonly now: () => Date;
  /** How long keys are in use. */
  readonly lifetimeMs: number;
}

export const firstEpochs = { epoch: 1, otherEpoch: 0 } as const;

export class EncryptionKeys {
  constructor(private readonly parts: Parts) {}

  /** For how long the keys in use should have been replaced. */
  overdueMs(): number {
    const { book, now, lifetimeMs } = this.parts;
    const since = book.epochs?.value.since;
    return since === undefined ? 0 : Math.max(0, now().getTime() - Date.parse(since) - lifetimeMs);
  }

  /** Of a host's reply. Never rejects: the host sends them again. */
  async note(pool: string, given: HostKeys['keys']): Promise<void> {
    const { store, book } = this.parts;
    if (!encryptedPools(book).has(pool)) return;
    const before = book.hostKeysOf(pool);
    const own = [...given]
      .map(({ epoch, publicKey }) => ({ epoch, publicKey }))
      .sort((a, b) => a.epoch - b.epoch);
    if (own.length === 0 || isDeepStrictEqual(before?.value.keys, own)) return;
    const key = keys.hostKeys(pool);
    const done = await store.transact({
      expect: [{ key, revision: before?.revision ?? 0 }],
      put: [{ key, value: { pool, keys: own } satisfies HostKeys }],
    });
    if (done) await book.shows(done.revision);
  }

  /** One round: the next step, when it is time for it, and no keys of hosts that are in no such network any more. */
  async round(): Promise<void> {
    const { store, book, now } = this.parts;
    const members = encryptedPools(book);
    const known = book.epochs;
    const next = members.size === 0 ? undefined : this.#next(known?.value, [...members]);
    const strays = book.hostKeys().filter(({ value }) => !members.has(value.pool));
    const gone = members.size === 0 && known ? [{ key: keys.epochs, revision: known.revision }] : [];
    const removed = [
      ...strays.map(({ value, revision }) => ({ key: keys.hostKeys(value.pool), revision })),
      ...gone,
    ];
    if (!next && removed.length === 0) return;
    const done = await store.transact({
      expect: [...removed, ...(next ? [{ key: keys.epochs, revision: known?.revision ?? 0 }] : [])],
      put: next
        ? [{ key: keys.epochs, value: { since: now().toISOString(), ...next } satisfies Epochs }]
        : [],
      remove: removed.map(({ key }) => key),
    });
    if (done) await book.shows(done.revision);
  }

  #next(
    known: Epochs | undefined,
    members: readonly string[],
  ): (Omit<Epochs, 'since'> & Partial<Epochs>) | undefined {
    if (!known) return firstEpochs;
    const { book, isUp, hasConfirmed, now, lifetimeMs } = this.parts;
    const epochs = [known.epoch, known.otherEpoch].filter((epoch) => epoch !== 0);
    return nextEpochs(known, {
      isOld: now().getTime() - Date.parse(known.since) >= lifetimeMs,
      areReady: () =>
        members
          .filter(isUp)
          .every((pool) => hasConfirmed(pool) && epochs.every((epoch) => hasKey(book, pool, epoch))),
    });
  }
}

/** Undefined: nothing to do yet. Pure. Without `since`, it is now. */
export function nextEpochs(
  { epoch, otherEpoch, since }: Epochs,
  { isOld, areReady }: { readonly isOld: boolean; readonly areReady: () => boolean },
): (Omit<Epochs, 'since'> & Partial<Epochs>) | undefined {
  if (otherEpoch === 0) return isOld ? { epoch, otherEpoch: epoch + 1, since } : undefined;
  if (!areReady()) return undefined;
  return otherEpoch > epoch ? { epoch: otherEpoch, otherEpoch: epoch } : { epoch, otherEpoch: 0, since };
}

/** The pools that are in encrypted networks, and stay there. */
export function encryptedPools(book: NetworkBook): ReadonlySet<string> {
  const hosts = book
    .networks()
    .filter(({ value }) => value.isEncrypted)
    .flatMap(({ value }) => book.hosts(value.name));
  return new Set(hosts.filter(({ record }) => !record.isLeaving).map(({ record }) => record.pool));
}

export function hasKey(book: NetworkBook, pool: string, epoch: number): boolean {
  return book.hostKeysOf(pool)?.value.keys.some((key) => key.epoch === epoch) ?? false;
}

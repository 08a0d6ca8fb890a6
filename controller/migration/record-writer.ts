/**
 * The writes of one runner to its migration's record: one at a time, each only to what this runner has written before,
 * together with the keys that the record holds.
 */
import type { Logger } from 'pino';
import { Backoff } from '../../common/async/backoff.js';
import type { Clock } from '../../common/async/clock.js';
import { isUnknownOutcome, messageOf } from '../../common/errors.js';
import { fractionFrom } from '../../common/random-hex.js';
import { decodeRecord, hasEnded, type MigrationRecord } from '../model/migration.js';
import { keys } from '../store/keys.js';
import { heldChange } from './held-keys.js';
import { measureAdvance } from './metrics.js';
import type { MigrationQueue } from './queue.js';
import type { KnownRecord, MigrationStore } from './repository.js';

/** The pause between two attempts to save the record while etcd does not answer. */
const saveRetryPolicy = { delayMsMin: 200, delayMsMax: 400 };

export type Change = (record: MigrationRecord) => MigrationRecord;

/**
 * `cancelled`: not written, because a cancellation was requested. `taken`: not written, because somebody has a slot that
 * it takes. `again`: an earlier write turned out to be in the store, and the change is to be made to that.
 */
type Written = 'written' | 'cancelled' | 'taken' | 'again';

/** The record belongs to another runner. */
export class Superseded extends Error {}

interface Parts {
  readonly store: Pick<MigrationStore, 'getMany' | 'transact'>;
  readonly queue: Pick<MigrationQueue, 'avoid' | 'wrote'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
}

export class RecordWriter {
  record: MigrationRecord;
  /** Of the last write. */
  revision: number;
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** A write whose slots were taken. Its transaction may still be on its way, and succeed later. */
  #abandoned: MigrationRecord | undefined;

  constructor(
    { record, revision }: KnownRecord,
    private readonly parts: Parts,
    private readonly stopping: AbortSignal,
  ) {
    this.record = record;
    this.revision = revision;
  }

  /**
   * Serializes writes. A cancelled step may still be saving. Without this, it would write at the same time as the
   * runner, and each would mistake the other for another runner.
   */
  write(change: Change, unlessCancelled: boolean): Promise<Exclude<Written, 'again'>> {
    const write = this.#lastWrite.then(async () => {
      for (;;) {
        const written = await this.#writeNow(change(this.record), unlessCancelled);
        if (written !== 'again') return written;
      }
    });
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  /**
   * Writes the record if it is still ours. Waits as long as etcd does not answer, and does nothing meanwhile. Returns
   * `cancelled` only when `unlessCancelled` is set.
   *
   * A write whose reply was lost may have been executed, or may be executed until another write succeeds. It is
   * therefore sent again unchanged, with the id of the attempt in the record. A conflict with our own write then
   * counts as success.
   */
  async #writeNow(next: MigrationRecord, unlessCancelled: boolean): Promise<Written> {
    const { store, log, queue, clock, randomHex } = this.parts;
    const key = keys.migration(this.record.id);
    const cancellation = keys.cancellation(this.record.id);
    const backoff = new Backoff(saveRetryPolicy, { clock, random: () => fractionFrom(randomHex) });
    const record = { ...next, attempt: randomHex(8) };
    const held = heldChange(this.record, record);
    const slots = newSlots(this.record, record);
    const transaction = {
      expect: [
        { key, revision: this.revision },
        ...(unlessCancelled ? [{ key: cancellation, revision: 0 }] : []),
        ...slots.map((slot) => ({ key: slot, revision: 0 })),
      ],
      put: [{ key, value: record }, ...held.put],
      // In another phase a person may decide otherwise.
      remove: [
        ...held.remove,
        ...(record.phase === this.record.phase ? [] : [keys.resolution(this.record.id)]),
        ...(hasEnded(record.phase) ? [cancellation] : []),
      ],
    };
    for (;;) {
      try {
        const written = await store.transact(transaction);
        if (written) return this.#wrote(record, written.revision);
        const [now, cancel, ...others] = await store.getMany([key, cancellation, ...slots]);
        const attempt = now && decodeRecord(now.value).attempt;
        if (attempt === record.attempt) return this.#wrote(record, now?.revision ?? 0);
        if (now && this.#abandoned && this.#abandoned.attempt === attempt) {
          this.#wrote(this.#abandoned, now.revision);
          return 'again';
        }
        if (now?.revision !== this.revision) throw new Superseded();
        if (unlessCancelled && cancel) return 'cancelled';
        const taken = others.flatMap((other) => other?.key ?? []);
        if (taken.length === 0) continue;
        queue.avoid(taken);
        this.#abandoned = record;
        return 'taken';
      } catch (error) {
        if (!isUnknownOutcome(error)) throw error;
        this.stopping.throwIfAborted();
        log.warn({ migration: this.record.id, reason: messageOf(error) }, 'waiting for etcd');
        await backoff.wait(this.stopping);
      }
    }
  }

  #wrote(record: MigrationRecord, revision: number): 'written' {
    measureAdvance(this.record, record);
    this.record = record;
    this.revision = revision;
    this.#abandoned = undefined;
    this.parts.queue.wrote(record, revision);
    return 'written';
  }
}

/** The slots that the record gets with this write. */
function newSlots(before: MigrationRecord, after: MigrationRecord): string[] {
  const { keys: had = [] } = before.slots ?? {};
  return (after.slots?.keys ?? []).filter((key) => !had.includes(key));
}

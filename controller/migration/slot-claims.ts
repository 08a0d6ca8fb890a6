/** How one runner gets its migration's slots. They are taken and given back in the writes of the record itself. */
import type { Backoff } from '../../common/async/backoff.js';
import type { MigrationRecord, Phase } from '../model/migration.js';
import type { SlotKind } from '../model/slots.js';
import { waitingIn, type MigrationQueue } from './queue.js';

interface Parts {
  readonly queue: Pick<MigrationQueue, 'leave' | 'pick' | 'wait'>;
  readonly now: () => number;
  readonly record: () => MigrationRecord;
  /** Saves a change. False when one of the slots in it is taken. */
  readonly save: (change: Partial<MigrationRecord>) => Promise<boolean>;
  /** After a lost race for a slot. */
  readonly backoff: Backoff;
}

/**
 * Slots are kept in these phases. From `started` on the container runs, and on the way back it waits for its source
 * alone.
 */
const keptIn: readonly Phase[] = ['accepted', 'claimed', 'copied', 'stopped', 'synced', 'verified'];

export class SlotClaims {
  constructor(private readonly parts: Parts) {}

  /** Takes slots for the step of the present phase, unless the migration has some. */
  async take(kind: SlotKind, signal: AbortSignal): Promise<void> {
    const { queue, record, save, backoff } = this.parts;
    while (!record().slots) {
      await queue.wait(waitingIn(record(), kind), signal);
      signal.throwIfAborted();
      const keys = queue.pick(record().id);
      const isTaken = keys && (await save({ slots: { kind, keys: [...keys] } }));
      if (!isTaken) await backoff.wait(signal);
    }
    backoff.reset();
    queue.leave(record().id);
  }

  /** Waits for the turn to cut over; false when the time is over. The slots are taken when the next phase is saved. */
  async turn(signal: AbortSignal, patienceMs?: number): Promise<boolean> {
    const { queue, record, save, now } = this.parts;
    if (await queue.wait(waitingIn(record(), 'cutover'), signal, 0)) return true;
    signal.throwIfAborted();
    if (record().readyAt === undefined) await save({ readyAt: new Date(now()).toISOString() });
    const isIts = await queue.wait(waitingIn(record(), 'cutover'), signal, patienceMs);
    signal.throwIfAborted();
    if (!isIts) queue.leave(record().id);
    return isIts;
  }

  /** What changes of the slots with the next phase; undefined when the turn has passed, and it has to wait again. */
  change(next: Phase): Partial<MigrationRecord> | undefined {
    const { id, slots, wasRunning } = this.parts.record();
    if (!keptIn.includes(next)) return { slots: undefined, readyAt: undefined };
    // A container that was stopped has no downtime, and copies in the phases of a cut-over.
    if (next !== 'copied' || !wasRunning || slots?.kind === 'cutover') return {};
    const keys = this.parts.queue.pick(id);
    return keys && { slots: { kind: 'cutover', keys: [...keys] }, readyAt: undefined };
  }
}

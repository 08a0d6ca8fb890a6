/**
 * Runs one migration: take the record over, run the step of its phase, save the next phase, repeat. It
 * stops, and leaves the record to whoever has it, as soon as a save finds that another runner wrote.
 */
import type { Logger } from 'pino';
import { Backoff, type BackoffPolicy } from '../../common/async/backoff.js';
import type { Clock } from '../../common/async/clock.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { fractionFrom } from '../../common/random-hex.js';
import type { HostCalls } from '../hosts/client.js';
import { passFailpoint } from './failpoint.js';
import { keys } from '../store/keys.js';
import type { MigrationStore } from './repository.js';
import { rowOf, type Row } from './machine.js';
import { measureAdvance } from './metrics.js';
import {
  decodeRecord,
  hasEnded,
  heldNames,
  inPhase,
  type MigrationRecord,
  type Phase,
} from '../model/migration.js';
import type { StreamRelay } from './relay.js';
import type { StepContext } from './step-context.js';

/** Between two attempts of a step that has to succeed. */
const stepRetryPolicy = { delayMsMin: 200, delayMsMax: 5_000 };

/** Between two attempts to save the record while etcd does not answer. */
const saveRetryPolicy = { delayMsMin: 200, delayMsMax: 400 };

export interface RunnerParts {
  readonly store: MigrationStore;
  readonly host: (pool: string) => Promise<HostCalls>;
  readonly relay: StreamRelay;
  readonly log: Logger;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  /** Payload bytes of the pass that is under way. */
  readonly progress: (id: string, bytes: number) => void;
}

/** The record belongs to another runner now. */
class Superseded extends Error {}

export class Runner {
  readonly #stopping = new AbortController();
  #cancelling = new AbortController();
  #record!: MigrationRecord;
  #revision = 0;
  #fence = 0;

  constructor(
    private readonly id: string,
    private readonly owner: MigrationRecord['runner'],
    private readonly parts: RunnerParts,
  ) {}

  /** Settles when the migration has ended, or is another runner's. Throws only what is a bug. */
  async run(): Promise<void> {
    try {
      if (!(await this.#takeOver())) return;
      while (!hasEnded(this.#record.phase) && !this.#stopping.signal.aborted) await this.#advance();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!(error instanceof Superseded)) throw error;
      this.parts.log.warn({ migration: this.id }, 'another runner has this migration');
    }
  }

  /** Ends the step under way, so that the cancellation that stands in the store is seen at once. */
  cancel(): void {
    this.#cancelling.abort(new CopaError('cancelled', 'the migration is cancelled'));
  }

  /** Leaves the migration as it is, for the next runner. */
  stop(): void {
    this.#stopping.abort(new CopaError('cancelled', 'the controller stops'));
  }

  /** Claims the record; the revision of that write is the fence of all our commands. */
  async #takeOver(): Promise<boolean> {
    const entry = await this.parts.store.get(keys.migration(this.id));
    if (!entry) return false;
    this.#record = decodeRecord(entry.value);
    this.#revision = entry.revision;
    if (hasEnded(this.#record.phase)) return false;
    await this.#write({ ...this.#record, runner: this.owner });
    this.#fence = this.#revision;
    return true;
  }

  async #advance(): Promise<void> {
    const { phase } = this.#record;
    const row = rowOf(phase) as Row;
    const failure = await this.#attempt(row);
    if (failure instanceof Error) await this.#goBack(phase, row, failure);
    else await this.#enter(failure ?? row.next, row);
  }

  /** Runs a phase's step until it has succeeded (with its next phase) or failed for good (an error). */
  async #attempt(row: Row): Promise<Phase | undefined | Error> {
    const { clock, log } = this.parts;
    let since: number | undefined;
    const backoff = this.#backoff(stepRetryPolicy);
    for (;;) {
      const cancelled = row.cancellable ? this.#cancelling.signal : new AbortController().signal;
      if (cancelled.aborted) return cancelled.reason as CopaError;
      const signal = AbortSignal.any([this.#stopping.signal, cancelled]);
      try {
        await passFailpoint(this.#record, 'before');
        const next = await untilAborted(row.step(this.#context(signal)), signal);
        await passFailpoint(this.#record, 'after');
        return next;
      } catch (error) {
        if (error instanceof Superseded || this.#stopping.signal.aborted) throw error;
        if (isAborted(cancelled)) return cancelled.reason as CopaError;
        const bug = !(error instanceof CopaError);
        if (bug) log.error({ migration: this.id, phase: this.#record.phase, err: error }, 'bug in a step');
        const failure = bug ? new CopaError('internal', 'internal error', { cause: error }) : error;
        since ??= clock.now();
        const waitsForAnswer = isUnknownOutcome(failure) && clock.now() - since < row.patienceMs;
        if (row.onFailure !== 'retry' && !waitsForAnswer) return failure;
        log.warn(
          { migration: this.id, phase: this.#record.phase, reason: failure.message },
          'step is tried again',
        );
        await this.#note(failure);
        await backoff.wait(signal);
        if (isAborted(this.#stopping.signal)) throw error;
      }
    }
  }

  /** Which way back there is from a phase whose step has failed for good. */
  async #goBack(phase: Phase, row: Row, failure: Error): Promise<void> {
    const cancelled = this.#cancelling.signal.aborted && row.cancellable;
    const code = isCopaError(failure) ? failure.code : 'internal';
    this.parts.log.warn({ migration: this.id, phase, code, reason: failure.message }, 'migration goes back');
    this.#record = { ...this.#record, cancelled, error: { code, message: failure.message } };
    await this.#enter(mayHaveStarted(this.#record, row) ? 'withdrawing' : 'reverting', row);
  }

  /**
   * Saves the next phase. Entering it and a request to cancel exclude each other while cancelling is still
   * possible: the save expects that no such request is there.
   */
  async #enter(phase: Phase, row: Row): Promise<void> {
    const forward = phase === row.next;
    const record = inPhase(this.#record, phase, new Date(this.parts.clock.now()));
    if (await this.#tryWrite(record, row.cancellable && forward)) {
      this.parts.log.info({ migration: this.id, phase }, 'migration');
      return;
    }
    // Not our record any more, or a cancellation came in between: the next turn sees which.
    this.cancel();
  }

  async #note(failure: CopaError): Promise<void> {
    if (this.#record.waitingFor?.message === failure.message) return;
    const waitingFor = { code: failure.code, message: failure.message };
    await this.#write({ ...this.#record, waitingFor });
  }

  #backoff(policy: BackoffPolicy): Backoff {
    const { clock, randomHex } = this.parts;
    return new Backoff(policy, { clock, random: () => fractionFrom(randomHex) });
  }

  #context(signal: AbortSignal): StepContext {
    const { host, relay, clock, randomHex, progress } = this.parts;
    return {
      record: () => this.#record,
      save: (change) => {
        signal.throwIfAborted();
        return this.#write({ ...this.#record, ...change });
      },
      command: { migrationId: this.id, fence: this.#fence, container: this.#record.container },
      host,
      relay,
      signal,
      progress: (bytes) => progress(this.id, bytes),
      clock,
      randomHex,
    };
  }

  async #write(record: MigrationRecord): Promise<void> {
    if (!(await this.#tryWrite(record, false))) throw new Superseded();
  }

  /**
   * Writes the record if it is still ours, however long etcd does not answer: nothing is done meanwhile.
   * False only when `unlessCancelled` and somebody asked to cancel.
   */
  async #tryWrite(record: MigrationRecord, unlessCancelled: boolean): Promise<boolean> {
    const { store } = this.parts;
    const key = keys.migration(this.id);
    const cancellation = keys.cancellation(this.id);
    const backoff = this.#backoff(saveRetryPolicy);
    for (;;) {
      try {
        const written = await store.transact({
          expect: [
            { key, revision: this.#revision },
            ...(unlessCancelled ? [{ key: cancellation, revision: 0 }] : []),
          ],
          put: [{ key, value: record }],
          remove: hasEnded(record.phase)
            ? [...heldNames(record).map((held) => keys.busy(...held)), cancellation]
            : [],
        });
        if (written) {
          measureAdvance(this.#record, record);
          this.#record = record;
          this.#revision = written.revision;
          return true;
        }
        const [now, cancel] = await store.getMany([key, cancellation]);
        if (now?.revision !== this.#revision) throw new Superseded();
        if (unlessCancelled && cancel) return false;
      } catch (error) {
        if (!isUnknownOutcome(error)) throw error;
        this.#stopping.signal.throwIfAborted();
        this.parts.log.warn({ migration: this.id, reason: messageOf(error) }, 'waiting for etcd');
        await backoff.wait(this.#stopping.signal);
        await this.#afterUnknown(record);
      }
    }
  }

  /** After a write of unknown outcome: if the record there is what we wrote, its revision is ours. */
  async #afterUnknown(record: MigrationRecord): Promise<void> {
    try {
      const entry = await this.parts.store.get(keys.migration(this.id));
      if (entry && entry.revision !== this.#revision) {
        const there = JSON.stringify(decodeRecord(entry.value));
        if (there !== JSON.stringify(decodeRecord(record))) throw new Superseded();
        this.#revision = entry.revision;
      }
    } catch (error) {
      if (!isUnknownOutcome(error)) throw error;
    }
  }
}

/** Whether the destination's copy may run, or have run: then it has to go before the source may start. */
function mayHaveStarted({ options, phase }: MigrationRecord, row: Row): boolean {
  // The daemons start the copy of a stateful move themselves, within its only pass.
  const inStatefulPass = options.live && (phase === 'stopped' || phase === 'synced');
  return row.onFailure === 'withdraw' || inStatefulPass;
}

/** A function, as the compiler takes a property seen false for false ever after. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** A step's promise, but no longer than until the signal; what the step still does is harmless by design. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

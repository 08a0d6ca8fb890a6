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

type Change = (record: MigrationRecord) => MigrationRecord;

/** Who takes a migration over, and from which process: the record of any other one is left alone. */
export interface Claim {
  readonly by: MigrationRecord['runner'];
  readonly from: string;
}

/** The record belongs to another runner now. */
class Superseded extends Error {}

export class Runner {
  readonly #stopping = new AbortController();
  #cancelling = new AbortController();
  #record!: MigrationRecord;
  #revision = 0;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly id: string,
    private readonly claim: Claim,
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

  /** Claims the record: from here on every write by another runner fails. */
  async #takeOver(): Promise<boolean> {
    const entry = await this.parts.store.get(keys.migration(this.id));
    if (!entry) return false;
    this.#record = decodeRecord(entry.value);
    this.#revision = entry.revision;
    if (hasEnded(this.#record.phase)) return false;
    // What made somebody want it was seen some time ago: another one may have taken it meanwhile.
    if (this.#record.runner.run !== this.claim.from) return false;
    await this.#write((record) => ({ ...record, runner: this.claim.by }));
    return true;
  }

  async #advance(): Promise<void> {
    const { phase } = this.#record;
    const row = rowOf(phase) as Row;
    const failure = await this.#attempt(row);
    if (failure instanceof Error) await this.#goBack(phase, row, failure);
    else await this.#enter(failure ?? row.next, row, {});
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
    const back = mayHaveStarted(this.#record, row) ? 'withdrawing' : 'reverting';
    await this.#enter(back, row, { cancelled, error: { code, message: failure.message } });
  }

  /**
   * Saves the next phase. Entering it and a request to cancel exclude each other while cancelling is still
   * possible: the save expects that no such request is there.
   */
  async #enter(phase: Phase, row: Row, change: Partial<MigrationRecord>): Promise<void> {
    const forward = phase === row.next;
    const at = new Date(this.parts.clock.now());
    const entered = (record: MigrationRecord) => inPhase({ ...record, ...change }, phase, at);
    if (await this.#tryWrite(entered, row.cancellable && forward)) {
      this.parts.log.info({ migration: this.id, phase }, 'migration');
      return;
    }
    // Not our record any more, or a cancellation came in between: the next turn sees which.
    this.cancel();
  }

  async #note(failure: CopaError): Promise<void> {
    if (this.#record.waitingFor?.message === failure.message) return;
    const waitingFor = { code: failure.code, message: failure.message };
    await this.#write((record) => ({ ...record, waitingFor }));
  }

  #backoff(policy: BackoffPolicy): Backoff {
    const { clock, randomHex } = this.parts;
    return new Backoff(policy, { clock, random: () => fractionFrom(randomHex) });
  }

  #context(signal: AbortSignal): StepContext {
    const { host, relay, clock, randomHex, progress } = this.parts;
    const { container } = this.#record;
    // The fence of a command is the revision of the last write before it. So an agent refuses whatever comes late
    // once it has seen a command that was given after a later write, be it of this runner or of another one. A step
    // that was given up does not get the fences of the one after it.
    let fence = this.#revision;
    return {
      record: () => this.#record,
      save: async (change) => {
        signal.throwIfAborted();
        await this.#write((record) => ({ ...record, ...change }));
        fence = this.#revision;
      },
      command: () => ({ migrationId: this.id, fence, container }),
      host,
      relay,
      signal,
      progress: (bytes) => progress(this.id, bytes),
      clock,
      randomHex,
    };
  }

  async #write(change: Change): Promise<void> {
    if (!(await this.#tryWrite(change, false))) throw new Superseded();
  }

  /**
   * Writes one after the other: a step that was cancelled while it saved something would otherwise write at the same
   * time as the runner, and each would take the other one for another runner.
   */
  #tryWrite(change: Change, unlessCancelled: boolean): Promise<boolean> {
    const write = this.#lastWrite.then(() => this.#writeNow(change(this.#record), unlessCancelled));
    this.#lastWrite = write.catch(() => undefined);
    return write;
  }

  /**
   * Writes the record if it is still ours, however long etcd does not answer: nothing is done meanwhile.
   * False only when `unlessCancelled` and somebody asked to cancel.
   *
   * A write whose reply was lost may have been carried out, or may be at any time until another one succeeds. So it
   * is sent again as it was, with the attempt's id in the record: a refusal by our own write is a success.
   */
  async #writeNow(next: MigrationRecord, unlessCancelled: boolean): Promise<boolean> {
    const { store, log, randomHex } = this.parts;
    const key = keys.migration(this.id);
    const cancellation = keys.cancellation(this.id);
    const backoff = this.#backoff(saveRetryPolicy);
    const record = { ...next, attempt: randomHex(8) };
    const transaction = {
      expect: [
        { key, revision: this.#revision },
        ...(unlessCancelled ? [{ key: cancellation, revision: 0 }] : []),
      ],
      put: [{ key, value: record }],
      remove: hasEnded(record.phase)
        ? [...heldNames(record).map((held) => keys.busy(...held)), cancellation]
        : [],
    };
    for (;;) {
      try {
        const written = await store.transact(transaction);
        if (written) return this.#wrote(record, written.revision);
        const [now, cancel] = await store.getMany([key, cancellation]);
        if (now && decodeRecord(now.value).attempt === record.attempt)
          return this.#wrote(record, now.revision);
        if (now?.revision !== this.#revision) throw new Superseded();
        if (unlessCancelled && cancel) return false;
      } catch (error) {
        if (!isUnknownOutcome(error)) throw error;
        this.#stopping.signal.throwIfAborted();
        log.warn({ migration: this.id, reason: messageOf(error) }, 'waiting for etcd');
        await backoff.wait(this.#stopping.signal);
      }
    }
  }

  #wrote(record: MigrationRecord, revision: number): true {
    measureAdvance(this.#record, record);
    this.#record = record;
    this.#revision = revision;
    return true;
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

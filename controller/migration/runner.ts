/**
 * Runs one migration: claims the record, runs the step of its phase, saves the next phase, and repeats. When a save
 * shows that another runner has written, it stops and leaves the record to that runner.
 */
import type { Logger } from 'pino';
import { Backoff, type BackoffPolicy } from '../../common/async/backoff.js';
import type { Clock } from '../../common/async/clock.js';
import { CopaError, isCopaError, isUnknownOutcome, messageOf } from '../../common/errors.js';
import { fractionFrom } from '../../common/random-hex.js';
import type { MigrationCommand } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { HostCalls } from '../hosts/client.js';
import { passFailpoint } from './failpoint.js';
import { keys } from '../store/keys.js';
import type { MigrationQueue } from './queue.js';
import type { MigrationStore } from './repository.js';
import { SlotClaims } from './slot-claims.js';
import { rowOf, verdictOf, type Row } from './machine.js';
import { RecordWriter, Superseded, type Change } from './record-writer.js';
import {
  decodeRecord,
  destinationName,
  hasEnded,
  inPhase,
  type MigrationRecord,
  type Phase,
} from '../model/migration.js';
import { Outdated, RecordAge } from './record-age.js';
import type { StreamRelay } from './relay.js';
import { resolutionOf, type Keep } from './resolution.js';
import { notingSlowCalls } from './slow-calls.js';
import type { ContainerPointer, Side, StepContext } from './step-context.js';

/** The pause between two attempts of a step that has to succeed. */
const stepRetryPolicy = { delayMsMin: 200, delayMsMax: 5_000 };

/** The pause after a lost race for a slot. */
const slotRetryPolicy = { delayMsMin: 50, delayMsMax: 1_000 };

export interface RunnerParts {
  readonly store: MigrationStore;
  readonly queue: MigrationQueue;
  readonly host: (pool: string) => Promise<HostCalls>;
  readonly relay: StreamRelay;
  readonly networks: ContainerPointer;
  readonly log: Logger;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  /** Payload bytes of the pass in progress. */
  readonly progress: (id: string, bytes: number) => void;
}

/** The controller and process that claim a migration. The runner claims only the expected record. */
export interface Claim {
  readonly by: MigrationRecord['runner'];
  readonly from: string;
}

/** A person has decided for one of the copies. */
class Resolved extends Error {
  constructor(readonly keep: Keep) {
    super(`resolved with keep=${keep}`);
  }
}

export class Runner {
  readonly #stopping = new AbortController();
  #cancelling = new AbortController();
  #resolving = new AbortController();
  #writer!: RecordWriter;
  /** Of a record that another process left. */
  #age: RecordAge | undefined;
  readonly #slots: SlotClaims;
  readonly #ahead: StepContext['ahead'] = {};

  constructor(
    private readonly id: string,
    private readonly claim: Claim,
    private readonly parts: RunnerParts,
  ) {
    this.#slots = new SlotClaims({
      queue: parts.queue,
      now: () => parts.clock.now(),
      record: () => this.#record,
      save: async (change) =>
        (await this.#writer.write((record) => ({ ...record, ...change }), false)) === 'written',
      backoff: this.#backoff(slotRetryPolicy),
    });
  }

  /** Settles when the migration has ended or another runner has it. Throws only on a bug. */
  async run(): Promise<void> {
    try {
      if (!(await this.#takeOver())) return;
      while (!hasEnded(this.#record.phase) && !this.#stopping.signal.aborted) await this.#advance();
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!(error instanceof Superseded)) throw error;
      this.parts.log.warn({ migration: this.id }, 'another runner has this migration');
    } finally {
      this.parts.queue.leave(this.id);
    }
  }

  /** Aborts the current step, so that the runner sees the stored cancellation at once. */
  cancel(): void {
    this.#cancelling.abort(new CopaError('cancelled', 'the migration is cancelled'));
  }

  /** Ends the step under way, and goes on as that decision says, if the phase still allows it. */
  resolve(keep: Keep): void {
    this.#resolving.abort(new Resolved(keep));
  }

  /** Stops and leaves the migration to the next runner. */
  stop(): void {
    this.#stopping.abort(new CopaError('cancelled', 'the controller stops'));
  }

  /** Claims the record. After that, every write by another runner fails. */
  async #takeOver(): Promise<boolean> {
    const entry = await this.parts.store.get(keys.migration(this.id));
    if (!entry) return false;
    const record = decodeRecord(entry.value);
    if (hasEnded(record.phase)) return false;
    // The reason for the takeover was read some time ago, and another runner may have claimed the record since.
    if (record.runner.run !== this.claim.from) return false;
    if (this.claim.from !== this.claim.by.run) {
      this.#age = new RecordAge((record.fenceBase ?? 0) + entry.revision);
    }
    this.#writer = new RecordWriter({ record, revision: entry.revision }, this.parts, this.#stopping.signal);
    await this.#write((record) => ({ ...record, runner: this.claim.by }));
    return true;
  }

  get #record(): MigrationRecord {
    return this.#writer.record;
  }

  async #advance(): Promise<void> {
    const { phase } = this.#record;
    const row = rowOf(phase) as Row;
    const failure = await this.#attempt(row);
    if (this.#record.phase !== phase) return;
    if (failure instanceof Resolved) await this.#decide(phase, row, failure.keep);
    else if (failure instanceof Outdated) await this.#lookAgain(row, failure);
    else if (failure instanceof Error) await this.#goBack(phase, row, failure);
    else await this.#enter(failure ?? row.next, row, {});
  }

  /** Runs a phase's step until it succeeds (returns its next phase) or fails definitely (returns an error). */
  async #attempt(row: Row): Promise<Phase | undefined | Error> {
    const { clock, log } = this.parts;
    let since: number | undefined;
    const backoff = this.#backoff(stepRetryPolicy);
    for (;;) {
      const cancelled = row.cancellable ? this.#cancelling.signal : new AbortController().signal;
      if (cancelled.aborted) return cancelled.reason as CopaError;
      const resolved = this.#resolving.signal;
      if (resolved.aborted) return resolved.reason as Resolved;
      const signal = AbortSignal.any([this.#stopping.signal, cancelled, resolved]);
      try {
        if (row.slot) await this.#slots.take(row.slot, signal);
        await passFailpoint(this.#record, 'before');
        const next = await untilAborted(row.step(this.#context(signal)), signal);
        await passFailpoint(this.#record, 'after');
        return next;
      } catch (error) {
        if (error instanceof Superseded || this.#stopping.signal.aborted) throw error;
        if (isAborted(resolved)) return resolved.reason as Resolved;
        if (isAborted(cancelled)) return cancelled.reason as CopaError;
        if (error instanceof Outdated) return error;
        const bug = !(error instanceof CopaError);
        if (bug) log.error({ migration: this.id, phase: this.#record.phase, err: error }, 'bug in a step');
        const failure = bug ? new CopaError('internal', 'internal error', { cause: error }) : error;
        since ??= clock.now();
        const waitsForAnswer = isUnknownOutcome(failure) && clock.now() - since < row.patienceMs;
        if (row.onFailure !== 'retry' && !waitsForAnswer) return failure;
        log.warn(
          { migration: this.id, phase: this.#record.phase, reason: failure.message },
          'the step is retried',
        );
        await this.#note(failure);
        await backoff.wait(signal);
        if (isAborted(this.#stopping.signal)) throw error;
      }
    }
  }

  /** The record counts no more than a lost one: both hosts are asked. */
  async #lookAgain(row: Row, { message }: Outdated): Promise<void> {
    this.parts.log.warn(
      { migration: this.id, phase: this.#record.phase, reason: message },
      'both hosts are asked',
    );
    this.#age = undefined;
    await this.#enter('found', row, { error: { code: 'aborted', message } });
  }

  /** The way back from a phase whose step has failed definitely. */
  async #goBack(phase: Phase, row: Row, failure: Error): Promise<void> {
    const cancelled = this.#cancelling.signal.aborted && row.cancellable;
    const code = isCopaError(failure) ? failure.code : 'internal';
    this.parts.log.warn(
      { migration: this.id, phase, code, reason: failure.message },
      'the migration goes back',
    );
    const back = mayHaveStarted(this.#record, row) ? 'withdrawing' : 'reverting';
    await this.#enter(back, row, { cancelled, error: { code, message: failure.message } });
  }

  /** Takes a person's decision; one that the phase does not allow any more is dropped. */
  async #decide(phase: Phase, row: Row, keep: Keep): Promise<void> {
    const { log, store } = this.parts;
    this.#resolving = new AbortController();
    try {
      const { cost, enter } = resolutionOf(this.#record, keep);
      if (!enter) throw new CopaError('failed_precondition', 'it is cancelled instead');
      log.warn({ migration: this.id, phase, keep, cost }, 'migration is resolved by a person');
      const failure = this.#record.error ?? {
        code: 'aborted',
        message: `somebody decided for the copy on ${this.#record[keep]}`,
      };
      const isBack = verdictOf(enter.phase) !== 'moved';
      const change = { ...enter.change, resolved: { keep, phase }, ...(isBack ? { error: failure } : {}) };
      await this.#enter(enter.phase, row, change);
    } catch (error) {
      if (!isCopaError(error, 'failed_precondition')) throw error;
      log.warn({ migration: this.id, phase, keep, reason: error.message }, 'a decision came too late');
      const entry = await store.get(keys.resolution(this.id));
      if (!entry) return;
      const { key, revision } = entry;
      await store.transact({ expect: [{ key, revision }], remove: [key] });
    }
  }

  /**
   * Saves the next phase. While cancelling is possible, the save and a cancel request exclude each other: the save
   * expects that no such request exists.
   */
  async #enter(phase: Phase, row: Row, change: Partial<MigrationRecord>): Promise<void> {
    const forward = phase === row.next;
    const at = new Date(this.parts.clock.now());
    const from = this.#record.phase;
    const slots = this.#slots.change(phase);
    if (!slots) return;
    const entered = (record: MigrationRecord) =>
      record.phase === from ? inPhase({ ...record, ...change, ...slots }, phase, at) : record;
    const written = await this.#writer.write(entered, row.cancellable && forward);
    if (written === 'taken') return;
    this.parts.queue.leave(this.id);
    if (written === 'written') this.parts.log.info({ migration: this.id, phase }, 'migration');
    // A cancellation arrived in between.
    else this.cancel();
  }

  async #note({ code, message }: Pick<CopaError, 'code' | 'message'>): Promise<void> {
    if (this.#record.waitingFor?.message === message) return;
    const waitingFor = { code, message };
    const now = new Date(this.parts.clock.now()).toISOString();
    await this.#write((record) => ({
      ...record,
      waitingFor,
      waitingSince: record.waitingSince ?? now,
      // A host that does not come back keeps no place that others could use.
      ...(record.phase === 'verified' ? { slots: undefined } : {}),
    }));
  }

  /** The host, with a note in the record while it does not answer a call of this step. */
  async #host(pool: string, signal: AbortSignal, command: () => MigrationCommand): Promise<HostCalls> {
    const { host, clock, log } = this.parts;
    const { phase } = this.#record;
    // A call may outlast its step. Whoever owns the record by then writes its own notes.
    const whileCurrent = (write: () => Promise<void>) => {
      if (signal.aborted || this.#record.phase !== phase) return;
      write().catch((error: unknown) => {
        log.debug({ migration: this.id, reason: messageOf(error) }, 'a note was not saved');
      });
    };
    const calls = notingSlowCalls(await host(pool), {
      clock,
      onSlow: (message) => whileCurrent(() => this.#note({ code: 'unavailable', message })),
      onEnd: (message) => whileCurrent(() => this.#removeNote(message)),
    });
    if (phase !== 'found') await this.#age?.check(calls, command());
    return calls;
  }

  async #removeNote(message: string): Promise<void> {
    if (this.#record.waitingFor?.message !== message) return;
    await this.#write((record) => ({ ...record, waitingFor: undefined, waitingSince: undefined }));
  }

  #backoff(policy: BackoffPolicy): Backoff {
    const { clock, randomHex } = this.parts;
    return new Backoff(policy, { clock, random: () => fractionFrom(randomHex) });
  }

  #context(signal: AbortSignal): StepContext {
    const { relay, networks, clock, randomHex, progress } = this.parts;
    const { container, source: sourcePool, destination: destinationPool } = this.#record;
    const names = { source: container, destination: destinationName(this.#record) };
    // The fence of a command is the revision of the last write before it. An agent that has seen a command with a
    // later revision refuses the earlier one, whether from this runner or another one. An abandoned step keeps its
    // old fences.
    let fence = this.#writer.revision;
    const command = (side: Side) => ({
      migrationId: this.id,
      fence: (this.#record.fenceBase ?? 0) + fence,
      container: names[side],
      sourcePool,
      destinationPool,
    });
    return {
      ahead: this.#ahead,
      record: () => this.#record,
      save: async (change) => {
        signal.throwIfAborted();
        await this.#write((record) => ({ ...record, ...change }));
        fence = this.#writer.revision;
      },
      command,
      host: (pool) => this.#host(pool, signal, () => command(pool === sourcePool ? 'source' : 'destination')),
      turn: (patienceMs) => this.#slots.turn(signal, patienceMs),
      point: (side) => {
        const ends = {
          source: { host: sourcePool, name: names.source },
          destination: { host: destinationPool, name: names.destination },
        };
        return networks.point(ends[side === 'source' ? 'destination' : 'source'], ends[side]);
      },
      relay,
      signal,
      progress: (bytes) => progress(this.id, bytes),
      clock,
      randomHex,
    };
  }

  async #write(change: Change): Promise<void> {
    if ((await this.#writer.write(change, false)) !== 'written') throw new Superseded();
  }
}

/** Whether the destination's copy may run, or may have run. It then has to be removed before the source may start. */
function mayHaveStarted({ options, phase }: MigrationRecord, row: Row): boolean {
  // In a stateful move, the daemons start the copy themselves within the only pass.
  const inStatefulPass = options.live && (phase === 'stopped' || phase === 'synced');
  return row.onFailure === 'withdraw' || inStatefulPass;
}

/** A function, because the compiler would narrow the property to false permanently. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Waits for a step, but not after the abort signal. What the step still does is harmless by design. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => undefined);
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

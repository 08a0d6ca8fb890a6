/**
 * Runs one evacuation, or its return: claims the record, saves what changes of it, and then does what the saved states ask
 * for. When a save shows that another runner has the record, it stops.
 */
import type { Logger } from 'pino';
import type { Clock } from '../../common/async/clock.js';
import { isCopaError, messageOf } from '../../common/errors.js';
import { verdictOf } from '../migration/machine.js';
import type { MigrationService } from '../migration/service.js';
import { hasEnded } from '../model/migration.js';
import { decodeEvacuation, isRunning, type Evacuation, type EvacuationItem } from '../model/evacuation.js';
import { decodeHost } from '../model/host.js';
import { defaultLimits } from '../model/slots.js';
import { keys } from '../store/keys.js';
import { execute, type Claim, type CommandParts } from './commands.js';
import { conclude, type Remaining } from './conclusion.js';
import { advance, isSettled, type Facts, type Move, type Outcome } from './machine.js';
import { EvacuationWriter, Superseded, type EvacuationStore } from './record-writer.js';

export interface RunnerParts extends CommandParts {
  readonly store: Omit<EvacuationStore, 'watch'>;
  readonly log: Logger;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
  readonly wrote: (record: Evacuation, revision: number) => void;
  readonly migrations: Pick<MigrationService, 'begin' | 'cancel' | 'find' | 'isListed' | 'onChange'>;
  readonly placeAgain: Facts['placeAgain'] extends (item: EvacuationItem) => infer Result
    ? (record: Evacuation, item: EvacuationItem) => Result
    : never;
  /** What is on the pool at the end. */
  readonly remaining: (record: Evacuation) => Promise<Remaining>;
}

/** How often it looks without being woken: at deadlines, and at retries. */
const lookMs = 1_000;

export class EvacuationRunner {
  readonly #stopping = new AbortController();
  readonly #busy = new Set<string>();
  readonly #outcomes = new Map<string, Outcome>();
  readonly #cancelled = new Set<string>();
  #writer!: EvacuationWriter;
  #claim!: Claim;
  #movesMax = 0;
  #isAwake = false;
  #rested = new AbortController();

  constructor(
    private readonly pool: string,
    private readonly by: { readonly owner: Evacuation['runner']; readonly from: string },
    private readonly parts: RunnerParts,
  ) {}

  /** Settles when the phase has ended or another runner has it. Throws only on a bug. */
  async run(): Promise<void> {
    try {
      if (!(await this.#takeOver())) return;
      while (isRunning(this.#record) && !this.#stopping.signal.aborted) {
        await this.#turn();
        if (isRunning(this.#record)) await this.#rest();
      }
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      if (!(error instanceof Superseded)) throw error;
      this.parts.log.warn({ evacuation: this.pool }, 'another runner has this evacuation');
    }
  }

  /** Something has changed that it may wait for. */
  wake(): void {
    this.#isAwake = true;
    this.#rested.abort();
  }

  /** Stops and leaves the evacuation to the next runner. */
  stop(): void {
    this.#stopping.abort();
    this.wake();
  }

  get #record(): Evacuation {
    return this.#writer.record;
  }

  async #takeOver(): Promise<boolean> {
    const { store } = this.parts;
    const [entry, pool] = await store.getMany([keys.evacuation(this.pool), keys.pool(this.pool)]);
    const record = entry && decodeEvacuation(entry.value);
    if (!record || !isRunning(record) || record.runner.run !== this.by.from) return false;
    const { copy } = (pool && decodeHost(pool).limits) ?? defaultLimits;
    // Enough wait in the queue for a slot to be used at once; the others can still be placed elsewhere.
    this.#movesMax = Math.max(8, 2 * copy);
    this.#writer = new EvacuationWriter(record, entry.revision, this.parts, this.#stopping.signal);
    this.#claim = await this.#writer.claim(this.by.owner);
    return true;
  }

  async #turn(): Promise<void> {
    if (!this.parts.migrations.isListed) return;
    const outcomes = new Map(this.#outcomes);
    await this.#writer.write((record) => advance(record, this.#facts(record, outcomes)));
    for (const [container, outcome] of outcomes) {
      if (this.#outcomes.get(container) === outcome) this.#outcomes.delete(container);
    }
    this.#cancelMoves();
    for (const item of this.#record.items) this.#command(item);
    if (this.#busy.size > 0 || this.#outcomes.size > 0 || !isSettled(this.#record)) return;
    await this.#finish();
  }

  async #finish(): Promise<void> {
    const before = this.#record;
    const remaining = await this.parts.remaining(before);
    const at = new Date(this.parts.clock.now()).toISOString();
    await this.#writer.write((record) => conclude(record, remaining, at));
    const { phase, message } = this.#record;
    if (phase !== before.phase) this.parts.log.info({ evacuation: this.pool, phase, message }, 'evacuation');
  }

  /** Waits until something has changed, or some time has passed. */
  async #rest(): Promise<void> {
    this.#rested = new AbortController();
    if (!this.#isAwake) await this.parts.clock.delay(lookMs, this.#rested.signal);
    this.#isAwake = false;
  }

  #facts(record: Evacuation, outcomes: ReadonlyMap<string, Outcome>): Facts {
    return {
      nowMs: this.parts.clock.now(),
      moveOf: (id) => this.#moveOf(id),
      outcomes,
      isBusy: (container) => this.#busy.has(container),
      placeAgain: (item) => this.parts.placeAgain(record, item),
      newId: () => this.parts.randomHex(8),
      movesMax: this.#movesMax,
    };
  }

  #moveOf(id: string): Move | undefined {
    const found = this.parts.migrations.find(id);
    if (!found) return undefined;
    const { phase, error } = found;
    return {
      verdict: verdictOf(phase),
      hasEnded: hasEnded(phase),
      error: error?.message ?? 'no reason is known',
    };
  }

  /** Does what a saved state asks for, unless it is being done. */
  #command(item: EvacuationItem): void {
    const { container, state, migration } = item;
    const isMove = state === 'moving' || state === 'returning';
    if (!isMove && state !== 'stopping' && state !== 'starting') return;
    if (this.#busy.has(container) || this.#outcomes.has(container) || this.#isTooEarly(item)) return;
    if (isMove && this.parts.migrations.find(migration ?? '')) return;
    if (isMove && (this.#record.cancelled || (state === 'moving' && this.#record.deadlinePassed))) return;
    this.#busy.add(container);
    void execute(this.parts, this.#record, item, this.#claim)
      .then((outcome) => {
        if (outcome) this.#outcomes.set(container, outcome);
      })
      .catch((error: unknown) => {
        this.parts.log.error({ evacuation: this.pool, container, err: error }, 'bug in an evacuation');
        this.#outcomes.set(container, { kind: 'failed', message: 'internal error' });
      })
      .finally(() => {
        this.#busy.delete(container);
        this.wake();
      });
  }

  #isTooEarly({ notBefore }: EvacuationItem): boolean {
    return notBefore !== undefined && Date.parse(notBefore) > this.parts.clock.now();
  }

  /** Cancels the moves that are not decided, when nothing more is to leave or to come back. */
  #cancelMoves(): void {
    const { cancelled, deadlinePassed, items, phase } = this.#record;
    if (!cancelled && !(deadlinePassed && phase === 'evacuating')) return;
    for (const { state, migration = '' } of items) {
      if ((state !== 'moving' && state !== 'returning') || this.#cancelled.has(migration)) continue;
      const move = this.parts.migrations.find(migration);
      if (!move || verdictOf(move.phase) !== undefined) continue;
      this.#cancelled.add(migration);
      this.parts.migrations.cancel(migration).catch((error: unknown) => {
        if (!isCopaError(error)) throw error;
        this.parts.log.info({ migration, reason: messageOf(error) }, 'a move is not cancelled any more');
      });
    }
  }
}

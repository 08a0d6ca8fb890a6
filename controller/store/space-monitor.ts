/**
 * Detects that etcd runs out of space, and frees space in the embedded etcd. An external etcd is only observed,
 * because its operators compact and defragment it by their own rules.
 */
import type { Logger } from 'pino';
import { SingleFlight } from '../../common/async/single-flight.js';
import { messageOf } from '../../common/errors.js';
import { outOfSpace, type EtcdSpace, type SpaceState } from './space.js';

interface Options {
  readonly space: Pick<EtcdSpace, 'look' | 'free' | 'relief'>;
  /** For the embedded etcd; undefined: space is not freed. */
  readonly quotaBytes: number | undefined;
  readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
  readonly now?: () => number;
}

/** The longest delay until an alarm is noticed. Raising it makes readiness report "ok" longer. */
const lookMs = 10_000;
/** The share of the limit at which space is freed, before anything is refused. */
const freeAt = 0.75;
/** The pause after freeing that did not help, because etcd answers nobody during it. */
const freeAgainMs = 60_000;

export class SpaceMonitor {
  #state: SpaceState | undefined;
  #freedAt = -Infinity;
  /** The last freeing helped. */
  #helps = true;
  readonly #timer: NodeJS.Timeout;
  readonly #flight = new SingleFlight();
  readonly #now: () => number;

  constructor(private readonly options: Options) {
    this.#now = options.now ?? Date.now;
    options.space.relief = () => this.look();
    this.#timer = setInterval(() => void this.look(), lookMs).unref();
  }

  /** The last known space; undefined until etcd has answered. */
  get state(): SpaceState | undefined {
    return this.#state;
  }

  /** Throws `resource_exhausted` while etcd refuses changes. */
  check(): void {
    if (this.#state?.isFull) throw outOfSpace();
  }

  /** Checks now, and frees space if necessary. Never throws, because other code reports an unreachable etcd. */
  look(): Promise<void> {
    return this.#flight.run('look', async () => {
      try {
        this.#note(await this.options.space.look());
        if (this.#wantsFreeing()) await this.#free();
      } catch (error) {
        this.options.log.warn({ reason: messageOf(error) }, "etcd's space cannot be looked at");
      }
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.options.space.relief = undefined;
  }

  #wantsFreeing(): boolean {
    const { quotaBytes } = this.options;
    if (quotaBytes === undefined || !this.#state) return false;
    return this.#isNear(quotaBytes) && (this.#helps || this.#now() - this.#freedAt >= freeAgainMs);
  }

  #isNear(quotaBytes: number): boolean {
    const { databaseBytes = 0, isFull = false } = this.#state ?? {};
    return isFull || databaseBytes >= quotaBytes * freeAt;
  }

  async #free(): Promise<void> {
    const { space, log } = this.options;
    const before = this.#state?.databaseBytes;
    this.#freedAt = this.#now();
    this.#helps = false;
    await space.free();
    this.#note(await space.look());
    this.#helps = !this.#isNear(this.options.quotaBytes ?? 0);
    log.info({ before, after: this.#state?.databaseBytes }, 'own etcd was compacted and defragmented');
  }

  #note(state: SpaceState): void {
    const wasFull = this.#state?.isFull ?? false;
    this.#state = state;
    if (state.isFull === wasFull) return;
    if (state.isFull) this.options.log.error({ bytes: state.databaseBytes }, outOfSpace().message);
    else this.options.log.info({ bytes: state.databaseBytes }, 'etcd takes changes again');
  }
}

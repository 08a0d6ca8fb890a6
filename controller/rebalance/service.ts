/**
 * Rebalances: proposes moves that pay, orders them, does so by itself if that is set, and notices when somebody else moves
 * containers back. What is decided is in etcd before a move begins. A move that a dying controller did not begin is not
 * made; the next rebalance decides anew.
 */
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import { randomHex } from '../../common/random-hex.js';
import type { Inventory } from '../inventory/inventory.js';
import { orderOwnMove, type OwnMoveAudit } from '../migration/own-moves.js';
import type { MigrationService } from '../migration/service.js';
import type { InventoryEvent } from '../model/event.js';
import type { RebalanceMove } from '../model/rebalance.js';
import { rebalanceMoves } from '../observability/metrics.js';
import type { Placer } from '../placement/placer.js';
import type { Store } from '../store/store.js';
import type { Measurements } from '../usecases/measurements.js';
import { MoveLog, type KnownLog } from './move-log.js';
import { notifyMoves, type WatchedStore } from './notifier.js';
import type { PastMove } from './past.js';
import type { Budget, PlannedMove } from './plan.js';
import { propose, type Proposal, type ProposalOrder } from './proposer.js';

interface Parts {
  readonly store: Pick<Store, 'getMany' | 'transact'> & WatchedStore;
  readonly measurements: Pick<Measurements, 'summaries' | 'readAll'>;
  readonly inventory: Pick<Inventory, 'get'>;
  readonly placer: Pick<Placer, 'snapshot' | 'outside'>;
  readonly migrations: Pick<MigrationService, 'begin' | 'dryRun' | 'past'>;
  readonly audit: (line: OwnMoveAudit) => Promise<void>;
  readonly emit: (event: InventoryEvent) => void;
  readonly log: Logger;
  /** How often it rebalances by itself; undefined: never. */
  readonly everyMs: number | undefined;
  readonly clock?: Clock;
}

/** Of one rebalance, unless the request says otherwise. */
export const usualBudget: Budget = { moves: 10, downtimeMs: 60_000 };

/** How often it looks whether a rebalance is due, and whether containers were moved back. */
const lookMs = 60_000;

export class RebalanceService {
  readonly #moves: MoveLog;
  readonly #clock: Clock;
  /** Moves whose container was on its old pool when it was last looked at: once could be an inventory that lags behind. */
  #suspected: ReadonlySet<string> = new Set();
  #look: Promise<void> | undefined;

  constructor(private readonly parts: Parts) {
    this.#moves = new MoveLog(parts.store);
    this.#clock = parts.clock ?? systemClock;
  }

  get everyMs(): number | undefined {
    return this.parts.everyMs;
  }

  /** Looks and emits events until the returned function is called. */
  start(): () => Promise<void> {
    const stopEvents = notifyMoves(this.parts.store, this.parts.emit);
    const stopLooking = this.#clock.every(lookMs, () => void this.look());
    return async () => {
      stopLooking();
      await Promise.all([this.#look, stopEvents()]);
    };
  }

  /** The moves that rebalances have ordered, the newest first, and what became of them. */
  async moves(): Promise<PastMove[]> {
    return this.#past(await this.#moves.read()).reverse();
  }

  /** What a rebalance would do now. Changes nothing. */
  async propose(order: ProposalOrder): Promise<Proposal> {
    return this.#propose(order, this.#past(await this.#moves.read()));
  }

  /** Orders the moves that pay. Throws `failed_precondition` while those of an earlier one run. */
  async apply(
    order: ProposalOrder,
  ): Promise<{ readonly proposal: Proposal; readonly moves: readonly RebalanceMove[] }> {
    return this.#apply(order, await this.#moves.read());
  }

  /** One look. Never rejects: the next one tries again. */
  look(): Promise<void> {
    return (this.#look ??= this.#tryLook().finally(() => (this.#look = undefined)));
  }

  async #tryLook(): Promise<void> {
    try {
      let known = await this.#moves.read();
      known = await this.#noteMovedBack(known);
      await this.#applyIfDue(known);
    } catch (error) {
      const level = isCopaError(error) ? 'warn' : 'error';
      this.parts.log[level](
        isCopaError(error) ? { reason: messageOf(error) } : { err: error },
        'cannot rebalance: trying again',
      );
    }
  }

  async #applyIfDue(known: KnownLog): Promise<void> {
    const { everyMs } = this.parts;
    const now = this.#clock.now();
    const { checkedAt } = known.log;
    if (everyMs === undefined || now < Date.parse(checkedAt ?? new Date(0).toISOString()) + everyMs) return;
    // Written first, so that of several controllers one does it.
    const claimed = await this.#moves.write(known, {
      ...known.log,
      checkedAt: new Date(now).toISOString(),
    });
    if (!claimed) return;
    const { moves } = await this.#apply(
      { target: { kind: 'any' }, reach: undefined, budget: usualBudget },
      claimed,
    );
    this.parts.log.info({ moves: moves.length }, 'rebalanced');
  }

  #propose(order: ProposalOrder, past: readonly PastMove[]): Promise<Proposal> {
    const { migrations } = this.parts;
    const parts = {
      ...this.parts,
      downtimeMs: (container: string) => migrations.past.downtimeMs(container),
    };
    return propose(parts, order, { past, nowMs: this.#clock.now() });
  }

  async #apply(order: ProposalOrder, known: KnownLog) {
    const past = this.#past(known);
    const running = past.find(({ result }) => result === 'running');
    if (running) {
      throw new CopaError(
        'failed_precondition',
        `the moves of the last rebalance still run: container "${running.container}" moves to ${running.destination}. Wait until that has ended, or cancel migration ${running.id}`,
      );
    }
    const proposal = await this.#propose(order, past);
    if (proposal.moves.length === 0) return { proposal, moves: [] };
    const at = new Date(this.#clock.now()).toISOString();
    const decided = proposal.moves.map((move) => ({ ...moveView(move, proposal), id: randomHex(8), at }));
    const { log } = known;
    if (!(await this.#moves.write(known, { ...log, moves: [...log.moves, ...decided] }))) {
      throw new CopaError(
        'aborted',
        'another rebalance has begun at the same moment: look at it, and try again',
      );
    }
    for (const move of decided) await this.#order(move);
    const ids = new Set(decided.map(({ id }) => id));
    const after = await this.#moves.read();
    return { proposal, moves: after.log.moves.filter(({ id }) => ids.has(id)) };
  }

  async #order(move: RebalanceMove): Promise<void> {
    const { migrations, audit, log } = this.parts;
    rebalanceMoves.inc({ outcome: 'ordered' });
    await orderOwnMove(
      { ...move, who: 'rebalance', policy: 'rebalance' },
      {
        begin: (request) => migrations.begin(request),
        refuse: async (error) => {
          rebalanceMoves.inc({ outcome: 'refused' });
          await this.#moves.note(move.id, { outcome: 'refused', error });
        },
        ...{ audit, log, now: () => this.#clock.now() },
      },
    );
  }

  async #noteMovedBack(known: KnownLog): Promise<KnownLog> {
    const back = this.#past(known).filter(({ isBack, moved_back_at }) => isBack && moved_back_at === null);
    const sure = back.filter(({ id }) => this.#suspected.has(id));
    this.#suspected = new Set(back.map(({ id }) => id));
    if (sure.length === 0) return known;
    const at = new Date(this.#clock.now()).toISOString();
    const ids = new Set(sure.map(({ id }) => id));
    const moves = known.log.moves.map((each) => (ids.has(each.id) ? { ...each, moved_back_at: at } : each));
    const written = await this.#moves.write(known, { ...known.log, moves });
    if (!written) return this.#moves.read();
    for (const { container, source, destination } of sure) {
      rebalanceMoves.inc({ outcome: 'moved_back' });
      this.parts.log.warn(
        { container, source, destination },
        'somebody has moved back what a rebalance moved: the container is left alone for a day',
      );
    }
    return written;
  }

  #past({ log }: KnownLog): PastMove[] {
    return log.moves.map((move) => {
      const result = this.parts.migrations.past.outcome(move.id);
      const isBack = move.moved_back_at !== null || (result === 'done' && this.#isBack(move));
      return { ...move, atMs: Date.parse(move.at), result, isBack };
    });
  }

  #isBack({ container, source, destination }: RebalanceMove): boolean {
    const [from, to] = [this.parts.inventory.get(source), this.parts.inventory.get(destination)];
    const line = from?.containers.get(container);
    return from?.state === 'up' && line?.isMarked === false && to?.containers.get(container) === undefined;
  }
}

/** A planned move, as it is stored and returned. */
export function moveView(
  { container, source, destination, gain, downtimeMs, sourceAfter, destinationAfter }: PlannedMove,
  { pressures }: Pick<Proposal, 'pressures'>,
) {
  const percent = (share: number) => Math.round(1000 * share) / 10;
  const before = (pool: string) => `${Math.round(100 * (pressures.get(pool) ?? 0))} %`;
  const after = (share: number) => `${Math.round(100 * share)} %`;
  return {
    ...{ container, source, destination, gain: percent(gain), predicted_downtime_ms: downtimeMs },
    reason: `load of ${source} ${before(source)}, then ${after(sourceAfter)}; of ${destination} ${before(destination)}, then ${after(destinationAfter)}`,
    ...{ outcome: 'ordered' as const, error: null, moved_back_at: null },
  };
}

/** What rebalances have done, in etcd. Each change expects the revision that it was read at, so only one controller decides. */
import { CopaError } from '../../common/errors.js';
import { rebalanceLogSchema, type RebalanceLog, type RebalanceMove } from '../model/rebalance.js';
import type { Entry } from '../store/entry.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';

export interface KnownLog {
  readonly log: RebalanceLog;
  readonly revision: number;
}

/** So many moves are kept, which is more than the budgets of a day should allow. */
const keptMax = 500;
const triesMax = 5;

export class MoveLog {
  constructor(private readonly store: Pick<Store, 'getMany' | 'transact'>) {}

  async read(): Promise<KnownLog> {
    const [entry] = await this.store.getMany([keys.rebalance]);
    return { log: entry ? moveLogIn(entry) : { moves: [] }, revision: entry?.revision ?? 0 };
  }

  /** The log after the change; undefined when another controller has changed it. */
  async write(known: KnownLog, log: RebalanceLog): Promise<KnownLog | undefined> {
    const value = { ...log, moves: log.moves.slice(-keptMax) };
    const written = await this.store.transact({
      expect: [{ key: keys.rebalance, revision: known.revision }],
      put: [{ key: keys.rebalance, value }],
    });
    return written && { log: value, revision: written.revision };
  }

  /** Changes one move. */
  async note(id: string, change: Partial<RebalanceMove>): Promise<void> {
    for (let tries = 1; tries <= triesMax; tries++) {
      const known = await this.read();
      const moves = known.log.moves.map((each) => (each.id === id ? { ...each, ...change } : each));
      if (await this.write(known, { ...known.log, moves })) return;
    }
    throw new CopaError('aborted', 'the log of rebalances was changed again and again');
  }
}

/** Throws `internal` for what is none. */
export function moveLogIn({ value }: Pick<Entry, 'value'>): RebalanceLog {
  const parsed = rebalanceLogSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CopaError('internal', 'the store has an invalid log of rebalances');
}

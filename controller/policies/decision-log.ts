/** The decisions of all policies in etcd: a bounded number for each. */
import { CopaError } from '../../common/errors.js';
import { decisionsSchema, type Decision } from '../model/policy.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';
import type { Expectation } from '../store/transaction.js';
import { counts } from './situation.js';

interface Known {
  readonly decisions: readonly Decision[];
  readonly revision: number;
}

/** No cool-down is longer, so older decisions hold nothing back. */
export const cooldownMsMax = 6 * 3600_000;

/** So many of each policy are kept in any case. */
const keptMin = 50;
const triesMax = 5;

export class DecisionLog {
  constructor(
    private readonly store: Pick<Store, 'list' | 'getMany' | 'transact'>,
    private readonly now: () => number,
  ) {}

  /** By policy, also of those that were deleted. */
  async read(): Promise<ReadonlyMap<string, Known>> {
    const entries = await this.store.list(keys.decisions);
    return new Map(
      unreadableValues.each(entries, (entry) => [
        lastPart(entry.key),
        { decisions: decisionsIn(entry), revision: entry.revision },
      ]),
    );
  }

  /** Adds a decision. False when another controller decides now, or when the policy was changed meanwhile. */
  async add(decision: Decision, known: Known | undefined, expect: readonly Expectation[]): Promise<boolean> {
    const key = keys.decisionsOf(decision.policy);
    const decisions = kept([...(known?.decisions ?? []), decision], this.now());
    const written = await this.store.transact({
      expect: [{ key, revision: known?.revision ?? 0 }, ...expect],
      put: [{ key, value: { decisions } }],
    });
    return written !== undefined;
  }

  /** Notes that the move was refused. */
  async refuse({ policy, id }: Decision, error: string): Promise<void> {
    const key = keys.decisionsOf(policy);
    for (let tries = 1; tries <= triesMax; tries++) {
      const [entry] = await this.store.getMany([key]);
      if (!entry) return;
      const decisions = decisionsIn(entry).map((each): Decision =>
        each.id === id ? { ...each, outcome: 'refused', error } : each,
      );
      if (
        await this.store.transact({
          expect: [{ key, revision: entry.revision }],
          put: [{ key, value: { decisions } }],
        })
      )
        return;
    }
    throw new CopaError('aborted', `the decisions of policy "${policy}" were changed again and again`);
  }
}

/** Throws `internal` for what is none. */
export function decisionsIn({ value }: Pick<Entry, 'value'>): readonly Decision[] {
  const parsed = decisionsSchema.safeParse(value);
  if (parsed.success) return parsed.data.decisions;
  throw new CopaError('internal', 'the store has invalid decisions of a policy');
}

function kept(decisions: readonly Decision[], nowMs: number): readonly Decision[] {
  const isNeeded = (each: Decision, index: number) =>
    index >= decisions.length - keptMin || (counts(each) && nowMs - Date.parse(each.at) < cooldownMsMax);
  return decisions.filter(isNeeded);
}

// Faults that can be planted, each the absence of one fix, to test that the simulation finds it.
import type { Transaction } from '../../controller/store/transaction.js';
import { keys } from '../../controller/store/keys.js';

export const plantedFaults = {
  /** Agents forget a fence when the mark is removed. */
  'a late claim': /is marked by migration .* which has ended/,
  /** A migration may begin although one of its pools was removed. */
  'a removed pool': /there is no pool/,
  /** Controllers cannot see which processes are alive. */
  'one controller id twice': /changes hands/,
  /** A runner cannot distinguish its own write from another runner's. */
  'a lost reply': /leaves migration .* to another runner, but there is none/,
} as const;

/** The last one is for histories of evacuations: an order cannot distinguish its own write from another one's. */
export type PlantedFault = keyof typeof plantedFaults | 'a lost order';

/** The transaction without the fix. */
export function weakened(transaction: Transaction, planted: PlantedFault | undefined): Transaction {
  const { expect, put = [] } = transaction;
  if (planted === 'a removed pool') {
    return {
      ...transaction,
      expect: expect.filter((each) => !('key' in each && each.key.startsWith(keys.pools))),
    };
  }
  if (planted === 'a lost reply' || planted === 'a lost order') {
    const field = planted === 'a lost reply' ? 'attempt' : 'order';
    const without = (value: unknown) => ({ ...(value as object), [field]: undefined });
    return { ...transaction, put: put.map((each) => ({ ...each, value: without(each.value) })) };
  }
  return transaction;
}

/** Emits an event for each move of a rebalance, on every controller: ordered, refused, or moved back by somebody else. */
import type { InventoryEvent } from '../model/event.js';
import type { RebalanceMove } from '../model/rebalance.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { moveLogIn } from './move-log.js';

/** What the notifier uses of the store. */
export interface WatchedStore {
  watch(...of: Parameters<Store['watch']>): { close(): Promise<void> };
}

/** Follows the store until the returned function is called. */
export function notifyMoves(store: WatchedStore, emit: (event: InventoryEvent) => void): () => Promise<void> {
  /** What was emitted, by move. Undefined before the first list, which is old. */
  let known: ReadonlyMap<string, string> | undefined;
  const note = (entry: Pick<Entry, 'key' | 'value'>) => {
    const moves = unreadableValues.attempt(entry, moveLogIn)?.value.moves ?? [];
    const before = known;
    known = new Map(moves.map((move) => [move.id, typeOf(move)] as const));
    for (const move of before ? moves : []) {
      if (before?.get(move.id) !== typeOf(move)) emit({ type: typeOf(move), move });
    }
  };
  const watch = store.watch(keys.rebalance, {
    onReset: (entries) => {
      for (const entry of entries) note(entry);
      known ??= new Map();
    },
    onEvent: (change) => {
      if (change.type === 'put') note(change);
    },
  });
  return () => watch.close();
}

function typeOf({ outcome, moved_back_at }: RebalanceMove) {
  return moved_back_at === null ? (`rebalance.${outcome}` as const) : 'rebalance.moved_back';
}

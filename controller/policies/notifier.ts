/** Emits an event for each decision, on every controller, and for a move that was refused afterwards. */
import type { InventoryEvent } from '../model/event.js';
import type { Decision } from '../model/policy.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { decisionsIn } from './decision-log.js';

/** Follows the store until the returned function is called. */
export function notifyDecisions(
  store: Pick<Store, 'watch'>,
  emit: (event: InventoryEvent) => void,
): () => Promise<void> {
  /** The outcomes that were emitted, by policy and decision. Undefined before the first list, which is old. */
  let known: Map<string, ReadonlyMap<string, Decision['outcome']>> | undefined;
  const note = (entry: Pick<Entry, 'key' | 'value'>, isOld: boolean) => {
    const decisions = unreadableValues.attempt(entry, decisionsIn)?.value ?? [];
    const before = known?.get(lastPart(entry.key));
    known?.set(lastPart(entry.key), new Map(decisions.map(({ id, outcome }) => [id, outcome])));
    if (isOld) return;
    for (const decision of decisions)
      if (before?.get(decision.id) !== decision.outcome) emit({ type: 'policy.decided', decision });
  };
  const watch = store.watch(keys.decisions, {
    onReset: (entries) => {
      const isFirst = known === undefined;
      known ??= new Map();
      for (const entry of entries) note(entry, isFirst);
    },
    onEvent: (change) => {
      if (change.type === 'put') note(change, false);
      else known?.delete(lastPart(change.key));
    },
  });
  return () => watch.close();
}

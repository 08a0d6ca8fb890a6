/**
 * The states of the containers of an evacuation and of its return: a pure function from the record and what is known now to
 * the next record. It orders nothing. What a state asks for is done by the runner, once the state is saved.
 *
 *     leaving     waiting -> moving -> moved      waiting -> stopping -> stopped      skipped      left
 *     returning   moved -> returning -> starting -> returned      stopped -> starting -> returned      untouched
 *
 * A step that fails is tried again, three times in all. A container that was left or not touched has a message.
 */
import type { Evacuation, EvacuationItem } from '../model/evacuation.js';
import type { Placement } from '../placement/place.js';

/** What a move has come to. */
export interface Move {
  readonly verdict: 'moved' | 'stayed' | undefined;
  readonly hasEnded: boolean;
  readonly error: string;
}

/** What a command of the runner came to. */
export type Outcome =
  | { readonly kind: 'done' }
  /** It may be tried again. */
  | { readonly kind: 'failed'; readonly message: string }
  /** The container is not what it was: it is left alone. */
  | { readonly kind: 'changed'; readonly message: string };

export interface Facts {
  readonly nowMs: number;
  /** Undefined while nobody has begun it. */
  readonly moveOf: (id: string) => Move | undefined;
  /** Of the commands that have ended since the last time, by container. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** A command for the container is in progress. */
  readonly isBusy: (container: string) => boolean;
  /** Chooses another pool for a container whose move failed; undefined: there is none. */
  readonly placeAgain: (item: EvacuationItem) => Placement | undefined;
  readonly newId: () => string;
  /** How many containers may be on their way at a time; each waits in the queue of moves, too. */
  readonly movesMax: number;
}

export const failuresMax = 3;
/** Stops and starts at a time. More make each one slower. */
const changesMax = 3;
const retryMs = [2_000, 10_000] as const;

export function advance(record: Evacuation, facts: Facts): Evacuation {
  const passed = record.deadline !== undefined && facts.nowMs >= Date.parse(record.deadline);
  const now: Evacuation = { ...record, deadlinePassed: record.deadlinePassed || passed };
  const step = record.phase === 'restoring' ? returning : leaving;
  const settled = record.items.map((item) => step(now, item, facts));
  const items = begun(now, settled, facts);
  const isSame = items.every((item, index) => item === record.items[index]);
  return isSame && now.deadlinePassed === record.deadlinePassed ? record : { ...now, items };
}

/** Whether nothing more happens to any container in this phase. */
export function isSettled({ phase, items, cancelled }: Evacuation): boolean {
  return items.every((item) => {
    if (phase === 'evacuating') return ['moved', 'stopped', 'skipped', 'left'].includes(item.state);
    if (['skipped', 'left', 'returned', 'untouched'].includes(item.state)) return true;
    return (item.state === 'moved' || item.state === 'stopped') && (cancelled || hasFailed(item));
  });
}

export function hasFailed({ failures }: EvacuationItem): boolean {
  return failures >= failuresMax;
}

/** What is known of the step that was begun. */
function leaving(record: Evacuation, item: EvacuationItem, facts: Facts): EvacuationItem {
  const { state, container } = item;
  const outcome = facts.outcomes.get(container);
  if (state === 'stopping') {
    if (outcome?.kind === 'done') return { ...settledIn(item, 'stopped'), parked: true };
    if (outcome?.kind === 'changed') return { ...item, state: 'skipped', message: outcome.message };
    return outcome ? failed(item, outcome.message, facts, 'stopping') : item;
  }
  if (state !== 'moving') return item;
  const move = item.migration === undefined ? undefined : facts.moveOf(item.migration);
  if (move?.verdict === 'moved') return move.hasEnded ? settledIn(item, 'moved') : item;
  if (move?.hasEnded) return notMoved(record, item, move.error, facts);
  if (move) return item;
  if (outcome?.kind === 'changed') return { ...item, state: 'skipped', message: outcome.message };
  if (outcome?.kind === 'failed') return notMoved(record, item, outcome.message, facts);
  const isOver = (record.cancelled || record.deadlinePassed) && !facts.isBusy(container);
  return isOver ? { ...item, state: 'waiting' } : item;
}

function notMoved(record: Evacuation, item: EvacuationItem, message: string, facts: Facts): EvacuationItem {
  if (record.cancelled || record.deadlinePassed) return { ...item, state: 'waiting' };
  const { destination, avoided = [] } = item;
  const more = destination === undefined || avoided.includes(destination) ? [] : [destination];
  return failed({ ...item, avoided: [...avoided, ...more] }, message, facts, 'waiting');
}

function returning(record: Evacuation, item: EvacuationItem, facts: Facts): EvacuationItem {
  const { state, container } = item;
  const outcome = facts.outcomes.get(container);
  if (state === 'starting') {
    if (outcome?.kind === 'done') return { ...settledIn(item, 'returned'), parked: undefined };
    if (outcome?.kind === 'changed') return { ...item, state: 'untouched', message: outcome.message };
    if (!outcome) return item;
    const after = failed(item, outcome.message, facts, 'starting');
    // One that has moved back is there, in whatever state.
    return after.state === 'left' ? { ...after, state: item.parked ? 'stopped' : 'returned' } : after;
  }
  if (state !== 'returning') return item;
  const move = item.migration === undefined ? undefined : facts.moveOf(item.migration);
  if (move?.verdict === 'moved') return move.hasEnded ? settledIn(item, 'starting') : item;
  if (move && !move.hasEnded) return item;
  if (!move && outcome?.kind === 'changed') return { ...item, state: 'untouched', message: outcome.message };
  const error = move?.error ?? (outcome?.kind === 'failed' ? outcome.message : undefined);
  if (error !== undefined) {
    const after = failed(item, error, facts, 'moved');
    return after.state === 'left' ? { ...after, state: 'moved' } : after;
  }
  return record.cancelled && !facts.isBusy(container) ? { ...item, state: 'moved' } : item;
}

function settledIn(item: EvacuationItem, state: EvacuationItem['state']): EvacuationItem {
  return { ...item, state, failures: 0, message: undefined, notBefore: undefined };
}

/** To be tried again from a state; at last it is left. */
function failed(
  item: EvacuationItem,
  message: string,
  { nowMs }: Facts,
  again: EvacuationItem['state'],
): EvacuationItem {
  const failures = item.failures + 1;
  if (failures >= failuresMax) return { ...item, failures, message, state: 'left' };
  const notBefore = new Date(nowMs + (retryMs[failures - 1] ?? 0)).toISOString();
  return { ...item, failures, message, notBefore, state: again };
}

/** Begins with those whose turn it is. */
function begun(record: Evacuation, items: readonly EvacuationItem[], facts: Facts): EvacuationItem[] {
  const isOnItsWay = ({ state, migration }: EvacuationItem) =>
    (state === 'moving' || state === 'returning') &&
    (migration === undefined || facts.moveOf(migration)?.verdict === undefined);
  const isChanging = ({ state }: EvacuationItem) => state === 'stopping' || state === 'starting';
  const free = {
    moves: facts.movesMax - items.filter(isOnItsWay).length,
    changes: changesMax - items.filter(isChanging).length,
  };
  const begin = record.phase === 'restoring' ? beginReturn : beginLeaving;
  return items.map((item) => {
    if (item.notBefore !== undefined && Date.parse(item.notBefore) > facts.nowMs && !isOver(record)) {
      return item;
    }
    return begin(record, item, facts, free);
  });
}

interface Free {
  moves: number;
  changes: number;
}

function isOver({ cancelled, deadlinePassed }: Evacuation): boolean {
  return cancelled || deadlinePassed;
}

function beginLeaving(record: Evacuation, item: EvacuationItem, facts: Facts, free: Free): EvacuationItem {
  if (item.state !== 'waiting') return item;
  if (record.cancelled) return { ...item, state: 'left', message: 'the evacuation was cancelled' };
  const isLate = record.deadlinePassed;
  if (isLate && !record.stopAtDeadline) {
    const why = item.message === undefined ? '' : ` (${item.message})`;
    return { ...item, state: 'left', message: `it had not left by the deadline${why}` };
  }
  if (item.action === 'stop' || isLate) {
    return free.changes-- > 0 ? { ...item, state: 'stopping' } : item;
  }
  if (free.moves-- <= 0) return item;
  const chosen = item.failures > 0 ? facts.placeAgain(item) : undefined;
  const place = chosen ? { destination: chosen.pool, reason: chosen.reason } : {};
  return { ...item, ...place, state: 'moving', migration: facts.newId() };
}

function beginReturn(record: Evacuation, item: EvacuationItem, facts: Facts, free: Free): EvacuationItem {
  if (record.cancelled || hasFailed(item)) return item;
  if (item.state === 'stopped') return free.changes-- > 0 ? { ...item, state: 'starting' } : item;
  if (item.state !== 'moved') return item;
  return free.moves-- > 0 ? { ...item, state: 'returning', migration: facts.newId() } : item;
}

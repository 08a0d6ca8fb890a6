/** What earlier rebalances hold back, and which of their moves somebody else has undone. Pure. */
import type { RebalanceMove } from '../model/rebalance.js';

const hourMs = 3600_000;

/**
 * How long a container that a rebalance moved stays, and a pool that it relieved takes nothing by another one. Raising it
 * makes rebalances follow the load more slowly.
 */
const restMs = 6 * hourMs;
/** How long a container is left alone that was moved back. */
const leftAloneMs = 24 * hourMs;
/** How long a move that was refused or failed is not planned again. */
const avoidedMs = hourMs;

export interface PastMove extends RebalanceMove {
  readonly atMs: number;
  /** What became of its migration; `none`: it is not known. */
  readonly result: 'running' | 'done' | 'failed' | 'none';
  /** The container is on its old pool again. */
  readonly isBack: boolean;
}

/** Why a container on a pool is left where it is; undefined: it may move. */
export function heldReason(
  past: readonly PastMove[],
  { pool, name }: { readonly pool: string; readonly name: string },
  nowMs: number,
): string | undefined {
  const own = past.filter(({ container, outcome }) => container === name && outcome === 'ordered');
  const undone = own.findLast(({ source, isBack }) => isBack && source === pool);
  const sinceMs = undone ? Date.parse(undone.moved_back_at ?? new Date(nowMs).toISOString()) : -Infinity;
  if (undone && nowMs - sinceMs < leftAloneMs) {
    const until = new Date(sinceMs + leftAloneMs).toISOString();
    return `somebody has moved it back from ${undone.destination}: it is left alone until ${until}`;
  }
  const last = own.findLast((each) => each.destination === pool && each.result !== 'failed');
  if (last && nowMs - last.atMs < restMs) return `a rebalance moved it here at ${last.at}`;
  return undefined;
}

/** The pools that were relieved lately. */
export function restingPools(past: readonly PastMove[], nowMs: number): ReadonlySet<string> {
  const isCounted = ({ outcome, result, isBack, atMs }: PastMove) =>
    outcome === 'ordered' && result !== 'failed' && !isBack && nowMs - atMs < restMs;
  return new Set(past.filter(isCounted).map(({ source }) => source));
}

/** The pools that a container could not be moved to, lately. */
export function avoidedPools(
  past: readonly PastMove[],
  { pool, name }: { readonly pool: string; readonly name: string },
  nowMs: number,
): ReadonlyMap<string, string> {
  const failed = past.filter(
    ({ container, source, outcome, result, atMs }) =>
      container === name &&
      source === pool &&
      (outcome === 'refused' || result === 'failed') &&
      nowMs - atMs < avoidedMs,
  );
  return new Map(failed.map(({ destination }) => [destination, 'a move to it has just failed'] as const));
}

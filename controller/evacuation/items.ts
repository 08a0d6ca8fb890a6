/** The containers of a record, made from a plan. */
import type { Evacuation, EvacuationItem } from '../model/evacuation.js';
import type { Plan, PlannedContainer } from './planner.js';

export function itemsOf({ containers }: Pick<Plan, 'containers'>): EvacuationItem[] {
  return containers.map(itemOf);
}

function itemOf({ found, chosen, obstacles }: PlannedContainer): EvacuationItem {
  const { name: container, uuid, isRunning: wasRunning, action, need } = found;
  const item = {
    container,
    uuid,
    wasRunning,
    action,
    need: { memory: need.memory, disk: need.disk },
    failures: 0,
  };
  if (obstacles.length > 0) {
    const message = obstacles
      .map(({ pool, message: why }) => (pool === null ? why : `${pool}: ${why}`))
      .join('; ');
    return { ...item, state: 'left', message };
  }
  if (action === 'skip') return { ...item, state: 'skipped' };
  const place = chosen ? { destination: chosen.pool, reason: chosen.reason } : {};
  return { ...item, ...place, state: 'waiting' };
}

/**
 * The items of another evacuation of the same pool: what the one before has moved or stopped is still to be brought back.
 * A container that is on the pool again, and not stopped by it, leaves again.
 */
export function withEarlier(
  planned: readonly EvacuationItem[],
  before: Pick<Evacuation, 'items' | 'phase'> | undefined,
): EvacuationItem[] {
  const away = (before?.items ?? []).filter(({ state }) => state === 'moved' || state === 'stopped');
  const isHere = ({ container, uuid }: EvacuationItem) =>
    planned.find((item) => item.container === container && item.uuid === uuid);
  const kept = away.filter((item) =>
    item.state === 'stopped' ? isHere(item)?.wasRunning === false : !isHere(item),
  );
  const names = new Set(kept.map(({ container }) => container));
  return [...kept, ...planned.filter(({ container }) => !names.has(container))].sort((a, b) =>
    a.container < b.container ? -1 : 1,
  );
}

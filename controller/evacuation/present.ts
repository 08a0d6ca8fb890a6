/** What evacuations read of the fleet as it is now, and what they mean for placement. */
import type { Clock } from '../../common/async/clock.js';
import { noLabels } from '../../common/labels.js';
import type { Inventory } from '../inventory/inventory.js';
import { isRunning, type Evacuation, type EvacuationItem } from '../model/evacuation.js';
import { parsePoolTarget } from '../model/pool-target.js';
import { place, type Placement } from '../placement/place.js';
import type { Placer } from '../placement/placer.js';
import { noRules, readableRules } from '../placement/rules.js';
import type { Reservation } from '../placement/snapshot.js';
import type { Remaining } from './conclusion.js';
import { itemsOf } from './items.js';
import { reserve } from './plan.js';
import type { Planner } from './planner.js';

/** What is to go to each host, or is on its way there. */
export function comingTo(
  records: readonly Evacuation[],
  inventory: Pick<Inventory, 'get'>,
): ReadonlyMap<string, readonly Reservation[]> {
  const all = new Map<string, readonly Reservation[]>();
  for (const record of records.filter(isRunning)) {
    for (const { container: name, state, destination, need } of record.items) {
      const isComing = state === 'waiting' || state === 'moving';
      if (!isComing || destination === undefined) continue;
      const { labels, rules } = companyOf(inventory, record.pool, name);
      reserve(all, destination, { name, labels, need, rules });
    }
  }
  return all;
}

/** The labels and the rules of a container. What is wrong with them was reported by the plan. */
function companyOf(inventory: Pick<Inventory, 'get'>, pool: string, name: string) {
  const line = inventory.get(pool)?.containers.get(name);
  return { labels: line?.labels ?? noLabels, rules: line ? readableRules(line.rules) : noRules };
}

/** Another pool for a container whose move has failed, or the same one when there is no other. */
export function placeAgain(
  {
    placer,
    inventory,
  }: { readonly placer: Pick<Placer, 'snapshot' | 'outside'>; readonly inventory: Pick<Inventory, 'get'> },
  { pool: source, target, reach }: Evacuation,
  { container: name, need, avoided = [] }: EvacuationItem,
): Placement | undefined {
  const snapshot = placer.snapshot();
  // Its own place is not taken by itself.
  const reserved = new Map(
    [...snapshot.reserved].map(([pool, all]) => [pool, all.filter((each) => each.name !== name)] as const),
  );
  const request = {
    ...{ name, source, need, ...companyOf(inventory, source, name) },
    target: parsePoolTarget('destination_pool', target),
    reach: reach && new Set(reach),
  };
  const fleet = { hosts: snapshot.hosts, reserved };
  const outside = placer.outside({ host: source, name });
  const failed = avoided.map((pool) => [pool, 'a move to it has failed'] as const);
  const placeWithout = (excluded: ReadonlyMap<string, string>) =>
    place(fleet, { ...request, excluded }).chosen;
  return placeWithout(new Map([...failed, ...outside])) ?? placeWithout(outside);
}

/** How long the inventory may need to show what has just happened. */
const patienceMs = 5_000;
const pauseMs = 250;

/** What the inventory shows on the pool, at the end of an evacuation. */
export async function remainingOn(
  inventory: Pick<Inventory, 'get'>,
  planner: Pick<Planner, 'plan'>,
  clock: Clock,
  record: Evacuation,
): Promise<Remaining> {
  if (record.phase !== 'evacuating') return { unknown: [], contradictions: [] };
  const end = clock.now() + patienceMs;
  for (;;) {
    const { unknown, contradictions } = look(inventory, record);
    const isClear = unknown.length === 0 && contradictions.length === 0;
    if (!isClear && clock.now() < end) {
      await clock.delay(pauseMs);
      continue;
    }
    if (unknown.length === 0) return { unknown: [], contradictions };
    const { pool, target, reach } = record;
    const order = { pool, target, action: undefined, reach: reach && new Set(reach) };
    const plan = await planner.plan(order, new Set(unknown));
    return { unknown: itemsOf(plan), contradictions };
  }
}

function look(inventory: Pick<Inventory, 'get'>, { pool, items }: Evacuation) {
  const host = inventory.get(pool);
  if (host?.state !== 'up') return { unknown: [], contradictions: ['its host does not answer'] };
  const known = new Map(items.map((item) => [item.container, item]));
  const unknown: string[] = [];
  const contradictions: string[] = [];
  for (const { name, status } of host.containers.all()) {
    const item = known.get(name);
    if (!item || item.state === 'moved') unknown.push(name);
    else if (item.state === 'stopped' && status !== 'Stopped')
      contradictions.push(`${name} was started again`);
  }
  return { unknown, contradictions };
}

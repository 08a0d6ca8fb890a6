/** The REST representation of evacuations and their plans. */
import {
  isRunning,
  type Evacuation,
  type EvacuationItem,
  type EvacuationPhase,
  type ItemState,
} from '../model/evacuation.js';
import type { EvacuationPlanView, EvacuationSummary, EvacuationView } from '../model/evacuation-view.js';
import type { MigrationView } from '../model/migration-view.js';
import type { Plan, PlannedContainer } from './planner.js';

export function planView({ pool, target, containers, totalMs }: Plan): EvacuationPlanView {
  return {
    container_pool: pool,
    target,
    possible: containers.every(({ obstacles }) => obstacles.length === 0),
    containers: containers.map(plannedView),
    seconds: Math.ceil(totalMs / 1000),
  };
}

function plannedView({ found, chosen, obstacles, warnings, estimate }: PlannedContainer) {
  return {
    container: found.name,
    running: found.isRunning,
    action: found.action,
    destination: chosen?.pool ?? null,
    reason: chosen?.reason ?? null,
    obstacles: [...obstacles],
    warnings: [...warnings],
    memory_bytes: found.need.memory,
    used_bytes: found.need.disk,
    seconds: estimate ? Math.round((estimate.copyMs + estimate.downtimeMs) / 100) / 10 : null,
    downtime_ms: estimate ? Math.round(estimate.downtimeMs) : null,
    basis: estimate?.basis ?? null,
  };
}

const texts: Readonly<Record<ItemState, string>> = {
  waiting: 'waits for its turn',
  moving: 'is being moved',
  moved: 'has moved',
  stopping: 'is being stopped',
  stopped: 'is stopped',
  skipped: 'stays as it is',
  left: 'was left where it is',
  returning: 'is being moved back',
  starting: 'is brought into its earlier state',
  returned: 'is back as it was',
  untouched: 'was left alone',
};

/** The states in which a container has reached its end of a phase. */
const ended: Readonly<Record<EvacuationPhase, readonly ItemState[]>> = {
  evacuating: ['moved', 'stopped', 'skipped', 'left'],
  evacuated: ['moved', 'stopped', 'skipped', 'left'],
  incomplete: ['moved', 'stopped', 'skipped', 'left', 'returned', 'untouched'],
  restoring: ['skipped', 'left', 'returned', 'untouched'],
  restored: ['skipped', 'left', 'returned', 'untouched'],
};

export function evacuationView(
  record: Evacuation,
  migrationOf: (id: string) => MigrationView | undefined,
): EvacuationView {
  return { ...summaryOf(record), containers: record.items.map((item) => itemView(item, migrationOf)) };
}

/** Without the single containers. */
export function summaryOf(record: Evacuation): EvacuationSummary {
  const { pool, phase, target, items, startedAt, phaseAt, deadline, stopAtDeadline, message } = record;
  const counts: Partial<Record<ItemState, number>> = {};
  for (const { state } of items) counts[state] = (counts[state] ?? 0) + 1;
  return {
    container_pool: pool,
    phase,
    running: isRunning(record),
    target,
    started_at: startedAt,
    phase_since: phaseAt,
    deadline: deadline ?? null,
    stop_at_deadline: stopAtDeadline,
    message: message ?? null,
    done: items.filter(({ state }) => ended[phase].includes(state)).length,
    total: items.length,
    counts,
  };
}

function itemView(item: EvacuationItem, migrationOf: (id: string) => MigrationView | undefined) {
  const { container, action, state, wasRunning, destination, reason, migration, message } = item;
  const isMoving = state === 'moving' || state === 'returning';
  const move = isMoving && migration !== undefined ? migrationOf(migration) : undefined;
  return {
    ...{ container, action, state, was_running: wasRunning },
    destination: destination ?? null,
    reason: reason ?? null,
    migration: migration ?? null,
    message: message ?? null,
    description: move ? `${texts[state]}: ${move.description}` : texts[state],
  };
}

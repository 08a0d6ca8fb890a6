/**
 * Changes of containers and pools: sent to the controller, shown while they are in progress, and reported when they
 * fail.
 */
import { signal } from '@preact/signals';
import { isUnknownOutcome } from '../../client/browser.js';
import { copa } from './copa.js';
import { count, duration } from '../model/format.js';
import type {
  ContainerOperation,
  ContainerParameters,
  ContainerRef,
  OperationParameters,
  WireEvent,
  WireMigration,
} from '../model/api-types.js';
import { putEvacuation } from './evacuations.js';
import { putMigration, onEvent } from './live.js';
import { placeKey } from './phases.js';
import { say, toast } from './toasts.js';

export type Verb = 'start' | 'stop' | 'restart' | 'freeze' | 'unfreeze' | 'delete';

const doing: Readonly<Record<string, string>> = {
  start: 'starting',
  stop: 'stopping',
  restart: 'restarting',
  freeze: 'freezing',
  unfreeze: 'unfreezing',
  delete: 'deleting',
  snapshot: 'taking a snapshot',
  restore: 'restoring',
  delete_snapshot: 'deleting a snapshot',
  copy: 'copying',
  rename: 'renaming',
  limits: 'setting limits',
};

const done: Readonly<Record<string, string>> = {
  start: 'started',
  stop: 'stopped',
  restart: 'restarted',
  freeze: 'frozen',
  unfreeze: 'running again',
  delete: 'deleted',
  snapshot: 'snapshot taken',
  restore: 'restored',
  delete_snapshot: 'snapshot deleted',
  copy: 'copied',
  rename: 'renamed',
  limits: 'limits set',
};

/** The changes in progress, by the container's key. */
export const underWay = signal<ReadonlyMap<string, string>>(new Map());

/** Sends a change and waits for it; shows its result. Resolves to whether it succeeded. */
export async function act<O extends ContainerOperation>(
  operation: O,
  place: ContainerRef,
  parameters: Omit<OperationParameters<'Container', O>, keyof ContainerParameters>,
): Promise<boolean> {
  const key = placeKey(place.pool, place.name);
  underWay.value = new Map(underWay.value).set(key, doing[operation] ?? operation);
  try {
    await copa.operate(operation, place, parameters);
    toast('good', `${place.name}: ${done[operation] ?? operation}`);
    return true;
  } catch (error) {
    toast('bad', failureText(error));
    return false;
  } finally {
    const rest = new Map(underWay.value);
    rest.delete(key);
    underWay.value = rest;
  }
}

/** Closes a pool for new containers, or opens it. The event of it shows the result. */
export async function schedule(pool: string, operation: 'cordon' | 'uncordon'): Promise<void> {
  try {
    await copa.pool(operation, { container_pool: pool });
  } catch (error) {
    toast('bad', failureText(error));
  }
}

/** Ends an evacuation or a return early. Its events show what becomes of it. */
export async function cancelEvacuation(pool: string): Promise<void> {
  try {
    putEvacuation(await copa.cancelEvacuation(pool));
  } catch (error) {
    toast('bad', failureText(error));
  }
}

export async function cancel({ id, container }: WireMigration): Promise<void> {
  say(`Cancelling the move of ${container}`);
  try {
    putMigration(await copa.cancelMigration(id));
  } catch (error) {
    toast('bad', failureText(error));
  }
}

function failureText(error: unknown): string {
  const { message } = error as Error;
  return isUnknownOutcome(error) ? `${message}. It is not known whether the operation took effect.` : message;
}

/** Announces a move's end, so that nobody has to watch it. */
export function announceMoves(): () => void {
  const reported = new Set<string>();
  return onEvent((event: WireEvent) => {
    if (event.type !== 'migration.phase') return;
    const { migration } = event;
    if (migration.state === 'running') {
      if (migration.phase === 'accepted')
        say(`${migration.container} is being moved to ${migration.destination}`);
    } else if (!reported.has(migration.id)) {
      reported.add(migration.id);
      toast(migration.state === 'failed' ? 'bad' : 'good', endOf(migration));
    }
  });
}

/** How a move ended, in a sentence. */
export function endOf(migration: WireMigration): string {
  const { container, source, destination, state, downtime_ms, error } = migration;
  switch (state) {
    case 'done':
      return downtime_ms === null
        ? `${container} is on ${destination} now.`
        : `${container} is on ${destination} now. It was down for ${duration(downtime_ms)}.`;
    case 'cancelled':
      return `The move of ${container} was cancelled; it is on ${source} as before.`;
    case 'failed':
      return `${container} was not moved and is on ${source} as before: ${error ?? 'no reason is known'}`;
    default:
      return `${container} is being moved, after ${count(migration.passes.length, 'pass', 'passes')}.`;
  }
}

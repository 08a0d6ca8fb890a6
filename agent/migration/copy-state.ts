/** What is here of a migration: the reply that every decision of the controller rests on. */
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { LxdClient } from '../lxd/client.js';
import { findInstance, listInstances } from '../lxd/instances.js';
import { listSnapshots } from '../lxd/snapshots.js';
import type { Instance } from '../lxd/types.js';
import { isLocked, markOf, type CopyRole } from '../model/marks.js';

export async function stateOfCopy(lxd: LxdClient, command: MigrationCommand__Output): Promise<CopyState> {
  const instance = await findInstance(lxd, command.container);
  if (!instance) return { exists: false };
  const mark = markOf(instance);
  return {
    exists: true,
    status: instance.status,
    migrationId: mark?.migrationId ?? '',
    role: mark?.migrationId === command.migrationId ? mark.role : '',
    held: mark?.saved !== undefined && isLocked(instance),
    shutDown: mark?.isShutDown ?? false,
    // LXD writes RUNNING once a start has succeeded; a failed one leaves STOPPED, though it too changes
    // `last_used_at`. The copy came without this key (manifest.ts), so whatever it says happened here.
    hasRun: instance.config['volatile.last_state.power'] === 'RUNNING',
    snapshots: [...(await listSnapshots(lxd, command.container))],
  };
}

/** The migration's copy, also when somebody has renamed it meanwhile. */
export async function findMarked(
  lxd: LxdClient,
  { container, migrationId }: MigrationCommand__Output,
  role: CopyRole,
): Promise<Instance | undefined> {
  const isMarked = (instance: Instance) => {
    const mark = markOf(instance);
    return mark?.migrationId === migrationId && mark.role === role;
  };
  const instance = await findInstance(lxd, container);
  return instance && isMarked(instance) ? instance : (await listInstances(lxd)).find(isMarked);
}

/** It does not run, though no daemon has stopped it: its host lost power, say. */
export function wentDownWithItsHost({ status, config }: Instance): boolean {
  return status === 'Stopped' && config['volatile.last_state.power'] === 'RUNNING';
}

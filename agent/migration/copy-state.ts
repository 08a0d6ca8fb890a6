/** The state of a migration's copy on this host. The controller bases every decision on this reply. */
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { LxdClient } from '../lxd/client.js';
import { findInstance, listInstances } from '../lxd/instances.js';
import { snapshotNames } from '../lxd/snapshots.js';
import type { Instance } from '../lxd/types.js';
import { isLocked, isOfFirstRelease, markOf, type CopyRole } from '../model/marks.js';

/** `known` is the instance as it was read just now. */
export async function stateOfCopy(
  lxd: LxdClient,
  command: MigrationCommand__Output,
  known?: Instance,
): Promise<CopyState> {
  const instance = known ?? (await findInstance(lxd, command.container));
  if (!instance) return { exists: false };
  const mark = markOf(instance);
  return {
    exists: true,
    status: instance.status,
    migrationId: mark?.migrationId ?? '',
    role: mark?.migrationId === command.migrationId ? mark.role : '',
    held: mark?.saved !== undefined && (isLocked(instance) || isOfFirstRelease(mark.saved)),
    stoppedByOthers: mark?.saved !== undefined && instance.status === 'Stopped' && !mark.isShutDown,
    shutDown: mark?.isShutDown ?? false,
    activated: mark?.role === 'destination' && mark.saved === undefined,
    // LXD writes RUNNING after a successful start and STOPPED after a failed one. Both change `last_used_at`. The
    // copy arrives without this key (manifest.ts), so its value always comes from this host.
    hasRun: instance.config['volatile.last_state.power'] === 'RUNNING',
    snapshots: [...(await snapshotNames(lxd, command.container))],
  };
}

/** The copy of the migration, also under another name if somebody has renamed it. `known` is what was read just now. */
export async function findMarked(
  lxd: LxdClient,
  { container, migrationId }: MigrationCommand__Output,
  role: CopyRole,
  known?: Instance,
): Promise<Instance | undefined> {
  const isMarked = (instance: Instance) => {
    const mark = markOf(instance);
    return mark?.migrationId === migrationId && mark.role === role;
  };
  const instance = known ?? (await findInstance(lxd, container));
  return instance && isMarked(instance) ? instance : (await listInstances(lxd)).find(isMarked);
}

/** It does not run although no daemon stopped it, for example after its host lost power. */
export function wentDownWithItsHost({ status, config }: Instance): boolean {
  return status === 'Stopped' && config['volatile.last_state.power'] === 'RUNNING';
}

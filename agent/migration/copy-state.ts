/** What is here of a migration: the answer that every decision of the controller rests on. */
import type { CopyState } from '../../proto/gen/copa/agent/v1/CopyState.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { LxdClient } from '../lxd/client.js';
import { findInstance, listSnapshots } from '../lxd/instances.js';
import { markOf } from '../model/marks.js';

export async function stateOfCopy(lxd: LxdClient, command: MigrationCommand__Output): Promise<CopyState> {
  const instance = await findInstance(lxd, command.container);
  if (!instance) return { exists: false };
  const mark = markOf(instance);
  return {
    exists: true,
    status: instance.status,
    migrationId: mark?.migrationId ?? '',
    role: mark?.migrationId === command.migrationId ? mark.role : '',
    held: mark?.saved !== undefined,
    // LXD writes RUNNING once a start has succeeded; a failed one leaves STOPPED, though it too changes
    // `last_used_at`. The copy came without this key (manifest.ts), so whatever it says happened here.
    hasRun: instance.config['volatile.last_state.power'] === 'RUNNING',
    snapshots: [...(await listSnapshots(lxd, command.container))],
  };
}

/** How every command of a migration acts on its container: one at a time, and only with the newest fence. */
import type { KeyedMutex } from '../../common/async/keyed-mutex.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { LxdClient } from '../lxd/client.js';
import { findInstance } from '../lxd/instances.js';
import type { Instance } from '../lxd/types.js';
import { checkFence, writtenMark } from '../model/marks.js';
import type { Fences } from './fences.js';

export interface StepParts {
  readonly lxd: LxdClient;
  readonly mutex: KeyedMutex;
  readonly fences: Fences;
}

/** `action` names the step to users who are refused meanwhile; they wait for a brief one. Throws `aborted`. */
export function migrationStep<T>(
  { lxd, mutex, fences }: StepParts,
  command: MigrationCommand__Output,
  { action, isBrief = false }: { readonly action: string; readonly isBrief?: boolean },
  work: (instance: Instance | undefined) => Promise<T>,
): Promise<T> {
  const admitted = async () => {
    const instance = await findInstance(lxd, command.container);
    const mark = instance && writtenMark(instance);
    if (mark?.migrationId === command.migrationId) checkFence(command.container, mark.fence, command.fence);
    await fences.admit(command);
    return work(instance);
  };
  return mutex.queue(command.container, action, admitted, isBrief);
}

/** The source's half of moving a custom storage volume: its passes, and its removal after the move. */
import { CopaError } from '../../common/errors.js';
import { identityUri } from '../../common/pki/identity.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { MovedVolume__Output } from '../../proto/gen/copa/agent/v1/MovedVolume.js';
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import type { VolumeName__Output } from '../../proto/gen/copa/agent/v1/VolumeName.js';
import type { LxdClient } from '../lxd/client.js';
import {
  deleteCustomVolume,
  findCustomVolume,
  updateCustomVolume,
  volumeDevices,
  volumeFolder,
  volumeOf,
  volumePath,
  volumeSnapshots,
  type VolumeName,
} from '../lxd/custom-volumes.js';
import { getInstance } from '../lxd/instances.js';
import { startOperation } from '../lxd/operations.js';
import { spaceMeter } from '../lxd/storage.js';
import type { Instance } from '../lxd/types.js';
import { ownVolumes } from '../model/own-volumes.js';
import { isMarkedVolume, markedVolumes, unmarkVolume, volumeMark } from '../model/volume-marks.js';
import { knownFeatures } from '../transport/stream-features.js';
import { declineCompression } from './migration-header.js';
import { sendingChannels, type SendingParts } from '../transport/sending-channels.js';
import type { TransferHandle, Transfers } from './transfers.js';
import { nameVolumeChanges } from './volume-files.js';
import { inspectVolumes } from './volume-inspection.js';

export interface VolumeSourceParts extends SendingParts {
  readonly lxd: LxdClient;
  readonly transfers: Transfers;
}

type Request = SendCopyRequest__Output & {
  readonly command: MigrationCommand__Output;
  readonly volume: VolumeName__Output;
};

/** Starts a pass of a volume that the held container attaches, and that can move. Marks it first. */
export async function sendVolume(parts: VolumeSourceParts, request: Request): Promise<TransferHandle> {
  const { lxd, transfers } = parts;
  const { command } = request;
  const volume = nameOf(request.volume);
  await checkMoves(lxd, command.container, volume);
  await updateCustomVolume(lxd, volume, () => volumeMark(command.migrationId, 'source'));
  const { relayed, bytesPerSecondMax } = request;
  return transfers.begin(
    { id: request.transferId, migrationId: command.migrationId, bytesPerSecondMax },
    {
      live: false,
      peer: relayed ? 'controller' : identityUri({ role: 'agent', name: request.destinationPool }),
      container: volumeFolder(volume.name),
      features: knownFeatures(request.streamFeatures),
      space: spaceMeter(lxd, () => Promise.resolve(volume.pool)),
      operationFirst: true,
      isAwaiting: relayed,
      amendHeader: request.compress ? undefined : declineCompression,
      prepare: (control) => nameVolumeChanges(lxd, volume, request, control),
      startOperation: () =>
        startOperation(lxd, 'POST', volumePath(volume), {
          name: volume.name,
          pool: volume.pool,
          migration: true,
          volume_only: false,
        }),
      channels: (names, signal) => sendingChannels(parts, request, names, signal),
    },
  );
}

async function checkMoves(lxd: LxdClient, container: string, { pool, name }: VolumeName): Promise<void> {
  const instance = await getInstance(lxd, container);
  const { volumes } = await inspectVolumes(lxd, instance, [], { measure: false, compare: false });
  const found = volumes.find(({ storagePool, volume }) => storagePool === pool && volume === name);
  const problem = found
    ? found.problem
    : `container "${container}" does not attach the storage volume "${name}" of storage pool "${pool}"`;
  if (problem) throw new CopaError('failed_precondition', problem);
}

/**
 * Before a container is deleted after its migration: takes the mark off the volumes that it does not attach any more, so
 * that they stay. Somebody has detached them after the last pass, and the destination's container has none of them.
 */
export async function keepDetached(
  lxd: LxdClient,
  migrationId: string,
  { expanded_devices: devices }: Pick<Instance, 'expanded_devices'>,
): Promise<void> {
  const isAttached = ownVolumes(Object.values(volumeDevices(devices)).map(volumeOf));
  for (const volume of await markedVolumes(lxd, migrationId)) {
    if (!isAttached(volume)) await unmarkVolume(lxd, volume, migrationId);
  }
}

/**
 * Deletes the volumes of a container that is gone, after its migration. One that this migration has not copied, that
 * something else uses by now, or that has got another snapshot, stays.
 */
export async function removeVolumes(
  lxd: LxdClient,
  migrationId: string,
  moved: readonly MovedVolume__Output[],
): Promise<void> {
  for (const { name, snapshots } of moved) {
    if (!name) continue;
    const volume = nameOf(name);
    const found = await findCustomVolume(lxd, volume);
    if (!found || !isMarkedVolume(found, migrationId, 'source') || found.used_by?.length) continue;
    const now = await volumeSnapshots(lxd, volume);
    if (now.every((each) => snapshots.includes(each.name))) await deleteCustomVolume(lxd, volume);
  }
}

function nameOf({ storagePool: pool, volume: name }: VolumeName__Output): VolumeName {
  return { pool, name };
}

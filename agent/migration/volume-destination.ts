/** The destination's half of moving a custom storage volume: its passes, and its removal on the way back. */
import { CopaError } from '../../common/errors.js';
import { identityUri } from '../../common/pki/identity.js';
import type { AttachedVolume__Output } from '../../proto/gen/copa/agent/v1/AttachedVolume.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { MigrationCommand__Output } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { ReceiveCopyRequest__Output } from '../../proto/gen/copa/agent/v1/ReceiveCopyRequest.js';
import type { VolumeName__Output } from '../../proto/gen/copa/agent/v1/VolumeName.js';
import type { LxdClient } from '../lxd/client.js';
import {
  closeVolumeFolders,
  deleteCustomVolume,
  findCustomVolume,
  volumeFolder,
  volumesPath,
  type VolumeName,
} from '../lxd/custom-volumes.js';
import { endOperations, startOperation } from '../lxd/operations.js';
import { spaceMeter } from '../lxd/storage.js';
import {
  isMarkedVolume,
  markedVolumes,
  movingVolumeConfig,
  unmarkVolume,
  volumeMark,
} from '../model/volume-marks.js';
import type { ExpectedPeer, StreamListener } from '../transport/listener.js';
import { knownFeatures } from '../transport/stream-features.js';
import { snapshotsIn, withVolumeSize } from './migration-header.js';
import { checkShellNames } from './shell-names.js';
import type { TransferHandle, Transfers } from './transfers.js';
import { movingVolumes, placeOf } from './volume-admission.js';
import { volumeMarker } from './volume-files.js';

const settleTimeoutMs = 60_000;

/** Limit from readiness until the source's channels are connected. */
const streamTimeoutMs = 180_000;

export interface VolumeDestinationParts {
  readonly lxd: LxdClient;
  readonly transfers: Transfers;
  readonly listener: StreamListener;
}

type Request = ReceiveCopyRequest__Output & {
  readonly command: MigrationCommand__Output;
  readonly manifest: Manifest__Output;
  readonly volume: VolumeName__Output;
};

/** Prepares for a pass of a volume. A first pass replaces what an earlier one of the migration has left. */
export async function receiveVolume(
  parts: VolumeDestinationParts,
  request: Request,
): Promise<TransferHandle> {
  const { lxd, transfers, listener } = parts;
  const { command, refresh } = request;
  const described = describedIn(request);
  const place = placeOf(described, request.mapping);
  await preparePlace(lxd, place, command.migrationId, refresh);
  await closeVolumeFolders(lxd, place.pool);
  const peer: ExpectedPeer = request.relayed ? 'controller' : { role: 'agent', name: request.sourcePool };
  const features = knownFeatures(request.streamFeatures);
  const namesComing = refresh && features.has('changed-files');
  const marker = namesComing ? await volumeMarker(lxd, place, described) : undefined;
  return transfers.begin(
    { id: request.transferId, migrationId: command.migrationId },
    {
      live: false,
      peer: peer === 'controller' ? peer : identityUri(peer),
      container: volumeFolder(place.name),
      features,
      space: spaceMeter(lxd, () => Promise.resolve(place.pool)),
      operationFirst: false,
      isAwaiting: true,
      amendHeader: (offer) => {
        checkShellNames([place.name, ...snapshotsIn(offer).map(({ name }) => name)]);
        return withVolumeSize(offer);
      },
      completesAnswer: true,
      prepare: namesComing ? (control) => control.allNamed : undefined,
      changedFiles: (names) => marker?.mark(names),
      startOperation: () =>
        startOperation(
          lxd,
          'POST',
          volumesPath(place.pool),
          volumeRequest(described, place, { migrationId: command.migrationId, refresh }),
        ),
      channels: (names, signal) =>
        listener.expect(request.ticket, peer, names, { timeoutMs: streamTimeoutMs, signal }),
    },
  );
}

function describedIn({ manifest, volume }: Request): AttachedVolume__Output {
  const found = movingVolumes(manifest).find(
    (each) => each.storagePool === volume.storagePool && each.volume === volume.volume,
  );
  if (found) return found;
  throw new CopaError('invalid_argument', `the manifest does not describe the volume "${volume.volume}"`);
}

/** The body of the destination's request that creates the marked volume. */
function volumeRequest(
  { description, config }: AttachedVolume__Output,
  { name }: VolumeName,
  { migrationId, refresh }: { readonly migrationId: string; readonly refresh: boolean },
): object {
  return {
    name,
    type: 'custom',
    content_type: 'filesystem',
    description,
    // With volatile.idmap.last: the files come with the source's owners, and the first start changes them.
    config: { ...movingVolumeConfig(config), ...volumeMark(migrationId, 'destination') },
    source: { type: 'migration', mode: 'push', volume_only: false, ...(refresh ? { refresh } : {}) },
  };
}

/** A refresh needs this migration's volume. A first pass needs an unused name. */
async function preparePlace(
  lxd: LxdClient,
  place: VolumeName,
  migrationId: string,
  refresh: boolean,
): Promise<void> {
  const found = await findCustomVolume(lxd, place);
  const isOurs = found !== undefined && isMarkedVolume(found, migrationId, 'destination');
  if (found && !isOurs) throw new CopaError('already_exists', takenMessage(place, found.used_by));
  if (refresh && !found) {
    const message = `the destination has no copy of storage volume "${place.name}" that belongs to migration ${migrationId}`;
    throw new CopaError('failed_precondition', message);
  }
  if (found?.used_by?.length) {
    const message = `the copy of storage volume "${place.name}" on the destination is used already (${found.used_by.join(', ')})`;
    throw new CopaError('failed_precondition', message);
  }
  if (found && !refresh) await removeVolume(lxd, place);
}

export function takenMessage({ pool, name }: VolumeName, usedBy: readonly string[] | null): string {
  const users = (usedBy ?? []).map((path) => path.replace(/^\/1\.0\//, '')).join(', ');
  return `storage pool "${pool}" on the destination has a storage volume "${name}" already${users ? ` (used by ${users})` : ''}: rename or delete one of the two`;
}

/**
 * Removes the volumes that the migration has made here. On the way back, one that somebody uses stays, without the mark;
 * before the copy starts, its own are used.
 */
export async function removeMadeVolumes(
  lxd: LxdClient,
  migrationId: string,
  { keepsMark = false }: { readonly keepsMark?: boolean } = {},
): Promise<void> {
  for (const volume of await markedVolumes(lxd, migrationId)) {
    if (!isMarkedVolume(volume, migrationId, 'destination')) continue;
    if (!volume.used_by?.length) await removeVolume(lxd, volume);
    else if (!keepsMark) await unmarkVolume(lxd, volume, migrationId);
  }
}

async function removeVolume(lxd: LxdClient, volume: VolumeName): Promise<void> {
  await endOperations(lxd, volume.name, settleTimeoutMs);
  await deleteCustomVolume(lxd, volume);
}

/** Each side's part in making a refresh of a custom volume exact; see changed-files.ts. */
import { CopaError } from '../../common/errors.js';
import type { AttachedVolume__Output } from '../../proto/gen/copa/agent/v1/AttachedVolume.js';
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import type { LxdClient } from '../lxd/client.js';
import type { VolumeName } from '../lxd/custom-volumes.js';
import { findStoragePool } from '../lxd/storage.js';
import type { ControlChannel } from '../transport/control-channel.js';
import { knownFeatures } from '../transport/stream-features.js';
import { CopyMarker, isOwnFormat, nameChangedFiles, visibleCustomVolume } from './changed-files.js';

type Refresh = Pick<SendCopyRequest__Output, 'refresh' | 'changedSinceMs' | 'streamFeatures'>;

/** The directory of the volume's files; undefined when they are not visible. */
export async function filesOfVolume(
  lxd: LxdClient,
  { pool: name, name: volume }: VolumeName,
): Promise<string | undefined> {
  const pool = await findStoragePool(lxd, name);
  return pool && visibleCustomVolume(lxd, pool, volume);
}

/**
 * Source: sends the names of the files that the refresh must not take for unchanged, and ends the list. A volume with
 * snapshots is not refreshed. Throws `failed_precondition` when the files are not visible.
 */
export async function nameVolumeChanges(
  lxd: LxdClient,
  volume: VolumeName,
  { refresh, changedSinceMs, streamFeatures }: Refresh,
  control: ControlChannel,
): Promise<void> {
  if (!refresh) return;
  const directory = await filesOfVolume(lxd, volume);
  if (directory === undefined || !knownFeatures(streamFeatures).has('changed-files')) {
    throw unseen('source', volume);
  }
  const send = (names: Buffer) => control.sendChangedFiles(names);
  await nameChangedFiles(directory, changedSinceMs, send);
  await send(Buffer.alloc(0));
}

/**
 * Destination: returns the handler for the names that arrive before the daemon begins. Throws `failed_precondition`
 * when the copy's files are not visible.
 */
export async function volumeMarker(
  lxd: LxdClient,
  place: VolumeName,
  from: Pick<AttachedVolume__Output, 'storageDriver'>,
): Promise<CopyMarker | undefined> {
  const pool = await findStoragePool(lxd, place.pool);
  if (pool && isOwnFormat(pool, from)) return undefined;
  const directory = pool && (await visibleCustomVolume(lxd, pool, place.name));
  if (directory === undefined) throw unseen('destination', place);
  return new CopyMarker(directory);
}

function unseen(where: 'source' | 'destination', { name }: VolumeName): CopaError {
  return new CopaError(
    'failed_precondition',
    `the agent of the ${where} cannot see the files of storage volume "${name}", so it cannot make sure that the last pass brings all of them: use passes_max=0`,
  );
}

/** Each side's part in making a refresh exact where the daemons use rsync; see changed-files.ts. */
import { CopaError } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { SendCopyRequest__Output } from '../../proto/gen/copa/agent/v1/SendCopyRequest.js';
import type { LxdClient } from '../lxd/client.js';
import { getInstance } from '../lxd/instances.js';
import { listSnapshotSettings } from '../lxd/snapshots.js';
import { findStoragePool, rootDisk } from '../lxd/storage.js';
import type { ControlChannel } from '../transport/control-channel.js';
import { knownFeatures } from '../transport/stream-features.js';
import {
  CopyMarker,
  hasFilesLikeSnapshot,
  isOwnFormat,
  nameChangedFiles,
  nameFilesLikeSnapshot,
  snapshotTrail,
  visibleVolume,
  type SnapshotTrail,
} from './changed-files.js';

type Refresh = Pick<
  SendCopyRequest__Output,
  'refresh' | 'firstRefresh' | 'changedSinceMs' | 'helperSnapshot' | 'streamFeatures'
>;

/**
 * Source: sends the names of the files that the refresh must not take for unchanged, and ends the list. Storage that
 * sends differences between its snapshots needs no names. Throws `failed_precondition` when the files are not
 * visible.
 */
export async function nameSuspects(
  lxd: LxdClient,
  container: string,
  refresh: Refresh,
  control: ControlChannel,
): Promise<void> {
  if (!refresh.refresh || !knownFeatures(refresh.streamFeatures).has('changed-files')) return;
  const send = (names: Buffer) => control.sendChangedFiles(names);
  if (!refresh.helperSnapshot) {
    const { volume, trail } = await filesOf(lxd, container);
    if (volume === undefined) {
      const message = `the agent of the source cannot see the files of "${container}", so it cannot make sure that the last pass brings all of them: use passes_max=0`;
      throw new CopaError('failed_precondition', message);
    }
    await nameChangedFiles(volume, refresh.changedSinceMs, send);
    if (refresh.firstRefresh && trail) await nameFilesLikeSnapshot(volume, trail, send);
  }
  await send(Buffer.alloc(0));
}

/**
 * Source: whether a copy that is sent at once may hold a file in its snapshot's state; false when the files are not
 * visible.
 */
export async function hasSuspects(lxd: LxdClient, container: string): Promise<boolean> {
  const { volume, trail } = await filesOf(lxd, container);
  return volume !== undefined && trail !== undefined && (await hasFilesLikeSnapshot(volume, trail));
}

/**
 * Destination: returns the handler for the names that arrive before the daemon begins. Throws `failed_precondition`
 * when the copy's files are not visible.
 */
export async function suspectMarker(
  lxd: LxdClient,
  manifest: Pick<Manifest__Output, 'container' | 'storageDriver'>,
): Promise<CopyMarker | undefined> {
  const { container } = manifest;
  const { expanded_devices: devices } = await getInstance(lxd, container);
  const pool = await findStoragePool(lxd, rootDisk(devices)?.['pool'] ?? '');
  if (pool && isOwnFormat(pool, manifest)) return undefined;
  const volume = pool && (await visibleVolume(lxd, pool, container));
  if (volume !== undefined) return new CopyMarker(volume);
  throw new CopaError(
    'failed_precondition',
    `the agent of the destination cannot see the files of "${container}", so it cannot make sure that the last pass brings all of them: use passes_max=0`,
  );
}

async function filesOf(
  lxd: LxdClient,
  container: string,
): Promise<{ readonly volume: string | undefined; readonly trail: SnapshotTrail | undefined }> {
  const [{ expanded_devices: devices }, snapshots] = await Promise.all([
    getInstance(lxd, container),
    listSnapshotSettings(lxd, container),
  ]);
  const pool = await findStoragePool(lxd, rootDisk(devices)?.['pool'] ?? '');
  if (!pool) return { volume: undefined, trail: undefined };
  return {
    volume: await visibleVolume(lxd, pool, container),
    trail: await snapshotTrail(lxd, pool, container, snapshots),
  };
}

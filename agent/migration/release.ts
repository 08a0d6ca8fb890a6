/** The snapshots that passes made, and what else a migration leaves on a copy that lives. */
import type { LxdClient } from '../lxd/client.js';
import { updateInstance } from '../lxd/instances.js';
import { deleteSnapshot, snapshotNames } from '../lxd/snapshots.js';
import { removeEmptySnapshots } from '../lxd/stale-snapshots.js';
import { settleSnapshots } from '../lxd/storage.js';
import type { Instance } from '../lxd/types.js';
import { helperSnapshotPrefix } from '../model/helper-snapshots.js';
import { markOf, unmarking, writtenMark } from '../model/marks.js';
import { releaseVolumes } from '../model/volume-marks.js';

export async function deleteHelpers(lxd: LxdClient, container: string, migrationId: string): Promise<void> {
  for (const snapshot of await snapshotNames(lxd, container)) {
    if (snapshot.startsWith(helperSnapshotPrefix(migrationId)))
      await deleteSnapshot(lxd, container, snapshot);
  }
}

/** Makes a copy an ordinary container: no marks, no helper snapshots. Another migration's mark stays. */
export async function releaseCopy(lxd: LxdClient, instance: Instance, migrationId: string): Promise<void> {
  const { name } = instance;
  // A mark that came with a copy of another container says nothing about that one's volumes.
  if (markOf(instance)) await releaseVolumes(lxd, migrationId);
  await deleteHelpers(lxd, name, migrationId);
  await settleSnapshots(lxd, instance);
  await removeEmptySnapshots(lxd, instance);
  await updateInstance(lxd, name, (now) =>
    writtenMark(now)?.migrationId === migrationId ? unmarking(now) : undefined,
  );
}

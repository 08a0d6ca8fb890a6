/**
 * COPA's mark on a custom storage volume: `user.copa.migration` and `user.copa.role` in its config. A destination makes
 * a volume with the mark, and only a marked one is refreshed, attached to the copy, or removed. On a source, the mark
 * shows which volume was copied: only that one is deleted after the move.
 */
import { isCopaError } from '../../common/errors.js';
import type { LxdClient } from '../lxd/client.js';
import {
  listCustomVolumes,
  updateCustomVolume,
  type CustomVolume,
  type VolumeName,
} from '../lxd/custom-volumes.js';
import { isMarkKey, migrationKey, roleKey, type CopyRole } from './marks.js';

type Config = CustomVolume['config'];

export function volumeMark(migrationId: string, role: CopyRole): Record<string, string> {
  return { [migrationKey]: migrationId, [roleKey]: role };
}

export function isMarkedVolume(
  { config }: Pick<CustomVolume, 'config'>,
  migrationId: string,
  role: CopyRole,
) {
  return config[migrationKey] === migrationId && config[roleKey] === role;
}

/** The keys of a volume's config that every daemon knows and that mean the same on each storage. */
const movingKeys =
  /^(size|snapshots\.(expiry|pattern|schedule)|security\.shifted|volatile\.idmap\.last|user\..+)$/;

/** Whether a key of a volume's config moves to another host. */
export function movesWithVolume(key: string): boolean {
  return movingKeys.test(key) && !isMarkKey(key);
}

export function movingVolumeConfig(config: Config): Record<string, string> {
  return Object.fromEntries(Object.entries(config).filter(([key]) => movesWithVolume(key)));
}

/** The volumes on this host with the mark of a migration, in any role. */
export async function markedVolumes(
  lxd: LxdClient,
  migrationId: string,
): Promise<(CustomVolume & VolumeName)[]> {
  return (await listCustomVolumes(lxd)).filter(({ config }) => config[migrationKey] === migrationId);
}

/** Makes the volumes of a migration ordinary ones. */
export async function releaseVolumes(lxd: LxdClient, migrationId: string): Promise<void> {
  for (const volume of await markedVolumes(lxd, migrationId)) await unmarkVolume(lxd, volume, migrationId);
}

/** One that is gone needs no more. */
export async function unmarkVolume(lxd: LxdClient, volume: VolumeName, migrationId: string): Promise<void> {
  const unmarking = ({ config }: CustomVolume) => {
    const marks = Object.keys(config).filter(isMarkKey);
    return config[migrationKey] === migrationId
      ? Object.fromEntries(marks.map((key) => [key, null]))
      : undefined;
  };
  await updateCustomVolume(lxd, volume, unmarking).catch((error: unknown) => {
    if (!isCopaError(error, 'not_found')) throw error;
  });
}

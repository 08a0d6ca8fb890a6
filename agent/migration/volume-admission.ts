/**
 * Which devices may attach a storage volume here. A container from another host must never get a volume of this host, so
 * only those count that its migration has made, and they carry its mark.
 */
import { CopaError } from '../../common/errors.js';
import type { AttachedVolume__Output } from '../../proto/gen/copa/agent/v1/AttachedVolume.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { LxdClient } from '../lxd/client.js';
import {
  findCustomVolume,
  volumeDevices,
  volumeOf,
  type CustomVolume,
  type VolumeName,
} from '../lxd/custom-volumes.js';
import type { Devices } from '../lxd/types.js';
import { ownVolumes, type OwnVolumes } from '../model/own-volumes.js';
import { isMarkedVolume } from '../model/volume-marks.js';
import { poolHere } from './mapping.js';

/** The volumes of the source that can move; it has a finding for each other one. */
export function movingVolumes({ volumes }: Pick<Manifest__Output, 'volumes'>): AttachedVolume__Output[] {
  return volumes.filter(({ problem }) => problem === '');
}

/** Where a volume of the source goes on this host. */
export function placeOf(
  { storagePool, volume }: AttachedVolume__Output,
  mapping: Mapping__Output | null,
): VolumeName {
  return { pool: poolHere(storagePool, mapping), name: volume };
}

export function placesOf(
  manifest: Pick<Manifest__Output, 'volumes'>,
  mapping: Mapping__Output | null,
): VolumeName[] {
  return movingVolumes(manifest).map((volume) => placeOf(volume, mapping));
}

/** Those of the places that the migration has filled or may still fill: nothing is there, or it has made it. */
export async function openPlaces(
  lxd: LxdClient,
  places: readonly VolumeName[],
  migrationId: string,
): Promise<OwnVolumes> {
  return ownVolumes(await those(lxd, places, (found) => !found || isOurs(found, migrationId)));
}

/** The volumes that these devices attach and that the migration has made. */
export async function volumesMade(
  lxd: LxdClient,
  all: readonly Devices[],
  migrationId: string,
): Promise<OwnVolumes> {
  const places = all.flatMap((devices) => Object.values(volumeDevices(devices)).map(volumeOf));
  const once = [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
  return ownVolumes(await those(lxd, once, (found) => found !== undefined && isOurs(found, migrationId)));
}

/** Throws `failed_precondition` for a device that attaches anything else, whatever this host allows. */
export function checkAttached(devices: Devices, isOwn: OwnVolumes): void {
  const foreign = Object.entries(volumeDevices(devices)).find(([, device]) => !isOwn(volumeOf(device)));
  if (!foreign) return;
  const [name, device] = foreign;
  throw new CopaError(
    'failed_precondition',
    `device "${name}" attaches the storage volume "${volumeOf(device).name}", which this migration has not brought to the destination`,
  );
}

async function those(
  lxd: LxdClient,
  places: readonly VolumeName[],
  counts: (found: CustomVolume | undefined) => boolean,
): Promise<VolumeName[]> {
  const found = await Promise.all(places.map((place) => findCustomVolume(lxd, place)));
  return places.filter((_, index) => counts(found[index]));
}

function isOurs(volume: CustomVolume, migrationId: string): boolean {
  return isMarkedVolume(volume, migrationId, 'destination');
}

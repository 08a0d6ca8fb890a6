/** Which storage volumes of this host a container from another host may attach: those that came with it. */
import { attachesVolume, volumeOf, type VolumeName } from '../lxd/custom-volumes.js';
import type { Devices } from '../lxd/types.js';
import { strangeVolumeOptions } from './harmless.js';

/** Whether a volume of this host came with the container, or will. */
export type OwnVolumes = (volume: VolumeName) => boolean;

export const noVolumes: OwnVolumes = () => false;

export function ownVolumes(own: readonly VolumeName[]): OwnVolumes {
  return ({ pool, name }) => own.some((each) => each.pool === pool && each.name === name);
}

/** The devices that still have to be judged as privileges: without those that attach its own volumes. */
export function withoutOwnVolumes(devices: Devices, isOwn: OwnVolumes): Devices {
  const isHarmless = (device: Devices[string]) =>
    attachesVolume(device) && isOwn(volumeOf(device)) && strangeVolumeOptions(device).length === 0;
  return Object.fromEntries(Object.entries(devices).filter(([, device]) => !isHarmless(device)));
}

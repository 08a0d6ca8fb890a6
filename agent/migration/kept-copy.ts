/** Deletes or keeps a copy that is no longer the container. */
import { volumeOf } from '../lxd/custom-volumes.js';
import { deleteInstance, getInstance, updateInstance, withoutAddresses } from '../lxd/instances.js';
import type { LxdClient } from '../lxd/client.js';
import type { Devices } from '../lxd/types.js';
import { markOf, unmarking } from '../model/marks.js';
import { releaseVolumes } from '../model/volume-marks.js';
import { volumesMade } from './volume-admission.js';

const protection = 'security.protection.delete';

/** Deletes a stopped copy of this migration. Overrides deletion protection by its own setting or by a profile. */
export async function deleteProtected(lxd: LxdClient, container: string): Promise<void> {
  await updateInstance(lxd, container, ({ config, expanded_config: expanded = config }) =>
    expanded[protection] === undefined || expanded[protection] === 'false'
      ? undefined
      : { config: { [protection]: 'false' } },
  );
  await deleteInstance(lxd, container);
}

/** The devices of a copy that was never started, for the volumes that are there. */
async function volumesLeft(lxd: LxdClient, migrationId: string, name: string): Promise<Devices> {
  const devices = markOf(await getInstance(lxd, name))?.saved?.volumes ?? {};
  const isMade = await volumesMade(lxd, [devices], migrationId);
  return Object.fromEntries(Object.entries(devices).filter(([, device]) => isMade(volumeOf(device))));
}

/**
 * Turns a renamed copy of the migration into an ordinary, stopped container. It does not start automatically and
 * shares no address with the original: an equal MAC or fixed address would prevent the original from starting.
 */
export async function dressKept(lxd: LxdClient, migrationId: string, name: string): Promise<void> {
  const volumes = await volumesLeft(lxd, migrationId, name);
  await updateInstance(lxd, name, (instance) => {
    if (markOf(instance)?.migrationId !== migrationId) return undefined;
    const addresses = Object.keys(instance.config).filter((key) => /^volatile\..+\.hwaddr$/.test(key));
    const change = unmarking(instance);
    const devices = { ...(change.devices ?? instance.devices), ...volumes };
    return {
      ephemeral: false,
      devices: withoutAddresses(devices, instance.expanded_devices),
      config: {
        ...change.config,
        'boot.autostart': 'false',
        ...Object.fromEntries(addresses.map((key) => [key, null])),
      },
    };
  });
  await releaseVolumes(lxd, migrationId);
}

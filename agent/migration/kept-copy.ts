/** What becomes of a copy that is not the container any more: it is deleted, or kept as an ordinary one. */
import { deleteInstance, updateInstance, withoutAddresses } from '../lxd/instances.js';
import type { LxdClient } from '../lxd/client.js';
import { markOf, unmarking } from '../model/marks.js';

const protection = 'security.protection.delete';

/** Deletes a stopped copy of ours, whatever protects it: its own setting, or a profile's. */
export async function deleteProtected(lxd: LxdClient, container: string): Promise<void> {
  await updateInstance(lxd, container, ({ config, expanded_config: expanded = config }) =>
    expanded[protection] === undefined || expanded[protection] === 'false'
      ? undefined
      : { config: { [protection]: 'false' } },
  );
  await deleteInstance(lxd, container);
}

/**
 * Makes a copy of the migration that was renamed an ordinary, stopped container. Nothing starts it by itself, and it
 * shares no address with the container: a second MAC or fixed address would keep the original from starting.
 */
export async function dressKept(lxd: LxdClient, migrationId: string, name: string): Promise<void> {
  await updateInstance(lxd, name, (instance) => {
    if (markOf(instance)?.migrationId !== migrationId) return undefined;
    const addresses = Object.keys(instance.config).filter((key) => /^volatile\..+\.hwaddr$/.test(key));
    const change = unmarking(instance);
    const devices = change.devices ?? instance.devices;
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
}

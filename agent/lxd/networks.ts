/** The daemon's networks, and what a network interface becomes on one of them. */
import type { LxdClient } from './client.js';
import type { Devices, Network } from './types.js';

/** By the network's name. */
export type NetworkTypes = ReadonlyMap<string, string>;

export function listNetworks(lxd: LxdClient): Promise<readonly Network[]> {
  return lxd.get<Network[]>('/1.0/networks?recursion=1');
}

export function typesOf(networks: readonly Network[]): NetworkTypes {
  return new Map(networks.filter(({ managed }) => managed).map(({ name, type }) => [name, type]));
}

/**
 * The devices as the daemon takes them: an interface on one of its networks is of that network's type, so that one on a
 * `physical` network is given the interface of the host.
 */
export function withNicTypes(devices: Devices, types: NetworkTypes): Devices {
  return Object.fromEntries(
    Object.entries(devices).map(([name, device]) => {
      const type = device['type'] === 'nic' ? types.get(device['network'] ?? '') : undefined;
      if (type === undefined) return [name, device];
      return [name, { ...device, nictype: type === 'bridge' ? 'bridged' : type }];
    }),
  );
}

export function usesNetworks(devices: Devices): boolean {
  return Object.values(devices).some((device) => device['type'] === 'nic' && device['network']);
}

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

/** Managed bridges can need seconds: their dnsmasq starts with them. */
const changeTimeoutMs = 60_000;

const networkPath = (name: string) => `/1.0/networks/${encodeURIComponent(name)}`;

export async function createBridge(lxd: LxdClient, name: string, config: Devices[string]): Promise<void> {
  const body = { name, type: 'bridge', config };
  await lxd.request('POST', '/1.0/networks', { body, timeoutMs: changeTimeoutMs });
}

/** Sets these keys, and keeps the others. */
export async function changeNetwork(lxd: LxdClient, name: string, config: Devices[string]): Promise<void> {
  await lxd.request('PATCH', networkPath(name), { body: { config }, timeoutMs: changeTimeoutMs });
}

/** Throws `failed_precondition` or `internal` while something uses it. */
export async function deleteNetwork(lxd: LxdClient, name: string): Promise<void> {
  await lxd.request('DELETE', networkPath(name), { timeoutMs: changeTimeoutMs });
}

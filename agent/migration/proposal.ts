/**
 * Proposes a mapping for a container on this host, with a resource of this host for each name that does not exist
 * here. The preflight tries a proposal before it is returned to anyone.
 */
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import { isIP } from 'node:net';
import { rootDisk } from '../lxd/storage.js';
import type { Devices, Network, StoragePool } from '../lxd/types.js';
import type { Settings } from '../model/privileges.js';
import { isInside } from './addresses.js';
import { devicesFromProto } from './manifest.js';
import { mappedProfiles, namedIn, networkOf, profilesThere, translatorOf } from './mapping.js';
import { expand } from './settings-check.js';

export interface HostNames {
  readonly profiles: ReadonlyMap<string, Settings>;
  readonly networks: readonly Network[];
  readonly storagePools: readonly StoragePool[];
}

/** Storage that accepts only volumes of other kinds. */
const noRootDrivers: readonly string[] = ['cephfs', 'cephobject'];

/** Limit on the storage pools to try, because each costs a request to the daemon. */
const poolsMax = 8;

/** The mappings to try, the likeliest first; empty when no resource of the host would help. */
export function proposals(
  manifest: Manifest__Output,
  mapping: Mapping__Output,
  host: HostNames,
): Mapping__Output[] {
  const flatten = mapping.flatten || needsFlatten(manifest, mapping, host);
  const nics: Record<string, string> = { ...mapping.nics };
  for (const [name, device] of nicsWithoutNetwork(manifest, { ...mapping, flatten }, host)) {
    const instead = networkFor(device, host);
    if (instead !== undefined && !Object.hasOwn(nics, name)) nics[name] = instead;
  }
  const based = { ...mapping, flatten, nics };
  const pools = poolsFor(manifest, host).slice(0, poolsMax);
  return [based, ...pools.map((storage) => ({ ...based, storage }))];
}

/** NICs of the container and of its snapshots that would be on a network that this host does not have. */
function nicsWithoutNetwork(
  manifest: Manifest__Output,
  mapping: Mapping__Output,
  host: HostNames,
): (readonly [name: string, device: Devices[string]])[] {
  const translate = translatorOf(manifest, mapping, { here: host.profiles, networks: host.networks });
  const exists = (network: string | undefined) =>
    network === undefined || host.networks.some(({ name }) => name === network);
  const there = profilesThere(manifest);
  return [manifest, ...manifest.snapshotSettings].flatMap(({ config, devices, profiles }) => {
    const own = { config, devices: devicesFromProto(devices), profiles };
    const before = expand(own, there).devices;
    // A device that only a profile here adds is not the container's.
    return Object.entries(expand(translate(own), host.profiles).devices).filter(
      ([name, device]) =>
        Object.hasOwn(before, name) && device['type'] === 'nic' && !exists(networkOf(device)),
    );
  });
}

function needsFlatten(manifest: Manifest__Output, mapping: Mapping__Output, host: HostNames): boolean {
  return lacksProfile(manifest, mapping, host) || lacksDevice(manifest, mapping, host);
}

function lacksProfile(manifest: Manifest__Output, mapping: Mapping__Output, host: HostNames): boolean {
  const used = [manifest, ...manifest.snapshotSettings].flatMap(({ profiles }) => profiles);
  return used.some((profile) => !host.profiles.has(namedIn(mapping.profiles, profile) ?? profile));
}

/** Whether the profiles here lack a device that the source's profiles have. */
function lacksDevice(manifest: Manifest__Output, mapping: Mapping__Output, host: HostNames): boolean {
  const { config, devices, expandedDevices } = manifest;
  const profiles = mappedProfiles(manifest.profiles, mapping.profiles);
  const here = expand({ config, devices: devicesFromProto(devices), profiles }, host.profiles).devices;
  return Object.entries(expandedDevices).some(
    ([name, { options }]) =>
      options['type'] !== 'none' && (namedIn(here, name)?.['type'] ?? 'none') === 'none',
  );
}

/** A bridge for a NIC: first that of this host's default profile, then managed ones, then the host's own. */
function networkFor(device: Devices[string], { profiles, networks }: HostNames): string | undefined {
  // Only a user can choose the interface for a NIC of another kind.
  if (device['network'] === undefined && (device['nictype'] ?? 'bridged') !== 'bridged') return undefined;
  const usual = Object.values(profiles.get('default')?.devices ?? {}).map(networkOf);
  const bridges = networks.filter(({ type, managed }) => type === 'bridge' || (managed && type === 'ovn'));
  const fits = (network: Network) =>
    network.managed && isInSubnets(device, network.config ?? {}) && hasFixedAddress(device);
  const ranked = [
    ...bridges.filter(fits),
    ...bridges.filter(({ name }) => usual.includes(name)),
    ...bridges.filter(({ managed }) => managed),
    ...bridges,
  ];
  return ranked[0]?.name;
}

const families = ['ipv4.address', 'ipv6.address'] as const;

function hasFixedAddress(device: Devices[string]): boolean {
  return families.some((family) => isIP(device[family] ?? '') !== 0);
}

/** Whether the fixed addresses of a NIC are in a network's subnets. */
function isInSubnets(device: Devices[string], config: Readonly<Record<string, string>>): boolean {
  return families.every((family) => {
    const address = device[family] ?? '';
    return isIP(address) === 0 || isInside(address, config[family] ?? '');
  });
}

/** Storage pools for a root disk: those of the source's kind first, of these the one that the default profile uses. */
function poolsFor({ storageDriver }: Manifest__Output, { profiles, storagePools }: HostNames): string[] {
  const usual = rootDisk(profiles.get('default')?.devices ?? {})?.['pool'];
  const rank = ({ name, driver }: StoragePool) =>
    (driver === storageDriver ? 0 : 2) + (name === usual ? 0 : 1);
  return storagePools
    .filter(({ driver }) => !noRootDrivers.includes(driver))
    .sort((a, b) => rank(a) - rank(b))
    .map(({ name }) => name);
}

/**
 * Translates the settings of a container and of its snapshots for a host on which storage pools, networks or profiles
 * have other names. Pure functions: the caller collects the facts about both hosts.
 */
import { CopaError } from '../../common/errors.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import { attachesVolume } from '../lxd/custom-volumes.js';
import type { Devices, Network } from '../lxd/types.js';
import type { Settings } from '../model/privileges.js';
import { devicesFromProto, devicesToProto, movingConfig } from './manifest.js';
import { expand, type OwnSettings } from './settings-check.js';

type Device = Devices[string];
type Profiles = ReadonlyMap<string, Settings>;

export interface MappingFacts {
  /** Profiles of this host. */
  readonly here: Profiles;
  readonly networks: readonly Pick<Network, 'name' | 'managed' | 'type'>[];
}

/** A daemon's name may be that of a property which every object has, for example `constructor`. */
export function namedIn<T>(named: Readonly<Record<string, T>>, name: string | undefined): T | undefined {
  return name !== undefined && Object.hasOwn(named, name) ? named[name] : undefined;
}

/** Whether there is anything to translate. */
export function isMapped(mapping: Mapping__Output | null): mapping is Mapping__Output {
  if (!mapping) return false;
  const { storage, network, flatten, nics, storagePools, networks, profiles } = mapping;
  const names = [nics, storagePools, networks, profiles].flatMap((each) => Object.keys(each));
  return storage !== '' || network !== '' || flatten || names.length > 0;
}

/** A profile whose settings are unknown, because the source's agent is of an earlier release. */
export function undescribedProfile(manifest: Manifest__Output): string | undefined {
  const used = [manifest, ...manifest.snapshotSettings].flatMap(({ profiles }) => profiles);
  return used.find((profile) => !Object.hasOwn(manifest.profileSettings, profile));
}

export function undescribedMessage(profile: string): string {
  return `the source's agent does not describe what profile "${profile}" gives, so nothing can be translated: update it`;
}

/** The manifest of the container on this host. Throws as `translatorOf` does. */
export function mappedManifest(
  manifest: Manifest__Output,
  mapping: Mapping__Output | null,
  facts: MappingFacts,
): Manifest__Output {
  if (!isMapped(mapping)) return manifest;
  const translate = translatorOf(manifest, mapping, facts);
  const toProto = ({ devices, profiles, config }: OwnSettings) => ({
    config: { ...config },
    devices: devicesToProto(devices),
    profiles: [...profiles],
  });
  const ownOf = (settings: Pick<Manifest__Output, 'config' | 'devices' | 'profiles'>) => ({
    ...settings,
    devices: devicesFromProto(settings.devices),
  });
  return {
    ...manifest,
    ...toProto(translate(ownOf(manifest))),
    snapshotSettings: manifest.snapshotSettings.map((each) => ({
      snapshots: each.snapshots,
      ...toProto(translate(ownOf(each))),
    })),
  };
}

/**
 * Translates settings of the container, or of one of its snapshots. Throws `failed_precondition` when the source's agent
 * does not describe their profiles.
 */
export function translatorOf(
  { profileSettings }: Pick<Manifest__Output, 'profileSettings'>,
  mapping: Mapping__Output,
  { here, networks }: MappingFacts,
): (own: OwnSettings) => OwnSettings {
  const there = profilesThere({ profileSettings });
  return (own) => {
    const unknown = own.profiles.find((profile) => !there.has(profile));
    if (unknown !== undefined) throw new CopaError('failed_precondition', undescribedMessage(unknown));
    return translated(own, mapping, { there, here, networks });
  };
}

/** The settings from the source's profiles that move. */
export function profilesThere({ profileSettings }: Pick<Manifest__Output, 'profileSettings'>): Profiles {
  return new Map(
    Object.entries(profileSettings).map(([name, { config, devices }]) => [
      name,
      { config: movingConfig({ config }), devices: devicesFromProto(devices) },
    ]),
  );
}

function translated(
  own: OwnSettings,
  mapping: Mapping__Output,
  { there, here, networks }: MappingFacts & { readonly there: Profiles },
): OwnSettings {
  const effective = expand(own, there);
  const based: OwnSettings = mapping.flatten
    ? { ...effective, profiles: [] }
    : { ...own, profiles: mappedProfiles(own.profiles, mapping.profiles) };
  const given = expand(based, here).devices;
  const moved = Object.entries(effective.devices).flatMap(([name, device]): [string, Device][] => {
    const wanted = wantedDevice(name, device, mapping, networks);
    if (!wanted) return [];
    const isThere = placeOf(namedIn(given, name)) === placeOf(wanted);
    // A device from a profile here stays in the profile if its place is right.
    return isThere && !Object.hasOwn(based.devices, name) ? [] : [[name, wanted]];
  });
  return { ...based, devices: { ...based.devices, ...Object.fromEntries(moved) } };
}

/** A profile that replaces several is used once, in the place of the last one, because later profiles win. */
export function mappedProfiles(
  profiles: readonly string[],
  names: Readonly<Record<string, string>>,
): string[] {
  const mapped = profiles.map((profile) => namedIn(names, profile) ?? profile);
  return mapped.filter((profile, at) => mapped.lastIndexOf(profile) === at);
}

/** The device in its place here; undefined without a translation. */
function wantedDevice(
  name: string,
  device: Device,
  mapping: Mapping__Output,
  networks: MappingFacts['networks'],
): Device | undefined {
  if (isRoot(device) || attachesVolume(device)) {
    const pool = mapping.storage || namedIn(mapping.storagePools, device['pool']);
    return pool ? { ...device, pool } : undefined;
  }
  if (device['type'] !== 'nic') return undefined;
  const wanted =
    namedIn(mapping.nics, name) || mapping.network || namedIn(mapping.networks, networkOf(device));
  if (!wanted) return undefined;
  const known = networks.find((network) => network.name === wanted);
  return known?.managed ? onNetwork(device, wanted) : onInterface(device, wanted);
}

/** The storage pool here for what is in that one on the source. */
export function poolHere(pool: string, mapping: Mapping__Output | null): string {
  return mapping?.storage || namedIn(mapping?.storagePools ?? {}, pool) || pool;
}

function isRoot(device: Device): boolean {
  return device['type'] === 'disk' && device['path'] === '/';
}

/** The managed network or the interface of the host that a NIC is on. */
export function networkOf(device: Device): string | undefined {
  return device['network'] ?? device['parent'];
}

/** The keys that a daemon refuses beside `network` (LXD's `nic_bridged.go`), because the network defines them. */
const networkSays: readonly string[] = ['nictype', 'parent', 'mtu', 'maas.subnet.ipv4', 'maas.subnet.ipv6'];

function onNetwork(device: Device, network: string): Device {
  const rest = Object.entries(device).filter(([key]) => !networkSays.includes(key));
  return { ...Object.fromEntries(rest), network };
}

/** A NIC of another kind than a bridge (macvlan, routed, ...) keeps its kind. */
function onInterface(device: Device, parent: string): Device {
  const { network, nictype = 'bridged', ...rest } = device;
  return { ...rest, nictype: network === undefined ? nictype : 'bridged', parent };
}

/** The host's resource that a device refers to, if it has a name. */
function placeOf(device: Device | undefined): string {
  if (!device) return '';
  const { type, pool = '', network = '', nictype = '', parent = '' } = device;
  return JSON.stringify([type, pool, network, nictype, parent]);
}

/** NICs in the mapping that the container does not have. */
export function unknownNics(manifest: Manifest__Output, mapping: Mapping__Output): string[] {
  const given = [manifest, ...manifest.snapshotSettings, ...Object.values(manifest.profileSettings)];
  const all = [manifest.expandedDevices, ...given.map(({ devices }) => devices)];
  return Object.keys(mapping.nics).filter((nic) => !all.some((devices) => Object.hasOwn(devices, nic)));
}

/**
 * Finds settings of a container or of its snapshots that do not fit this host, and settings that would have another
 * effect here. Pure functions: the caller collects the facts about the host.
 */
import type { Finding } from '../model/finding.js';
import { withNicTypes, type NetworkTypes } from '../lxd/networks.js';
import { volumeDevices, volumeOf } from '../lxd/custom-volumes.js';
import type { Devices } from '../lxd/types.js';
import { isMarkKey } from '../model/marks.js';
import { noVolumes, withoutOwnVolumes, type OwnVolumes } from '../model/own-volumes.js';
import { forbidden, privilegeMessage, type Allowed, type Settings } from '../model/privileges.js';

/** Settings as stored, without profiles. */
export interface OwnSettings extends Settings {
  readonly profiles: readonly string[];
}

export interface HostFacts {
  /** As in "LXD 5.0.2". */
  readonly daemon: string;
  readonly knowsKey: (key: string) => boolean;
  readonly profiles: ReadonlyMap<string, Settings>;
  readonly networks: ReadonlySet<string>;
  readonly networkTypes: NetworkTypes;
  readonly storagePools: ReadonlySet<string>;
  readonly allowed: ReadonlySet<Allowed>;
  readonly pathExists: (path: string) => boolean;
  /** The volumes that would come along. */
  readonly isOwnVolume?: OwnVolumes;
}

type Device = Devices[string];

/** Config and devices with this host's profiles applied. Later profiles and own settings win. */
export function expand({ config, devices, profiles }: OwnSettings, known: HostFacts['profiles']): Settings {
  const all = profiles.flatMap((name) => known.get(name) ?? []);
  // Not by assignment, which would lose a device that is called __proto__.
  const merged = <Value>(parts: readonly Readonly<Record<string, Value>>[]) =>
    Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
  return {
    config: merged([...all.map((profile) => profile.config), config]),
    devices: merged([...all.map((profile) => profile.devices), devices]),
  };
}

/** All problems of settings on this host. */
export function settingsFindings(own: OwnSettings, host: HostFacts): Finding[] {
  const here = expand(own, host.profiles);
  const findings = [
    ...Object.keys(own.config)
      .filter((key) => !isMarkKey(key) && !host.knowsKey(key))
      .map((key) => ({
        subject: 'config',
        message: `the destination's ${host.daemon} does not support the config key "${key}"`,
      })),
    ...own.profiles
      .filter((profile) => !host.profiles.has(profile))
      .map((profile) => ({
        subject: 'profiles',
        message: `profile "${profile}" does not exist on the destination`,
      })),
    ...privilegeFindings(here, host),
    ...volumeFindings(own, host),
    ...Object.entries(here.devices).flatMap(([name, device]) => deviceFindings(name, device, host)),
  ];
  // Several devices may need the same storage pool.
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

function privilegeFindings({ config, devices }: Settings, host: HostFacts): Finding[] {
  const judged = withoutOwnVolumes(devices, host.isOwnVolume ?? noVolumes);
  return (
    forbidden({ config, devices: withNicTypes(judged, host.networkTypes) }, host.allowed)
      // What the daemon does not know either has its finding already.
      .filter(({ kind, key }) => kind !== 'unknown' || key === undefined || host.knowsKey(key))
      .map((privilege) => ({ subject: 'privileges', message: privilegeMessage(privilege) }))
  );
}

/** A volume of this host is never attached to what comes from another one. Where disks are privileges, that says so. */
function volumeFindings(
  { devices }: OwnSettings,
  { allowed, isOwnVolume = noVolumes }: HostFacts,
): Finding[] {
  if (!allowed.has('disks')) return [];
  return Object.entries(volumeDevices(devices))
    .filter(([, device]) => !isOwnVolume(volumeOf(device)))
    .map(([name, device]) => ({
      subject: 'devices',
      message: `device "${name}" attaches the storage volume "${volumeOf(device).name}", which does not come along: detach it first`,
    }));
}

/** The findings of snapshots that the container's own settings do not have, with the names of the snapshots. */
export function snapshotFindings(
  snapshots: readonly string[],
  own: OwnSettings,
  host: HostFacts,
  known: readonly Finding[],
): Finding[] {
  const messages = new Set(known.map(({ message }) => message));
  return settingsFindings(own, host)
    .filter(({ message }) => !messages.has(message))
    .map(({ subject, message }) => ({ subject, message: `${named(snapshots)}: ${message}` }));
}

const namedMax = 3;

/** As in `snapshots "a", "b"`: the first few names. */
export function named(snapshots: readonly string[]): string {
  const names = snapshots.slice(0, namedMax).map((name) => `"${name}"`);
  const more = snapshots.length > namedMax ? ` and ${snapshots.length - namedMax} more` : '';
  return `snapshot${snapshots.length === 1 ? '' : 's'} ${names.join(', ')}${more}`;
}

function deviceFindings(name: string, device: Device, host: HostFacts): Finding[] {
  const finding = (subject: string, message: string) => [{ subject, message }];
  switch (device['type']) {
    case 'nic': {
      const network = device['network'] ?? device['parent'];
      if (network === undefined || host.networks.has(network)) return [];
      return finding(
        'networks',
        `network "${network}" of device "${name}" does not exist on the destination`,
      );
    }
    case 'disk': {
      const source = device['source'] ?? '';
      if (device['pool'] && !host.storagePools.has(device['pool'])) {
        return finding('storage', `storage pool "${device['pool']}" does not exist on the destination`);
      }
      if (device['pool'] || !source.startsWith('/') || device['required'] === 'false') return [];
      if (host.pathExists(source)) return [];
      const message = `device "${name}" needs the path ${source}, which does not exist on the destination`;
      return finding('devices', message);
    }
    case 'unix-char':
    case 'unix-block': {
      const path = device['source'] ?? device['path'] ?? '';
      if (device['required'] === 'false' || host.pathExists(path)) return [];
      return finding('devices', `device "${name}" needs ${path}, which does not exist on the destination`);
    }
    default:
      return [];
  }
}

/** Compares the settings in effect on both hosts. What would be missing here is a finding. */
export function differences(
  there: Settings,
  here: Settings,
): { readonly findings: readonly Finding[]; readonly warnings: readonly Finding[] } {
  const findings: Finding[] = [];
  const warnings: Finding[] = [];
  for (const [name, device] of Object.entries(there.devices)) {
    const own = here.devices[name];
    if (device['type'] === 'none') continue;
    if (own === undefined || own['type'] === 'none') {
      const message = `device "${name}" (${device['type'] ?? ''}) comes from a profile, and the profiles on the destination have none: the container would be without it`;
      findings.push({ subject: 'devices', message });
    } else {
      const keys = differingKeys(device, own);
      if (keys.length > 0) {
        const message = `device "${name}" differs on the destination: ${keys.map((key) => difference(key, device[key], own[key])).join(', ')}`;
        warnings.push({ subject: 'devices', message });
      }
    }
  }
  for (const [name, device] of Object.entries(here.devices)) {
    if (there.devices[name] !== undefined || device['type'] === 'none') continue;
    const message = `the profiles on the destination give the container a device "${name}" (${device['type'] ?? ''}) that it does not have on the source`;
    warnings.push({ subject: 'devices', message });
  }
  for (const key of differingKeys(there.config, here.config)) {
    if (key.startsWith('volatile.') || isMarkKey(key)) continue;
    const message = `the profiles differ: ${difference(key, there.config[key], here.config[key])}`;
    warnings.push({ subject: 'config', message });
  }
  return { findings, warnings };
}

type Options = Readonly<Record<string, string>>;

function differingKeys(there: Options, here: Options): string[] {
  return [...new Set([...Object.keys(there), ...Object.keys(here)])]
    .filter((key) => there[key] !== here[key])
    .sort();
}

const valueCharactersMax = 60;

function difference(key: string, there: string | undefined, here: string | undefined): string {
  const shown = (value: string | undefined) =>
    value === undefined
      ? 'not set'
      : `"${value.length > valueCharactersMax ? `${value.slice(0, valueCharactersMax)}...` : value}"`;
  // Values that may be secret are not shown.
  if (/^(environment|user|cloud-init)\./.test(key)) return `${key} is not the same`;
  return `${key} is ${shown(there)} on the source and ${shown(here)} on the destination`;
}

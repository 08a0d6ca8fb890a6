/**
 * Classifies the config and devices of a container that affect the host that runs it. A container from another host
 * may have such settings only if this host's operator allows them (`--allow-privileges`): root on one host must not
 * become root on another by moving a container. The kinds are those of LXD's restricted projects. Any setting that is
 * not known to be harmless (harmless.ts) counts as a privilege.
 */
import { CopaError } from '../../common/errors.js';
import type { Devices } from '../lxd/types.js';
import { isHarmlessKey, matches, strangeDiskOptions, strangeNicOptions } from './harmless.js';

export const privilegeKinds = [
  'privileged',
  'lowlevel',
  'syscalls',
  'disks',
  'devices',
  'proxies',
  'unknown',
] as const;

export type PrivilegeKind = (typeof privilegeKinds)[number];

/** A config key, or a family of them, as "security.new" or "limits.new.*". */
type KeyPattern = `${string}.${string}`;

/** What an operator allows: kinds, and single config keys whatever their kind. */
export type Allowed = PrivilegeKind | KeyPattern;

export function isPrivilegeKind(text: string): text is PrivilegeKind {
  return (privilegeKinds as readonly string[]).includes(text);
}

export function isKeyPattern(text: string): text is KeyPattern {
  return /^[\w-]+(\.[\w-]+)*\.([\w-]+|\*)$/.test(text);
}

export interface Privilege {
  readonly kind: PrivilegeKind;
  /** The config key, where it is one. */
  readonly key?: string;
  /** The setting, as in "security.privileged" or "device \"disk1\" (/srv)". */
  readonly what: string;
}

export interface Settings {
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Devices;
}

const isOn = (value: string) => /^(true|1|yes|on)$/i.test(value);

export function privilegesOf({ config, devices }: Settings): Privilege[] {
  return [
    ...Object.entries(config).flatMap(([key, value]) => {
      const kind = kindOfKey(key, value, config);
      return kind ? [{ kind, key, what: key }] : [];
    }),
    ...Object.entries(devices).flatMap(([name, device]) => {
      const found = reachOf(device);
      return found ? [{ kind: found.kind, what: `device "${name}" (${found.by})` }] : [];
    }),
  ];
}

/** Throws `permission_denied` and names every privilege that is not allowed here. */
export function checkPrivileges(settings: Settings, allowed: ReadonlySet<Allowed>, whose = ''): void {
  const found = forbidden(settings, allowed);
  if (found.length === 0) return;
  throw new CopaError('permission_denied', whose + found.map(privilegeMessage).join('; '));
}

/** The privileges that are not allowed here. */
export function forbidden(settings: Settings, allowed: ReadonlySet<Allowed>): Privilege[] {
  return privilegesOf(settings).filter(
    ({ kind, key }) => !allowed.has(kind) && !(key !== undefined && matches(allowed, key)),
  );
}

/** One sentence for the user that says what to do. */
export function privilegeMessage({ kind, key, what }: Privilege): string {
  const isUnknown = kind === 'unknown' && key !== undefined;
  const why = isUnknown
    ? 'is a setting that the agent of the destination does not know'
    : 'gives access to the host';
  const setting = isUnknown ? key : kind;
  return (
    `${what} ${why}, which the destination does not allow for containers from other hosts: ` +
    `remove it, or allow it ("allow_privileges: ${setting}" in its /etc/copa/agent.yaml, or --allow-privileges ${setting})`
  );
}

function kindOfKey(key: string, value: string, config: Settings['config']): PrivilegeKind | undefined {
  if (/^volatile\.idmap\.(next|current)$/.test(key)) return kindOfMap(value, config);
  if (isHarmlessKey(key)) return undefined;
  const kind = kindOfReachingKey(key, value);
  return kind === 'none' ? undefined : kind;
}

function kindOfReachingKey(key: string, value: string): PrivilegeKind | 'none' {
  const set = (kind: PrivilegeKind) => (value === '' ? 'none' : kind);
  if (key === 'security.privileged') return isOn(value) ? 'privileged' : 'none';
  if (/^(raw\.|linux\.kernel_modules|security\.(idmap\.base|delegate_bpf|bpffs\.|selinux\.))/.test(key)) {
    return set('lowlevel');
  }
  if (key === 'nvidia.runtime') return isOn(value) ? 'devices' : 'none';
  if (key.startsWith('nvidia.')) return set('devices');
  // Denying more system calls takes nothing from the host. Every other key lets the container do more.
  if (/^security\.syscalls\.(deny|blacklist)_(default|compat)$/.test(key))
    return isOn(value) ? 'none' : set('syscalls');
  if (key.startsWith('security.syscalls.')) return set('syscalls');
  // The value may have been left out on the way.
  return 'unknown';
}

/** Host ids below belong to the system and to its users; daemons take those of containers from above. */
const containerIdMin = 65_536;

/**
 * Which ids of the host a container has, as the daemon notes it and takes it back from a snapshot. No ids at all mean
 * those of the host.
 */
function kindOfMap(value: string, config: Settings['config']): PrivilegeKind | undefined {
  if (isOn(config['security.privileged'] ?? '') || config['raw.idmap']) return undefined;
  try {
    const ranges = JSON.parse(value) as readonly { readonly Hostid?: unknown }[];
    const isInside = ({ Hostid: id }: { readonly Hostid?: unknown }) =>
      typeof id === 'number' && id >= containerIdMin;
    if (ranges.length > 0 && ranges.every(isInside)) return undefined;
  } catch {
    // What cannot be read is not known to be harmless.
  }
  return 'privileged';
}

/** What kind of access a device is, and by what; undefined for one that stays inside. */
function reachOf(device: Devices[string]): { readonly kind: PrivilegeKind; readonly by: string } | undefined {
  const target = device['source'] ?? device['path'] ?? device['parent'] ?? device['type'] ?? '';
  const unless = (kind: PrivilegeKind, strange: readonly string[] | undefined) => {
    if (strange === undefined) return { kind, by: target };
    return strange.length > 0 ? { kind, by: `its option ${strange.join(', ')}` } : undefined;
  };
  switch (device['type']) {
    case 'none':
      return undefined;
    case 'nic':
      return unless('devices', strangeNicOptions(device));
    case 'disk':
      return unless('disks', strangeDiskOptions(device));
    case 'proxy':
      return { kind: 'proxies', by: target };
    default:
      return { kind: 'devices', by: target };
  }
}

/**
 * Classifies the config and devices of a container that affect the host that runs it. A container from another host
 * may have such settings only if this host's operator allows their kind (`--allow-privileges`): root on one host must
 * not become root on another by moving a container. The kinds are those of LXD's restricted projects. Any setting
 * that is not known to be harmless counts as a privilege.
 */
import { CopaError } from '../../common/errors.js';
import type { Devices } from '../lxd/types.js';

export const privilegeKinds = ['privileged', 'lowlevel', 'syscalls', 'disks', 'devices', 'proxies'] as const;

export type PrivilegeKind = (typeof privilegeKinds)[number];

export function isPrivilegeKind(text: string): text is PrivilegeKind {
  return (privilegeKinds as readonly string[]).includes(text);
}

export interface Privilege {
  readonly kind: PrivilegeKind;
  /** The setting, as in "security.privileged" or "device \"disk1\" (/srv)". */
  readonly what: string;
}

export interface Settings {
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Devices;
}

/** Networks of these kinds give the container a device of the host, or a part of one. */
const hostNics = new Set(['physical', 'sriov']);

const isOn = (value: string) => /^(true|1|yes|on)$/i.test(value);

export function privilegesOf({ config, devices }: Settings): Privilege[] {
  return [
    ...Object.entries(config).flatMap(([key, value]) => {
      const kind = kindOfKey(key, value);
      return kind ? [{ kind, what: key }] : [];
    }),
    ...Object.entries(devices).flatMap(([name, device]) => {
      const kind = kindOfDevice(device);
      const target = device['source'] ?? device['path'] ?? device['type'] ?? '';
      return kind ? [{ kind, what: `device "${name}" (${target})` }] : [];
    }),
  ];
}

/** Throws `permission_denied` and names every privilege that is not allowed here. */
export function checkPrivileges(settings: Settings, allowed: ReadonlySet<PrivilegeKind>, whose = ''): void {
  const found = forbidden(settings, allowed);
  if (found.length === 0) return;
  throw new CopaError('permission_denied', whose + found.map(privilegeMessage).join('; '));
}

/** The privileges that are not allowed here. */
export function forbidden(settings: Settings, allowed: ReadonlySet<PrivilegeKind>): Privilege[] {
  return privilegesOf(settings).filter(({ kind }) => !allowed.has(kind));
}

/** One sentence for the user that says what to do. */
export function privilegeMessage({ kind, what }: Privilege): string {
  return (
    `${what} gives access to the host, which the destination does not allow for containers from other hosts: ` +
    `remove it, or allow it ("allow_privileges: ${kind}" in its /etc/copa/agent.yaml, or --allow-privileges ${kind})`
  );
}

function kindOfKey(key: string, value: string): PrivilegeKind | undefined {
  if (value === '') return undefined;
  if (key === 'security.privileged') return isOn(value) ? 'privileged' : undefined;
  if (key.startsWith('raw.') || key === 'linux.kernel_modules' || key.startsWith('security.idmap.base')) {
    return 'lowlevel';
  }
  if (key.startsWith('nvidia.')) return isOn(value) || key !== 'nvidia.runtime' ? 'devices' : undefined;
  if (key === 'security.syscalls.deny_default' || key === 'security.syscalls.deny_compat') {
    return isOn(value) ? undefined : 'syscalls';
  }
  // Denying more system calls takes nothing from the host. Every other key lets the container do more.
  if (key.startsWith('security.syscalls.') && key !== 'security.syscalls.deny') return 'syscalls';
  return undefined;
}

function kindOfDevice(device: Devices[string]): PrivilegeKind | undefined {
  switch (device['type']) {
    case 'none':
      return undefined;
    case 'nic':
      return hostNics.has(device['nictype'] ?? '') ? 'devices' : undefined;
    case 'disk':
      // Volumes of a storage pool belong to the daemon. Every other source is on the host.
      return device['pool'] && !(device['source'] ?? '').startsWith('/') ? undefined : 'disks';
    case 'proxy':
      return 'proxies';
    default:
      return 'devices';
  }
}

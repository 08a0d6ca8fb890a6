/**
 * Which settings of a container stay inside of it: what a container may bring along from another host without asking.
 * Everything that is not listed here gives access to the host, or is not known to this version.
 *
 * From the documentation of LXD 5.0 to 6 and Incus 6.0 to 7.0. Keys of virtual machines are here because a profile that
 * machines and containers share gives them to both.
 */

/** A `*` stands for any rest. */
const configKeys = listOf(`
  agent.nic_config
  boot.autorestart boot.autostart boot.autostart.delay boot.autostart.priority boot.debug_edk2 boot.host_shutdown_action
  boot.host_shutdown_timeout boot.mode boot.stop.priority
  cloud-init.* cluster.evacuate environment.* image.*
  limits.cpu limits.cpu.* limits.disk.priority limits.hugepages.* limits.kernel.* limits.memory limits.memory.*
  limits.network.priority limits.processes
  linux.sysctl.*
  migration.incremental.memory migration.incremental.memory.* migration.stateful
  oci.* placement.group
  security.agent.metrics security.csm
  security.devlxd security.devlxd.images security.guestapi security.guestapi.images
  security.idmap.isolated security.idmap.size security.nesting
  security.protection.delete security.protection.shift security.protection.start
  security.secureboot security.sev security.sev.*
  security.syscalls.blacklist security.syscalls.deny
  smbios11.* snapshots.expiry snapshots.expiry.manual snapshots.pattern snapshots.schedule snapshots.schedule.stopped
  systemd.credential.* systemd.credential-binary.* ubuntu_pro.guest_attach user.*
`);

/** What the daemon itself notes. Only some of it comes from another host (agent/migration/manifest.ts). */
const volatileKey = /^volatile\./;

/** Of the root disk. Its `path` and `pool` are judged by their values. */
const rootDiskOptions = listOf(`
  attached boot.priority dependent initial.* io.bus io.cache io.threads limits.* path pool readonly size size.state type
  user.* wwn
`);

/** Of a file system in the container's memory, which its limits count. */
const tmpfsOptions = listOf('attached path readonly required size source type user.*');

/** Of a storage volume that moves with the container. */
const volumeOptions = listOf('attached limits.* path pool readonly required source type user.*');

/** Of a network interface on a bridge, on a network of the daemon, or between the host and the container alone. */
const nicOptions = listOf(`
  attached boot.priority connected host_name hwaddr io.bus
  ipv4.address ipv4.gateway ipv6.address ipv6.gateway
  limits.egress limits.ingress limits.max limits.priority
  maas.subnet.ipv4 maas.subnet.ipv6 mtu name nested network nictype parent queue.tx.length
  security.acls security.acls.default.* security.ipv4_filtering security.ipv6_filtering security.mac_filtering
  security.port_isolation
  type user.* vlan vlan.tagged
`);

/** Interfaces that are made for the container. All others hand over an interface of the host, or a part of it. */
const nicTypes = new Set(['', 'bridged', 'ovn', 'p2p']);

export function isHarmlessKey(key: string): boolean {
  return matches(configKeys, key) || volatileKey.test(key);
}

type Device = Readonly<Record<string, string>>;

/** The options of a disk that are not known to be harmless; undefined when it is neither a root disk nor in memory. */
export function strangeDiskOptions(device: Device): readonly string[] | undefined {
  const source = device['source'] ?? '';
  if (device['path'] === '/' && device['pool'] && source === '') return strange(device, rootDiskOptions);
  if (source === 'tmpfs:' && !device['pool']) return strange(device, tmpfsOptions);
  return undefined;
}

/** The options of a device for a storage volume that are not known to be harmless. */
export function strangeVolumeOptions(device: Device): readonly string[] {
  return strange(device, volumeOptions);
}

/** The options of a network interface that are not known to be harmless; undefined when its kind is not. */
export function strangeNicOptions(device: Device): readonly string[] | undefined {
  return nicTypes.has(device['nictype'] ?? '') ? strange(device, nicOptions) : undefined;
}

function strange(device: Device, known: readonly string[]): readonly string[] {
  return Object.keys(device).filter((option) => device[option] !== '' && !matches(known, option));
}

/** Whether a key is in a list in which a `*` stands for any rest. */
export function matches(patterns: Iterable<string>, key: string): boolean {
  for (const pattern of patterns) {
    if (pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern) return true;
  }
  return false;
}

function listOf(text: string): readonly string[] {
  return text.split(/\s+/).filter(Boolean);
}

/**
 * Which config keys a daemon supports, so that the preflight can reject a move that would fail later. Newer daemons
 * list their keys (`metadata_configuration`). For the others, this file has the list from LXD 5.0's documentation
 * (doc/instance-options). A `*` stands for any rest.
 */
import type { LxdClient } from './client.js';
import type { Daemon } from './daemon.js';

const lxd50: readonly string[] = [
  'agent.nic_config',
  'boot.autostart',
  'boot.autostart.delay',
  'boot.autostart.priority',
  'boot.host_shutdown_timeout',
  'boot.stop.priority',
  'cloud-init.*',
  'cluster.evacuate',
  'environment.*',
  'image.*',
  'limits.*',
  'linux.kernel_modules',
  'linux.sysctl.*',
  'migration.*',
  'nvidia.*',
  'raw.*',
  'security.agent.metrics',
  'security.devlxd',
  'security.devlxd.images',
  'security.idmap.base',
  'security.idmap.isolated',
  'security.idmap.size',
  'security.nesting',
  'security.privileged',
  'security.protection.delete',
  'security.protection.shift',
  'security.secureboot',
  'security.sev',
  'security.sev.*',
  'security.syscalls.*',
  'snapshots.*',
  'user.*',
  'volatile.apply_template',
  'volatile.base_image',
  'volatile.cloud-init.instance-id',
  'volatile.evacuate.origin',
  'volatile.idmap.base',
  'volatile.idmap.current',
  'volatile.idmap.next',
  'volatile.last_state.idmap',
  'volatile.last_state.power',
  'volatile.uuid',
  'volatile.vsock_id',
];

/** `volatile.NAME.REST` belongs to a device unless the name is one of these. Later daemons have more of them. */
const notDevices = /^volatile\.(cloud-init|cluster|container|evacuate|idmap|last_state|rebalance|uuid|vm)\./;
const devices = /^volatile\.[^.]+\./;

interface Metadata {
  readonly configs?: {
    readonly instance?: Readonly<Record<string, { readonly keys?: readonly Record<string, unknown>[] }>>;
  };
}

/** Returns a test whether the daemon supports a config key. */
export async function knownConfigKeys(lxd: LxdClient, daemon: Daemon): Promise<(key: string) => boolean> {
  const patterns = daemon.has('metadata_configuration') ? await documentedKeys(lxd) : lxd50;
  const exact = new Set(patterns);
  const starts = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (key) =>
    exact.has(key) ||
    starts.some((start) => key.startsWith(start)) ||
    (devices.test(key) && !notDevices.test(key));
}

async function documentedKeys(lxd: LxdClient): Promise<readonly string[]> {
  const { configs } = await lxd.get<Metadata>('/1.0/metadata/configuration');
  const documented = Object.values(configs?.instance ?? {}).flatMap(({ keys }) =>
    (keys ?? []).flatMap((key) => Object.keys(key)),
  );
  // The documentation omits the free-form families or names one member of each.
  return [
    ...documented,
    'image.*',
    'user.*',
    'volatile.*',
    'environment.*',
    'linux.sysctl.*',
    'limits.kernel.*',
  ];
}

/** Reads the containers' state for the inventory, one container or all in one read. */
import { isCopaError } from '../../common/errors.js';
import type { Container__Output as Container } from '../../proto/gen/copa/agent/v1/Container.js';
import { containerLabels, containerRules } from '../model/labels.js';
import { migrationKey } from '../model/marks.js';
import type { LxdClient } from '../lxd/client.js';
import { instancePath, withPlainStatus } from '../lxd/instances.js';
import { listSnapshots } from '../lxd/snapshots.js';
import type { InstanceFull, InstanceState, NetworkState } from '../lxd/types.js';
import { interfacesIn } from '../model/interfaces.js';

/** A daemon needs 2 s for 150 containers. */
const listTimeoutMs = 120_000;

/** Limit on addresses per container, because a container can create thousands. */
const addressesMax = 16;

/** A container with the PID of its first process; 0 when it does not run. */
export interface ContainerState {
  readonly container: Container;
  readonly pid: number;
}

export async function readContainers(lxd: LxdClient): Promise<ContainerState[]> {
  const path = '/1.0/instances?recursion=2&instance-type=container';
  return (await lxd.get<InstanceFull[]>(path, listTimeoutMs)).map(containerStateOf);
}

/** Undefined when the container does not exist. */
export async function readContainer(lxd: LxdClient, name: string): Promise<ContainerState | undefined> {
  try {
    const instance = await lxd.get<InstanceFull>(`${instancePath(name)}?recursion=1`);
    if (instance.type !== 'container') return undefined;
    if (instance.state !== undefined) return containerStateOf(instance);
    // Daemons before `instance_get_full` do not support this recursion.
    const state = await lxd.get<InstanceState>(`${instancePath(name)}/state`);
    return containerStateOf({ ...instance, state, snapshots: await listSnapshots(lxd, name) });
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}

export function containerStateOf(full: InstanceFull): ContainerState {
  const instance = withPlainStatus(full);
  return { container: containerOf(instance), pid: Math.max(0, instance.state?.pid ?? 0) };
}

function containerOf(instance: InstanceFull): Container {
  const { config, expanded_config: expanded = config } = instance;
  return {
    name: instance.name,
    status: instance.status,
    createdAt: Math.max(0, Math.floor(Date.parse(instance.created_at ?? '') / 1000)) || 0,
    image: imageOf(config),
    addresses: addressesOf(instance.state?.network ?? {}),
    cpuLimit: expanded['limits.cpu'] ?? '',
    memoryLimit: expanded['limits.memory'] ?? '',
    snapshots: instance.snapshots?.length ?? 0,
    migrationId: config[migrationKey] ?? '',
    labels: containerLabels(expanded),
    rules: containerRules(expanded),
    interfaces: interfacesIn(instance.expanded_devices),
  };
}

/** The reachable addresses of all interfaces, IPv4 first, each family in the daemon's order. */
function addressesOf(network: Readonly<Record<string, NetworkState>>): string[] {
  const all = Object.values(network).flatMap(({ addresses }) => addresses ?? []);
  const reachable = all.filter(({ scope }) => scope === 'global');
  const ofFamily = (wanted: string) => reachable.filter(({ family }) => family === wanted);
  return [...ofFamily('inet'), ...ofFamily('inet6')].slice(0, addressesMax).map(({ address }) => address);
}

function imageOf(config: Readonly<Record<string, string>>): string {
  const reported = config['image.description'];
  if (reported !== undefined) return reported;
  const { 'image.os': os, 'image.release': release } = config;
  return [os, release].filter((part) => part !== undefined).join(' ');
}

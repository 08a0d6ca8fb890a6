/**
 * All that can be known before a move touches anything, each side's part on its own host. Every problem is
 * found in one go, so that nobody mends them one by one.
 */
import { existsSync } from 'node:fs';
import type { Finding } from '../../proto/gen/copa/agent/v1/Finding.js';
import type { Findings } from '../../proto/gen/copa/agent/v1/Findings.js';
import type { Manifest } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { LxdClient } from '../lxd/client.js';
import { knownConfigKeys } from '../lxd/config-keys.js';
import type { Daemon } from '../lxd/daemon.js';
import { findInstance, getInstance, listSnapshotSettings, nameIn } from '../lxd/instances.js';
import { foreignMountMessage, foreignMounts } from '../lxd/mounts.js';
import { operationsOn } from '../lxd/operations.js';
import { findStoragePool, rootDisk, sendsDifferences, spaceOf, usedBytes } from '../lxd/storage.js';
import type { Devices, Network } from '../lxd/types.js';
import { forbidden, privilegeMessage, type PrivilegeKind, type Settings } from '../model/privileges.js';
import { criuProblem } from './criu.js';
import { roomFor } from './bounds.js';
import { canMakeExact } from './suspect-files.js';
import { devicesFromProto, devicesToProto, movingConfig, translateConfig } from './manifest.js';
import { leftoverProblem } from './leftovers.js';
import { isMarkKey, markOf } from '../model/marks.js';

type Device = Devices[string];

/** Describes the container for its destination, with what stands in the way on this side. */
export async function inspectSource(
  lxd: LxdClient,
  daemon: Daemon,
  container: string,
  { live, measure }: { readonly live: boolean; readonly measure: boolean },
): Promise<Manifest> {
  const instance = await getInstance(lxd, container);
  const mark = markOf(instance);
  const findings: Finding[] = [];
  if (instance.status !== 'Running' && instance.status !== 'Stopped') {
    const hint = instance.status === 'Frozen' ? ': unfreeze it first' : '';
    findings.push({ subject: 'state', message: `container "${container}" is ${instance.status}${hint}` });
  }
  if (mark) {
    const message = `container "${container}" is held by migration ${mark.migrationId}`;
    findings.push({ subject: 'operations', message });
  }
  for (const operation of await operationsOn(lxd, container)) {
    const message = `the source's daemon is busy with container "${container}": ${operation.description}`;
    findings.push({ subject: 'operations', message });
  }
  for (const path of await foreignMounts(lxd, container)) {
    findings.push({ subject: 'storage', message: foreignMountMessage(container, path) });
  }
  for (const [name, device] of Object.entries(instance.expanded_devices)) {
    if (device['type'] === 'disk' && device['pool'] && device['path'] !== '/') {
      const message = `device "${name}" is a storage volume of its own ("${device['source'] ?? ''}"), which does not move with the container: detach it first`;
      findings.push({ subject: 'devices', message });
    }
  }
  if (live) {
    const problem = await criuProblem();
    if (problem)
      findings.push({ subject: 'live', message: `live is not possible on the source: ${problem}` });
  }
  const pool = await findStoragePool(lxd, rootDisk(instance.expanded_devices)?.['pool'] ?? '');
  const snapshots = await listSnapshotSettings(lxd, container);
  return {
    container,
    status: instance.status,
    architecture: instance.architecture,
    description: instance.description,
    ephemeral: mark?.saved?.ephemeral ?? instance.ephemeral,
    config: movingConfig(instance),
    devices: devicesToProto(instance.devices),
    expandedDevices: devicesToProto(instance.expanded_devices),
    profiles: [...instance.profiles],
    snapshots: snapshots.map(({ name }) => name),
    snapshotsCreatedAtMs: snapshots.map(({ createdAtMs }) => createdAtMs),
    storageDriver: pool?.driver ?? '',
    usedBytes: pool && measure ? await usedBytes(lxd, container, pool) : 0,
    server: daemon.kind,
    findings,
    inspectedAtMs: Date.now(),
    sendsDifferences: pool !== undefined && (await sendsDifferences(lxd, pool, container)),
  };
}

/** What stands in the way of the container on this side. */
export async function checkDestination(
  lxd: LxdClient,
  daemon: Daemon,
  manifest: Manifest__Output,
  live: boolean,
  allowed: ReadonlySet<PrivilegeKind>,
): Promise<Findings> {
  const findings: Finding[] = [];
  const problem = (subject: string, message: string) => findings.push({ subject, message });
  const { container } = manifest;

  const existing = await findInstance(lxd, container);
  if (existing) {
    const mark = markOf(existing);
    const what = mark ? ` (a copy that belongs to migration ${mark.migrationId})` : '';
    problem('name', `container "${container}" exists on the destination already${what}`);
  }
  for (const operation of await operationsOn(lxd, container)) {
    problem('operations', `the destination's daemon is busy with "${container}": ${operation.description}`);
  }
  if (!daemon.has('container_incremental_copy')) {
    problem('version', `the destination's ${daemon.kind} ${daemon.version} cannot refresh a copy`);
  }
  if (!daemon.architectures.includes(manifest.architecture)) {
    problem(
      'architecture',
      `the container is ${manifest.architecture}, the destination runs ${daemon.architectures.join(', ')}`,
    );
  }

  const knows = await knownConfigKeys(lxd, daemon);
  for (const key of Object.keys(translateConfig(manifest.config, manifest.server, daemon.kind))) {
    if (!isMarkKey(key) && !knows(key)) {
      problem(
        'config',
        `the destination's ${daemon.kind} ${daemon.version} does not know the config key "${key}"`,
      );
    }
  }

  const profiles = await namesOf(lxd, '/1.0/profiles');
  const missing = manifest.profiles.filter((profile) => !profiles.includes(profile));
  for (const profile of missing)
    problem('profiles', `profile "${profile}" does not exist on the destination`);

  const { config, devices } = await expandHere(lxd, manifest, missing);
  for (const privilege of forbidden({ config, devices }, allowed)) {
    problem('privileges', privilegeMessage(privilege));
  }
  const networks = new Set((await lxd.get<Network[]>('/1.0/networks?recursion=1')).map(({ name }) => name));
  for (const [name, device] of Object.entries(devices)) {
    const message = deviceProblem(name, device, networks);
    if (message) problem(device['type'] === 'nic' ? 'networks' : 'devices', message);
  }

  const poolName = rootDisk(devices)?.['pool'];
  const pool = poolName === undefined ? undefined : await findStoragePool(lxd, poolName);
  if (poolName === undefined && missing.length === 0) {
    problem('storage', 'neither the container nor its profiles on the destination name a root disk');
  } else if (poolName !== undefined && !pool) {
    problem('storage', `storage pool "${poolName}" does not exist on the destination`);
  }
  const leftover = pool && !existing && (await leftoverProblem(lxd, pool, container));
  if (leftover) problem('storage', leftover);
  if (pool) {
    const room = roomFor(await spaceOf(lxd, pool.name));
    if (room < manifest.usedBytes) {
      problem(
        'space',
        `the container occupies ${manifest.usedBytes} bytes, storage pool "${pool.name}" on the destination has room for ${room}`,
      );
    }
  }
  if (live) {
    const why = await criuProblem();
    if (why) problem('live', `live is not possible on the destination: ${why}`);
  }
  return {
    findings,
    storageDriver: pool?.driver ?? '',
    precopy: pool !== undefined && canMakeExact(lxd, pool, manifest),
  };
}

/** The container's config and devices as this host's profiles would give them; later profiles and its own win. */
export async function expandHere(
  lxd: LxdClient,
  manifest: Manifest__Output,
  missing: readonly string[] = [],
): Promise<Settings> {
  const there = manifest.profiles.filter((profile) => !missing.includes(profile));
  const profiles = await Promise.all(
    there.map((profile) => lxd.get<Partial<Settings>>(`/1.0/profiles/${encodeURIComponent(profile)}`)),
  );
  return {
    config: Object.assign({}, ...profiles.map(({ config }) => config), manifest.config) as Settings['config'],
    devices: Object.assign(
      {},
      ...profiles.map(({ devices }) => devices),
      devicesFromProto(manifest.devices),
    ) as Devices,
  };
}

function deviceProblem(name: string, device: Device, networks: ReadonlySet<string>): string | undefined {
  switch (device['type']) {
    case 'nic': {
      const network = device['network'] ?? device['parent'];
      if (network === undefined || networks.has(network)) return undefined;
      return `network "${network}" of device "${name}" does not exist on the destination`;
    }
    case 'disk': {
      const source = device['source'] ?? '';
      if (device['pool'] || !source.startsWith('/') || device['required'] === 'false') return undefined;
      return existsSync(source)
        ? undefined
        : `device "${name}" needs the path ${source}, which does not exist on the destination`;
    }
    case 'unix-char':
    case 'unix-block': {
      const path = device['source'] ?? device['path'] ?? '';
      if (device['required'] === 'false' || existsSync(path)) return undefined;
      return `device "${name}" needs ${path}, which does not exist on the destination`;
    }
    default:
      return undefined;
  }
}

async function namesOf(lxd: LxdClient, path: string): Promise<string[]> {
  const urls = await lxd.get<string[]>(path);
  return urls.map(nameIn);
}

/**
 * Each side's checks before a move changes anything. They report all problems at once, so that a user can correct
 * them together.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Finding } from '../model/finding.js';
import type { Findings } from '../../proto/gen/copa/agent/v1/Findings.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { LxdClient } from '../lxd/client.js';
import { knownConfigKeys } from '../lxd/config-keys.js';
import type { Daemon } from '../lxd/daemon.js';
import { findInstance } from '../lxd/instances.js';
import { operationsOn } from '../lxd/operations.js';
import { findStoragePool, rootDisk, spaceOf } from '../lxd/storage.js';
import type { Devices, Instance, Network, StoragePool } from '../lxd/types.js';
import { markOf } from '../model/marks.js';
import type { PrivilegeKind, Settings } from '../model/privileges.js';
import { addressFindings, listeningPorts, portFindings } from './addresses.js';
import { canMakeExact } from './changed-files.js';
import { criuProblem } from './criu.js';
import { leftoverProblem } from './leftovers.js';
import { devicesFromProto, translateConfig } from './manifest.js';
import { roomReport, sizeInBytes, type RoomReport } from './room.js';
import {
  differences,
  expand,
  settingsFindings,
  snapshotFindings,
  type HostFacts,
  type OwnSettings,
} from './settings-check.js';

export interface DestinationCheck {
  readonly live: boolean;
  /** The privileges that containers from other hosts may have here. */
  readonly allowed: ReadonlySet<PrivilegeKind>;
}

/** The problems on this side. */
export async function checkDestination(
  lxd: LxdClient,
  daemon: Daemon,
  manifest: Manifest__Output,
  { live, allowed }: DestinationCheck,
): Promise<Findings> {
  const { host, networks } = await hostFacts(lxd, daemon, allowed);
  const own = ownSettings(manifest, daemon);
  const here = expand(own, host.profiles);
  const settings = settingsFindings(own, host);
  const different = differences(
    {
      config: translateConfig(manifest.expandedConfig, manifest.server, daemon.kind),
      devices: devicesFromProto(manifest.expandedDevices),
    },
    here,
  );
  const hasAllProfiles = own.profiles.every((profile) => host.profiles.has(profile));
  const isComparable = hasAllProfiles && Object.keys(manifest.expandedDevices).length > 0;
  const placed = await placeFindings(lxd, daemon, manifest);
  const findings: Finding[] = [
    ...placed,
    ...settings,
    ...(isComparable ? different.findings : []),
    ...manifest.snapshotSettings.flatMap((snapshot) => {
      const theirs = {
        config: translateConfig(snapshot.config, manifest.server, daemon.kind),
        devices: devicesFromProto(snapshot.devices),
        profiles: snapshot.profiles,
      };
      return snapshotFindings(snapshot.snapshots, theirs, host, settings);
    }),
    ...(await conflicts(lxd, manifest.container, here.devices, networks)),
  ];
  const root = rootDisk(here.devices);
  if (!root && hasAllProfiles) {
    const message = 'neither the container nor its profiles on the destination name a root disk';
    findings.push({ subject: 'storage', message });
  }
  const pool = root?.['pool'] === undefined ? undefined : await findStoragePool(lxd, root['pool']);
  const isNew = !placed.some(({ subject }) => subject === 'name');
  const room = pool && (await roomIn(lxd, pool, { ...manifest, isNew }, sizeInBytes(root?.['size'])));
  if (live) {
    const why = await criuProblem();
    if (why) findings.push({ subject: 'live', message: `live is not possible on the destination: ${why}` });
  }
  return {
    findings: [...findings, ...(room?.findings ?? [])],
    warnings: [...(isComparable ? different.warnings : []), ...(room?.warnings ?? [])],
    space: room?.space ?? null,
    storageDriver: pool?.driver ?? '',
    precopy: pool !== undefined && canMakeExact(lxd, pool, manifest),
  };
}

/**
 * The container's config and devices with this host's profiles applied. Later profiles and the container's own values
 * win.
 */
export async function expandHere(lxd: LxdClient, manifest: Manifest__Output): Promise<Settings> {
  const profiles = await Promise.all(
    manifest.profiles.map(
      async (profile) =>
        [profile, await lxd.get<Settings>(`/1.0/profiles/${encodeURIComponent(profile)}`)] as const,
    ),
  );
  const { config, devices, profiles: names } = manifest;
  return expand({ config, devices: devicesFromProto(devices), profiles: names }, new Map(profiles));
}

function ownSettings(manifest: Manifest__Output, daemon: Daemon): OwnSettings {
  return {
    config: translateConfig(manifest.config, manifest.server, daemon.kind),
    devices: devicesFromProto(manifest.devices),
    profiles: manifest.profiles,
  };
}

async function hostFacts(
  lxd: LxdClient,
  daemon: Daemon,
  allowed: ReadonlySet<PrivilegeKind>,
): Promise<{ readonly host: HostFacts; readonly networks: readonly Network[] }> {
  const [knowsKey, profiles, networks, pools] = await Promise.all([
    knownConfigKeys(lxd, daemon),
    lxd.get<(Settings & { readonly name: string })[]>('/1.0/profiles?recursion=1'),
    lxd.get<Network[]>('/1.0/networks?recursion=1'),
    lxd.get<StoragePool[]>('/1.0/storage-pools?recursion=1'),
  ]);
  const host = {
    daemon: `${daemon.kind} ${daemon.version}`,
    knowsKey,
    profiles: new Map(profiles.map((profile) => [profile.name, profile] as const)),
    networks: new Set(networks.map(({ name }) => name)),
    storagePools: new Set(pools.map(({ name }) => name)),
    allowed,
    pathExists: existsSync,
  };
  return { host, networks };
}

/** Whether this host can take a container of that name. */
async function placeFindings(
  lxd: LxdClient,
  daemon: Daemon,
  { container, architecture }: Manifest__Output,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const existing = await findInstance(lxd, container);
  if (existing) {
    const mark = markOf(existing);
    const what = mark ? ` (a copy that belongs to migration ${mark.migrationId})` : '';
    const message = `container "${container}" exists on the destination already${what}`;
    findings.push({ subject: 'name', message });
  }
  for (const { description } of await operationsOn(lxd, container)) {
    const message = `the destination's daemon is busy with "${container}": ${description}`;
    findings.push({ subject: 'operations', message });
  }
  if (!daemon.has('container_incremental_copy')) {
    const message = `the destination's ${daemon.kind} ${daemon.version} cannot refresh a copy`;
    findings.push({ subject: 'version', message });
  }
  if (!daemon.architectures.includes(architecture)) {
    const message = `the container is ${architecture}, the destination runs ${daemon.architectures.join(', ')}`;
    findings.push({ subject: 'architecture', message });
  }
  return findings;
}

/** Reports fixed addresses and ports that are in use here. */
async function conflicts(
  lxd: LxdClient,
  container: string,
  devices: Devices,
  networks: readonly Network[],
): Promise<Finding[]> {
  const asks = Object.values(devices);
  const hasAddress = asks.some((device) => device['ipv4.address'] ?? device['ipv6.address']);
  const neighbours = hasAddress ? await lxd.get<Instance[]>('/1.0/instances?recursion=1') : [];
  const others = neighbours
    .filter(({ name }) => name !== container)
    .map(({ name, expanded_devices }) => ({ name, devices: expanded_devices }));
  const known = networks.map(({ name, config }) => ({ name, config: config ?? {} }));
  return [
    ...addressFindings(devices, known, others),
    ...(asks.some((device) => device['type'] === 'proxy') ? portFindings(devices, await takenPorts()) : []),
  ];
}

async function takenPorts(): Promise<ReadonlySet<string>> {
  const tables = await Promise.all(
    (['tcp', 'udp'] as const).flatMap((protocol) =>
      ['', '6'].map(async (family) =>
        listeningPorts(protocol, await readFile(`/proc/net/${protocol}${family}`, 'utf8').catch(() => '')),
      ),
    ),
  );
  return new Set(tables.flat());
}

async function roomIn(
  lxd: LxdClient,
  pool: StoragePool,
  manifest: Manifest__Output & { readonly isNew: boolean },
  sizeMax: number,
): Promise<RoomReport> {
  const space = await spaceOf(lxd, pool.name);
  const report = roomReport(manifest.use, { storagePool: pool.name, driver: pool.driver, space, sizeMax });
  const leftover = manifest.isNew ? await leftoverProblem(lxd, pool, manifest.container) : undefined;
  if (leftover === undefined) return report;
  return { ...report, findings: [{ subject: 'storage', message: leftover }, ...report.findings] };
}

/**
 * Each side's checks before a move changes anything. They report all problems at once, so that a user can correct
 * them together.
 */
import { readFile } from 'node:fs/promises';
import type { Finding } from '../model/finding.js';
import type { Findings } from '../../proto/gen/copa/agent/v1/Findings.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { Mapping__Output } from '../../proto/gen/copa/agent/v1/Mapping.js';
import type { VolumePlan } from '../../proto/gen/copa/agent/v1/VolumePlan.js';
import type { LxdClient } from '../lxd/client.js';
import type { Daemon } from '../lxd/daemon.js';
import { findInstance } from '../lxd/instances.js';
import { operationsOn } from '../lxd/operations.js';
import { rootDisk, spaceOf } from '../lxd/storage.js';
import type { Devices, Instance, Network, StoragePool } from '../lxd/types.js';
import { markOf } from '../model/marks.js';
import { ownVolumes } from '../model/own-volumes.js';
import type { Allowed } from '../model/privileges.js';
import { addressFindings, listeningPorts, portFindings } from './addresses.js';
import { canMakeExact, canSeeCopies, isOwnFormat } from './changed-files.js';
import { criuProblem } from './criu.js';
import { cureOf } from './cure.js';
import { hostFacts, type FullFacts } from './host-facts.js';
import { leftoverProblem } from './leftovers.js';
import { devicesFromProto, translateConfig } from './manifest.js';
import { isMapped, mappedManifest, undescribedMessage, undescribedProfile, unknownNics } from './mapping.js';
import { sizeInBytes } from '../../common/sizes.js';
import { roomReport, type Place, type RoomReport } from './space-report.js';
import {
  differences,
  expand,
  settingsFindings,
  snapshotFindings,
  type OwnSettings,
} from './settings-check.js';
import { shellNameFindings } from './shell-names.js';
import { placesOf } from './volume-admission.js';
import { checkVolumes, sumOf } from './volume-check.js';

export interface DestinationCheck {
  readonly live: boolean;
  /** The privileges that containers from other hosts may have here. */
  readonly allowed: ReadonlySet<Allowed>;
  readonly mapping: Mapping__Output | null;
}

/** The problems on this side, and a mapping that would solve some of them. */
export async function checkDestination(
  lxd: LxdClient,
  daemon: Daemon,
  manifest: Manifest__Output,
  { live, allowed, mapping }: DestinationCheck,
): Promise<Findings> {
  const host = await hostFacts(lxd, daemon, allowed);
  const general = await placeFindings(lxd, daemon, manifest);
  const isNew = !general.some(({ subject }) => subject === 'name');
  if (live) {
    const why = await criuProblem();
    if (why) general.push({ subject: 'live', message: `live is not possible on the destination: ${why}` });
  }
  if (live && manifest.volumes.length > 0) {
    const message = 'live is not possible for a container with storage volumes of its own';
    general.push({ subject: 'live', message });
  }
  const undescribed = isMapped(mapping) ? undescribedProfile(manifest) : undefined;
  if (undescribed !== undefined) {
    general.push({ subject: 'version', message: undescribedMessage(undescribed) });
  }
  const checkWith = (tried: Mapping__Output | null) => checkMapped(lxd, host, { manifest, isNew }, tried);
  const checked = await checkWith(undescribed === undefined ? mapping : null);
  const cure = await cureOf(checked.findings, manifest, mapping ?? noMapping, { names: host, checkWith });
  const findings = checked.findings.map((finding) =>
    cure?.cured.has(finding.message) ? { ...finding, isCured: true } : finding,
  );
  return {
    ...checked,
    findings: [...general, ...findings],
    mapped: mapping !== null,
    checksContainers: true,
    takesVolumes: true,
    proposal: cure?.mapping ?? null,
  };
}

interface Checked {
  readonly findings: readonly Finding[];
  readonly warnings: Finding[];
  readonly space: RoomReport['space'] | null;
  readonly storageDriver: string;
  readonly precopy: boolean;
  readonly seesFiles: boolean;
  readonly volumes: VolumePlan[];
}

/** What the container and its snapshots meet here with this mapping. */
async function checkMapped(
  lxd: LxdClient,
  host: FullFacts,
  { manifest, isNew }: { readonly manifest: Manifest__Output; readonly isNew: boolean },
  mapping: Mapping__Output | null,
): Promise<Checked> {
  const { daemon } = host;
  const mapped = mappedManifest(manifest, mapping, { here: host.profiles, networks: host.networks });
  const own = ownSettings(mapped, daemon);
  const here = expand(own, host.profiles);
  const isOwnVolume = ownVolumes(placesOf(manifest, mapping));
  const facts = { ...host.facts, isOwnVolume };
  const settings = settingsFindings(own, facts);
  const different = differences(
    {
      config: translateConfig(manifest.expandedConfig, manifest.server, daemon.kind),
      devices: devicesFromProto(manifest.expandedDevices),
    },
    here,
  );
  const hasAllProfiles = own.profiles.every((profile) => host.profiles.has(profile));
  const isComparable = hasAllProfiles && Object.keys(manifest.expandedDevices).length > 0;
  const findings: Finding[] = [
    ...settings,
    ...shellNameFindings(manifest),
    ...(isComparable ? different.findings : []),
    ...mapped.snapshotSettings.flatMap((snapshot) => {
      const theirs = ownSettings({ ...snapshot, server: manifest.server }, daemon);
      return snapshotFindings(snapshot.snapshots, theirs, facts, settings);
    }),
    ...(await conflicts(lxd, manifest.container, here.devices, host.networks)),
    ...nicFindings(manifest, mapping),
  ];
  const root = rootDisk(here.devices);
  if (!root && hasAllProfiles) {
    const message = 'neither the container nor its profiles on the destination name a root disk';
    findings.push({ subject: 'storage', message });
  }
  const pool = host.storagePools.find(({ name }) => name === root?.['pool']);
  const volumes = await checkVolumes(lxd, manifest, mapping, { ...host, root: pool?.name });
  const needs = { ...manifest, isNew, use: sumOf([manifest.use, ...volumes.besideRoot]) };
  const limit = { sizeMax: sizeInBytes(root?.['size']), rootBytes: manifest.use?.volume ?? 0 };
  const room = pool && (await roomIn(lxd, pool, needs, limit));
  return {
    findings: [...findings, ...volumes.findings, ...(room?.findings ?? [])],
    warnings: [...(isComparable ? different.warnings : []), ...volumes.warnings, ...(room?.warnings ?? [])],
    volumes: [...volumes.plans],
    space: room?.space ?? null,
    storageDriver: pool?.driver ?? '',
    precopy: pool !== undefined && (await canMakeExact(lxd, pool, manifest)),
    seesFiles: pool !== undefined && isOwnFormat(pool, manifest) && (await canSeeCopies(lxd, pool)),
  };
}

function nicFindings(manifest: Manifest__Output, mapping: Mapping__Output | null): Finding[] {
  return mapping === null
    ? []
    : unknownNics(manifest, mapping).map((nic) => ({
        subject: 'networks',
        message: `destination_network names the device "${nic}", which the container does not have`,
      }));
}

const noMapping: Mapping__Output = {
  storage: '',
  network: '',
  nics: {},
  flatten: false,
  storagePools: {},
  networks: {},
  profiles: {},
};

function ownSettings(
  manifest: Pick<Manifest__Output, 'config' | 'devices' | 'profiles' | 'server'>,
  daemon: Daemon,
): OwnSettings {
  return {
    config: translateConfig(manifest.config, manifest.server, daemon.kind),
    devices: devicesFromProto(manifest.devices),
    profiles: manifest.profiles,
  };
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
  limit: Pick<Place, 'sizeMax' | 'rootBytes'>,
): Promise<RoomReport> {
  const space = await spaceOf(lxd, pool.name);
  const report = roomReport(manifest.use, { storagePool: pool.name, driver: pool.driver, space, ...limit });
  const leftover = manifest.isNew ? await leftoverProblem(lxd, pool, manifest.container) : undefined;
  if (leftover === undefined) return report;
  return { ...report, findings: [{ subject: 'storage', message: leftover }, ...report.findings] };
}

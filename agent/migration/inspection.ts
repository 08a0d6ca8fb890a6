/** Describes a container for its destination, with the problems on the source's side. */
import type { Finding } from '../model/finding.js';
import type { InspectSourceRequest__Output } from '../../proto/gen/copa/agent/v1/InspectSourceRequest.js';
import type { Manifest } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { ProfileSettings } from '../../proto/gen/copa/agent/v1/ProfileSettings.js';
import type { SnapshotSettings } from '../../proto/gen/copa/agent/v1/SnapshotSettings.js';
import type { StorageUse } from '../../proto/gen/copa/agent/v1/StorageUse.js';
import { messageOf } from '../../common/errors.js';
import type { LxdClient } from '../lxd/client.js';
import type { Daemon } from '../lxd/daemon.js';
import { findOddFiles, ownersDiffer } from '../lxd/file-survey.js';
import { getInstance, instancePath, nameIn } from '../lxd/instances.js';
import { listSnapshotSettings } from '../lxd/snapshots.js';
import { foreignMountMessage, foreignMounts } from '../lxd/mounts.js';
import { operationsOn } from '../lxd/operations.js';
import { listProfiles } from '../lxd/profiles.js';
import {
  findStoragePool,
  readOnlySubvolumes,
  rootDisk,
  sendsDifferences,
  snapshotsOf,
} from '../lxd/storage.js';
import type { Devices, Instance, StoragePool } from '../lxd/types.js';
import { holdOn } from '../model/marks.js';
import { visibleVolume } from './changed-files.js';
import { criuProblem } from './criu.js';
import { hasSuspects } from './suspect-files.js';
import { inspectVolumes } from './volume-inspection.js';
import { devicesToProto, movesAlong, movingConfig } from './manifest.js';
import { oddFindings, useOf } from './file-findings.js';

type Options = Omit<InspectSourceRequest__Output, 'container'>;

/** Describes the container for its destination, with the problems on the source's side. */
export async function inspectSource(
  lxd: LxdClient,
  daemon: Daemon,
  container: string,
  options: Options,
): Promise<Manifest> {
  const instance = await getInstance(lxd, container);
  const mark = holdOn(instance);
  // Concurrently, because the container is down while this is called before the last pass.
  const [pool, snapshots, state] = await Promise.all([
    findStoragePool(lxd, rootDisk(instance.expanded_devices)?.['pool'] ?? ''),
    listSnapshotSettings(lxd, container),
    stateFindings(lxd, instance, options.live),
  ]);
  const [survey, volume, sends, profileSettings, attached] = await Promise.all([
    options.measure && pool ? surveyOf(lxd, pool, container) : undefined,
    pool && visibleVolume(lxd, pool, container),
    pool && sendsDifferences(lxd, pool, container),
    describeProfiles(
      lxd,
      [instance, ...snapshots].flatMap(({ profiles }) => profiles),
    ),
    inspectVolumes(lxd, instance, snapshots, options),
  ]);
  return {
    container,
    status: instance.status,
    architecture: instance.architecture,
    description: instance.description,
    ephemeral: mark?.saved?.ephemeral ?? instance.ephemeral,
    config: movingConfig(instance),
    expandedConfig: movingConfig({ config: instance.expanded_config ?? instance.config }),
    devices: devicesToProto(instance.devices),
    expandedDevices: devicesToProto(instance.expanded_devices),
    profiles: [...instance.profiles],
    snapshots: snapshots.map(({ name }) => name),
    snapshotsCreatedAtMs: snapshots.map(({ createdAtMs }) => createdAtMs),
    snapshotSettings: groupSnapshots(snapshots),
    profileSettings,
    storageDriver: pool?.driver ?? '',
    usedBytes: survey?.use.volume ?? 0,
    use: survey?.use ?? null,
    server: daemon.kind,
    findings: [
      ...(options.measure ? await backupFindings(lxd, container) : []),
      ...state,
      ...attached.findings,
      ...(survey?.findings ?? []),
    ],
    warnings: [...(survey?.warnings ?? []), ...(options.measure ? attached.warnings : [])],
    volumes: [...attached.volumes],
    inspectedAtMs: Date.now(),
    sendsDifferences: sends ?? false,
    namesChangedFiles: volume !== undefined,
    suspects: options.compare && (await hasSuspects(lxd, container, options.ownFormat)),
  };
}

/** What these profiles give here. */
export async function describeProfiles(
  lxd: LxdClient,
  used: readonly string[],
): Promise<Record<string, ProfileSettings>> {
  if (used.length === 0) return {};
  const known = await listProfiles(lxd);
  return Object.fromEntries(
    [...new Set(used)].flatMap((name) => {
      const profile = known.get(name);
      if (!profile) return [];
      return [[name, { config: movingConfig(profile), devices: devicesToProto(profile.devices) }]];
    }),
  );
}

async function stateFindings(lxd: LxdClient, instance: Instance, live: boolean): Promise<Finding[]> {
  const { name: container, status } = instance;
  const findings: Finding[] = [];
  const mark = holdOn(instance);
  if (status !== 'Running' && status !== 'Stopped') {
    const hint = status === 'Frozen' ? ': unfreeze it first' : '';
    findings.push({ subject: 'state', message: `container "${container}" is ${status}${hint}` });
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
  if (live) {
    const problem = await criuProblem();
    if (problem)
      findings.push({ subject: 'live', message: `live is not possible on the source: ${problem}` });
  }
  return findings;
}

/** The daemon stores backups with the container and deletes them with it. */
async function backupFindings(lxd: LxdClient, container: string): Promise<Finding[]> {
  const backups = (await lxd.get<string[]>(`${instancePath(container)}/backups`)).map(nameIn);
  if (backups.length === 0) return [];
  const message = `the source keeps backups of container "${container}" (${backups.join(', ')}), which do not move and would be deleted with it: export or delete them first`;
  return [{ subject: 'backups', message }];
}

/** The destination checks the values of these keys. For all others it needs only the name. */
const judgedKeys = /^(security|raw|nvidia|linux)\./;

/** Groups snapshots with equal settings, because a schedule can create thousands of them. */
export function groupSnapshots(
  snapshots: readonly {
    readonly name: string;
    readonly ownConfig: Instance['config'];
    readonly ownDevices: Devices;
    readonly profiles: readonly string[];
  }[],
): SnapshotSettings[] {
  const groups = new Map<string, SnapshotSettings & { snapshots: string[] }>();
  for (const { name, ownConfig, ownDevices, profiles } of snapshots) {
    const config = Object.fromEntries(
      Object.entries(ownConfig)
        .filter(([key]) => movesAlong(key))
        .map(([key, value]) => [key, judgedKeys.test(key) ? value : '']),
    );
    const settings = { config, devices: devicesToProto(ownDevices), profiles: [...profiles] };
    const key = JSON.stringify(settings);
    const group = groups.get(key) ?? { ...settings, snapshots: [] };
    group.snapshots.push(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

interface Survey {
  readonly use: StorageUse;
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

async function surveyOf(lxd: LxdClient, pool: StoragePool, container: string): Promise<Survey> {
  const volume = await visibleVolume(lxd, pool, container);
  if (volume === undefined) {
    const reason = `the agent of the source does not see files on storage of the kind ${pool.driver} here`;
    const message = `${reason}, so it did not look for files that a move cannot copy`;
    return { use: { unknown: true, reason }, findings: [], warnings: [{ subject: 'storage', message }] };
  }
  const snapshots = await snapshotsOf(lxd, pool, container);
  const [use, odd, haveOtherOwners, subvolumes] = await Promise.all([
    useOf(volume, snapshots),
    findOddFiles(volume),
    pool.driver === 'btrfs' && ownersDiffer(snapshots),
    subvolumeWarnings(lxd, pool, container),
  ]);
  const { findings, warnings } = oddFindings(odd);
  return {
    use,
    findings,
    warnings: [...warnings, ...(haveOtherOwners ? [modesWarning] : []), ...subvolumes],
  };
}

/** Limit on the names in one warning. */
const namesMax = 3;

/** The daemons do not carry the read-only property, and by rsync no subvolumes at all. */
async function subvolumeWarnings(lxd: LxdClient, pool: StoragePool, container: string): Promise<Finding[]> {
  const warn = (message: string): Finding[] => [{ subject: 'files', message }];
  try {
    const paths = await readOnlySubvolumes(lxd, pool, container);
    if (paths.length === 0) return [];
    const more = paths.length > namesMax ? ` and ${paths.length - namesMax} more` : '';
    return warn(
      `these subvolumes of btrfs are read-only, and may be writable at the destination, or plain directories where the daemons copy by rsync: ${paths.slice(0, namesMax).join(', ')}${more}`,
    );
  } catch (error) {
    return warn(
      `it is unknown whether the container has read-only subvolumes of btrfs (${messageOf(error)})`,
    );
  }
}

/**
 * btrfs sends the difference between two snapshots. For a file with another owner it sends the owner alone, and setting
 * the owner clears these bits on the other side. The last pass sets those of the container again (rsync-refresh.ts).
 */
const modesWarning: Finding = {
  subject: 'files',
  message:
    'the container has snapshots from hosts with different user ids; on btrfs to btrfs, setuid and setgid files in the snapshots lose these bits; those of the container itself keep them',
};

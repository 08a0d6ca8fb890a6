/** Describes the custom storage volumes that a container's devices attach, with what keeps them from moving. */
import type { AttachedVolume } from '../../proto/gen/copa/agent/v1/AttachedVolume.js';
import type { StorageUse } from '../../proto/gen/copa/agent/v1/StorageUse.js';
import type { LxdClient } from '../lxd/client.js';
import {
  findCustomVolume,
  volumeDevices,
  volumeOf,
  volumeSnapshotDirectories,
  volumeSnapshots,
  type CustomVolume,
  type VolumeSnapshot,
} from '../lxd/custom-volumes.js';
import { findOddFiles } from '../lxd/file-survey.js';
import { findStoragePool } from '../lxd/storage.js';
import type { Devices, Instance, StoragePool } from '../lxd/types.js';
import type { Finding } from '../model/finding.js';
import { movesWithVolume, movingVolumeConfig } from '../model/volume-marks.js';
import { oddFindings, useOf, type FileFindings } from './file-findings.js';
import { named } from './settings-check.js';
import { findDisguised } from './disguised-files.js';
import { filesOfVolume } from './volume-files.js';

type Device = Devices[string];

export interface VolumeReads {
  /** How large it is, and whether it holds what a move cannot copy. */
  readonly measure: boolean;
  /** Whether it holds a file that a pass by rsync would leave as it is in a snapshot. */
  readonly compare: boolean;
}

export interface VolumesThere {
  readonly volumes: readonly AttachedVolume[];
  readonly findings: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type Snapshots = readonly { readonly name: string; readonly devices: Devices }[];

/** The volumes of a container and of its snapshots, which restore their devices. */
export async function inspectVolumes(
  lxd: LxdClient,
  instance: Instance,
  snapshots: Snapshots,
  reads: VolumeReads,
): Promise<VolumesThere> {
  const devices = Object.entries(volumeDevices(instance.expanded_devices));
  const all = await Promise.all(
    devices.map(([name, device]) => inspect(lxd, instance, { name, device }, reads)),
  );
  const volumes = all.map(({ volume }) => volume);
  return {
    volumes,
    findings: [
      ...volumes.flatMap(({ problem }) => (problem ? [{ subject: 'devices', message: problem }] : [])),
      ...snapshotFindings(instance, snapshots),
      ...all.flatMap(({ findings }) => findings),
    ],
    warnings: all.flatMap(({ warnings }) => warnings),
  };
}

interface Inspected extends FileFindings {
  readonly volume: AttachedVolume;
}

async function inspect(
  lxd: LxdClient,
  instance: Instance,
  attached: { readonly name: string; readonly device: Device },
  reads: VolumeReads,
): Promise<Inspected> {
  const place = volumeOf(attached.device);
  const described = { storagePool: place.pool, volume: place.name, device: attached.name };
  const found = place.name.includes('/') ? undefined : await findCustomVolume(lxd, place);
  const problem = problemOf(instance, attached, found);
  if (!found || problem !== undefined) {
    return { volume: { ...described, problem: problem ?? '' }, findings: [], warnings: [] };
  }
  const [pool, snapshots] = await Promise.all([
    findStoragePool(lxd, place.pool),
    volumeSnapshots(lxd, place),
  ]);
  const files = await filesOfVolume(lxd, place);
  const survey = reads.measure && pool ? await surveyOf(lxd, pool, place.name, files) : undefined;
  const suspect = await suspectIn(lxd, pool, { name: place.name, files, snapshots }, reads);
  const volume: AttachedVolume = {
    ...described,
    description: found.description,
    config: movingVolumeConfig(found.config),
    snapshots: snapshots.map(({ name }) => name),
    storageDriver: pool?.driver ?? '',
    use: survey?.use ?? null,
    namesChangedFiles: files !== undefined,
    suspect: suspect.name,
  };
  const left = Object.keys(found.config).filter(
    (key) => !/^(volatile|user\.copa)\./.test(key) && !movesWithVolume(key),
  );
  return {
    volume,
    findings: survey?.findings ?? [],
    warnings: [
      ...(survey?.warnings ?? []),
      ...suspect.warnings,
      ...left.map((key) => ({
        subject: 'devices',
        message: `the option ${key} of storage volume "${place.name}" does not move with it`,
      })),
      ...(snapshots.length > 0 ? [ownersWarning(place.name)] : []),
    ],
  };
}

/** How long the preflight may compare files. After the stop, it takes as long as it takes. */
const comparingMs = 15_000;

interface ComparedVolume {
  readonly name: string;
  readonly files: string | undefined;
  readonly snapshots: readonly VolumeSnapshot[];
}

async function suspectIn(
  lxd: LxdClient,
  pool: StoragePool | undefined,
  { name, files, snapshots }: ComparedVolume,
  reads: VolumeReads,
): Promise<{ readonly name: string; readonly warnings: readonly Finding[] }> {
  if (!pool || files === undefined || snapshots.length === 0 || !(reads.measure || reads.compare)) {
    return { name: '', warnings: [] };
  }
  const directories = await volumeSnapshotDirectories(lxd, pool, name);
  const sinceMs = Math.min(...snapshots.map(({ createdAtMs }) => createdAtMs));
  const untilMs = reads.compare ? Infinity : Date.now() + comparingMs;
  const found = await findDisguised(files, directories, { sinceMs, untilMs });
  if (found !== 'out of time') return { name: found ?? '', warnings: [] };
  const message = `the files of storage volume "${name}" are compared with its snapshots after the stop, because that takes more than ${comparingMs / 1000} s`;
  return { name: '', warnings: [{ subject: 'downtime', message }] };
}

/** No daemon changes the owners in the snapshots of a volume. */
function ownersWarning(volume: string): Finding {
  const message = `if the hosts have different user ID ranges, files of a snapshot of storage volume "${volume}" have the owners of the source's range when the snapshot is restored`;
  return { subject: 'devices', message };
}

/** Why the volume cannot move, and what can be done. */
function problemOf(
  instance: Instance,
  { name, device }: { readonly name: string; readonly device: Device },
  found: CustomVolume | undefined,
): string | undefined {
  const { pool, name: volume } = volumeOf(device);
  const about = `device "${name}" attaches the storage volume "${volume}"`;
  const detach = 'detach it before the move';
  if (volume.includes('/')) return `${about}, which is a part of a volume and does not move alone: ${detach}`;
  if (!found) return `${about}, which does not exist in storage pool "${pool}": ${detach}`;
  if (found.content_type !== 'filesystem') {
    return `${about}, which is of type ${found.content_type} and does not move: ${detach}`;
  }
  if (!Object.hasOwn(instance.devices, name)) {
    return `${about} by a profile, which other containers may use: remove the device from the profile, and attach the volume to the container itself`;
  }
  const isSame = (other: Device) => volumeOf(other).pool === pool && volumeOf(other).name === volume;
  const twice = Object.entries(volumeDevices(instance.expanded_devices)).find(
    ([other, options]) => other !== name && isSame(options),
  );
  if (twice) return `${about}, and so does device "${twice[0]}": remove one of them`;
  if (found.config['security.unmapped'] === 'true') {
    return `${about}, which has security.unmapped, so its files belong to users of its host: ${detach}`;
  }
  const others = (found.used_by ?? []).filter((path) => !isPathOf(path, instance.name));
  if (others.length > 0) {
    const shown = others.map((path) => path.replace(/^\/1\.0\//, '')).join(', ');
    return `${about}, which others use as well (${shown}): detach it there or here`;
  }
  return undefined;
}

function isPathOf(path: string, container: string): boolean {
  return [`/1.0/instances/${container}`, `/1.0/containers/${container}`].includes(path);
}

/** A snapshot that was restored would attach what is not there. */
function snapshotFindings(instance: Instance, snapshots: Snapshots): Finding[] {
  const own = Object.values(volumeDevices(instance.expanded_devices)).map(keyOf);
  return snapshots.flatMap((snapshot) =>
    Object.entries(volumeDevices(snapshot.devices))
      .filter(([, device]) => !own.includes(keyOf(device)))
      .map(([name, device]) => ({
        subject: 'devices',
        message: `${named([snapshot.name])}: device "${name}" attaches the storage volume "${volumeOf(device).name}", which the container itself does not have: attach it, or delete the snapshot`,
      })),
  );
}

function keyOf(device: Device): string {
  return JSON.stringify(volumeOf(device));
}

interface Survey extends FileFindings {
  readonly use: StorageUse;
}

async function surveyOf(
  lxd: LxdClient,
  pool: StoragePool,
  name: string,
  files: string | undefined,
): Promise<Survey> {
  if (files === undefined) {
    const reason = `the agent of the source does not see the files of storage volume "${name}"`;
    return { use: { unknown: true, reason }, findings: [], warnings: [] };
  }
  const snapshots = await volumeSnapshotDirectories(lxd, pool, name);
  const [use, odd] = await Promise.all([useOf(files, snapshots), findOddFiles(files)]);
  const about = ({ subject, message }: Finding) => ({
    subject,
    message: `storage volume "${name}": ${message}`,
  });
  const { findings, warnings } = oddFindings(odd);
  return { use, findings: findings.map(about), warnings: warnings.map(about) };
}

/** A container's snapshots in the daemon's API: list, create, delete, restore. */
import { CopaError, isCopaError, isUnknownOutcome } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import { copyTimeoutMs, deleteTimeoutMs, instancePath } from './instances.js';
import { runOperation } from './operations.js';
import type { Devices, Instance, Snapshot } from './types.js';

type SnapshotSettings = Snapshot &
  Pick<Instance, 'config' | 'devices'> &
  Partial<Pick<Instance, 'expanded_config' | 'expanded_devices'>> & {
    /** Missing or null without any. */
    readonly profiles?: readonly string[] | null;
  };

/** The names of a container's snapshots, oldest first. */
export async function listSnapshots(lxd: LxdClient, name: string): Promise<readonly string[]> {
  return (await describeSnapshots(lxd, name)).map((snapshot) => snapshot.name);
}

/** Names that are the same in a path, whether the daemon encodes it or not. */
const plainName = /^[\w.-]+$/;

/**
 * The same in no order, and fast: a daemon takes milliseconds to describe each snapshot. LXD 5.0 does not encode paths, so
 * a name with a "%" or a "?" cannot be read from its path.
 */
export async function snapshotNames(lxd: LxdClient, name: string): Promise<readonly string[]> {
  const paths = await lxd.get<string[]>(`${instancePath(name)}/snapshots`);
  const names = paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
  return names.every((each) => plainName.test(each)) ? names : listSnapshots(lxd, name);
}

export async function createSnapshot(lxd: LxdClient, name: string, snapshot: string): Promise<void> {
  await runOperation(
    lxd,
    { method: 'POST', path: `${instancePath(name)}/snapshots`, body: { name: snapshot, stateful: false } },
    copyTimeoutMs,
  );
}

export async function deleteSnapshot(lxd: LxdClient, name: string, snapshot: string): Promise<void> {
  try {
    const path = await snapshotPath(lxd, name, snapshot);
    await runOperation(lxd, { method: 'DELETE', path }, deleteTimeoutMs);
  } catch (error) {
    if (!isCopaError(error, 'not_found')) throw error;
  }
}

/**
 * LXD 5.0 decodes the last part of this path twice, others once. A name with a "%" has to be encoded for the daemon
 * at hand. Otherwise the daemon would refuse it or address another snapshot. Throws `not_found`.
 */
async function snapshotPath(lxd: LxdClient, name: string, snapshot: string): Promise<string> {
  const once = encodeURIComponent(snapshot);
  const pathOf = (part: string) => `${instancePath(name)}/snapshots/${part}`;
  if (!snapshot.includes('%')) return pathOf(once);
  for (const part of [once, encodeURIComponent(once)]) {
    const found = await lxd.get<Snapshot>(pathOf(part)).catch((error: unknown) => {
      if (isUnknownOutcome(error)) throw error;
      return undefined;
    });
    if (found?.name.split('/').at(-1) === snapshot) return pathOf(part);
  }
  throw new CopaError('not_found', `container "${name}" has no snapshot "${snapshot}"`);
}

export async function describeSnapshots(lxd: LxdClient, name: string): Promise<readonly SnapshotSettings[]> {
  const all = await lxd.get<SnapshotSettings[]>(`${instancePath(name)}/snapshots?recursion=1`);
  // Some daemons put the container's name before the snapshot's.
  return all.map((snapshot) => ({ ...snapshot, name: snapshot.name.split('/').at(-1) ?? '' }));
}

/** Restores a stopped container's files and settings. */
export async function restoreSnapshot(lxd: LxdClient, name: string, snapshot: string): Promise<void> {
  await runOperation(
    lxd,
    { method: 'PUT', path: instancePath(name), body: { restore: snapshot } },
    copyTimeoutMs,
  );
}

/** The settings that each snapshot would restore. */
export async function listSnapshotSettings(
  lxd: LxdClient,
  name: string,
): Promise<
  readonly {
    readonly name: string;
    readonly createdAtMs: number;
    readonly config: Instance['config'];
    readonly devices: Devices;
    readonly ownConfig: Instance['config'];
    readonly ownDevices: Devices;
    readonly profiles: readonly string[];
  }[]
> {
  const snapshots = await describeSnapshots(lxd, name);
  return snapshots.map(({ name: each, created_at, config, devices, ...more }) => ({
    name: each,
    createdAtMs: Date.parse(created_at),
    config: more.expanded_config ?? config,
    devices: more.expanded_devices ?? devices,
    ownConfig: config,
    ownDevices: devices,
    profiles: more.profiles ?? [],
  }));
}

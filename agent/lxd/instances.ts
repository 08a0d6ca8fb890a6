/** Containers as the daemon keeps them: read one, change its config with an ETag, start, stop, delete. */
import { setTimeout as delay } from 'node:timers/promises';
import { CopaError, isCopaError } from '../../proto/errors.js';
import type { LxdClient } from './client.js';
import { runOperation } from './operations.js';
import type { Instance } from './types.js';

export const startTimeoutMs = 90_000;
const killTimeoutMs = 60_000;

/** How long a container whose shutdown the daemon calls failed is watched before it is asked again. */
const stopSettleMs = 3_000;
const stopPollMs = 100;
const deleteTimeoutMs = 600_000;
const snapshotTimeoutMs = 600_000;

/** How often a config change is tried when something else changes the instance meanwhile (its ETag). */
const updateTries = 8;

export function instancePath(name: string): string {
  return `/1.0/instances/${encodeURIComponent(name)}`;
}

/** The container, or undefined. A virtual machine of that name is refused: COPA does not manage them. */
export async function findInstance(lxd: LxdClient, name: string): Promise<Instance | undefined> {
  try {
    const instance = await lxd.get<Instance>(instancePath(name));
    if (instance.type !== 'container') {
      throw new CopaError('failed_precondition', `"${name}" is a ${instance.type}, not a container`);
    }
    return instance;
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}

export async function getInstance(lxd: LxdClient, name: string): Promise<Instance> {
  const instance = await findInstance(lxd, name);
  if (!instance) throw new CopaError('not_found', `container "${name}" does not exist on this pool`);
  return instance;
}

export interface InstanceChange {
  /** `null` removes the key. */
  readonly config?: Readonly<Record<string, string | null>>;
  readonly ephemeral?: boolean;
}

/** Applies a change that is computed from the instance as it is; asked again when it changed meanwhile. */
export async function updateInstance(
  lxd: LxdClient,
  name: string,
  changeOf: (instance: Instance) => InstanceChange | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const { value: instance, etag } = await lxd.request<Instance>('GET', instancePath(name));
    const change = changeOf(instance);
    if (!change) return;
    const config = Object.fromEntries(
      Object.entries({ ...instance.config, ...change.config }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    );
    const body = {
      architecture: instance.architecture,
      description: instance.description,
      devices: instance.devices,
      profiles: instance.profiles,
      ephemeral: change.ephemeral ?? instance.ephemeral,
      config,
    };
    try {
      const { value } = await lxd.request<{ id: string }>('PUT', instancePath(name), { body, etag });
      await lxd.get(`/1.0/operations/${value.id}/wait?timeout=60`, 65_000);
      return;
    } catch (error) {
      // 404 is the wait on an operation that ended and was forgotten: look again whether it took.
      if (!isCopaError(error, 'aborted', 'not_found') || tries >= updateTries) throw error;
    }
  }
}

type StateAction = 'start' | 'stop' | 'freeze' | 'unfreeze';

/** Changes the state; a stop without `force` asks the container to shut down and fails after the time-out. */
export async function changeState(
  lxd: LxdClient,
  name: string,
  action: StateAction,
  options: { readonly timeoutSeconds?: number; readonly force?: boolean } = {},
): Promise<void> {
  const { timeoutSeconds = 30, force = false } = options;
  await runOperation(
    lxd,
    'PUT',
    `${instancePath(name)}/state`,
    { action, timeout: timeoutSeconds, force, stateful: false },
    action === 'stop' && !force ? (timeoutSeconds + 30) * 1000 : Math.max(startTimeoutMs, killTimeoutMs),
  );
}

/**
 * Shuts a running container down cleanly. Returns false when it still runs after `timeoutSeconds`; the
 * daemon's failure is judged by the state, never by its words.
 *
 * LXD may call a shutdown failed while it is still under way (seen within 0.2 s, on a busy host: the state
 * it reads is not the last one yet), so an early failure is followed by a look, and then by asking again.
 */
export async function shutDown(lxd: LxdClient, name: string, timeoutSeconds: number): Promise<boolean> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const leftSeconds = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
    try {
      await changeState(lxd, name, 'stop', { timeoutSeconds: leftSeconds });
      return true;
    } catch (error) {
      if (!isCopaError(error, 'internal', 'failed_precondition')) throw error;
    }
    if (await becomesStopped(lxd, name, Math.min(deadline, Date.now() + stopSettleMs))) return true;
    if (Date.now() >= deadline) return false;
  }
}

/** Looks at least once. */
async function becomesStopped(lxd: LxdClient, name: string, deadline: number): Promise<boolean> {
  for (;;) {
    if ((await getInstance(lxd, name)).status === 'Stopped') return true;
    if (Date.now() >= deadline) return false;
    await delay(stopPollMs);
  }
}

/** Kills a container. A container that is stopped meanwhile is no error. */
export async function kill(lxd: LxdClient, name: string): Promise<void> {
  try {
    await changeState(lxd, name, 'stop', { force: true });
  } catch (error) {
    if ((await getInstance(lxd, name)).status !== 'Stopped') throw error;
  }
}

/** Deletes a stopped container with its snapshots. One that is gone already is no error. */
export async function deleteInstance(lxd: LxdClient, name: string): Promise<void> {
  try {
    await runOperation(lxd, 'DELETE', instancePath(name), undefined, deleteTimeoutMs);
  } catch (error) {
    if (isCopaError(error, 'unavailable', 'deadline_exceeded') || (await findInstance(lxd, name)))
      throw error;
  }
}

export async function renameInstance(lxd: LxdClient, name: string, to: string): Promise<void> {
  await runOperation(lxd, 'POST', instancePath(name), { name: to }, deleteTimeoutMs);
}

/** The names of a container's snapshots, oldest first. */
export async function listSnapshots(lxd: LxdClient, name: string): Promise<readonly string[]> {
  const paths = await lxd.get<string[]>(`${instancePath(name)}/snapshots`);
  return paths.map((path) => decodeURIComponent(path.split('?')[0]?.split('/').at(-1) ?? ''));
}

export async function createSnapshot(lxd: LxdClient, name: string, snapshot: string): Promise<void> {
  await runOperation(
    lxd,
    'POST',
    `${instancePath(name)}/snapshots`,
    { name: snapshot, stateful: false },
    snapshotTimeoutMs,
  );
}

export async function deleteSnapshot(lxd: LxdClient, name: string, snapshot: string): Promise<void> {
  const path = `${instancePath(name)}/snapshots/${encodeURIComponent(snapshot)}`;
  await runOperation(lxd, 'DELETE', path, undefined, deleteTimeoutMs).catch((error: unknown) => {
    if (!isCopaError(error, 'not_found')) throw error;
  });
}

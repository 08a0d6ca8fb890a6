/** Containers as the daemon keeps them: read one, change its config with an ETag, start, stop, delete. */
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import { checkNoForeignMounts } from './mounts.js';
import { runOperation, settleOperations, waitForOperation } from './operations.js';
import type { Devices, Instance } from './types.js';

export const startTimeoutMs = 90_000;
const killTimeoutMs = 60_000;

/** How long a container whose shutdown the daemon calls failed is watched before it is asked again. */
const stopSettleMs = 3_000;
const stopPollMs = 100;
export const deleteTimeoutMs = 600_000;
/** Where the storage cannot share blocks, each of these copies every file. */
export const copyTimeoutMs = 3_600_000;
const updateTimeoutMs = 60_000;

/** A host may have thousands. */
const listTimeoutMs = 120_000;

/** How much of a console's log is read; liblxc itself keeps 128 KiB of a running container's. */
const consoleLogBytesMax = 256 * 1024;

/** How often a config change is tried when something else changes the instance meanwhile (its ETag). */
const updateTries = 8;

/** How often one that the daemon refuses is tried again; raising it makes what is really wrong be reported later. */
const busyTries = 6;
/** Grows with each try: a container that has just stopped by itself is busy with that, and no operation shows it. */
const busyDelayMs = 200;
const busyTimeoutMs = 30_000;

export function instancePath(name: string): string {
  return `/1.0/instances/${encodeURIComponent(name)}`;
}

/** The container, or undefined. A virtual machine of that name is refused: COPA does not manage them. */
export async function findInstance(lxd: LxdClient, name: string): Promise<Instance | undefined> {
  try {
    const instance = withPlainStatus(await lxd.get<Instance>(instancePath(name)));
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

/** All containers, without what each of them does right now. */
export async function listInstances(lxd: LxdClient): Promise<readonly Instance[]> {
  const all = await lxd.get<Instance[]>('/1.0/instances?recursion=1&instance-type=container', listTimeoutMs);
  return all.map(withPlainStatus);
}

/** A workload may report to its daemon that it is ready, which is a kind of running (`instance_ready_state`). */
export function withPlainStatus<T extends { readonly status: string }>(instance: T): T {
  return instance.status === 'Ready' ? { ...instance, status: 'Running' } : instance;
}

export interface InstanceChange {
  /** `null` removes the key. */
  readonly config?: Readonly<Record<string, string | null>>;
  readonly ephemeral?: boolean;
  /** All of the container's own. */
  readonly devices?: Instance['devices'];
  readonly profiles?: readonly string[];
  readonly description?: string;
}

/**
 * Applies a change that is computed from the instance as it is; asked again when it changed meanwhile, and when it
 * is not there afterwards (see `notKept`).
 */
export async function updateInstance(
  lxd: LxdClient,
  name: string,
  changeOf: (instance: Instance) => InstanceChange | undefined,
  { waitsWhileBusy = true }: { readonly waitsWhileBusy?: boolean } = {},
): Promise<void> {
  let asked: InstanceChange | undefined;
  for (let tries = 1; ; tries++) {
    const { value, etag } = await lxd.request<Instance>('GET', instancePath(name));
    const instance = withPlainStatus(value);
    if (asked && isIn(asked, instance)) return;
    if (asked && tries > updateTries) throw notKept(`a change of container "${name}"`);
    const change = changeOf(instance);
    if (!change) return;
    const config = Object.fromEntries(
      Object.entries({ ...instance.config, ...change.config }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      ),
    );
    const body = {
      architecture: instance.architecture,
      description: change.description ?? instance.description,
      devices: change.devices ?? instance.devices,
      profiles: change.profiles ?? instance.profiles,
      ephemeral: change.ephemeral ?? instance.ephemeral,
      config,
    };
    try {
      const operation = await lxd.request<{ id: string }>('PUT', instancePath(name), { body, etag });
      await waitForOperation(lxd, operation.value.id, updateTimeoutMs);
      asked = change;
    } catch (error) {
      if (tries >= updateTries) throw error;
      // Refused for a fault of its own, or because a start or a stop is under way: the second passes.
      if (isCopaError(error, 'internal') && waitsWhileBusy && tries < busyTries) {
        await lxd.clock.delay(busyDelayMs * tries);
        await settleOperations(lxd, name, busyTimeoutMs);
      }
      // 404 is the wait on an operation that ended and was forgotten: look again whether it took.
      else if (!isCopaError(error, 'aborted', 'not_found')) throw error;
    }
  }
}

/**
 * A daemon whose database transaction runs out of time while it is frozen or starved has it rolled back, takes the
 * failed commit for one that was done already, and reports a success (seen with LXD 5.0.2, frozen for 30 s).
 */
function notKept(what: string): CopaError {
  return new CopaError('unavailable', `the daemon called ${what} done, and has not kept it`);
}

function isIn({ config = {}, ephemeral }: InstanceChange, instance: Instance): boolean {
  const isKept = Object.entries(config).every(([key, value]) => (instance.config[key] ?? null) === value);
  return isKept && (ephemeral === undefined || ephemeral === instance.ephemeral);
}

type StateAction = 'start' | 'stop' | 'restart' | 'freeze' | 'unfreeze';

/** Changes the state; a stop without `force` asks the container to shut down and fails after the time-out. */
export async function changeState(
  lxd: LxdClient,
  name: string,
  action: StateAction,
  options: { readonly timeoutSeconds?: number; readonly force?: boolean } = {},
): Promise<void> {
  const { timeoutSeconds = 30, force = false } = options;
  const shutsDown = (action === 'stop' || action === 'restart') && !force;
  await runOperation(
    lxd,
    {
      method: 'PUT',
      path: `${instancePath(name)}/state`,
      body: { action, timeout: timeoutSeconds, force, stateful: false },
    },
    (shutsDown ? (timeoutSeconds + 30) * 1000 : killTimeoutMs) + (action === 'stop' ? 0 : startTimeoutMs),
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
  const deadline = lxd.clock.now() + timeoutSeconds * 1000;
  for (;;) {
    const leftSeconds = Math.max(1, Math.ceil((deadline - lxd.clock.now()) / 1000));
    try {
      await changeState(lxd, name, 'stop', { timeoutSeconds: leftSeconds });
      return true;
    } catch (error) {
      if (!isCopaError(error, 'internal', 'failed_precondition')) throw error;
    }
    if (await becomesStopped(lxd, name, Math.min(deadline, lxd.clock.now() + stopSettleMs))) return true;
    if (lxd.clock.now() >= deadline) return false;
  }
}

/** Looks at least once. */
async function becomesStopped(lxd: LxdClient, name: string, deadline: number): Promise<boolean> {
  for (;;) {
    if ((await getInstance(lxd, name)).status === 'Stopped') return true;
    if (lxd.clock.now() >= deadline) return false;
    await lxd.clock.delay(stopPollMs);
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

/** Shuts a running container down cleanly, kills it when that takes longer, and starts it again. */
export async function restart(lxd: LxdClient, name: string, timeoutSeconds: number): Promise<void> {
  try {
    await changeState(lxd, name, 'restart', { timeoutSeconds });
  } catch (error) {
    if (!isCopaError(error, 'internal', 'failed_precondition')) throw error;
    // One that does not run did shut down, be it late, and starting it once more tells why that fails.
    if ((await getInstance(lxd, name)).status === 'Stopped') await changeState(lxd, name, 'start');
    else await changeState(lxd, name, 'restart', { force: true });
  }
}

/**
 * Lets a frozen container go on. One whose daemon died while it froze it stands at "Freezing" for ever, which LXD
 * 5.0.2 takes for running when it is to unfreeze: it is frozen to the end first.
 */
export async function unfreeze(lxd: LxdClient, { name, status }: Instance): Promise<void> {
  if (status === 'Freezing') await changeState(lxd, name, 'freeze');
  await changeState(lxd, name, 'unfreeze');
}

/**
 * Deletes a stopped container with its snapshots. One that is gone already is no error. Throws `failed_precondition`
 * when the host has mounted something inside its files: the daemon would delete that, too.
 */
export async function deleteInstance(lxd: LxdClient, name: string): Promise<void> {
  await checkNoForeignMounts(lxd, name);
  try {
    await runOperation(lxd, { method: 'DELETE', path: instancePath(name) }, deleteTimeoutMs);
  } catch (error) {
    if (isCopaError(error, 'unavailable', 'deadline_exceeded') || (await findInstance(lxd, name)))
      throw error;
  }
  if (await findInstance(lxd, name)) throw notKept(`the removal of container "${name}"`);
}

export async function renameInstance(lxd: LxdClient, name: string, to: string): Promise<void> {
  await runOperation(lxd, { method: 'POST', path: instancePath(name), body: { name: to } }, deleteTimeoutMs);
}

/** Makes a stopped copy with snapshots, on the same storage, which shares no address with the original. */
export async function copyInstance(lxd: LxdClient, source: Instance, name: string): Promise<void> {
  const { architecture, description, profiles, ephemeral } = source;
  const body = {
    name,
    architecture,
    description,
    profiles,
    ephemeral,
    // The daemon takes over what is not said here: the config without what is the source's alone.
    devices: withoutAddresses(source.devices, source.expanded_devices),
    source: { type: 'copy', source: source.name },
  };
  await runOperation(lxd, { method: 'POST', path: '/1.0/instances', body }, copyTimeoutMs);
}

/** Two containers with one of these would take each other's packets, and only one of them could be started. */
const addressOptions = ['hwaddr', 'ipv4.address', 'ipv6.address'] as const;

/** A container's own devices without addresses, those that it has from profiles overridden where they have any. */
export function withoutAddresses(own: Devices, expanded: Devices): Devices {
  const isAddressed = (device: Devices[string]) =>
    device['type'] === 'nic' && addressOptions.some((option) => (device[option] ?? 'none') !== 'none');
  const inherited = Object.entries(expanded).filter(
    ([name, device]) => !(name in own) && isAddressed(device),
  );
  return Object.fromEntries(
    [...Object.entries(own), ...inherited].map(([name, device]) => [
      name,
      isAddressed(device) ? withoutKeys(device, addressOptions) : device,
    ]),
  );
}

function withoutKeys(device: Devices[string], keys: readonly string[]): Devices[string] {
  return Object.fromEntries(
    Object.entries(device).filter(([key, value]) => !keys.includes(key) || value === 'none'),
  );
}

/** The newest part of what a container's console has shown; empty when it has shown nothing. */
export async function consoleLog(lxd: LxdClient, name: string): Promise<Buffer> {
  try {
    return await lxd.tail(`${instancePath(name)}/console`, consoleLogBytesMax);
  } catch (error) {
    // Of an empty log daemons say that they cannot open it: LXD 5.0 as a failure of its own (of a running
    // container), others that it is not found.
    if (!isCopaError(error, 'internal', 'not_found')) throw error;
    return Buffer.alloc(0);
  }
}

/**
 * The name that one of the daemon's paths ends with. Quick, as a list of containers is asked for all the time. Only for
 * names that need no encoding: daemons do not agree on it.
 */
export function nameIn(path: string): string {
  const end = path.includes('?') ? path.indexOf('?') : path.length;
  return decoded(path.slice(path.lastIndexOf('/', end) + 1, end));
}

function decoded(name: string): string {
  try {
    return name.includes('%') ? decodeURIComponent(name) : name;
  } catch {
    // LXD 5.0 did not encode it.
    return name;
  }
}

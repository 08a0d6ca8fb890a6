/** Containers in the daemon's API: read, change the config with an ETag, start, stop, delete. */
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import { checkNoForeignMounts } from './mounts.js';
import { runOperation, settleOperations, waitForOperation } from './operations.js';
import type { Devices, Instance } from './types.js';

export const startTimeoutMs = 90_000;
const killTimeoutMs = 60_000;

/** After the daemon reports a failed shutdown, the container is observed for this long before the next request. */
const stopSettleMs = 3_000;
const stopPollMs = 100;
export const deleteTimeoutMs = 600_000;
/** On storage without shared blocks, each of these copies every file. */
export const copyTimeoutMs = 3_600_000;
const updateTimeoutMs = 60_000;

/** A host may have thousands. */
const listTimeoutMs = 120_000;

/** Limit on the bytes read of a console's log. liblxc keeps 128 KiB of a running container's console. */
const consoleLogBytesMax = 256 * 1024;

/** How often a config change is retried when the instance changed meanwhile (its ETag). */
const updateTries = 8;

/** How often a refused change is retried. Raising it delays the report of a permanent error. */
const busyTries = 6;
/**
 * Grows with each retry: the daemon is busy with a container that has just stopped by itself, and no operation shows
 * it.
 */
const busyDelayMs = 200;
const busyTimeoutMs = 30_000;

export function instancePath(name: string): string {
  return `/1.0/instances/${encodeURIComponent(name)}`;
}

/** The container, or undefined. Refuses virtual machines, because COPA does not manage them. */
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

/** All containers, without their run-time state. */
export async function listInstances(lxd: LxdClient): Promise<readonly Instance[]> {
  const all = await lxd.get<Instance[]>('/1.0/instances?recursion=1&instance-type=container', listTimeoutMs);
  return all.map(withPlainStatus);
}

/** A workload can report to its daemon that it is ready, which is also a kind of running (`instance_ready_state`). */
export function withPlainStatus<T extends { readonly status: string }>(instance: T): T {
  return instance.status === 'Ready' ? { ...instance, status: 'Running' } : instance;
}

export interface InstanceChange {
  /** `null` removes the key. */
  readonly config?: Readonly<Record<string, string | null>>;
  readonly ephemeral?: boolean;
  /** All of the container's own devices. */
  readonly devices?: Instance['devices'];
  readonly profiles?: readonly string[];
  readonly description?: string;
}

/**
 * Applies a change that is computed from the current instance. Computes it again when the instance changed meanwhile,
 * and when the change is missing afterwards (see `notKept`). Returns the instance as it was read last, with the change.
 */
export async function updateInstance(
  lxd: LxdClient,
  name: string,
  changeOf: (instance: Instance) => InstanceChange | undefined,
  { waitsWhileBusy = true }: { readonly waitsWhileBusy?: boolean } = {},
): Promise<Instance> {
  let asked: InstanceChange | undefined;
  for (let tries = 1; ; tries++) {
    const { value, etag } = await lxd.request<Instance>('GET', instancePath(name));
    const instance = withPlainStatus(value);
    if (asked && isIn(asked, instance)) return instance;
    if (asked && tries > updateTries) throw notKept(`a change of container "${name}"`);
    const change = changeOf(instance);
    if (!change) return instance;
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
      // Rejected because the change is wrong, or because a start or stop is in progress. The second reason is
      // temporary.
      if (isCopaError(error, 'internal') && waitsWhileBusy && tries < busyTries) {
        await lxd.clock.delay(busyDelayMs * tries);
        await settleOperations(lxd, name, busyTimeoutMs);
      }
      // 404 is the wait for an operation that ended and was forgotten. Check whether the change was applied.
      else if (!isCopaError(error, 'aborted', 'not_found')) throw withWayOut(error, name);
    }
  }
}

/**
 * Incus keeps the lock of a shutdown that failed because somebody paused the container meanwhile. Then it refuses every
 * change, until the container is killed or the daemon restarts (seen with 6.0.4). COPA kills nothing by itself.
 */
function withWayOut(cause: unknown, name: string): unknown {
  if (!isCopaError(cause, 'internal') || !cause.message.includes('busy running a "stop" operation'))
    return cause;
  const wayOut = `if it does not end, "incus stop --force ${name}" or a restart of the daemon ends it`;
  return new CopaError(cause.code, `${cause.message}: ${wayOut}`, { cause });
}

/**
 * Detects a lost change. If a daemon is frozen or starved until its database transaction times out, the database
 * rolls it back. The daemon then takes the failed commit for one that was done before, and reports success (seen with
 * LXD 5.0.2, frozen for 30 s).
 */
function notKept(what: string): CopaError {
  return new CopaError('unavailable', `the daemon reported success for ${what}, but has lost it`);
}

function isIn({ config = {}, ephemeral }: InstanceChange, instance: Instance): boolean {
  const isKept = Object.entries(config).every(([key, value]) => (instance.config[key] ?? null) === value);
  return isKept && (ephemeral === undefined || ephemeral === instance.ephemeral);
}

type StateAction = 'start' | 'stop' | 'restart' | 'freeze' | 'unfreeze';

/** Changes the state. A stop without `force` requests a shutdown and fails after the time-out. */
export async function changeState(
  lxd: LxdClient,
  name: string,
  action: StateAction,
  options: {
    readonly timeoutSeconds?: number;
    readonly force?: boolean;
    /** Called with the ID of the daemon's operation. */
    readonly onStarted?: ((id: string) => void) | undefined;
  } = {},
): Promise<void> {
  const { timeoutSeconds = 30, force = false, onStarted } = options;
  const shutsDown = (action === 'stop' || action === 'restart') && !force;
  await runOperation(
    lxd,
    {
      method: 'PUT',
      path: `${instancePath(name)}/state`,
      body: { action, timeout: timeoutSeconds, force, stateful: false },
    },
    (shutsDown ? (timeoutSeconds + 30) * 1000 : killTimeoutMs) + (action === 'stop' ? 0 : startTimeoutMs),
    onStarted,
  );
}

/**
 * Shuts a running container down cleanly. Returns false when it still runs after `timeoutSeconds`. The container's
 * state decides, not the daemon's error.
 *
 * LXD can report a failed shutdown while it is still in progress (seen within 0.2 s on a busy host, because the state
 * that it reads is not the latest). Therefore this function checks the state after an early failure, and then
 * requests the shutdown again.
 */
export async function shutDown(
  lxd: LxdClient,
  name: string,
  timeoutSeconds: number,
  onStarted?: (id: string) => void,
): Promise<boolean> {
  const deadline = lxd.clock.now() + timeoutSeconds * 1000;
  for (;;) {
    const leftSeconds = Math.max(1, Math.ceil((deadline - lxd.clock.now()) / 1000));
    try {
      await changeState(lxd, name, 'stop', { timeoutSeconds: leftSeconds, onStarted });
      return true;
    } catch (error) {
      if (!isCopaError(error, 'internal', 'failed_precondition')) throw error;
    }
    if (await becomesStopped(lxd, name, Math.min(deadline, lxd.clock.now() + stopSettleMs))) return true;
    if (lxd.clock.now() >= deadline) return false;
  }
}

/** Checks at least once. */
async function becomesStopped(lxd: LxdClient, name: string, deadline: number): Promise<boolean> {
  for (;;) {
    if ((await getInstance(lxd, name)).status === 'Stopped') return true;
    if (lxd.clock.now() >= deadline) return false;
    await lxd.clock.delay(stopPollMs);
  }
}

/** Kills a container. A container that has stopped meanwhile is no error. */
export async function kill(lxd: LxdClient, name: string, onStarted?: (id: string) => void): Promise<void> {
  try {
    await changeState(lxd, name, 'stop', { force: true, onStarted });
  } catch (error) {
    if ((await getInstance(lxd, name)).status !== 'Stopped') throw error;
  }
}

/** Shuts a running container down cleanly, kills it after the time-out, and starts it again. */
export async function restart(lxd: LxdClient, name: string, timeoutSeconds: number): Promise<void> {
  try {
    await changeState(lxd, name, 'restart', { timeoutSeconds });
  } catch (error) {
    if (!isCopaError(error, 'internal', 'failed_precondition')) throw error;
    // A stopped container shut down after all. A second start returns why it cannot start.
    if ((await getInstance(lxd, name)).status === 'Stopped') await changeState(lxd, name, 'start');
    else await changeState(lxd, name, 'restart', { force: true });
  }
}

/**
 * Unfreezes a container. If its daemon crashed while it froze it, the container stays "Freezing", which LXD 5.0.2
 * treats as running when it should unfreeze it. Therefore the freeze is completed first.
 */
export async function unfreeze(lxd: LxdClient, { name, status }: Instance): Promise<void> {
  if (status === 'Freezing') await changeState(lxd, name, 'freeze');
  await changeState(lxd, name, 'unfreeze');
}

/**
 * Deletes a stopped container with its snapshots. A missing container is no error. Throws `failed_precondition` when
 * the host has a mount inside its files, because the daemon would delete the mounted files, too.
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

/**
 * Creates a stopped copy with snapshots on the same storage. It shares no address with the original. `nics` have addresses
 * of the copy's own.
 */
export async function copyInstance(
  lxd: LxdClient,
  source: Instance,
  { name, nics }: { readonly name: string; readonly nics: Devices },
): Promise<void> {
  const { architecture, description, profiles, ephemeral } = source;
  const body = {
    name,
    architecture,
    description,
    profiles,
    ephemeral,
    // The daemon copies everything that is not set here: the config, without the keys of the source alone.
    devices: withNics(withoutAddresses(source.devices, source.expanded_devices), nics),
    source: { type: 'copy', source: source.name },
  };
  await runOperation(lxd, { method: 'POST', path: '/1.0/instances', body }, copyTimeoutMs);
}

/** Two containers with an equal value would get each other's packets, and only one of them could start. */
const addressOptions = ['hwaddr', 'ipv4.address', 'ipv6.address'] as const;

/** A container's own devices without addresses. Devices from profiles are overridden if they have addresses. */
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

function withNics(devices: Devices, nics: Devices): Devices {
  const own = Object.entries(nics).map(([name, nic]) => [name, { ...devices[name], ...nic }]);
  return { ...devices, ...(Object.fromEntries(own) as Devices) };
}

function withoutKeys(device: Devices[string], keys: readonly string[]): Devices[string] {
  return Object.fromEntries(
    Object.entries(device).filter(([key, value]) => !keys.includes(key) || value === 'none'),
  );
}

/** The newest part of a container's console log; empty when there is none. */
export async function consoleLog(lxd: LxdClient, name: string): Promise<Buffer> {
  try {
    return await lxd.tail(`${instancePath(name)}/console`, consoleLogBytesMax);
  } catch (error) {
    // For an empty log, daemons return an error: LXD 5.0 a failure (for a running container), others "not found".
    if (!isCopaError(error, 'internal', 'not_found')) throw error;
    return Buffer.alloc(0);
  }
}

/**
 * The last name in one of the daemon's paths. It is fast, because lists of containers are read often. Only for names
 * that need no encoding, because daemons encode differently.
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

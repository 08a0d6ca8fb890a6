/** The daemon's operations: start one, wait for it, cancel it, and wait for all on a container. */
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import type { LxdOperation } from './types.js';

/** How long the daemon holds one wait request. Raising it only delays noticing a vanished daemon. */
const waitSecondsPerRequest = 30;

/** Starts an operation and returns it as accepted (202). It may still fail. */
export async function startOperation(
  lxd: LxdClient,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<LxdOperation> {
  return (await lxd.request<LxdOperation>(method, path, body === undefined ? {} : { body })).value;
}

/**
 * Waits until an operation has ended, and returns it. Throws `internal` with the daemon's error when it failed,
 * `deadline_exceeded` when it still runs after `timeoutMs`, `unavailable` when the daemon went away.
 */
export async function waitForOperation(lxd: LxdClient, id: string, timeoutMs: number): Promise<LxdOperation> {
  const deadline = lxd.clock.now() + timeoutMs;
  for (;;) {
    const seconds = Math.min(
      waitSecondsPerRequest,
      Math.max(1, Math.ceil((deadline - lxd.clock.now()) / 1000)),
    );
    const operation = await waitOnce(lxd, id, seconds);
    if (operation.status === 'Success') return operation;
    if (operation.status === 'Failure' || operation.status === 'Cancelled') {
      throw new CopaError(
        'internal',
        operation.err || `${operation.description}: ${operation.status.toLowerCase()}`,
      );
    }
    if (lxd.clock.now() >= deadline) {
      throw new CopaError(
        'deadline_exceeded',
        `${operation.description} still runs after ${Math.round(timeoutMs / 1000)} s`,
      );
    }
  }
}

/**
 * Sends one wait request. A failed operation is either an error response (thrown by the client) or a status. Incus
 * 6.0 and newer LXD also return an error response when the wait times out ("context deadline exceeded"). So after an
 * error, the operation itself is read to see whether it still runs.
 */
async function waitOnce(lxd: LxdClient, id: string, seconds: number): Promise<LxdOperation> {
  try {
    const path = `/1.0/operations/${id}/wait?timeout=${seconds}`;
    return await lxd.get<LxdOperation>(path, (seconds + 5) * 1000);
  } catch (error) {
    if (!isCopaError(error, 'internal')) throw error;
    const operation = await lxd.get<LxdOperation>(`/1.0/operations/${id}`).catch(() => undefined);
    if (operation?.status === 'Running' || operation?.status === 'Pending') return operation;
    throw error;
  }
}

/** Starts an operation, reports its ID, and waits for its end. Errors as in `waitForOperation`. */
export async function runOperation(
  lxd: LxdClient,
  { method, path, body }: { method: 'POST' | 'PUT' | 'DELETE'; path: string; body?: unknown },
  timeoutMs: number,
  onStarted: (id: string) => void = () => undefined,
): Promise<void> {
  const operation = await startOperation(lxd, method, path, body);
  onStarted(operation.id);
  await waitForOperation(lxd, operation.id, timeoutMs);
}

/**
 * Requests the cancellation of an operation. A missing operation or one that cannot be cancelled is no error. Only a
 * running one is cancelled: LXD 5.0.2 panics (`Cancel.func1`, lxd/operations/operations.go) when an operation ends
 * meanwhile. The check before makes that window as short as possible.
 */
export async function cancelOperation(lxd: LxdClient, id: string): Promise<void> {
  try {
    if ((await lxd.get<LxdOperation>(`/1.0/operations/${id}`)).status !== 'Running') return;
    await lxd.request('DELETE', `/1.0/operations/${id}`);
  } catch (error) {
    if (!isCopaError(error, 'not_found', 'failed_precondition', 'internal')) throw error;
  }
}

/**
 * The operations in progress on a container, without user sessions (`exec`, `console`). Those end with the container,
 * so nothing has to wait for them.
 */
export async function operationsOn(lxd: LxdClient, container: string): Promise<readonly LxdOperation[]> {
  const byStatus = await lxd.get<OperationsByStatus>(operationsPath);
  return (byStatus['running'] ?? []).filter(
    (operation) => !isSession(operation) && isOn(operation, container),
  );
}

/**
 * The stops of a container that began at `sinceMs` (milliseconds since 1970) or later. The daemon remembers a finished
 * operation for 5 s.
 */
export async function recentStopsOf(
  lxd: LxdClient,
  container: string,
  sinceMs: number,
): Promise<readonly LxdOperation[]> {
  const byStatus = await lxd.get<OperationsByStatus>(operationsPath);
  return [...(byStatus['running'] ?? []), ...(byStatus['success'] ?? [])].filter(
    (operation) =>
      operation.description === 'Stopping instance' &&
      Date.parse(operation.created_at ?? '') >= sinceMs &&
      isOn(operation, container),
  );
}

const operationsPath = '/1.0/operations?recursion=1';
type OperationsByStatus = Readonly<Record<string, readonly LxdOperation[] | undefined>>;

function isOn({ resources }: LxdOperation, container: string): boolean {
  return Object.values(resources ?? {}).some((paths) =>
    (paths ?? []).some((path) => path.split('?')[0]?.endsWith(`/${container}`)),
  );
}

/** Only sessions have a command or the file descriptors of a terminal in their metadata. */
function isSession({ metadata }: LxdOperation): boolean {
  return metadata !== null && ('fds' in metadata || 'command' in metadata);
}

/**
 * Ends the operations on a container whose websockets nobody will join, and waits for the others as `settleOperations`
 * does. Only for a container without a pass in progress.
 *
 * Such an operation waits for ever on Incus: its agent died, or gave up on a frozen daemon, before it joined. This
 * function joins and closes each websocket, one after the other (as in `openDaemonSockets`). One that is joined belongs
 * to somebody, and the daemon refuses to join it twice.
 */
export async function endOperations(lxd: LxdClient, container: string, timeoutMs: number): Promise<void> {
  for (const { id, class: kind, metadata } of await operationsOn(lxd, container)) {
    if (kind !== 'websocket') continue;
    for (const secret of Object.values(metadata ?? {})) {
      if (typeof secret !== 'string') continue;
      const socket = await lxd.websocket(id, secret).catch(() => undefined);
      socket?.terminate();
    }
  }
  await settleOperations(lxd, container, timeoutMs);
}

/** Waits until no operation runs on a container. Throws `aborted` when one still does after `timeoutMs`. */
export async function settleOperations(lxd: LxdClient, container: string, timeoutMs: number): Promise<void> {
  const deadline = lxd.clock.now() + timeoutMs;
  for (;;) {
    const [first] = await operationsOn(lxd, container);
    if (!first) return;
    if (lxd.clock.now() >= deadline) {
      throw new CopaError('aborted', `container "${container}" is busy: ${first.description}`);
    }
    // Whether that operation fails does not matter here; only its end does.
    await waitForOperation(lxd, first.id, deadline - lxd.clock.now()).catch((error: unknown) => {
      if (!isCopaError(error, 'internal', 'not_found', 'deadline_exceeded')) throw error;
    });
  }
}

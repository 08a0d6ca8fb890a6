/** The daemon's operations: start one, wait for it, cancel it, and let those on a container settle. */
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import type { LxdOperation } from './types.js';

/** How long the daemon holds one wait request; raising it only makes a vanished daemon noticed later. */
const waitSecondsPerRequest = 30;

/** Starts an operation and returns it as accepted (202); it may still fail. */
export async function startOperation(
  lxd: LxdClient,
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<LxdOperation> {
  return (await lxd.request<LxdOperation>(method, path, body === undefined ? {} : { body })).value;
}

/**
 * Waits until an operation has ended, and returns it. Throws `internal` with the daemon's words when it failed,
 * `deadline_exceeded` when it is still running after `timeoutMs`, `unavailable` when the daemon went away.
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
 * One wait of the daemon's. A failed operation comes in two dresses: an error envelope (thrown by the client), or a
 * status. Incus 6.0 and newer LXD put a wait that ran out into the first one as well ("context deadline exceeded"),
 * so after an error the operation itself is asked whether it still runs.
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

/** Starts an operation and waits for its end; errors as in `waitForOperation`. */
export async function runOperation(
  lxd: LxdClient,
  { method, path, body }: { method: 'POST' | 'PUT' | 'DELETE'; path: string; body?: unknown },
  timeoutMs: number,
): Promise<void> {
  const operation = await startOperation(lxd, method, path, body);
  await waitForOperation(lxd, operation.id, timeoutMs);
}

/**
 * Asks the daemon to give an operation up. One that is gone or cannot be cancelled is no error. Only one that runs
 * is asked for: LXD 5.0.2 panics (`Cancel.func1`, lxd/operations/operations.go) when an operation ends meanwhile,
 * and looking first makes that moment as short as it can be made from here.
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
 * The operations that run on a container now. Somebody's session in it (`exec`, `console`) is none: it ends
 * with the container, and nothing has to wait for it.
 */
export async function operationsOn(lxd: LxdClient, container: string): Promise<readonly LxdOperation[]> {
  const byStatus = await lxd.get<Record<string, LxdOperation[]>>('/1.0/operations?recursion=1');
  return (byStatus['running'] ?? []).filter(
    (operation) =>
      !isSession(operation) &&
      Object.values(operation.resources ?? {}).some((paths) =>
        (paths ?? []).some((path) => path.split('?')[0]?.endsWith(`/${container}`)),
      ),
  );
}

/** Sessions alone tell their command or offer the file descriptors of a terminal. */
function isSession({ metadata }: LxdOperation): boolean {
  return metadata !== null && ('fds' in metadata || 'command' in metadata);
}

/**
 * Ends the operations on a container that wait for websockets which nobody joins any more: a daemon that was frozen
 * begins a first pass when its agent has given up, and then waits for ever. Each websocket is joined and closed. One that
 * is joined already belongs to somebody, and the daemon refuses to join it twice.
 */
export async function dropUnjoinedOperations(lxd: LxdClient, container: string): Promise<void> {
  for (const { id, class: kind, metadata } of await operationsOn(lxd, container)) {
    if (kind !== 'websocket') continue;
    const secrets = Object.values(metadata ?? {}).filter((value) => typeof value === 'string');
    const joined = await Promise.allSettled(secrets.map((secret) => lxd.websocket(id, secret)));
    for (const each of joined) if (each.status === 'fulfilled') each.value.terminate();
  }
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
    // The daemon's own failure of that operation is not ours; only its end matters.
    await waitForOperation(lxd, first.id, deadline - lxd.clock.now()).catch((error: unknown) => {
      if (!isCopaError(error, 'internal', 'not_found', 'deadline_exceeded')) throw error;
    });
  }
}

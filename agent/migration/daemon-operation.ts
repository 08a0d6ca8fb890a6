/** The daemon's half of a pass: the websockets of its operation, and how the agent ends the operation. */
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { systemClock } from '../../common/async/clock.js';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import type { ChannelName } from '../../common/net/stream-channel.js';
import type { LxdClient } from '../lxd/client.js';
import { cancelOperation, waitForOperation } from '../lxd/operations.js';
import type { LxdOperation } from '../lxd/types.js';
import type { DaemonWebsocket } from '../lxd/websocket.js';
import { frameHeaderBytes } from '../transport/frames.js';

/** How long the daemon may take to register a channel that it has accepted. This time is part of every downtime. */
const betweenChannelsMs = 20;

/** How long the daemon may take to end an operation after its channels are closed. It needs about a second. */
const byItselfMs = 8_000;

/** How long the daemon may take to end an operation after a cancel request. */
const letGoTimeoutMs = 60_000;

/** The control channel delivers messages, because the agent reads them. The other channels are raw byte streams. */
export interface DaemonSockets {
  readonly control: WebSocket;
  readonly bulk: ReadonlyMap<ChannelName, DaemonWebsocket>;
}

/**
 * Opens an operation's websockets, one after the other. LXD 5.0.2 panics (`close of closed channel` in `Connect`,
 * lxd/migrate.go) when two connect at the same time, because each then finds all of them connected.
 */
export async function openDaemonSockets(
  lxd: LxdClient,
  operation: LxdOperation,
  names: readonly ChannelName[],
): Promise<DaemonSockets> {
  let control: WebSocket | undefined;
  const bulk = new Map<ChannelName, DaemonWebsocket>();
  try {
    for (const [index, name] of names.entries()) {
      const secret = operation.metadata?.[name];
      if (typeof secret !== 'string') {
        throw new CopaError('failed_precondition', `the daemon offers no ${name} channel for this move`);
      }
      // The daemon accepts a channel shortly before it registers it.
      if (index > 0) await systemClock.delay(betweenChannelsMs);
      if (name === 'control') control = await lxd.websocket(operation.id, secret);
      else bulk.set(name, await lxd.bareWebsocket(operation.id, secret, frameHeaderBytes));
    }
    if (!control) throw new CopaError('internal', 'a pass needs a control channel');
    return { control, bulk };
  } catch (error) {
    control?.terminate();
    for (const daemon of bulk.values()) daemon.socket.destroy();
    throw error;
  }
}

/**
 * Waits for the end of an operation whose channels are closed, and cancels it if it does not end. The order matters:
 * LXD 5.0.2 crashes when a cancellation coincides with the operation's own end (`Cancel.func1`,
 * lxd/operations/operations.go), and closing the channels triggers that end.
 */
export async function letGo(
  lxd: LxdClient,
  operationId: string,
  endsByItself: boolean,
  log: Logger,
): Promise<void> {
  try {
    if (endsByItself) {
      const ended = await waitForOperation(lxd, operationId, byItselfMs).then(
        () => true,
        (error: unknown) => !isCopaError(error, 'deadline_exceeded'),
      );
      if (ended) return;
    }
    await cancelOperation(lxd, operationId);
    await waitForOperation(lxd, operationId, letGoTimeoutMs);
  } catch (error) {
    log.debug({ operation: operationId, reason: messageOf(error) }, 'operation ended');
  }
}

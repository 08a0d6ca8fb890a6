/**
 * Which requests came through the controller's own unix socket. Whoever can open it can also read the keys beside it,
 * so no token is required there. The socket is remembered, because a TCP client that is gone has no address either.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const localSockets = new WeakSet<Socket>();

export function markLocal(socket: Socket): void {
  localSockets.add(socket);
}

export function isLocal(request: Pick<IncomingMessage, 'socket'>): boolean {
  return localSockets.has(request.socket);
}

/** The address that a request comes from, as a person would write it. */
export function addressOf(request: Pick<IncomingMessage, 'socket'>): string {
  if (isLocal(request)) return 'local';
  return request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
}

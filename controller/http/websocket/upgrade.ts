/**
 * A websocket's handshake on its way through the app: it is admitted, authorized and checked as any other
 * request, and what is wrong with it is answered as JSON. The route that is meant takes it and the socket.
 */
import { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Upgrade {
  readonly socket: Socket;
  /** What came behind the handshake already. */
  readonly head: Buffer;
}

const offered = new WeakMap<IncomingMessage, Upgrade & { response: ServerResponse }>();

/** Only a websocket is an upgrade here: what else asks for one is answered as the plain request that it is, too. */
export class Request extends IncomingMessage {
  // Only declared: Node writes to it before a field of this class would be there.
  declare private isAsked: boolean;

  // Node writes this once the headers are known, and asks it whether to hand the socket over.
  get upgrade(): boolean {
    return this.isAsked && (this.method === 'CONNECT' || this.headers.upgrade?.toLowerCase() === 'websocket');
  }

  set upgrade(isUpgrade: boolean | null) {
    this.isAsked = isUpgrade === true;
  }
}

/** Lets the app answer a handshake; a socket that no route takes ends with the answer. */
export function answerUpgrade(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  socket.on('error', () => socket.destroy());
  offered.set(request, { socket, head, response });
  handle(request, response);
}

/** Takes the socket from a handshake; undefined when the request is none. It cannot be answered any more. */
export function takeUpgrade(request: IncomingMessage): Upgrade | undefined {
  const upgrade = offered.get(request);
  if (!upgrade) return undefined;
  offered.delete(request);
  upgrade.response.detachSocket(upgrade.socket);
  return upgrade;
}

/**
 * Requests with an Upgrade header. The handshake of a websocket goes through the pipeline as any other request does:
 * it is authenticated, authorized and checked, and an error is answered as JSON. The route then takes the socket.
 * Any other protocol is declined, as HTTP allows: the request is served as if it had no Upgrade header.
 */
import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

interface Upgrade {
  readonly socket: Socket;
  /** What the client sent after the handshake. */
  readonly head: Buffer;
}

const pending = new WeakMap<IncomingMessage, Upgrade & { response: ServerResponse }>();

/** Serves such requests. */
export function serveUpgrades(server: Server): void {
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket')
      answerHandshake(server, request, { socket, head });
    else decline(server, request, { socket, head });
  });
}

/** Takes the socket of a handshake, which cannot be answered any more; undefined when the request is none. */
export function takeUpgrade(request: IncomingMessage): Upgrade | undefined {
  const upgrade = pending.get(request);
  if (!upgrade) return undefined;
  pending.delete(request);
  upgrade.response.detachSocket(upgrade.socket);
  return upgrade;
}

/** A socket that no route takes ends after the answer. */
function answerHandshake(server: Server, request: IncomingMessage, { socket, head }: Upgrade): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  socket.on('error', () => socket.destroy());
  pending.set(request, { socket, head, response });
  server.emit('request', request, response);
}

/** Node has stopped to read HTTP from this socket. The server gets it anew, with the same request. */
function decline(server: Server, request: IncomingMessage, { socket, head }: Upgrade): void {
  const { method = '', url = '', httpVersion, rawHeaders } = request;
  const headers = rawHeaders.flatMap((name, index) =>
    index % 2 === 1 || name.toLowerCase() === 'upgrade' ? [] : `${name}: ${rawHeaders[index + 1] ?? ''}`,
  );
  const lines = [`${method} ${url} HTTP/${httpVersion}`, ...headers, '', ''];
  socket.unshift(Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), head]));
  server.emit(socket instanceof TLSSocket ? 'secureConnection' : 'connection', socket);
}

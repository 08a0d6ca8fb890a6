/**
 * The HTTP servers of the REST API: their timeouts, and JSON answers for what never becomes a request.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import {
  createServer,
  STATUS_CODES,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { Socket, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { CopaError } from '../../common/errors.js';
import { formatAddress } from '../../common/net/address.js';
import { sendJson } from '../../common/net/json-reply.js';
import { handshakeFailure } from '../../common/observability/refusal-log.js';
import type { ServerCertificate } from './server-certificate.js';
import { securityHeaders } from './request/security-headers.js';
import { markLocal } from './request/local-socket.js';
import { serveUpgrades } from './websocket/upgrade.js';

/** How long a request may take to arrive, with its body. The answer has no limit. */
const requestMsMax = 60_000;
const headersMsMax = 10_000;
/** How often Node checks these timeouts. */
const checkMs = 2_000;
/** Longer than scripts usually pause, so that a connection does not close at the moment when they use it again. */
const idleMsMax = 75_000;
/** How long a client may take for its part of the TLS handshake. */
const handshakeMsMax = 10_000;
/** How long requests in progress may take to end when the controller stops. */
const drainMsMax = 5000;

interface Listener {
  readonly host: string;
  readonly port: number;
  /** Accepts no new requests. A connection ends when its request is answered, or after 5 s. */
  close(): Promise<void>;
}

interface TlsListener extends Listener {
  /** Sets the certificate. Before the first one every handshake fails. Open connections keep theirs. */
  use(certificate: ServerCertificate): void;
}

const options = {
  requestTimeout: requestMsMax,
  headersTimeout: headersMsMax,
  connectionsCheckingInterval: checkMs,
  keepAliveTimeout: idleMsMax,
  // Node's own answer to a request without it is not JSON.
  requireHostHeader: false,
};

/** Called for input that never becomes a request, with its address and the reason. */
export type OnRefused = (from: string, reason: string) => void;

/** Listens. Throws `failed_precondition` when it cannot listen on the address. */
export function listen(
  app: RequestListener,
  host: string,
  port: number,
  onRefused: OnRefused,
): Promise<Listener> {
  return bind(createServer(options, handlerOf(app)), { host, port }, onRefused);
}

/** As `listen`, with TLS. `onRefused` is also called for handshakes that fail, for example plain HTTP. */
export async function listenTls(
  app: RequestListener,
  host: string,
  port: number,
  onRefused: OnRefused,
): Promise<TlsListener> {
  const tls = { minVersion: 'TLSv1.2', handshakeTimeout: handshakeMsMax } as const;
  const server: TlsServer = createTlsServer({ ...options, ...tls }, handlerOf(app));
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    // A socket without an address was not refused: the client has gone.
    if (socket.remoteAddress !== undefined) onRefused(socket.remoteAddress, handshakeFailure(error));
    // Node does not close one that took too long.
    socket.destroy();
  });
  const listener = await bind(server, { host, port }, onRefused);
  return { ...listener, use: ({ cert, key }) => server.setSecureContext({ ...tls, cert, key }) };
}

/** Listens on a unix socket that only this user and root may open. Its requests are marked as local. */
export async function listenLocally(app: RequestListener, path: string): Promise<Listener> {
  // A killed controller leaves its socket behind.
  await rm(path, { force: true });
  const server = createServer(options, handlerOf(app));
  server.on('connection', markLocal);
  const listener = await bind(server, { path });
  await chmod(path, 0o600);
  return listener;
}

async function bind(
  server: Server,
  at: { readonly host: string; readonly port: number } | { readonly path: string },
  onRefused: OnRefused = () => undefined,
): Promise<Listener> {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  serveUpgrades(server);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // A client that has gone was not refused.
    const from = socket.writable && socket instanceof Socket ? socket.remoteAddress : undefined;
    const reason = refuse(socket, error.code);
    if (from !== undefined) onRefused(from, reason);
  });
  server.on('checkExpectation', (_request, response) =>
    answer(response, 417, 'the only expectation understood is 100-continue'),
  );
  server.on('connect', (_request, socket) => answerRaw(socket, 405, 'CONNECT is not possible here'));
  const where = 'path' in at ? at.path : formatAddress(at);
  try {
    await once(server.listen(at), 'listening');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CopaError('failed_precondition', `cannot listen on ${where}: ${why}`, { cause });
  }
  const bound = server.address() as AddressInfo | string;
  const [host, port] = typeof bound === 'string' ? [bound, 0] : ['host' in at ? at.host : '', bound.port];
  return { host, port, close: () => close(server, connections) };
}

function handlerOf(app: RequestListener): RequestListener {
  return (request, response) => {
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      answer(response, 400, 'the Host header is missing');
      return;
    }
    request.url = pathOf(request.url ?? '/');
    app(request, response);
  };
}

async function close(server: Server, connections: ReadonlySet<Socket>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => {
    // Node itself would not close websockets, nor connections within their TLS handshake.
    for (const socket of connections) socket.destroy();
  }, drainMsMax);
  await closed;
  clearTimeout(force);
}

/** The path of a request target, which may be a whole URL (RFC 9112, 3.2.2). */
function pathOf(target: string): string {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0];
  if (absolute === undefined) return target;
  const path = target.slice(absolute.length);
  return path.startsWith('/') ? path : `/${path}`;
}

function answer(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: message }, { ...securityHeaders, Connection: 'close' });
}

/** The answers to errors of Node's HTTP parser. All others are a 400. */
const parserErrors: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
};

/** Answers what the parser did not accept. Returns the message. */
function refuse(socket: Duplex, code = ''): string {
  const [status, message] = parserErrors[code] ?? [400, 'this is not a well-formed HTTP request'];
  answerRaw(socket, status, message);
  return message;
}

function answerRaw(socket: Duplex, status: number, message: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ error: message });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
      ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

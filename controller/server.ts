/**
 * The HTTP sockets under the REST API: their timeouts, and JSON answers for what never becomes a request.
 */
import type Koa from 'koa';
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
import { CopaError } from '../proto/errors.js';
import type { ServerCertificate } from './access/certificate.js';
import { securityHeaders } from './access/headers.js';
import { markLocal } from './access/local.js';
import { answerUpgrade, Request } from './upgrade.js';

/** How long a request may take to arrive, its body included. An answer may take as long as it needs. */
const requestMsMax = 60_000;
const headersMsMax = 20_000;
/** Longer than scripts usually pause, so that a connection does not close just as they use it again. */
const idleMsMax = 75_000;
/** How long a client may take over its half of the TLS handshake. */
const handshakeMsMax = 10_000;
/** How long requests under way may take to end when the controller stops. */
const drainMsMax = 5000;

interface Listener {
  readonly host: string;
  readonly port: number;
  /** Takes no new requests, and ends connections when theirs is answered, or after 5 s. */
  close(): Promise<void>;
}

interface TlsListener extends Listener {
  /** Until it is called for the first time, every handshake fails. Connections that are open keep theirs. */
  use(certificate: ServerCertificate): void;
}

const options = {
  requestTimeout: requestMsMax,
  headersTimeout: headersMsMax,
  keepAliveTimeout: idleMsMax,
  // Node's own refusal of a request without it is no JSON.
  requireHostHeader: false,
  IncomingMessage: Request,
};

/** Listens. Throws `failed_precondition` when the address is not to be had. */
export function listen(app: Koa, host: string, port: number): Promise<Listener> {
  return bind(createServer(options, handlerOf(app)), { host, port });
}

/** As `listen`, with TLS; `refused` is told of handshakes that fail, plain HTTP among them. */
export async function listenTls(
  app: Koa,
  host: string,
  port: number,
  refused: (address: string, reason: string) => void,
): Promise<TlsListener> {
  const tls = { minVersion: 'TLSv1.2', handshakeTimeout: handshakeMsMax } as const;
  const server: TlsServer = createTlsServer({ ...options, ...tls }, handlerOf(app));
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    // Who has no address any more was not refused, but went away.
    if (socket.remoteAddress !== undefined) refused(socket.remoteAddress, error.code ?? error.message);
  });
  const listener = await bind(server, { host, port });
  return { ...listener, use: ({ cert, key }) => server.setSecureContext({ ...tls, cert, key }) };
}

/** Listens on a unix socket that this user alone may open; what is asked there is known to come from here. */
export async function listenLocally(app: Koa, path: string): Promise<Listener> {
  // One that a killed controller left is in the way.
  await rm(path, { force: true });
  const server = createServer(options, handlerOf(app));
  server.on('connection', markLocal);
  const listener = await bind(server, { path });
  await chmod(path, 0o600);
  return listener;
}

async function bind(
  server: Server,
  place: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<Listener> {
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    if (socket instanceof Socket) {
      answerUpgrade(request, socket, head, (...asked) => server.emit('request', ...asked));
    } else {
      socket.destroy();
    }
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, error.code));
  server.on('checkExpectation', (_request, response) =>
    answer(response, 417, 'the only expectation understood is 100-continue'),
  );
  server.on('connect', (_request, socket) => answerRaw(socket, 405, 'CONNECT is not possible here'));
  const where = 'path' in place ? place.path : `${place.host}:${place.port}`;
  try {
    await once(server.listen(place), 'listening');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new CopaError('failed_precondition', `cannot listen on ${where}: ${why}`, { cause });
  }
  const bound = server.address() as AddressInfo | string;
  const [host, port] =
    typeof bound === 'string' ? [bound, 0] : ['host' in place ? place.host : '', bound.port];
  return { host, port, close: () => close(server, upgraded) };
}

function handlerOf(app: Koa): RequestListener {
  const handle = app.callback();
  return (request, response) => {
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      answer(response, 400, 'the Host header is missing');
      return;
    }
    request.url = pathOf(request.url ?? '/');
    // Koa settles everything itself, failures included.
    void handle(request, response);
  };
}

async function close(server: Server, upgraded: ReadonlySet<Duplex>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const force = setTimeout(() => {
    server.closeAllConnections();
    // Node does not count them among its connections any more.
    for (const socket of upgraded) socket.destroy();
  }, drainMsMax);
  await closed;
  clearTimeout(force);
}

/** A proxy's way of asking names the host, too (RFC 9112, 3.2.2), which plays no role here. */
function pathOf(target: string): string {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target)?.[0];
  if (absolute === undefined) return target;
  const path = target.slice(absolute.length);
  return path.startsWith('/') ? path : `/${path}`;
}

function answer(response: ServerResponse, status: number, message: string): void {
  const body = JSON.stringify({ error: message });
  response.writeHead(status, {
    ...securityHeaders,
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.end(body);
}

/** What the parser's error means; anything else is a 400. */
const parserRefusals: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the chunk extensions are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
};

function refuse(socket: Duplex, code = ''): void {
  const [status, message] = parserRefusals[code] ?? [400, 'this is not a well-formed HTTP request'];
  answerRaw(socket, status, message);
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

/**
 * The port for hosts and controllers that join. It has TLS with a certificate of our CA, which they check by the token's
 * fingerprint, and four requests: the time (`/clock`), to join (`/join`, `/join-controller`), and whether a certificate
 * is still valid (`/standing`). No client is authenticated, so requests are small, end soon, and are few at a time; failed ones are
 * limited for each address (common/net/failed-attempts.ts).
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { Socket, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { CopaError, httpStatusOf, isCopaError, messageOf, type ErrorCode } from '../../common/errors.js';
import {
  controllerJoinRequestSchema,
  joinBytesMax,
  joinRequestSchema,
  statusRequestSchema,
  type StatusReply,
} from '../../common/pki/enrollment.js';
import { streamTlsOptions } from '../../common/net/stream-channel.js';
import { shown } from '../../common/names.js';
import { handshakeFailure, RefusalLog } from '../../common/observability/refusal-log.js';
import { formatAddress } from '../../common/net/address.js';
import { FailedAttempts } from '../../common/net/failed-attempts.js';
import { sendJson } from '../../common/net/json-reply.js';
import { UnauthenticatedConnections } from '../../common/net/unauthenticated-connections.js';
import type { CaStore } from '../pki/ca-store.js';
import type { Enrollment } from './enrollment.js';

const requestMsMax = 10_000;
/** Connections at a time; all of them are unauthenticated until they end. */
const connectionsMax = { max: 64, ofOneAddressMax: 16 };
/** The errors of a client that may be guessing. Any other error shows that it has the secret of a token. */
const guesses: ReadonlySet<ErrorCode> = new Set(['permission_denied', 'invalid_argument', 'not_found']);

const paths: ReadonlySet<string | undefined> = new Set(['/join', '/join-controller', '/standing']);

export class EnrollmentListener {
  readonly #server: Server;
  readonly #failedAttempts = new FailedAttempts();
  readonly #connections = new UnauthenticatedConnections(connectionsMax);
  readonly #refusals: RefusalLog;
  readonly #unfollow: () => void;

  constructor(
    private readonly enrollment: Pick<Enrollment, 'admit' | 'admitController' | 'statusOf'>,
    private readonly caStore: CaStore,
    private readonly log: Logger,
  ) {
    this.#server = createServer(
      {
        minVersion: 'TLSv1.3',
        handshakeTimeout: requestMsMax,
        requestTimeout: requestMsMax,
        headersTimeout: requestMsMax,
        keepAliveTimeout: 1000,
        maxHeaderSize: 4096,
        connectionsCheckingInterval: 1000,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#refusals = new RefusalLog(log, 'a join was refused');
    this.#server.prependListener('connection', (socket: Socket) => {
      if (this.#connections.take(socket)) return;
      this.#refuse(socket, 'too many connections at a time');
    });
    this.#server.on('tlsClientError', (error, socket) => this.#refuse(socket, handshakeFailure(error)));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const reason = `no well-formed HTTP in time: ${error.code ?? error.message}`;
      if (socket instanceof Socket) this.#refuse(socket, reason);
      else socket.destroy();
    });
    this.#unfollow = caStore.tlsIdentity.onChange(() => this.#show());
  }

  /** Throws `failed_precondition` when it cannot listen on the address. */
  async listen(host: string, port: number): Promise<void> {
    if (this.caStore.tlsIdentity.isReady) this.#show();
    try {
      await once(this.#server.listen(port, host), 'listening');
    } catch (cause) {
      const why = messageOf(cause);
      throw new CopaError(
        'failed_precondition',
        `cannot listen on ${formatAddress({ host, port })} (join_listen): ${why}`,
        {
          cause,
        },
      );
    }
  }

  /** Where hosts find this port: the address that it listens on, or all addresses of this machine. */
  addresses(): string[] {
    const { address, port } = this.#server.address() as AddressInfo;
    if (address !== '0.0.0.0' && address !== '::') return [formatAddress({ host: address, port })];
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const outside = own.filter(({ family, internal }) => family === 'IPv4' && !internal);
    // Without any, all hosts are on this machine, as in a test bed.
    const found = outside.length > 0 ? outside.map((each) => each.address) : ['127.0.0.1'];
    return found.slice(0, 16).map((each) => formatAddress({ host: each, port }));
  }

  async close(): Promise<void> {
    this.#unfollow();
    this.#refusals.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Our certificate, followed by the CA's, which the host compares with its token. */
  #show(): void {
    const { tlsIdentity, authorities } = this.caStore;
    const { credentials } = tlsIdentity;
    this.#server.setSecureContext({
      ...streamTlsOptions(credentials),
      cert: credentials.cert + authorities.all[0].certificate,
    });
  }

  #refuse(socket: Socket, reason: string): void {
    // A socket without an address was not refused: the client has gone.
    if (socket.remoteAddress !== undefined) this.#refusals.record({ from: socket.remoteAddress, reason });
    socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer = request.socket.remoteAddress ?? 'unknown';
    try {
      answer(response, 200, await this.#handle(request, peer));
    } catch (error) {
      if (isCopaError(error)) {
        const { code, message } = await this.#limited(error, peer);
        this.#refusals.record({ from: peer, reason: message });
        answer(response, httpStatusOf(code), { code, error: message });
      } else {
        this.log.error({ peer, err: error }, 'a join failed unexpectedly');
        answer(response, 500, { code: 'internal', error: 'internal error' });
      }
    }
  }

  async #handle(request: IncomingMessage, peer: string): Promise<object> {
    const { method, url } = request;
    if (method === 'GET' && url === '/clock') return { time: new Date().toISOString() };
    if (method !== 'POST' || !paths.has(url)) {
      throw new CopaError(
        'not_found',
        'hosts join here with "copa agent join TOKEN", and controllers with "copa controller join TOKEN"',
      );
    }
    const body = await readBody(request);
    if (url === '/standing') {
      const { certificate } = parse(statusRequestSchema, body);
      return { standing: await this.enrollment.statusOf(certificate) } satisfies StatusReply;
    }
    if (url === '/join-controller') return this.#admitController(body, peer);
    const join = parse(joinRequestSchema, body);
    const reply = await this.enrollment.admit(join);
    const { id: token, address } = join;
    this.log.info({ peer, token, pool: reply.pool, address }, 'a host has joined');
    return reply;
  }

  async #admitController(body: string, peer: string): Promise<object> {
    const join = parse(controllerJoinRequestSchema, body);
    const reply = await this.enrollment.admitController(join, peer);
    const { id: token, name: controller, address } = join;
    this.log.info({ peer, token, controller, address }, 'a controller has joined');
    return reply;
  }

  /** The error to answer with. Past the limit of failed attempts it explains nothing. */
  async #limited(error: CopaError, peer: string): Promise<CopaError> {
    if (!guesses.has(error.code)) return error;
    const { retryAfterSeconds } = await this.#failedAttempts.count(peer);
    if (retryAfterSeconds === undefined) return error;
    return new CopaError(
      'resource_exhausted',
      'too many joins from this address were refused: try again in a minute (a valid token is accepted)',
    );
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += (part as Buffer).length;
    if (bytes > joinBytesMax) throw new CopaError('invalid_argument', `more than ${joinBytesMax} bytes`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts).toString();
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const field = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
    throw new CopaError('invalid_argument', `${field === '' ? 'the request' : shown(field)} is not valid`);
  } catch (error) {
    if (error instanceof CopaError) throw error;
    throw new CopaError('invalid_argument', 'the request is not valid JSON');
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  sendJson(response, status, body, { Connection: 'close' });
}

/**
 * The port for hosts that join: TLS with a certificate of our CA, which the host checks by the token's
 * fingerprint, and three questions: what time is it, may I join, and does my certificate still count. Whoever asks is a stranger, so all is short,
 * soon over and few at a time, and who guesses is made to wait.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { Socket, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { CopaError, httpStatusOf, isCopaError, messageOf, type ErrorCode } from '../../common/errors.js';
import { joinBytesMax, joinRequestSchema, statusRequestSchema } from '../../common/pki/enrollment.js';
import { streamTlsOptions } from '../../common/net/stream-channel.js';
import { shown } from '../../common/names.js';
import { handshakeFailure, RefusalLog } from '../../common/observability/refusal-log.js';
import { UnauthenticatedConnections } from '../../common/net/failed-attempts.js';
import type { CaStore } from '../pki/ca-store.js';
import type { Enrollment } from './enrollment.js';

const requestMsMax = 10_000;
/** Connections at a time, each of them a stranger's to its end. */
const strangersMax = { max: 64, ofOneAddressMax: 16 };
/** What a refusal is called whose sender may be guessing. */
const guesses = new Set<ErrorCode>(['permission_denied', 'invalid_argument', 'not_found']);
/** Refusals that one address may collect within `windowMs` before it has to wait. */
const refusalsMax = 10;
const windowMs = 60_000;
/** Addresses that are remembered; past that, a flood of them is under way and all wait. */
const addressesMax = 10_000;

export class EnrollmentListener {
  readonly #server: Server;
  readonly #guesses = new Map<string, { count: number; sinceMs: number }>();
  readonly #strangers = new UnauthenticatedConnections(strangersMax);
  readonly #refusals: RefusalLog;
  readonly #unfollow: () => void;

  constructor(
    private readonly joining: Pick<Enrollment, 'admit' | 'standingOf'>,
    private readonly keyring: CaStore,
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
      if (this.#strangers.take(socket)) return;
      this.#refuse(socket, 'too many connections at a time');
    });
    this.#server.on('tlsClientError', (error, socket) => this.#refuse(socket, handshakeFailure(error)));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      const reason = `no well-formed HTTP in time: ${error.code ?? error.message}`;
      if (socket instanceof Socket) this.#refuse(socket, reason);
      else socket.destroy();
    });
    this.#unfollow = keyring.standing.onChange(() => this.#show());
  }

  /** Throws `failed_precondition` when the address is not to be had. */
  async listen(host: string, port: number): Promise<void> {
    if (this.keyring.standing.isReady) this.#show();
    try {
      await once(this.#server.listen(port, host), 'listening');
    } catch (cause) {
      const why = messageOf(cause);
      throw new CopaError('failed_precondition', `cannot listen on ${host}:${port} (join_listen): ${why}`, {
        cause,
      });
    }
  }

  /** Where hosts find this port: the address that it listens on, or all of this machine. */
  addresses(): string[] {
    const { address, port } = this.#server.address() as AddressInfo;
    if (address !== '0.0.0.0' && address !== '::') return [`${address}:${port}`];
    const own = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const outside = own.filter(({ family, internal }) => family === 'IPv4' && !internal);
    // Hosts on this machine alone, as in a test bed.
    const found = outside.length > 0 ? outside.map((each) => each.address) : ['127.0.0.1'];
    return found.slice(0, 16).map((each) => `${each}:${port}`);
  }

  async close(): Promise<void> {
    this.#unfollow();
    this.#refusals.close();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  /** Our certificate, and with it the CA's, which the host compares with its token. */
  #show(): void {
    const { standing, authorities } = this.keyring;
    const { credentials } = standing;
    this.#server.setSecureContext({
      ...streamTlsOptions(credentials),
      cert: credentials.cert + authorities.all[0].certificate,
    });
  }

  #refuse(socket: Socket, reason: string): void {
    // Who has no address any more was not refused, but went away.
    if (socket.remoteAddress !== undefined) this.#refusals.record({ from: socket.remoteAddress, reason });
    socket.destroy();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const peer = request.socket.remoteAddress ?? 'unknown';
    try {
      if (request.method === 'GET' && request.url === '/clock') {
        answer(response, 200, { time: new Date().toISOString() });
        return;
      }
      if (request.method !== 'POST' || (request.url !== '/join' && request.url !== '/standing')) {
        throw new CopaError('not_found', 'here hosts join, by "copa agent join TOKEN"');
      }
      this.#checkPatience(peer);
      const body = await readBody(request);
      if (request.url === '/standing') {
        const { certificate } = parse(statusRequestSchema, body);
        answer(response, 200, { standing: await this.joining.standingOf(certificate) });
        return;
      }
      const asked = parse(joinRequestSchema, body);
      const admitted = await this.joining.admit(asked);
      this.log.info(
        { peer, token: asked.id, pool: admitted.pool, address: asked.address },
        'a host has joined',
      );
      answer(response, 200, admitted);
    } catch (error) {
      const known = isCopaError(error);
      if (known) {
        // Who has the secret of a token guesses nothing, whatever else is wrong.
        if (guesses.has(error.code)) this.#remember(peer);
        this.#refusals.record({ from: peer, reason: error.message });
      } else {
        this.log.error({ peer, err: error }, 'a join failed unforeseen');
      }
      const status = known ? httpStatusOf(error.code) : 500;
      answer(response, status, {
        code: known ? error.code : 'internal',
        error: known ? error.message : 'internal error',
      });
    }
  }

  #checkPatience(peer: string): void {
    const now = Date.now();
    const known = this.#guesses.get(peer);
    if (known && now - known.sinceMs > windowMs) this.#guesses.delete(peer);
    const count = this.#guesses.get(peer)?.count ?? 0;
    if (count < refusalsMax && this.#guesses.size < addressesMax) return;
    throw new CopaError('resource_exhausted', 'too many joins were refused: try again in a minute');
  }

  #remember(peer: string): void {
    const now = Date.now();
    const known = this.#guesses.get(peer);
    if (known) known.count++;
    else this.#guesses.set(peer, { count: 1, sinceMs: now });
    if (this.#guesses.size < addressesMax) return;
    for (const [address, { sinceMs }] of this.#guesses) {
      if (now - sinceMs > windowMs) this.#guesses.delete(address);
    }
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
    throw new CopaError('invalid_argument', 'the request is no JSON');
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
    Connection: 'close',
  });
  response.end(text);
}

/**
 * The port that takes migration streams. Nobody gets past the handshake without a certificate of our CA,
 * and no byte reaches a daemon without a ticket that the controller gave for exactly this peer, pass and
 * channel, once.
 */
import { constants, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../proto/errors.js';
import { identityOf, identityUri, sameIdentity, type Identity } from '../../proto/identity.js';
import type { Standing } from '../../proto/standing.js';
import { parseLine, readLine, streamTlsOptions, type ChannelName } from '../../proto/stream.js';

/** How long a peer may take for the handshake, and again for its hello; slow ones are cut off. */
const helloTimeoutMs = 5_000;

/** Peers that are not let in yet; past this many, new ones are dropped. */
const strangersMax = 64;

export type Channels = ReadonlyMap<ChannelName, TLSSocket>;

/** Who may come with a ticket: one agent, or any controller (a relayed stream). */
export type ExpectedPeer = Identity | 'controller';

interface Expected {
  readonly ticket: Buffer;
  readonly peer: ExpectedPeer;
  readonly missing: Set<string>;
  readonly arrived: Map<ChannelName, TLSSocket>;
  readonly complete: (channels: Channels) => void;
}

export class StreamListener {
  readonly #server: Server;
  readonly #expected = new Set<Expected>();
  readonly #strangers = new Set<TLSSocket>();
  readonly #unfollow: () => void;

  constructor(
    private readonly standing: Standing,
    private readonly log: Logger,
  ) {
    this.#server = createServer({
      ...streamTlsOptions(standing.credentials),
      // A session that is resumed would not show its certificate again.
      secureOptions: constants.SSL_OP_NO_TICKET,
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: helloTimeoutMs,
    });
    // What is open goes on; who comes next is served with the new certificate and held to the new CAs.
    this.#unfollow = standing.onChange(() =>
      this.#server.setSecureContext({
        ...streamTlsOptions(standing.credentials),
        secureOptions: constants.SSL_OP_NO_TICKET,
      }),
    );
    this.#server.on('secureConnection', (socket) => void this.#greet(socket));
    this.#server.on('tlsClientError', (error, socket) => {
      this.log.warn({ peer: socket.remoteAddress, reason: error.message }, 'stream refused at the handshake');
    });
  }

  /** Listens, and returns the port; port 0 takes a free one. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Waits for all channels of one transfer; the ticket is good from the moment of the call. Throws
   * `unavailable` when they have not come in time. The ticket is forgotten in any case.
   */
  async expect(
    ticket: string,
    peer: ExpectedPeer,
    channels: readonly ChannelName[],
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<Channels> {
    const arrived = new Map<ChannelName, TLSSocket>();
    let giveUp: (error: unknown) => void = () => undefined;
    let expected: Expected | undefined;
    const all = new Promise<Channels>((resolve, reject) => {
      expected = {
        ticket: Buffer.from(ticket),
        peer,
        missing: new Set(channels),
        arrived,
        complete: resolve,
      };
      this.#expected.add(expected);
      giveUp = (error) => {
        for (const socket of arrived.values()) socket.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      };
    });
    const timer = setTimeout(
      () => giveUp(new CopaError('unavailable', 'the migration stream did not arrive in time')),
      options.timeoutMs,
    );
    const onAbort = () => giveUp(options.signal.reason);
    options.signal.addEventListener('abort', onAbort, { once: true });
    if (options.signal.aborted) onAbort();
    try {
      return await all;
    } finally {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', onAbort);
      if (expected) this.#expected.delete(expected);
    }
  }

  /** Stops listening; streams that are under way go on. */
  close(): void {
    this.#unfollow();
    this.#server.close();
    for (const socket of this.#strangers) socket.destroy();
  }

  async #greet(socket: TLSSocket): Promise<void> {
    socket.setNoDelay(true);
    // Until the channel has an owner, a reset is only a peer that left.
    socket.on('error', () => undefined);
    if (this.#strangers.size >= strangersMax) {
      socket.destroy();
      return;
    }
    this.#strangers.add(socket);
    const timer = setTimeout(() => socket.destroy(), helloTimeoutMs);
    const certificate = socket.getPeerCertificate();
    try {
      const peer = this.standing.guard(socket, certificate);
      this.#admit(socket, peer, parseLine(await readLine(socket)));
    } catch (error) {
      const named = identityOf(certificate.subjectaltname);
      const who = named ? identityUri(named) : 'a stranger';
      this.log.warn({ peer: socket.remoteAddress, who, reason: messageOf(error) }, 'stream refused');
      socket.end(`${JSON.stringify({ error: messageOf(error) })}\n`, () => socket.destroy());
    } finally {
      clearTimeout(timer);
      this.#strangers.delete(socket);
    }
  }

  #admit(socket: TLSSocket, peer: Identity, hello: unknown): void {
    const { ticket, channel } = (hello ?? {}) as { ticket?: unknown; channel?: unknown };
    if (channel === 'probe') {
      socket.end('{"ok":true}\n');
      return;
    }
    const expected = typeof ticket === 'string' ? this.#find(ticket) : undefined;
    if (!expected || typeof channel !== 'string' || !expected.missing.has(channel)) {
      throw new CopaError('permission_denied', 'this ticket opens nothing here, or not again');
    }
    const welcome =
      expected.peer === 'controller' ? peer.role === 'controller' : sameIdentity(peer, expected.peer);
    if (!welcome) throw new CopaError('permission_denied', 'this ticket was given to somebody else');
    expected.missing.delete(channel);
    expected.arrived.set(channel as ChannelName, socket);
    socket.write('{"ok":true}\n');
    if (expected.missing.size === 0) expected.complete(expected.arrived);
  }

  #find(ticket: string): Expected | undefined {
    const given = Buffer.from(ticket);
    return [...this.#expected].find(
      (each) => each.ticket.length === given.length && timingSafeEqual(each.ticket, given),
    );
  }
}

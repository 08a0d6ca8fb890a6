/**
 * The TCP port in front of the agent's services: mutual TLS 1.3, who shows a certificate, and how many there may
 * be. Nobody gets past it without a valid certificate of our CA; who is refused is logged, with the reason.
 */
import { constants } from 'node:crypto';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer, type PeerCertificate, type Server as TlsServer, type TLSSocket } from 'node:tls';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../common/errors.js';
import { identityOf, identityUri } from '../../common/pki/identity.js';
import { handshakeFailure, RefusalLog } from '../../common/observability/refusal-log.js';
import { UnauthenticatedConnections } from '../../common/net/unauthenticated-connections.js';
import type { TlsIdentity } from '../../common/pki/tls-identity.js';
import { streamTlsOptions } from '../../common/net/stream-channel.js';

/** How long a peer may take for the handshake, and again for saying what it wants; slow ones are cut off. */
const patienceMs = 5_000;
/** Peers that are not let in yet, some 100 KB each; a host that begins many moves at once opens dozens. */
const unauthenticatedMax = { max: 256, ofOneAddressMax: 64 };

interface Options {
  /** What is refused here, as the log is to say it. */
  readonly refusing: string;
  /** Peers that are let in, at a time. */
  readonly guestsMax: number;
  readonly protocols?: string[];
  /**
   * Decides on who has shown a valid certificate of our CA. It is let in when this resolves; what it throws is
   * logged, and the connection ends after what was written to it.
   */
  readonly greet: (socket: TLSSocket, certificate: PeerCertificate) => Promise<void> | void;
}

export class PeerAuthenticator {
  readonly #tcp: Server;
  readonly #tls: TlsServer;
  readonly #unauthenticated = new UnauthenticatedConnections(unauthenticatedMax);
  /** Those that are not let in yet, by their two ends: TLS has a socket of its own for each. */
  readonly #waiting = new Map<string, { readonly socket: Socket; readonly leave: () => void }>();
  readonly #refusals: RefusalLog;
  readonly #unfollow: () => void;
  #guests = 0;

  constructor(
    tlsIdentity: TlsIdentity,
    log: Logger,
    private readonly options: Options,
  ) {
    this.#refusals = new RefusalLog(log, options.refusing);
    const context = () => ({
      ...streamTlsOptions(tlsIdentity.credentials),
      // A session that is resumed would not show its certificate again.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    this.#tls = createServer({
      ...context(),
      requestCert: true,
      // Left to TLS, nobody would be told whose certificate was refused. `#meet` lets nobody in without one.
      rejectUnauthorized: false,
      handshakeTimeout: patienceMs,
      ...(options.protocols ? { ALPNProtocols: options.protocols } : {}),
    });
    // What is open goes on; who comes next is served with the new certificate and held to the new CAs.
    this.#unfollow = tlsIdentity.onChange(() => this.#tls.setSecureContext(context()));
    this.#tls.on('secureConnection', (socket) => void this.#meet(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      // Who has no address any more was not refused, but went away.
      const { remoteAddress } = socket;
      if (remoteAddress === undefined) return;
      this.#refusals.record({ from: remoteAddress, reason: handshakeFailure(error) });
      socket.destroy();
    });
    this.#tcp = createTcpServer((socket) => this.#accept(socket));
  }

  /** Listens, and returns the port; port 0 takes a free one. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once('error', reject);
      this.#tcp.listen(port, host, resolve);
    });
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** Stops listening, and lets nobody in any more; who is in goes on. */
  close(): void {
    this.#unfollow();
    this.#refusals.close();
    this.#tcp.close();
    for (const { socket } of this.#waiting.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const leave = this.#unauthenticated.take(socket);
    if (!leave) {
      const reason = 'too many connections that are not let in yet';
      this.#refusals.record({ from: socket.remoteAddress ?? 'unknown', reason });
      socket.destroy();
      return;
    }
    const ends = endsOf(socket);
    this.#waiting.set(ends, { socket, leave });
    socket.once('close', () => this.#waiting.delete(ends));
    this.#tls.emit('connection', socket);
  }

  async #meet(socket: TLSSocket): Promise<void> {
    // Until somebody owns it, a reset is only a peer that left.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    const from = socket.remoteAddress ?? 'unknown';
    const ends = endsOf(socket);
    const certificate = socket.getPeerCertificate();
    const named = identityOf(certificate.subjectaltname);
    const timer = setTimeout(
      () => socket.destroy(new Error(`said nothing of use within ${patienceMs / 1000} s`)),
      patienceMs,
    );
    try {
      if (!socket.authorized) throw new CopaError('unauthenticated', distrustOf(socket, certificate));
      if (this.#guests >= this.options.guestsMax) {
        throw new CopaError('resource_exhausted', `there are ${this.#guests} connections already`);
      }
      this.#guests++;
      socket.once('close', () => this.#guests--);
      await this.options.greet(socket, certificate);
      this.#waiting.get(ends)?.leave();
      this.#waiting.delete(ends);
    } catch (error) {
      const name = named && identityUri(named);
      const who = name !== undefined && !socket.authorized ? `unknown, says ${name}` : name;
      this.#refusals.record({ from, who, reason: messageOf(error) });
      socket.destroySoon();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Why TLS does not take a peer for one of ours. */
function distrustOf({ authorizationError }: TLSSocket, certificate: PeerCertificate): string {
  const code = String(authorizationError);
  if (Object.keys(certificate).length === 0) return 'shows no certificate';
  if (code === 'CERT_HAS_EXPIRED')
    return `the certificate has expired: it was valid until ${certificate.valid_to}`;
  if (code === 'CERT_NOT_YET_VALID') return `the certificate is valid from ${certificate.valid_from} on`;
  return `the certificate is not of a CA that is trusted here (${code})`;
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return [remoteAddress, remotePort, localAddress].join(' ');
}

/**
 * Accepts TCP connections for the agent's services: requires mutual TLS 1.3 with a valid certificate of COPA's CA,
 * and limits the number of connections. Each refusal is logged with its reason.
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

/** Time limit of the handshake, and again of the first message. Slower peers are disconnected. */
const patienceMs = 5_000;
/** Limit on unauthenticated peers, about 100 KB each. A host that begins many moves at once opens dozens. */
const unauthenticatedMax = { max: 256, ofOneAddressMax: 64 };

interface Options {
  /** The message of a refusal in the log. */
  readonly refusing: string;
  /** Limit on accepted connections. */
  readonly guestsMax: number;
  readonly protocols?: string[];
  /**
   * Decides about a peer with a valid certificate of COPA's CA. The peer is accepted when the promise resolves. When
   * it rejects, the reason is logged and the connection ends after the pending writes.
   */
  readonly greet: (socket: TLSSocket, certificate: PeerCertificate) => Promise<void> | void;
}

export class PeerAuthenticator {
  readonly #tcp: Server;
  readonly #tls: TlsServer;
  readonly #unauthenticated = new UnauthenticatedConnections(unauthenticatedMax);
  /** Unauthenticated connections by both addresses, because TLS has a socket object of its own for each. */
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
      // A resumed session would not show its certificate again.
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    this.#tls = createServer({
      ...context(),
      requestCert: true,
      // If TLS refused a certificate itself, nobody could log whose it was. `#meet` refuses connections without a
      // valid one.
      rejectUnauthorized: false,
      handshakeTimeout: patienceMs,
      ...(options.protocols ? { ALPNProtocols: options.protocols } : {}),
    });
    // Open connections stay. New connections get the new certificate and are checked against the new CAs.
    this.#unfollow = tlsIdentity.onChange(() => this.#tls.setSecureContext(context()));
    this.#tls.on('secureConnection', (socket) => void this.#meet(socket));
    this.#tls.on('tlsClientError', (error, socket) => {
      // A peer without an address has disconnected and was not refused.
      const { remoteAddress } = socket;
      if (remoteAddress === undefined) return;
      this.#refusals.record({ from: remoteAddress, reason: handshakeFailure(error) });
      socket.destroy();
    });
    this.#tcp = createTcpServer((socket) => this.#accept(socket));
  }

  /** Listens and returns the port. Port 0 picks a free one. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once('error', reject);
      this.#tcp.listen(port, host, resolve);
    });
    return (this.#tcp.address() as AddressInfo).port;
  }

  /** Stops listening and accepts no more peers. Accepted connections continue. */
  close(): void {
    this.#unfollow();
    this.#refusals.close();
    this.#tcp.close();
    for (const { socket } of this.#waiting.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const leave = this.#unauthenticated.take(socket);
    if (!leave) {
      const reason = 'too many unauthenticated connections';
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
    // Until the connection has an owner, a reset only means that the peer left.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    const from = socket.remoteAddress ?? 'unknown';
    const ends = endsOf(socket);
    const certificate = socket.getPeerCertificate();
    const named = identityOf(certificate.subjectaltname);
    const timer = setTimeout(
      () => socket.destroy(new Error(`sent no valid request within ${patienceMs / 1000} s`)),
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

/** The reason why TLS rejects the peer's certificate. */
function distrustOf({ authorizationError }: TLSSocket, certificate: PeerCertificate): string {
  const code = String(authorizationError);
  if (Object.keys(certificate).length === 0) return 'shows no certificate';
  if (code === 'CERT_HAS_EXPIRED')
    return `the certificate has expired: it was valid until ${certificate.valid_to}`;
  if (code === 'CERT_NOT_YET_VALID') return `the certificate is valid from ${certificate.valid_from} on`;
  return `the certificate is not from a trusted CA (${code})`;
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return [remoteAddress, remotePort, localAddress].join(' ');
}

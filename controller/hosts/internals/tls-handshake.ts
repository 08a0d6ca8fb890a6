/**
 * The TLS of a connection with an agent, with the parts of the peer's certificate that are looked at and no more.
 * Node and grpc-js each ask for the whole of it as an object in every handshake, which is a fifth of what a
 * connection costs a controller that connects with thousands.
 */
import type { Socket } from 'node:net';
import {
  connect,
  type DetailedPeerCertificate,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';

interface Options {
  readonly secureContext: SecureContext;
  readonly servername: string;
  /** Of the certificate there are `subjectaltname`, `valid_from` and `valid_to`. */
  readonly checkServerIdentity: (servername: string, certificate: PeerCertificate) => Error | undefined;
}

/** Rejects when the peer's certificate is not of our CA, or the check has something against it. */
export function handshake(socket: Socket, options: Options): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured = connect({ ...options, socket, ALPNProtocols: ['h2'], rejectUnauthorized: true }, () =>
      resolve(secured),
    );
    let parts: DetailedPeerCertificate | undefined;
    secured.getPeerCertificate = () => (parts ??= partsOf(secured));
    // For as long as it lives, as an error that nobody listens to ends the process.
    secured.on('error', reject);
  });
}

function partsOf(socket: TLSSocket): DetailedPeerCertificate {
  const certificate = socket.getPeerX509Certificate();
  const {
    subjectAltName: subjectaltname,
    validFrom: valid_from = '',
    validTo: valid_to = '',
  } = certificate ?? {};
  return { subjectaltname, valid_from, valid_to } as DetailedPeerCertificate;
}

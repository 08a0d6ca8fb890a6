/** Reads the certificate of the server on a TLS port. */
import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { CopaError, messageOf } from '../errors.js';
import { formatAddress, type Address } from './address.js';
import { identityOf, type Credentials, type Identity } from '../pki/identity.js';

const handshakeMsMax = 5000;

export interface TlsPeer {
  /** Undefined for a certificate without an identity of COPA. */
  readonly identity: Identity | undefined;
  readonly validFrom: string;
  readonly validTo: string;
}

/**
 * Connects, reads the certificate, and disconnects. Without `credentials` the certificate is not verified, and only
 * shows what the server claims. The host may be a name. Throws `unavailable` when nothing, or a server without TLS,
 * answers.
 */
export async function probeTls(address: Address, credentials?: Credentials): Promise<TlsPeer> {
  const { host, port } = address;
  const socket = connect({
    host,
    port,
    ...(credentials ?? {}),
    rejectUnauthorized: credentials !== undefined,
    // Identities are in COPA's own URIs, because hosts' addresses change.
    checkServerIdentity: () => undefined,
    ...(isIP(host) ? {} : { servername: host }),
  });
  try {
    const certificate = await new Promise<PeerCertificate>((resolve, reject) => {
      socket.setTimeout(handshakeMsMax, () => socket.destroy(new Error('no answer in time')));
      socket.once('secureConnect', () => resolve(socket.getPeerCertificate()));
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('the connection was closed')));
    });
    const { subjectaltname, valid_from: validFrom, valid_to: validTo } = certificate;
    return { identity: identityOf(subjectaltname), validFrom, validTo };
  } catch (cause) {
    throw new CopaError('unavailable', `${formatAddress(address)}: ${messageOf(cause)}`, { cause });
  } finally {
    // Errors after this do not matter.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

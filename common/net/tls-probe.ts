/** Who answers on a TLS port: the certificate that it shows, taken before anything is asked of it. */
import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import { CopaError, messageOf } from '../errors.js';
import { identityOf, type Credentials, type Identity } from '../pki/identity.js';

const handshakeMsMax = 5000;

export interface TlsPeer {
  /** Undefined for a certificate that names nobody of COPA. */
  readonly identity: Identity | undefined;
  readonly validFrom: string;
  readonly validTo: string;
}

/**
 * Connects, looks at the certificate, and hangs up. Without `credentials` nobody's word is checked: it tells
 * what the other side claims to be. Throws `unavailable` when nobody answers, or no TLS.
 */
export async function probeTls(host: string, port: number, credentials?: Credentials): Promise<TlsPeer> {
  const socket = connect({
    host,
    port,
    ...(credentials ?? {}),
    rejectUnauthorized: credentials !== undefined,
    // Names are in our own URIs, and addresses of hosts change.
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
    throw new CopaError('unavailable', `${host}:${port}: ${messageOf(cause)}`, { cause });
  } finally {
    // What comes of hanging up is of no interest any more.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}

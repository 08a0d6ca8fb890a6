/**
 * This host's trusted CAs and certificate, as the controller updates them. The private key is created here and never
 * leaves the host. Changes take effect after they are on disk.
 */
import { X509Certificate } from 'node:crypto';
import type { Logger } from 'pino';
import { CopaError } from '../../common/errors.js';
import { belongsTo, createSigningRequest, signingRequestFor } from '../../common/pki/csr.js';
import type { Revocation, TlsIdentity } from '../../common/pki/tls-identity.js';
import { installCertificate, poolOf, readNextKey, writeNextKey, writeTrust } from './identity-files.js';

export interface Trust {
  readonly generation: number;
  readonly ca: string;
  readonly revoked: readonly Revocation[];
}

export class CertificateStore {
  #generation = 0;
  /** Serializes changes, because each reads what the previous one wrote. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: string,
    private readonly tlsIdentity: TlsIdentity,
    private readonly log: Logger,
  ) {}

  get certificate(): string {
    return this.tlsIdentity.credentials.cert;
  }

  /** Throws `aborted` when a newer version has been received, which means that another controller has taken over. */
  updateTrust(trust: Trust): Promise<void> {
    return this.#inTurn(async () => {
      const { credentials, revoked } = this.tlsIdentity;
      this.#checkNewer(trust);
      const same = trust.ca === credentials.ca && JSON.stringify(trust.revoked) === JSON.stringify(revoked);
      if (same) return;
      checkTrusts(trust.ca, credentials.cert);
      await writeTrust(this.directory, trust);
      this.tlsIdentity.change({ credentials: { ...credentials, ca: trust.ca }, revoked: trust.revoked });
      this.log.info(
        { revoked: trust.revoked.map(({ pool }) => pool) },
        'the trusted CAs or the revocations have changed',
      );
    });
  }

  /** The request for a new key. Returns the same request until its certificate arrives. */
  prepare(): Promise<string> {
    return this.#inTurn(async () => {
      const waiting = await readNextKey(this.directory);
      if (waiting !== undefined) return signingRequestFor(waiting);
      const { key, request } = await createSigningRequest();
      await writeNextKey(this.directory, key);
      return request;
    });
  }

  /**
   * Throws `failed_precondition` when no key waits for a certificate, and `invalid_argument` when the certificate is
   * for another key.
   */
  install(certificate: string, trust: Trust): Promise<void> {
    return this.#inTurn(async () => {
      this.#checkNewer(trust);
      const { credentials } = this.tlsIdentity;
      const [pool, named] = [poolOf(credentials), poolOf({ cert: certificate })];
      if (pool !== named) {
        throw new CopaError('invalid_argument', `the certificate is for pool "${named}", this is "${pool}"`);
      }
      checkTrusts(trust.ca, certificate);
      const key = await readNextKey(this.directory);
      if (key === undefined || !belongsTo(certificate, key)) {
        throw new CopaError('aborted', 'no key of this host waits for that certificate: request one again');
      }
      await writeTrust(this.directory, trust);
      await installCertificate(this.directory, certificate);
      this.tlsIdentity.change({
        credentials: { ca: trust.ca, cert: certificate, key },
        revoked: trust.revoked,
      });
      const { validTo } = new X509Certificate(certificate);
      this.log.info({ validUntil: new Date(validTo).toISOString() }, 'this host has a new certificate');
    });
  }

  #checkNewer({ generation }: Trust): void {
    if (generation < this.#generation) {
      throw new CopaError('aborted', 'this host has newer certificates already');
    }
    this.#generation = generation;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work, work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

/** A host that does not trust the issuer of its own certificate would lose all connections. */
function checkTrusts(bundle: string, certificate: string): void {
  const cas = certificatesIn(bundle);
  const own = new X509Certificate(certificate);
  if (cas.some((ca) => ca.ca && own.verify(ca.publicKey))) return;
  throw new CopaError(
    'failed_precondition',
    "the CA of this host's certificate is missing among the CAs: the host would lose all connections",
  );
}

export function certificatesIn(bundle: string): X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

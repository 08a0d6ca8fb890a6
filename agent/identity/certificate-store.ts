/**
 * This host's trusted CAs and certificate, as the controller updates them. The private key is created here and never
 * leaves the host. Changes take effect after they are on disk.
 */
import { X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { CopaError } from '../../common/errors.js';
import { belongsTo, createSigningRequest, signingRequestFor } from '../../common/pki/csr.js';
import type { Revocation, TlsIdentity } from '../../common/pki/tls-identity.js';
import {
  installCertificate,
  poolOf,
  readGeneration,
  readNextKey,
  readNotes,
  writeNextKey,
  writeNotes,
  writeTrust,
} from './identity-files.js';
import { mergeNotes, type Note } from './notes.js';
import { mergeRevocations } from './revocations.js';

export interface Trust {
  /** Of the CAs: those of a higher one replace those of a lower one. It outlives a restart. */
  readonly generation: number;
  readonly ca: string;
  readonly revoked: readonly Revocation[];
  /** Those of a controller of an earlier release are none. */
  readonly notes?: readonly Note[];
}

export class CertificateStore {
  /** Serializes changes, because each reads what the previous one wrote. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly directory: string,
    private readonly tlsIdentity: TlsIdentity,
    private readonly log: Logger,
    private readonly now: () => number = Date.now,
  ) {}

  get certificate(): string {
    return this.tlsIdentity.credentials.cert;
  }

  /**
   * Revocations are added to those that are known. Throws `aborted` for older CAs than those that are trusted: the
   * controller was replaced meanwhile.
   */
  updateTrust(received: Trust): Promise<void> {
    return this.#inTurn(async () => {
      await this.#keep(received);
      const { credentials, revoked } = this.tlsIdentity;
      const { generation, trust } = await this.#merged(received);
      const isSame = trust.ca === credentials.ca && isDeepStrictEqual(trust.revoked, revoked);
      if (isSame && trust.generation === generation) return;
      checkTrusts(trust.ca, credentials.cert);
      await writeTrust(this.directory, trust);
      if (isSame) return;
      this.tlsIdentity.change({ credentials: { ...credentials, ca: trust.ca }, revoked: trust.revoked });
      this.log.info(
        { revoked: trust.revoked.map(({ pool }) => pool) },
        'the trusted CAs or the revocations have changed',
      );
    });
  }

  /** What controllers have left here for the time after a restore. */
  notes(): Promise<readonly Note[]> {
    return this.#inTurn(() => readNotes(this.directory));
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
  install(certificate: string, received: Trust): Promise<void> {
    return this.#inTurn(async () => {
      const { trust } = await this.#merged(received);
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

  /** Also of a controller with older CAs: notes are only ever added. */
  async #keep({ notes = [] }: Trust): Promise<void> {
    const known = await readNotes(this.directory);
    const kept = mergeNotes(known, notes, this.now());
    if (kept !== known) await writeNotes(this.directory, kept);
  }

  /** What is to be trusted from now on, and the generation of what is trusted now. */
  async #merged({
    generation: newer,
    ca,
    revoked: more,
  }: Trust): Promise<{ generation: number; trust: Trust }> {
    const { credentials, revoked: known } = this.tlsIdentity;
    const generation = await readGeneration(this.directory);
    if (ca !== credentials.ca && newer < generation) {
      throw new CopaError('aborted', 'this host has newer certificates already');
    }
    const revoked = mergeRevocations(known, more, this.now());
    return { generation, trust: { generation: Math.max(newer, generation), ca, revoked } };
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

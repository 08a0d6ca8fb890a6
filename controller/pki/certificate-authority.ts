/**
 * A certificate authority and the certificates that it signs. Keys are ECDSA P-256. A CA's own key never leaves its
 * object. It signs keys that were created elsewhere, except for the controller's.
 */
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  Pkcs10CertificateRequest,
  type PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { createPublicKey, X509Certificate as NodeCertificate, type webcrypto } from 'node:crypto';
import { CopaError } from '../../common/errors.js';
import { clockSkewMs, identityUri, type Credentials, type Identity } from '../../common/pki/identity.js';
import { keyAlgorithm, keyPem, requestCharactersMax } from '../../common/pki/csr.js';

const dayMs = 24 * 3600_000;
const caDays = 3650;

/** The default lifetime of a certificate. */
export const lifetimeMsDefault = 90 * dayMs;

/** The purpose of a certificate: the name in its subject, and the names for its check. */
interface Subject {
  readonly commonName: string;
  readonly names: readonly { readonly type: 'url' | 'ip' | 'dns'; readonly value: string }[];
}

/** The issue time of a certificate, in milliseconds since 1970, and its lifetime. */
export interface Validity {
  readonly issuedAtMs?: number;
  readonly lifetimeMs?: number;
}

export class CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly fingerprint: string;
  readonly validUntil: Date;
  readonly #parsed: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.certificate = pem(certificate);
    this.fingerprint = fingerprintOf(this.certificate);
    this.validUntil = certificate.notAfter;
    this.#parsed = certificate;
    this.#key = key;
  }

  /** Creates a CA in memory. */
  static async create(commonName: string): Promise<{ authority: CertificateAuthority; key: string }> {
    const keys = await makeKeys();
    const now = Date.now();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [commonName] }],
      keys,
      signingAlgorithm: keyAlgorithm,
      notBefore: new Date(now - clockSkewMs),
      notAfter: new Date(now + caDays * dayMs),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return {
      authority: new CertificateAuthority(certificate, keys.privateKey),
      key: await keyPem(keys.privateKey),
    };
  }

  static async fromPem(certificate: string, key: string): Promise<CertificateAuthority> {
    const der = PemConverter.decodeFirst(key);
    const imported = await crypto.subtle.importKey('pkcs8', der, keyAlgorithm, false, ['sign']);
    return new CertificateAuthority(new X509Certificate(certificate), imported);
  }

  /** Creates a key and its certificate for a TLS server and client. */
  async sign(subject: Subject, validity: Validity = {}): Promise<Credentials> {
    const keys = await makeKeys();
    const cert = await this.#certify(subject, keys.publicKey, validity);
    return { ca: this.certificate, cert, key: await keyPem(keys.privateKey) };
  }

  /** Creates a key and its certificate for an agent or a controller, named by the URI of common/pki/identity.ts. */
  issue(identity: Identity, validity: Validity = {}): Promise<Credentials> {
    return this.sign(subjectOf(identity), validity);
  }

  /**
   * Signs the key of a certificate request. Only the key and the proof of possession count; the name is the given
   * one. Throws `invalid_argument` when the request is invalid.
   */
  async certify(identity: Identity, request: string, validity: Validity = {}): Promise<string> {
    return this.#certify(subjectOf(identity), await requestedKey(request), validity);
  }

  async #certify(
    subject: Subject,
    publicKey: PublicKey | webcrypto.CryptoKey,
    { issuedAtMs = Date.now(), lifetimeMs = lifetimeMsDefault }: Validity,
  ): Promise<string> {
    const certificate = await X509CertificateGenerator.create({
      // A common name holds at most 64 characters, and COPA does not read it.
      subject: [{ CN: [subject.commonName] }],
      issuer: this.#parsed.subjectName,
      publicKey,
      signingKey: this.#key,
      signingAlgorithm: keyAlgorithm,
      notBefore: new Date(issuedAtMs - clockSkewMs),
      notAfter: new Date(Math.min(issuedAtMs + lifetimeMs, this.validUntil.getTime())),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension([...subject.names]),
        await SubjectKeyIdentifierExtension.create(publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#parsed.publicKey),
      ],
    });
    return pem(certificate);
  }
}

/** SHA-256 of a certificate, in lower-case hexadecimal, for people and tokens to compare. */
export function fingerprintOf(certificate: string): string {
  return new NodeCertificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

function subjectOf(identity: Identity): Subject {
  return { commonName: identity.name, names: [{ type: 'url', value: identityUri(identity) }] };
}

async function requestedKey(text: string): Promise<PublicKey> {
  const refuse = (why: string, cause?: unknown) =>
    new CopaError('invalid_argument', `the certificate request is not valid: ${why}`, { cause });
  if (text.length > requestCharactersMax)
    throw refuse(`it is longer than ${requestCharactersMax} characters`);
  let request: Pkcs10CertificateRequest;
  let proven: boolean;
  try {
    request = new Pkcs10CertificateRequest(text);
    const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw refuse('its key is not P-256');
    proven = await request.verify();
  } catch (error) {
    if (error instanceof CopaError) throw error;
    throw refuse('it is not a PKCS #10 request for an ECDSA key', error);
  }
  if (!proven) throw refuse('its signature is not from its key');
  return request.publicKey;
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

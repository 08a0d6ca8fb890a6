/**
 * A new key and the request to have it certified (PKCS #10). The key never leaves the machine that made it;
 * the request only proves that its sender has it, since who he is, the controller decides.
 */
import 'reflect-metadata';
import { PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { createPrivateKey, createPublicKey, X509Certificate, type webcrypto } from 'node:crypto';

/** Keys are ECDSA P-256 everywhere: small, fast, and understood by every TLS. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A request of ours has some 400 characters; past this it is none. */
export const requestCharactersMax = 2048;

export interface CertificateSigningRequest {
  /** PEM, for a file of 0600; must never be logged. */
  readonly key: string;
  /** PEM. */
  readonly request: string;
}

export async function createSigningRequest(): Promise<CertificateSigningRequest> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  return { key: await keyPem(keys.privateKey), request: await requestFor(keys) };
}

/** The request for a key that was made before. */
export async function signingRequestFor(key: string): Promise<string> {
  const pkcs8 = PemConverter.decodeFirst(key);
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, keyAlgorithm, true, ['sign']);
  const spki = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'der' });
  const publicKey = await crypto.subtle.importKey('spki', spki, keyAlgorithm, true, ['verify']);
  return requestFor({ privateKey, publicKey });
}

export async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** Whether a certificate was made for this key. */
export function belongsTo(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}

async function requestFor(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: keyAlgorithm });
  return `${request.toString('pem')}\n`;
}

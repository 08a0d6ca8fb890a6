/**
 * Creates a key and a certificate request for it (PKCS #10). The key never leaves its machine. The request only
 * proves that its sender has the key. The controller decides about the name.
 */
import 'reflect-metadata';
import { PemConverter, Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { createPrivateKey, createPublicKey, X509Certificate, type webcrypto } from 'node:crypto';

/** All keys are ECDSA P-256: small, fast, and supported by every TLS implementation. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A request of COPA has about 400 characters. A longer text is not one. */
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

/** The request for an existing key. */
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

/** Whether a certificate was issued for this key. */
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

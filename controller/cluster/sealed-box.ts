/**
 * Encrypts a text for one recipient: X25519 with a key of this message alone, HKDF, and AES-256-GCM. A joining controller
 * makes its key for one join, so that the cluster secret is never readable on the way, whatever sees the inside of TLS.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { CopaError } from '../../common/errors.js';
import { seal, unseal } from '../pki/cluster-secret.js';

/** What precedes the 32 bytes of a public key in its DER form (RFC 8410). */
const prefix = Buffer.from('302a300506032b656e032100', 'hex');
const keyBytes = 32;

export interface BoxKeys {
  /** 32 bytes in base64. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export interface Box {
  /** The sender's. */
  readonly publicKey: string;
  readonly sealed: string;
}

/** What both sides know besides: a box of other circumstances cannot be opened. */
interface Circumstances {
  /** A secret that both have. */
  readonly shared: string;
  /** What the box is about. */
  readonly about: string;
}

export function newBoxKeys(): BoxKeys {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  return { publicKey: rawOf(publicKey), privateKey };
}

/** For a file that only its owner reads. */
export function privatePem({ privateKey }: BoxKeys): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

export function boxKeysFrom(pem: string): BoxKeys {
  const privateKey = createPrivateKey(pem);
  return { publicKey: rawOf(createPublicKey(privateKey)), privateKey };
}

/** Throws `invalid_argument` for a key that is none. */
export function sealFor(recipient: string, text: string, circumstances: Circumstances): Box {
  const own = newBoxKeys();
  const key = keyOf(own.privateKey, recipient, [own.publicKey, recipient], circumstances);
  return { publicKey: own.publicKey, sealed: seal(key, text, circumstances.about) };
}

/** Undefined when it was not sealed for these keys, or under other circumstances. */
export function openBox(
  { publicKey, privateKey }: BoxKeys,
  box: Box,
  circumstances: Circumstances,
): string | undefined {
  const key = keyOf(privateKey, box.publicKey, [box.publicKey, publicKey], circumstances);
  return unseal(key, box.sealed, circumstances.about);
}

function keyOf(
  privateKey: KeyObject,
  other: string,
  publicKeys: readonly string[],
  { shared, about }: Circumstances,
): Buffer {
  const info = ['copa sealed box', about, ...publicKeys].join('\n');
  return Buffer.from(hkdfSync('sha256', agree(privateKey, other), shared, info, 32));
}

function agree(privateKey: KeyObject, other: string): Buffer {
  try {
    const key = Buffer.concat([prefix, Buffer.from(other, 'base64')]);
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    // OpenSSL refuses points with which everybody would get the same result.
    return diffieHellman({ privateKey, publicKey });
  } catch (cause) {
    throw new CopaError('invalid_argument', 'publicKey is not valid: it is not a key of X25519', { cause });
  }
}

function rawOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-keyBytes).toString('base64');
}

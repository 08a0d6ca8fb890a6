/**
 * The cluster secret: 32 random bytes in a file in each controller's state directory. It encrypts what must not be in
 * etcd in the clear (AES-256-GCM).
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile } from '../../common/durable-file.js';
import { CopaError } from '../../common/errors.js';

const secretBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export function secretFile(stateDirectory: string): string {
  return join(stateDirectory, 'cluster-secret');
}

/** The secret of this state directory; undefined without one. */
export async function readSecret(stateDirectory: string): Promise<Buffer | undefined> {
  const file = secretFile(stateDirectory);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  });
  if (text === undefined) return undefined;
  if (!/^[0-9a-f]{64}\s*$/.test(text)) {
    throw new CopaError('failed_precondition', `${file} has no cluster secret: 64 hexadecimal digits`);
  }
  return Buffer.from(text.trim(), 'hex');
}

/**
 * The secret of this state directory, created if missing. Concurrent creators get the same one. It is on disk when this
 * returns: etcd may commit what is sealed with it before this machine loses power.
 */
export async function makeSecret(stateDirectory: string): Promise<Buffer> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const fresh = `${randomBytes(secretBytes).toString('hex')}\n`;
  await createFile(secretFile(stateDirectory), fresh, 0o600);
  const secret = await readSecret(stateDirectory);
  if (!secret) throw new Error(`${secretFile(stateDirectory)} vanished`);
  return secret;
}

/** `about` is authenticated but not encrypted: decryption requires the same `about`. Base64. */
export function seal(secret: Buffer, text: string, about: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

/** Undefined when it was encrypted with another secret or another `about`. */
export function unseal(secret: Buffer, sealed: string, about: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64');
  const nonce = bytes.subarray(0, nonceBytes);
  const tag = bytes.subarray(nonceBytes, nonceBytes + tagBytes);
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(about)).setAuthTag(tag);
    return decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

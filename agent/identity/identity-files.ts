/**
 * The identity directory: this host's key and certificate, the CAs to check others by, and who has been cut
 * off. A file changes whole or not at all, and a new certificate counts together with its new key: the
 * certificate is what decides, and a key that was not yet put in its place is put there at the next reading.
 */
import { X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError, messageOf } from '../../common/errors.js';
import { identityOf, type Credentials } from '../../common/pki/identity.js';
import { belongsTo } from '../../common/pki/csr.js';
import type { Revocation, TlsIdentityState } from '../../common/pki/tls-identity.js';

export const identityFiles = {
  key: 'identity.key',
  /** A key whose certificate was asked for. */
  nextKey: 'identity.key.next',
  cert: 'identity.crt',
  ca: 'ca.crt',
  revoked: 'revoked.json',
  /** Where this host joined. */
  controllers: 'controllers.json',
} as const;

/** Throws `failed_precondition` naming the file that is missing and how to get it. */
export async function readIdentity(directory: string): Promise<TlsIdentityState> {
  const read = async (file: string) => {
    const content = await readIfThere(join(directory, file));
    if (content !== undefined) return content;
    throw new CopaError(
      'failed_precondition',
      `there is no ${join(directory, file)}: this host has not joined. Make a token on the controller with "copa token create", and give it here to "copa agent join"`,
    );
  };
  const [ca, cert, oldKey] = await Promise.all(
    [identityFiles.ca, identityFiles.cert, identityFiles.key].map(read),
  );
  if (ca === undefined || cert === undefined || oldKey === undefined) throw new Error('unreachable');
  const key = belongsTo(cert, oldKey) ? oldKey : await putNextKey(directory, cert);
  return { credentials: { ca, cert, key }, revoked: await readRevoked(directory) };
}

/** The pool that a certificate is for. Throws `failed_precondition` when it is not an agent's. */
export function poolOf({ cert }: Pick<Credentials, 'cert'>): string {
  const identity = identityOf(new X509Certificate(cert).subjectAltName);
  if (identity?.role === 'agent') return identity.name;
  throw new CopaError('failed_precondition', "the certificate in the identity directory is not an agent's");
}

/** A new identity directory. Throws when there is one already, and leaves nothing behind then. */
export async function createIdentity(directory: string, { key, cert, ca }: Credentials): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await replaceFile(directory, identityFiles.ca, ca, 0o644);
  await replaceFile(directory, identityFiles.nextKey, key, 0o600);
  await installCertificate(directory, cert);
}

export function writeNextKey(directory: string, key: string): Promise<void> {
  return replaceFile(directory, identityFiles.nextKey, key, 0o600);
}

export function readNextKey(directory: string): Promise<string | undefined> {
  return readIfThere(join(directory, identityFiles.nextKey));
}

/** From here on the certificate and the key that waited for it count. */
export async function installCertificate(directory: string, cert: string): Promise<void> {
  await replaceFile(directory, identityFiles.cert, cert, 0o644);
  await putNextKey(directory, cert);
}

/** The revocations come first: what a crash leaves may be too strict, never too open. */
export async function writeTrust(
  directory: string,
  { ca, revoked }: { ca: string; revoked: readonly Revocation[] },
): Promise<void> {
  await replaceFile(directory, identityFiles.revoked, `${JSON.stringify(revoked)}\n`, 0o644);
  await replaceFile(directory, identityFiles.ca, ca, 0o644);
}

/** Where this host's controllers take who joins, for `copa doctor` to ask them: IP:PORT each. */
export function writeControllers(directory: string, addresses: readonly string[]): Promise<void> {
  return replaceFile(directory, identityFiles.controllers, `${JSON.stringify(addresses)}\n`, 0o644);
}

/** None when this host's identity was brought here by hand. */
export async function readControllers(directory: string): Promise<readonly string[]> {
  const text = await readIfThere(join(directory, identityFiles.controllers));
  return text === undefined ? [] : (JSON.parse(text) as string[]);
}

async function putNextKey(directory: string, cert: string): Promise<string> {
  const next = await readNextKey(directory);
  if (next === undefined || !belongsTo(cert, next)) {
    throw new CopaError(
      'failed_precondition',
      `the key and the certificate in ${directory} do not belong together: join again with a new token`,
    );
  }
  await rename(join(directory, identityFiles.nextKey), join(directory, identityFiles.key));
  return next;
}

async function readRevoked(directory: string): Promise<readonly Revocation[]> {
  const text = await readIfThere(join(directory, identityFiles.revoked));
  if (text === undefined) return [];
  try {
    return JSON.parse(text) as Revocation[];
  } catch (cause) {
    const file = join(directory, identityFiles.revoked);
    throw new CopaError('failed_precondition', `${file} is damaged: ${messageOf(cause)}`, { cause });
  }
}

/** Whole or not at all, also after a power failure. */
export async function replaceFile(
  directory: string,
  name: string,
  content: string,
  mode: number,
): Promise<void> {
  const file = join(directory, name);
  const fresh = `${file}.new`;
  await rm(fresh, { force: true });
  const handle = await open(fresh, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(fresh, file);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

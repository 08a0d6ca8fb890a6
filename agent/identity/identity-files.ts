/**
 * The identity directory: this host's key and certificate, the trusted CAs, and the revocations. Each file is
 * replaced atomically. The certificate file is decisive for a new certificate with its new key: if a crash left the
 * new key under its temporary name, the next read moves it to its place.
 */
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../common/durable-file.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { identityOf, type Credentials } from '../../common/pki/identity.js';
import { belongsTo } from '../../common/pki/csr.js';
import type { Note } from './notes.js';
import type { Revocation, TlsIdentityState } from '../../common/pki/tls-identity.js';

export const identityFiles = {
  key: 'identity.key',
  /** A key whose certificate has been requested. */
  nextKey: 'identity.key.next',
  cert: 'identity.crt',
  ca: 'ca.crt',
  revoked: 'revoked.json',
  /** Of the CAs: see Trust in certificate-store.ts. */
  generation: 'trust-generation',
  /** For controllers after a restore: see Note in identity.proto. */
  notes: 'notes.json',
  /** The controller through which this host joined. */
  controllers: 'controllers.json',
} as const;

/** Throws `failed_precondition` that names the missing file and how to get it. */
export async function readIdentity(directory: string): Promise<TlsIdentityState> {
  const read = async (file: string) => {
    const content = await readIfThere(join(directory, file));
    if (content !== undefined) return content;
    throw new CopaError(
      'failed_precondition',
      `there is no ${join(directory, file)}: this host has not joined. Create a token on the controller with "copa token create", and use it here with "copa agent join"`,
    );
  };
  const [ca, cert, oldKey] = await Promise.all(
    [identityFiles.ca, identityFiles.cert, identityFiles.key].map(read),
  );
  if (ca === undefined || cert === undefined || oldKey === undefined) throw new Error('unreachable');
  const key = belongsTo(cert, oldKey) ? oldKey : await putNextKey(directory, cert);
  return { credentials: { ca, cert, key }, revoked: await readRevoked(directory) };
}

/** The pool that a certificate is for. Throws `failed_precondition` when it is not an agent's certificate. */
export function poolOf({ cert }: Pick<Credentials, 'cert'>): string {
  const identity = identityOf(new X509Certificate(cert).subjectAltName);
  if (identity?.role === 'agent') return identity.name;
  throw new CopaError('failed_precondition', "the certificate in the identity directory is not an agent's");
}

/** Creates an identity directory. Throws when one exists, and then leaves nothing behind. */
export async function createIdentity(directory: string, { key, cert, ca }: Credentials): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await replaceFile(join(directory, identityFiles.ca), ca, 0o644);
  await replaceFile(join(directory, identityFiles.nextKey), key, 0o600);
  await installCertificate(directory, cert);
}

export function writeNextKey(directory: string, key: string): Promise<void> {
  return replaceFile(join(directory, identityFiles.nextKey), key, 0o600);
}

export function readNextKey(directory: string): Promise<string | undefined> {
  return readIfThere(join(directory, identityFiles.nextKey));
}

/** Activates a certificate with the key that waits for it. */
export async function installCertificate(directory: string, cert: string): Promise<void> {
  await replaceFile(join(directory, identityFiles.cert), cert, 0o644);
  await putNextKey(directory, cert);
}

/** The CAs come last: what a crash leaves may be too strict, never too open. */
export async function writeTrust(
  directory: string,
  { generation, ca, revoked }: { generation: number; ca: string; revoked: readonly Revocation[] },
): Promise<void> {
  await replaceFile(join(directory, identityFiles.generation), `${generation}\n`, 0o644);
  await replaceFile(join(directory, identityFiles.revoked), `${JSON.stringify(revoked)}\n`, 0o644);
  await replaceFile(join(directory, identityFiles.ca), ca, 0o644);
}

/** 0 where none was written yet. Throws `failed_precondition` when it is damaged. */
export async function readGeneration(directory: string): Promise<number> {
  const text = await readIfThere(join(directory, identityFiles.generation));
  if (text === undefined) return 0;
  if (/^\d{1,16}\n$/.test(text)) return Number(text);
  throw new CopaError('failed_precondition', `${join(directory, identityFiles.generation)} is damaged`);
}

export function writeNotes(directory: string, notes: readonly Note[]): Promise<void> {
  return replaceFile(join(directory, identityFiles.notes), `${JSON.stringify(notes)}\n`, 0o644);
}

/** None of a damaged file: the controllers send them again. */
export async function readNotes(directory: string): Promise<readonly Note[]> {
  const text = await readIfThere(join(directory, identityFiles.notes));
  try {
    return text === undefined ? [] : (JSON.parse(text) as Note[]);
  } catch {
    return [];
  }
}

/** The enrollment addresses of this host's controllers, as IP:PORT each. `copa doctor` checks them. */
export function writeControllers(directory: string, addresses: readonly string[]): Promise<void> {
  return replaceFile(join(directory, identityFiles.controllers), `${JSON.stringify(addresses)}\n`, 0o644);
}

/** Empty when the identity was installed by hand. */
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

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

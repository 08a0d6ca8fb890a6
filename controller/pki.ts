/**
 * The certificates of a COPA: one small CA in the controller's state directory, and what it signs.
 *
 * The CA is made once, on the first use of a state directory, and appears there whole or not at all. Keys
 * are ECDSA P-256, files of 0600 in directories of 0700, and are never logged nor put on a command line.
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
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { webcrypto } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CopaError } from '../proto/errors.js';
import { identityFiles, identityUri, type Credentials, type Identity } from '../proto/identity.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Hosts' clocks differ a little: a certificate is valid from this long before it was made. */
const clockSkewMs = 5 * 60_000;
const dayMs = 24 * 3600_000;
const caDays = 3650;

/** How long an issued identity is valid. Longer spares renewals; shorter limits what a stolen key is worth. */
const identityDays = 365;

/** What a certificate is for: the name in its subject, and the names it may be checked by. */
interface Subject {
  readonly commonName: string;
  readonly names: readonly { readonly type: 'url' | 'ip' | 'dns'; readonly value: string }[];
  readonly days: number;
}

/** A certificate authority: its certificate as PEM, and a key that never leaves this object. */
export class Authority {
  readonly certificate: string;
  readonly #parsed: X509Certificate;
  readonly #key: webcrypto.CryptoKey;

  private constructor(certificate: X509Certificate, key: webcrypto.CryptoKey) {
    this.certificate = pem(certificate);
    this.#parsed = certificate;
    this.#key = key;
  }

  /** A new CA, in memory alone. */
  static async create(commonName: string): Promise<{ authority: Authority; key: string }> {
    const keys = await makeKeys();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: [{ CN: [commonName] }],
      keys,
      signingAlgorithm: algorithm,
      ...validity(caDays),
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return { authority: new Authority(certificate, keys.privateKey), key: await exportKey(keys.privateKey) };
  }

  static async fromPem(certificate: string, key: string): Promise<Authority> {
    const der = PemConverter.decodeFirst(key);
    const imported = await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
    return new Authority(new X509Certificate(certificate), imported);
  }

  /** SHA-256 of the certificate, in hexadecimal: what people compare. */
  async fingerprint(): Promise<string> {
    return Buffer.from(await this.#parsed.getThumbprint('SHA-256')).toString('hex');
  }

  get validUntil(): Date {
    return this.#parsed.notAfter;
  }

  /** A new key and its certificate, good as a TLS server and as a client. */
  async sign(subject: Subject): Promise<Credentials> {
    const keys = await makeKeys();
    const certificate = await X509CertificateGenerator.create({
      subject: [{ CN: [subject.commonName] }],
      issuer: this.#parsed.subjectName,
      publicKey: keys.publicKey,
      signingKey: this.#key,
      signingAlgorithm: algorithm,
      ...validity(subject.days),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension([...subject.names]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
        await AuthorityKeyIdentifierExtension.create(this.#parsed.publicKey),
      ],
    });
    return { ca: this.certificate, cert: pem(certificate), key: await exportKey(keys.privateKey) };
  }

  /** Credentials for an agent or a controller, named by the URI of proto/identity.ts. */
  issue(identity: Identity): Promise<Credentials> {
    return this.sign({
      // A common name holds 64 characters at most and nothing of ours reads it.
      commonName: identity.name,
      names: [{ type: 'url', value: identityUri(identity) }],
      days: identityDays,
    });
  }
}

/** The CA of a state directory, made there on first use. */
export async function openAuthority(stateDirectory: string): Promise<Authority> {
  const directory = join(stateDirectory, 'ca');
  const existing = await readAuthority(directory);
  if (existing) return existing;

  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const { authority, key } = await Authority.create('COPA');
  const fresh = await mkdtemp(join(stateDirectory, 'ca.new-'));
  try {
    await writeFile(join(fresh, 'ca.key'), key, { mode: 0o600 });
    await writeFile(join(fresh, 'ca.crt'), authority.certificate, { mode: 0o644 });
    await rename(fresh, directory);
    return authority;
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Somebody else made one in the meantime: that one counts.
    const other = await readAuthority(directory);
    if (other) return other;
    throw error;
  }
}

/** Throws `failed_precondition` when the CA of a state directory is not there, or no longer valid. */
export async function checkAuthority(stateDirectory: string): Promise<void> {
  const directory = join(stateDirectory, 'ca');
  const authority = await readAuthority(directory);
  if (!authority) throw new CopaError('failed_precondition', `there is no CA in ${directory}`);
  if (authority.validUntil.getTime() > Date.now()) return;
  const until = authority.validUntil.toISOString();
  throw new CopaError('failed_precondition', `the CA in ${directory} was valid until ${until}`);
}

async function readAuthority(directory: string): Promise<Authority | undefined> {
  const certificate = await readIfThere(join(directory, 'ca.crt'));
  const key = await readIfThere(join(directory, 'ca.key'));
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate === undefined || key === undefined) {
    throw new CopaError('failed_precondition', `${directory} is incomplete: it must hold ca.crt and ca.key`);
  }
  return Authority.fromPem(certificate, key);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Writes an identity directory as proto/identity.ts reads it. Throws `already_exists` when there is one
 * already and `force` is not set.
 */
export async function writeCredentials(
  directory: string,
  credentials: Credentials,
  { force = false }: { force?: boolean } = {},
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const contents = [
    // The key comes first: with it refused, nothing else is touched.
    { file: identityFiles.key, content: credentials.key, mode: 0o600 },
    { file: identityFiles.cert, content: credentials.cert, mode: 0o644 },
    { file: identityFiles.ca, content: credentials.ca, mode: 0o644 },
  ];
  for (const { file, content, mode } of contents) {
    // Overwriting would keep an old file's mode, so an old one goes first.
    if (force) await rm(join(directory, file), { force: true });
    try {
      await writeFile(join(directory, file), content, { mode, flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      const message = `${join(directory, file)} is there already: --force overwrites it`;
      throw new CopaError('already_exists', message, { cause });
    }
  }
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - clockSkewMs), notAfter: new Date(now + days * dayMs) };
}

function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

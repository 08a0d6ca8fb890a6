/**
 * The private keys of this host, one file each. They are made here and never leave the host: `wg` reads the file, and
 * nothing else but the public key is ever known outside.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createFile } from '../../../common/durable-file.js';

/** A key of this host. */
export interface OwnKey {
  readonly epoch: number;
  readonly publicKey: string;
  /** The file with the private key. */
  readonly file: string;
}

export interface Keys {
  /** The keys of these epochs. Those that are missing are made. */
  own(epochs: readonly number[]): Promise<readonly OwnKey[]>;
  /** Those of these epochs that exist. */
  known(epochs: readonly number[]): Promise<readonly OwnKey[]>;
  /** Deletes all others. */
  keepOnly(epochs: readonly number[]): Promise<void>;
}

const filePattern = /^wireguard-(\d+)\.key$/;
/** What precedes the 32 bytes of a private key of X25519 in PKCS #8. */
const pkcs8Prefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

export class KeyFiles implements Keys {
  constructor(private readonly directory: string) {}

  async own(epochs: readonly number[]): Promise<readonly OwnKey[]> {
    const known = await this.known(epochs);
    const missing = epochs.filter((epoch) => !known.some((key) => key.epoch === epoch));
    if (missing.length === 0) return known;
    await mkdir(this.directory, { recursive: true });
    for (const epoch of missing) await createFile(this.#fileOf(epoch), `${freshPrivateKey()}\n`, 0o600);
    return this.known(epochs);
  }

  async known(epochs: readonly number[]): Promise<readonly OwnKey[]> {
    const keys = await Promise.all(
      epochs.map(async (epoch) => {
        const file = this.#fileOf(epoch);
        const text = await readFile(file, 'utf8').catch(withoutFile);
        return text === undefined ? [] : [{ epoch, file, publicKey: publicKeyOf(text.trim()) }];
      }),
    );
    return keys.flat();
  }

  async keepOnly(epochs: readonly number[]): Promise<void> {
    for (const name of (await readdir(this.directory).catch(withoutFile)) ?? []) {
      const [, epoch] = filePattern.exec(name) ?? [];
      if (epoch !== undefined && !epochs.includes(Number(epoch))) await rm(join(this.directory, name));
    }
  }

  #fileOf(epoch: number): string {
    return join(this.directory, `wireguard-${epoch}.key`);
  }
}

function withoutFile(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function freshPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('x25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(pkcs8Prefix.length).toString('base64');
}

/** Throws for what is no private key. */
export function publicKeyOf(privateKey: string): string {
  const der = Buffer.concat([pkcs8Prefix, Buffer.from(privateKey, 'base64')]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

/**
 * What a member of a cluster of controllers keeps about it in its state directory: its name, its address for the other
 * members, and the CA of their connections, whose key is sealed with the cluster secret.
 *
 * That CA is not the one of hosts: etcd accepts everyone whose certificate is of its CA, and a host must not write to it.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, syncDirectory } from '../../common/durable-file.js';
import { CopaError } from '../../common/errors.js';
import { CertificateAuthority } from '../pki/certificate-authority.js';
import { makeSecret, readSecret, seal, secretFile, unseal } from '../pki/cluster-secret.js';
import { peerUrl } from './program.js';

/** The default port for other members. */
export const peerPort = 8005;

export const membershipSchema = z.object({
  /** In etcd; it never changes. */
  name: z.string(),
  /** IP:PORT, where the other members reach this one. */
  address: z.string(),
  authority: z.object({ certificate: z.string(), sealedKey: z.string() }),
  /** NAME=URL pairs of all members, separated by commas: for an etcd that has no data yet. */
  initialCluster: z.string(),
});

export type Membership = z.infer<typeof membershipSchema>;

export function membershipFile(stateDirectory: string): string {
  return join(stateDirectory, 'membership.json');
}

/** Undefined: this controller is alone. Throws `failed_precondition` when the file has other content. */
export async function readMembership(stateDirectory: string): Promise<Membership | undefined> {
  const file = membershipFile(stateDirectory);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CopaError('failed_precondition', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  });
  if (text === undefined) return undefined;
  try {
    return membershipSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CopaError('failed_precondition', `${file} is damaged: join again ("copa controller join")`, {
      cause,
    });
  }
}

/** The controller is alone again. */
export async function removeMembership(stateDirectory: string): Promise<void> {
  await rm(membershipFile(stateDirectory), { force: true });
  await syncDirectory(stateDirectory);
}

export async function writeMembership(stateDirectory: string, membership: Membership): Promise<void> {
  await replaceFile(membershipFile(stateDirectory), `${JSON.stringify(membership, null, 2)}\n`, 0o600);
}

/** The first member of a cluster. */
export async function foundCluster(
  stateDirectory: string,
  { name, address }: Pick<Membership, 'name' | 'address'>,
): Promise<Membership> {
  const { authority, key } = await CertificateAuthority.create('COPA controllers');
  const { certificate } = authority;
  const sealedKey = seal(await makeSecret(stateDirectory), key, certificate);
  const initialCluster = `${name}=${peerUrl(address)}`;
  return { name, address, authority: { certificate, sealedKey }, initialCluster };
}

/** Throws `failed_precondition` when the cluster secret here is not the one of that cluster. */
export async function openPeerAuthority(
  stateDirectory: string,
  { authority: { certificate, sealedKey } }: Membership,
): Promise<CertificateAuthority> {
  const secret = await readSecret(stateDirectory);
  const key = secret && unseal(secret, sealedKey, certificate);
  if (key === undefined) {
    throw new CopaError(
      'failed_precondition',
      `${secretFile(stateDirectory)} is not the secret of the cluster of ${membershipFile(stateDirectory)}`,
    );
  }
  return CertificateAuthority.fromPem(certificate, key);
}

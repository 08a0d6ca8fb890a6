/**
 * The trusted CAs: one, or two during a replacement. All parties trust all of them. Hosts get their certificates from
 * the last one. Controllers get theirs from the first one, which every host knows. The set is one value in etcd, so
 * each change is one compare-and-set.
 */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { CertificateAuthority } from './certificate-authority.js';
import { seal, unseal } from './cluster-secret.js';

const schema = z.object({
  authorities: z
    .array(z.object({ certificate: z.string(), sealedKey: z.string() }))
    .min(1)
    .max(2),
  /** When the only CA was created, or the replacement in progress began; ISO 8601. */
  changedAt: z.iso.datetime(),
});

/** The value in etcd: certificates in the clear, keys encrypted. */
export type AuthoritiesValue = z.infer<typeof schema>;

export interface AuthoritySet {
  readonly all: readonly [CertificateAuthority, ...CertificateAuthority[]];
  readonly value: AuthoritiesValue;
}

export function isRotating({ all }: AuthoritySet): boolean {
  return all.length > 1;
}

/** The CA that issues the hosts' certificates. */
export function issuing({ all }: AuthoritySet): CertificateAuthority {
  return all.at(-1) ?? all[0];
}

/** The certificates of all CAs as one PEM text. */
export function bundle({ all }: AuthoritySet): string {
  return all.map(({ certificate }) => certificate).join('');
}

/** Throws `failed_precondition` when the secret is not the one that encrypted the keys. */
export async function openAuthorities(value: unknown, secret: Buffer): Promise<AuthoritySet> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'etcd has no valid set of CAs');
  const opened = await Promise.all(
    parsed.data.authorities.map(async ({ certificate, sealedKey }) => {
      const key = unseal(secret, sealedKey, certificate);
      if (key === undefined) {
        throw new CopaError(
          'failed_precondition',
          'the CA in etcd was encrypted with another cluster secret',
        );
      }
      return CertificateAuthority.fromPem(certificate, key);
    }),
  );
  return { all: opened as [CertificateAuthority, ...CertificateAuthority[]], value: parsed.data };
}

/** The first value of a new installation. */
export function firstValue(
  { authority, key }: { authority: CertificateAuthority; key: string },
  secret: Buffer,
  now: Date,
): AuthoritiesValue {
  return { authorities: [sealed(authority, key, secret)], changedAt: now.toISOString() };
}

/** The value that starts a replacement of the CA. Throws `failed_precondition` when one is in progress. */
export function rotatingValue(
  current: AuthoritySet,
  { authority, key }: { authority: CertificateAuthority; key: string },
  secret: Buffer,
  now: Date,
): AuthoritiesValue {
  if (isRotating(current)) {
    throw new CopaError(
      'failed_precondition',
      `the CA is being replaced since ${current.value.changedAt}: finish it first ("copa ca rotate --finish")`,
    );
  }
  return {
    authorities: [...current.value.authorities, sealed(authority, key, secret)],
    changedAt: after(current, now),
  };
}

/** The value that leaves only the new CA. Throws `failed_precondition` when no replacement is in progress. */
export function finishedValue(current: AuthoritySet, now: Date): AuthoritiesValue {
  if (!isRotating(current)) {
    throw new CopaError(
      'failed_precondition',
      'the CA is not being replaced: "copa ca rotate" begins a replacement',
    );
  }
  return { authorities: current.value.authorities.slice(-1), changedAt: after(current, now) };
}

/**
 * Which of two sets is newer, for hosts: in milliseconds since 1970. It does not depend on etcd's revision, which is lower
 * after etcd was restored from a backup.
 */
export function generationOf({ value }: AuthoritySet): number {
  return Date.parse(value.changedAt);
}

/** Later than what it replaces, also for a controller whose clock is behind. */
function after(current: AuthoritySet, now: Date): string {
  return new Date(Math.max(now.getTime(), generationOf(current) + 1)).toISOString();
}

function sealed(authority: CertificateAuthority, key: string, secret: Buffer) {
  return { certificate: authority.certificate, sealedKey: seal(secret, key, authority.certificate) };
}

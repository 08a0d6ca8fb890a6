/**
 * The CAs that count: one, or two while it is being replaced. Everybody trusts all of them; hosts get their
 * certificates from the last one, and controllers theirs from the first one, which every host knows. All of
 * it is one value in etcd, so each change is one compare-and-set.
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
  /** When the one that counts alone, or the replacement that is under way, began; ISO 8601. */
  changedAt: z.string(),
});

/** As it is kept in etcd: certificates in the clear, keys sealed. */
export type AuthoritiesValue = z.infer<typeof schema>;

export interface AuthoritySet {
  readonly all: readonly [CertificateAuthority, ...CertificateAuthority[]];
  readonly value: AuthoritiesValue;
}

export function isRotating({ all }: AuthoritySet): boolean {
  return all.length > 1;
}

/** The one that certifies hosts. */
export function issuing({ all }: AuthoritySet): CertificateAuthority {
  return all.at(-1) ?? all[0];
}

/** Their certificates, as whoever is to trust all of them takes them: one PEM. */
export function bundle({ all }: AuthoritySet): string {
  return all.map(({ certificate }) => certificate).join('');
}

/** Throws `failed_precondition` when the secret is not the one that the keys were sealed with. */
export async function openAuthorities(value: unknown, secret: Buffer): Promise<AuthoritySet> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'etcd holds no valid set of CAs');
  const opened = await Promise.all(
    parsed.data.authorities.map(async ({ certificate, sealedKey }) => {
      const key = unseal(secret, sealedKey, certificate);
      if (key === undefined) {
        throw new CopaError('failed_precondition', 'the CA in etcd was sealed with another cluster secret');
      }
      return CertificateAuthority.fromPem(certificate, key);
    }),
  );
  return { all: opened as [CertificateAuthority, ...CertificateAuthority[]], value: parsed.data };
}

/** The value with which a COPA begins. */
export function firstValue(
  { authority, key }: { authority: CertificateAuthority; key: string },
  secret: Buffer,
  now: Date,
): AuthoritiesValue {
  return { authorities: [sealed(authority, key, secret)], changedAt: now.toISOString() };
}

/** The value that begins to replace the CA. Throws `failed_precondition` when one replacement is under way. */
export function rotatingValue(
  current: AuthoritySet,
  { authority, key }: { authority: CertificateAuthority; key: string },
  secret: Buffer,
  now: Date,
): AuthoritiesValue {
  if (isRotating(current)) {
    throw new CopaError(
      'failed_precondition',
      `the CA is being replaced since ${current.value.changedAt}: it has to be finished first ("copa ca rotate --finish")`,
    );
  }
  return {
    authorities: [...current.value.authorities, sealed(authority, key, secret)],
    changedAt: now.toISOString(),
  };
}

/** The value after which only the new CA counts. Throws `failed_precondition` when none is being replaced. */
export function finishedValue(current: AuthoritySet, now: Date): AuthoritiesValue {
  if (!isRotating(current)) {
    throw new CopaError('failed_precondition', 'the CA is not being replaced: "copa ca rotate" begins that');
  }
  return { authorities: current.value.authorities.slice(-1), changedAt: now.toISOString() };
}

function sealed(authority: CertificateAuthority, key: string, secret: Buffer) {
  return { certificate: authority.certificate, sealedKey: seal(secret, key, authority.certificate) };
}

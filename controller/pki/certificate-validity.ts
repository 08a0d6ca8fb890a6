/** When a certificate has to be replaced, and which certificates a revocation covers. Pure functions. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { issuedAtMs } from '../../common/pki/identity.js';
import { memoizeByObject } from '../../common/async/memoize.js';

const issuedSchema = z.object({ issuedAtMs: z.number(), validUntilMs: z.number(), issuer: z.string() });
const recordSchema = z.object({ issuedAtMs: z.number(), shown: issuedSchema.nullable() });
const revocationSchema = z.object({ issuedUntilMs: z.number() });

/** The known data of an issued certificate. */
export type Issued = z.infer<typeof issuedSchema>;

/** Per pool: when its last certificate was issued, and which certificate its host last had. */
export type CertificateRecord = z.infer<typeof recordSchema>;
export type RevocationValue = z.infer<typeof revocationSchema>;

interface Stored {
  readonly value: unknown;
}

/** Throws `internal` when the store's value is invalid. */
export function recordIn({ value }: Stored): CertificateRecord {
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store has an invalid record of a certificate');
  return parsed.data;
}

/** Throws `internal` when the store's value is invalid. */
export function revocationIn({ value }: Stored): RevocationValue {
  const parsed = revocationSchema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store has an invalid revocation');
  return parsed.data;
}

/**
 * Caches parsed CAs. Thousands of certificates are checked against the same few CAs, and parsing one costs as much as
 * the check.
 */
const publicKeyOf = memoizeByObject(
  (authority: { readonly certificate: string }) => new X509Certificate(authority.certificate).publicKey,
);

/** Certificates with their issuers' fingerprints, as PEM. The issuer is '' for a certificate of another CA. */
export function describeCertificate(
  certificate: string,
  authorities: readonly { readonly certificate: string; readonly fingerprint: string }[],
): Issued {
  const parsed = new X509Certificate(certificate);
  const issuer = authorities.find((each) => parsed.verify(publicKeyOf(each)));
  return {
    issuedAtMs: issuedAtMs(Date.parse(parsed.validFrom)),
    validUntilMs: Date.parse(parsed.validTo),
    issuer: issuer?.fingerprint ?? '',
  };
}

/** After two thirds of its life, which leaves a month of ninety days for hosts that are offline. */
export function renewalAtMs(issued: Issued, lifetimeMs: number): number {
  const lifeMs = Math.min(issued.validUntilMs - issued.issuedAtMs, lifetimeMs);
  return issued.issuedAtMs + (lifeMs * 2) / 3;
}

/**
 * The issue time of the next certificate: now, but after what was revoked. Certificates have a resolution of seconds.
 */
export function nextIssuedAtMs(revocation: RevocationValue | undefined, nowMs: number): number {
  const second = Math.floor(nowMs / 1000);
  const revoked = revocation ? Math.floor(revocation.issuedUntilMs / 1000) : -1;
  return Math.max(second, revoked + 1) * 1000;
}

/** A revocation of every certificate issued so far, also by a controller whose clock is ahead. */
export function revocationOf(
  issued: { readonly issuedAtMs: number } | undefined,
  earlier: RevocationValue | undefined,
  nowMs: number,
): RevocationValue {
  return { issuedUntilMs: Math.max(nowMs, issued?.issuedAtMs ?? 0, earlier?.issuedUntilMs ?? 0) };
}

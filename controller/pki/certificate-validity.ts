/** When a certificate has to be replaced, and which ones a revocation reaches; decisions alone. */
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { issuedAtMs } from '../../common/pki/identity.js';
import { memoizeByObject } from '../../common/async/memoize.js';

const issuedSchema = z.object({ issuedAtMs: z.number(), validUntilMs: z.number(), issuer: z.string() });
const recordSchema = z.object({ issuedAtMs: z.number(), shown: issuedSchema.nullable() });
const revocationSchema = z.object({ issuedUntilMs: z.number() });

/** What is known of a certificate that was issued. */
export type Issued = z.infer<typeof issuedSchema>;

/** Of a pool: when it was last issued a certificate, and the one that its host was last seen to have. */
export type CertificateRecord = z.infer<typeof recordSchema>;
export type RevocationValue = z.infer<typeof revocationSchema>;

/** Throws `internal` when the store holds something else. */
export function decodeRecord(value: unknown): CertificateRecord {
  const parsed = recordSchema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store holds no valid record of a certificate');
  return parsed.data;
}

/** Throws `internal` when the store holds something else. */
export function decodeRevocation(value: unknown): RevocationValue {
  const parsed = revocationSchema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store holds no valid revocation');
  return parsed.data;
}

/** A thousand certificates are looked at with the same few CAs, and reading one costs as much as the check. */
const publicKeyOf = memoizeByObject(
  (authority: { readonly certificate: string }) => new X509Certificate(authority.certificate).publicKey,
);

/** Certificates and their issuers' fingerprints, as PEM; a certificate of none of these has the issuer ''. */
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

/** Two thirds into its life, which leaves a month of ninety days for hosts that are away. */
export function renewalAtMs(issued: Issued, lifetimeMs: number): number {
  const lifeMs = Math.min(issued.validUntilMs - issued.issuedAtMs, lifetimeMs);
  return issued.issuedAtMs + (lifeMs * 2) / 3;
}

/**
 * From when on the next certificate counts as issued: now, but after what was revoked. Certificates tell
 * time in seconds.
 */
export function nextIssuedAtMs(revocation: RevocationValue | undefined, nowMs: number): number {
  const second = Math.floor(nowMs / 1000);
  const revoked = revocation ? Math.floor(revocation.issuedUntilMs / 1000) : -1;
  return Math.max(second, revoked + 1) * 1000;
}

/**
 * A revocation that reaches every certificate that was issued so far, also one whose controller's clock is
 * ahead of ours.
 */
export function revocationOf(
  issued: { readonly issuedAtMs: number } | undefined,
  earlier: RevocationValue | undefined,
  nowMs: number,
): RevocationValue {
  return { issuedUntilMs: Math.max(nowMs, issued?.issuedAtMs ?? 0, earlier?.issuedUntilMs ?? 0) };
}

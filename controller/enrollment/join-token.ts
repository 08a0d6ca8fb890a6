/** What is kept of a token to join with: of its secret only the hash, and what became of it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

const schema = z.object({
  id: z.string(),
  /** Of its secret's 256 random bits, in hexadecimal. */
  sha256: z.string(),
  pool: z.string().nullable(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
  /** Who joined with it: the pool, and the SHA-256 of the host's request. */
  used: z.object({ pool: z.string(), request: z.string(), at: z.iso.datetime() }).nullable(),
});

export type JoinTokenRecord = z.infer<typeof schema>;

/** Throws `internal` when the store holds something else. */
export function decodeJoinRecord(value: unknown): JoinTokenRecord {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store holds no valid token to join with');
  return parsed.data;
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Throws what is wrong with using a token: `permission_denied` for a wrong secret or pool,
 * `failed_precondition` when it has expired or was used, but for the same host that asks again because it did
 * not hear the answer.
 */
export function checkUse(
  record: JoinTokenRecord | undefined,
  { secret, pool, request }: { secret: string; pool: string; request: string },
  now: Date,
): void {
  // What is not known and what is wrong are one answer, and take the same time.
  const known = timingSafeEqual(
    Buffer.from(record?.sha256 ?? hashOf(''), 'hex'),
    Buffer.from(hashOf(secret), 'hex'),
  );
  if (!record || !known) {
    throw new CopaError(
      'permission_denied',
      'this token is not known here: it was changed, revoked, or made by another controller',
    );
  }
  if (record.used) {
    if (record.used.pool === pool && record.used.request === hashOf(request)) return;
    throw new CopaError(
      'failed_precondition',
      `this token was used already, by pool "${record.used.pool}" at ${record.used.at}: make another one`,
    );
  }
  if (Date.parse(record.expiresAt) <= now.getTime()) {
    throw new CopaError(
      'failed_precondition',
      `this token expired at ${record.expiresAt} (it is ${now.toISOString()} here): make another one`,
    );
  }
  if (record.pool !== null && record.pool !== pool) {
    throw new CopaError('permission_denied', `this token is for pool "${record.pool}", not for "${pool}"`);
  }
}

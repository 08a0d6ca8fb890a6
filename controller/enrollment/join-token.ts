/** The stored record of a join token: only the hash of its secret, and its use. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

const schema = z.object({
  id: z.string(),
  /** The SHA-256 of its secret of 256 random bits, in hexadecimal. */
  sha256: z.string(),
  pool: z.string().nullable(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
  /** The host that joined with it: the pool, and the SHA-256 of its request. */
  used: z.object({ pool: z.string(), request: z.string(), at: z.iso.datetime() }).nullable(),
});

export type JoinTokenRecord = z.infer<typeof schema>;

/** Throws `internal` when the store's value is invalid. */
export function decodeJoinRecord(value: unknown): JoinTokenRecord {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store has an invalid join token');
  return parsed.data;
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Throws when the token must not be used: `permission_denied` for a wrong secret or pool, `failed_precondition` when
 * it has expired or was used. A host may repeat its own request, because it may not have received the reply.
 */
export function checkUse(
  record: JoinTokenRecord | undefined,
  { secret, pool, request }: { secret: string; pool: string; request: string },
  now: Date,
): void {
  // Unknown and wrong tokens get the same reply in the same time.
  const known = timingSafeEqual(
    Buffer.from(record?.sha256 ?? hashOf(''), 'hex'),
    Buffer.from(hashOf(secret), 'hex'),
  );
  if (!record || !known) {
    throw new CopaError(
      'permission_denied',
      'this token is unknown here: it was changed, revoked, or made by another controller',
    );
  }
  if (record.used) {
    if (record.used.pool === pool && record.used.request === hashOf(request)) return;
    throw new CopaError(
      'failed_precondition',
      `this token was used already, by pool "${record.used.pool}" at ${record.used.at}: create another one`,
    );
  }
  if (Date.parse(record.expiresAt) <= now.getTime()) {
    throw new CopaError(
      'failed_precondition',
      `this token expired at ${record.expiresAt} (it is ${now.toISOString()} here): create another one`,
    );
  }
  if (record.pool !== null && record.pool !== pool) {
    throw new CopaError('permission_denied', `this token is for pool "${record.pool}", not for "${pool}"`);
  }
}

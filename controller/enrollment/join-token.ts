/** Whether a token to join with may be used, and by whom. Decisions alone. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { CopaError } from '../../common/errors.js';
import type { JoinTokenRecord } from '../model/join-token.js';

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Use {
  readonly secret: string;
  readonly pool: string;
  /** The host's certificate request. */
  readonly request: string;
}

/**
 * Throws what is wrong with using a token: `permission_denied` for a wrong secret or pool, `failed_precondition` when
 * it has expired or was used. The same host may use it again because the answer was lost, but only as long as nothing
 * else has happened to its pool since (`poolIsFromThisToken`): a pool that was removed does not come back by it.
 */
export function checkUse(
  record: JoinTokenRecord | undefined,
  { secret, pool, request }: Use,
  { now, poolIsFromThisToken }: { readonly now: Date; readonly poolIsFromThisToken: boolean },
): asserts record is JoinTokenRecord {
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
  const isSameHost = record.used?.pool === pool && record.used.request === hashOf(request);
  if (record.used && !(isSameHost && poolIsFromThisToken)) {
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

/** Whether a token to join with may be used, and by whom. Decisions alone. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { CopaError } from '../../common/errors.js';
import type { JoinTokenRecord } from '../model/join-token.js';

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Use {
  readonly secret: string;
  /** The name of the pool, or of the controller. */
  readonly name: string;
  /** What only the same machine can repeat: its certificate request, or its key. */
  readonly request: string;
}

interface Circumstances {
  readonly as: 'pool' | 'controller';
  readonly now: Date;
  /** Nothing else has happened to that pool or controller since. */
  readonly isFromThisToken: boolean;
}

/**
 * Throws what is wrong with using a token: `permission_denied` for a wrong secret or pool, `failed_precondition` when
 * it has expired or was used. The same machine may use it again because the answer was lost, but only as long as nothing
 * else has happened to its pool since (`isFromThisToken`): a pool that was removed does not come back by it.
 */
export function checkUse(
  record: JoinTokenRecord | undefined,
  { secret, name, request }: Use,
  { as, now, isFromThisToken }: Circumstances,
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
  const is = record.controller ? 'controller' : 'pool';
  if (is !== as) {
    const right = record.controller ? 'copa controller join' : 'copa agent join';
    const what = record.controller ? 'controller' : 'host';
    throw new CopaError('permission_denied', `this token is for a ${what}: use it with "${right}"`);
  }
  const isSame = record.used?.pool === name && record.used.request === hashOf(request);
  if (record.used && !(isSame && isFromThisToken)) {
    throw new CopaError(
      'failed_precondition',
      `this token was used already, by ${is} "${record.used.pool}" at ${record.used.at}: create another one`,
    );
  }
  if (Date.parse(record.expiresAt) <= now.getTime()) {
    throw new CopaError(
      'failed_precondition',
      `this token expired at ${record.expiresAt} (it is ${now.toISOString()} here): create another one`,
    );
  }
  if (record.pool !== null && record.pool !== name) {
    throw new CopaError('permission_denied', `this token is for pool "${record.pool}", not for "${name}"`);
  }
}

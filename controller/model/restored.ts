/** The mark of an etcd that was filled from a backup, until all pools of the backup have reported what was revoked since. */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

const schema = z.object({
  /** When the data was written; ISO 8601. */
  restoredAt: z.iso.datetime(),
  /** When the backup was made; ISO 8601. */
  madeAt: z.iso.datetime(),
  /** All of the backup is there. */
  isWhole: z.boolean(),
  /** The pools of the backup. */
  pools: z.array(z.string()),
  /** Those that have not reported yet. */
  waiting: z.array(z.string()),
  /** Pools that the hosts know and the backup does not. */
  found: z.array(z.object({ pool: z.string(), address: z.string() })),
});

export type Restored = z.infer<typeof schema>;

/** Throws `internal` when it is invalid. */
export function decodeRestored(value: unknown): Restored {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CopaError('internal', 'the store has an invalid mark of a restore');
}

/**
 * Whether enough hosts have reported what was revoked since the backup: more than half of the pools. A revocation goes to all hosts,
 * so each of them knows it unless it was down then. To remove pools whose hosts are gone lowers the number.
 */
export function isSettled({ pools, waiting }: Pick<Restored, 'pools' | 'waiting'>): boolean {
  return pools.length === 0 || waiting.length * 2 < pools.length;
}

/** A token to join with, as etcd keeps it: of its secret only the hash, and what became of it. */
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
  if (!parsed.success) throw new CopaError('internal', 'the store has an invalid join token');
  return parsed.data;
}

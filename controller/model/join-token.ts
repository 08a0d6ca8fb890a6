/** A token to join with, as etcd keeps it: of its secret only the hash, and what became of it. */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

const schema = z.object({
  id: z.string(),
  /** Of its secret's 256 random bits, in hexadecimal. */
  sha256: z.string(),
  /** For a controller, and no host. */
  controller: z.literal(true).optional(),
  pool: z.string().nullable(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
  /** Who joined with it: the pool or the controller, and the SHA-256 of its request. */
  used: z
    .object({
      pool: z.string(),
      request: z.string(),
      at: z.iso.datetime(),
      /** Of a controller. */
      address: z.string().optional(),
    })
    .nullable(),
});

export type JoinTokenRecord = z.infer<typeof schema>;

/** Throws `internal` when the store holds something else. */
export function decodeJoinRecord(value: unknown): JoinTokenRecord {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new CopaError('internal', 'the store has an invalid join token');
  return parsed.data;
}

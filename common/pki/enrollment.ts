/**
 * What a host and a controller say to each other before they trust each other: the token that is carried from
 * one to the other by hand, the one question and its answer.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../errors.js';

const tokenSchema = z.object({
  /** 16 hexadecimal digits, by which the controller knows the token. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** Where controllers take who joins: IP:PORT each. */
  addresses: z
    .array(z.string().regex(/^[0-9.]+:\d+$/))
    .min(1)
    .max(16),
  /** SHA-256 of the CA's certificate. */
  ca: z.string().regex(/^[0-9a-f]{64}$/),
  /** The one pool that it is good for. */
  pool: z.string().max(63).optional(),
});

export type JoinToken = z.infer<typeof tokenSchema>;

/** No token of ours is longer. */
const tokenCharactersMax = 2048;

/** One word, for a command line; its last part tells a copy that is not whole from one that is. */
export function encodeJoinToken(token: JoinToken): string {
  const text = Buffer.from(JSON.stringify(token)).toString('base64url');
  return `${text}.${sumOf(text)}`;
}

/** Throws `invalid_argument` when it is none, or not whole. */
export function decodeJoinToken(given: string): JoinToken {
  const refuse = () =>
    new CopaError(
      'invalid_argument',
      'this is no token that "copa token create" printed, or not all of it: copy it again',
    );
  const [text = '', sum = '', ...rest] = given.trim().split('.');
  if (given.length > tokenCharactersMax || rest.length > 0 || sum !== sumOf(text)) throw refuse();
  try {
    return tokenSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    throw refuse();
  }
}

export const joinRequestSchema = z.strictObject({
  id: tokenSchema.shape.id,
  secret: tokenSchema.shape.secret,
  /** The name that the pool is to have. */
  pool: z.string().max(63),
  /** Where the host's agent listens: IPv4, with a port when it is not the usual one. */
  address: z.string().max(21),
  /** PKCS #10, PEM. */
  request: z.string().max(2048),
});

export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const joinReplySchema = z.object({
  pool: z.string(),
  /** PEM. */
  certificate: z.string(),
  /** The CAs to check others by; PEM. */
  ca: z.string(),
});

export type JoinReply = z.infer<typeof joinReplySchema>;

/** A host's question whether its certificate still counts; not a secret, as it shows it to whoever connects. */
export const statusRequestSchema = z.strictObject({ certificate: z.string().max(8192) });

/**
 * What a controller thinks of a host's certificate. `old-ca`: the CA that issued it is being replaced, and the host
 * has no new one yet. `other-ca`: of none that counts, perhaps any more. `removed`: there is no such pool.
 */
export const certificateStatuses = ['good', 'old-ca', 'other-ca', 'revoked', 'removed'] as const;
export type CertificateStatus = (typeof certificateStatuses)[number];

export const statusReplySchema = z.object({ standing: z.enum(certificateStatuses) });
export type StatusReply = z.infer<typeof statusReplySchema>;

/** The longest question and answer. */
export const joinBytesMax = 16 * 1024;

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/**
 * The enrollment protocol between a host and a controller that do not trust each other yet: the token that an
 * operator copies from one to the other, the request and the reply.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../errors.js';

const tokenSchema = z.object({
  /** 16 hexadecimal digits that identify the token. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  secret: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** The controllers' enrollment addresses: IP:PORT each. */
  addresses: z
    .array(z.string().regex(/^[0-9.]+:\d+$/))
    .min(1)
    .max(16),
  /** SHA-256 of the CA's certificate. */
  ca: z.string().regex(/^[0-9a-f]{64}$/),
  /** The only pool for which the token is valid. */
  pool: z.string().max(63).optional(),
  /** For a controller, and no host. */
  controller: z.literal(true).optional(),
});

export type JoinToken = z.infer<typeof tokenSchema>;

/** Limit on a token's length. */
const tokenCharactersMax = 2048;

/** A token without spaces, for a command line. Its last part is a checksum that detects incomplete copies. */
export function encodeJoinToken(token: JoinToken): string {
  const text = Buffer.from(JSON.stringify(token)).toString('base64url');
  return `${text}.${sumOf(text)}`;
}

/** Throws `invalid_argument` when it is not a token, or is incomplete. */
export function decodeJoinToken(given: string): JoinToken {
  const refuse = () =>
    new CopaError(
      'invalid_argument',
      'this is not a token of "copa token create", or it is incomplete: copy it again',
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
  /** The name of the new pool. */
  pool: z.string().max(63),
  /** The address of the host's agent: IPv4, with a port if it is not the default. */
  address: z.string().max(21),
  /** PKCS #10, PEM. */
  request: z.string().max(2048),
});

export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const joinReplySchema = z.object({
  pool: z.string(),
  /** PEM. */
  certificate: z.string(),
  /** The trusted CAs; PEM. */
  ca: z.string(),
});

export type JoinReply = z.infer<typeof joinReplySchema>;

const sealedKeySchema = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);

export const controllerJoinRequestSchema = z.strictObject({
  id: tokenSchema.shape.id,
  secret: tokenSchema.shape.secret,
  /** The name of the new controller. */
  name: z.string().max(63),
  /** Where the other controllers reach its etcd: IPv4:PORT. */
  address: z.string().max(21),
  /** X25519; 32 bytes in base64. The reply is encrypted for it. */
  publicKey: sealedKeySchema,
});

export type ControllerJoinRequest = z.infer<typeof controllerJoinRequestSchema>;

export const controllerJoinReplySchema = z.object({
  /** The key of this reply alone; X25519, base64. */
  publicKey: sealedKeySchema,
  /** Everything that a controller has to have, encrypted. */
  sealed: z.string(),
});

export type ControllerJoinReply = z.infer<typeof controllerJoinReplySchema>;

/**
 * A host's request for the status of its certificate. It is not secret, because the host shows its certificate to
 * every peer.
 */
export const statusRequestSchema = z.strictObject({ certificate: z.string().max(8192) });

/**
 * The status of a host's certificate. `old-ca`: its CA is being replaced, and the host has no new certificate yet.
 * `other-ca`: its CA is not, or no longer, trusted. `removed`: the pool does not exist.
 */
export const certificateStatuses = ['good', 'old-ca', 'other-ca', 'revoked', 'removed'] as const;
export type CertificateStatus = (typeof certificateStatuses)[number];

export const statusReplySchema = z.object({ standing: z.enum(certificateStatuses) });
export type StatusReply = z.infer<typeof statusReplySchema>;

/** Limit on the length of the request and the reply. */
export const joinBytesMax = 16 * 1024;

function sumOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

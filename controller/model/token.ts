/**
 * A token. Its text is `copa_ID_SECRET`. The ID finds its record. The record contains only the SHA-256 of the
 * secret's 256 random bits. A plain hash is sufficient, because nobody can try 256 bits.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { shown } from '../../common/names.js';
import { accessRoles, type AccessRole } from './principal.js';

export interface Token {
  /** The unique name for people. */
  readonly name: string;
  /** The public part of its text: 16 hexadecimal digits. */
  readonly id: string;
  /** The SHA-256 of its secret, in hexadecimal. */
  readonly sha256: string;
  readonly role: AccessRole;
  /** The pools that it is restricted to; null: all. */
  readonly pools: readonly string[] | null;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The principal that created it. */
  readonly createdBy: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

const tokenSchema = z.object({
  name: z.string(),
  id: z.string(),
  sha256: z.string(),
  role: z.enum(accessRoles),
  pools: z.array(z.string()).nullable(),
  createdAt: z.iso.datetime(),
  createdBy: z.string(),
  expiresAt: z.iso.datetime(),
});

/** Parses a token from the store. Throws `internal` when it is invalid. */
export function decodeToken(value: unknown): Token {
  const parsed = tokenSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const name = (value as { name?: unknown } | null)?.name;
  throw new CopaError('internal', `the store has an invalid token under ${shown(name)}`);
}

/** Creates a token's text and its record. The text is shown once and never logged. */
export function drawToken(): { text: string; id: string; sha256: string } {
  const id = randomBytes(8).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  return { text: `copa_${id}_${secret}`, id, sha256: sha256Of(secret) };
}

/** The two parts of a token's text; undefined when it is not a token. */
export function parseToken(text: string): { id: string; secret: string } | undefined {
  const [, id, secret] = /^copa_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}

/** Compares in constant time. */
export function isSecretOf(token: Pick<Token, 'sha256'>, secret: string): boolean {
  return timingSafeEqual(Buffer.from(token.sha256, 'hex'), Buffer.from(sha256Of(secret), 'hex'));
}

export function hasExpired({ expiresAt }: Pick<Token, 'expiresAt'>, now: Date): boolean {
  return Date.parse(expiresAt) <= now.getTime();
}

function sha256Of(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

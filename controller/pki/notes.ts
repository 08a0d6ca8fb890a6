/**
 * Notes that hosts keep for the time after a restore. Each is encrypted and authenticated with the cluster secret, so a host
 * can neither read nor make one: it can only withhold it, and every other host has it as well.
 */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { seal, unseal } from './cluster-secret.js';

const contentSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pool revoked'), pool: z.string(), issuedUntilMs: z.number() }),
  z.object({ kind: z.literal('token revoked'), id: z.string(), untilMs: z.number() }),
  z.object({ kind: z.literal('pool added'), pool: z.string(), address: z.string(), addedAtMs: z.number() }),
]);

export type NoteContent = z.infer<typeof contentSchema>;

/** As in identity.proto. */
export interface Note {
  readonly key: string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly sealed: string;
}

export function makeNote(secret: Buffer, content: NoteContent, atMs: number, untilMs: number): Note {
  const subject = `${content.kind} ${content.kind === 'token revoked' ? content.id : content.pool}`;
  // Hosts do not learn the names of tokens and of other pools.
  const key = createHmac('sha256', secret).update(subject).digest('hex').slice(0, 32);
  return { key, atMs, untilMs, sealed: seal(secret, JSON.stringify(content), `note ${key}`) };
}

/** Undefined when it was not made with this secret. */
export function openNote(
  secret: Buffer,
  { key, sealed }: Pick<Note, 'key' | 'sealed'>,
): NoteContent | undefined {
  const text = unseal(secret, sealed, `note ${key}`);
  return text === undefined ? undefined : contentSchema.safeParse(JSON.parse(text)).data;
}

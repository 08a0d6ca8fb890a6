/**
 * What a migration is, as it stands in etcd: everything that must survive a crash, and nothing that must
 * not be there in the clear (no config of the container, no ticket, no secret of a daemon).
 */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

/** In the order of a move, then of the way back. A phase says what is already true; see machine.ts. */
export const phases = [
  'accepted',
  'claimed',
  'copied',
  'stopped',
  'synced',
  'verified',
  'started',
  'switched',
  'removed',
  'withdrawing',
  'reverting',
  'reverted',
  'done',
  'failed',
  'cancelled',
] as const;
export type Phase = (typeof phases)[number];

const passSchema = z.object({
  /** Counts all passes of the migration, from 1; also the end of the transfer's id. */
  number: z.number(),
  kind: z.enum(['running', 'final']),
  /** It sends the difference to a copy that was whole before. */
  refresh: z.boolean(),
  /** The container is frozen meanwhile, because passes without that have failed. */
  freeze: z.boolean(),
  /** ISO 8601. */
  startedAt: z.string(),
  endedAt: z.string().optional(),
  /** What went over the stream, in bytes. */
  bytes: z.number(),
  outcome: z.enum(['done', 'failed']).optional(),
  /** When it began by the source's clock, in milliseconds since 1970; unknown until it has ended. */
  sourceStartedAtMs: z.number().optional(),
});

const optionsSchema = z.object({
  /** How long the container may take to shut down cleanly. */
  stopTimeoutSeconds: z.number(),
  /** Kill it when it has not shut down in time. */
  force: z.boolean(),
  /** Move the running state by CRIU. */
  live: z.boolean(),
  /** Passes while the container runs, at most; 0: stop it first. */
  passesMax: z.number(),
  /** 0: as fast as it goes. */
  bytesPerSecondMax: z.number(),
  /** Let the source's daemon compress what it sends. */
  compress: z.boolean().default(false),
  /** Keep the source as a stopped container of this name; empty: remove it. */
  keepSourceAs: z.string(),
  /** How long it has to stay up on the destination before the source is removed. */
  settleSeconds: z.number().default(2),
});

const failureSchema = z.object({ code: z.string(), message: z.string() });

const recordSchema = z.object({
  id: z.string(),
  container: z.string(),
  source: z.string(),
  destination: z.string(),
  options: optionsSchema,
  phase: z.enum(phases),
  createdAt: z.string(),
  /** Of the request that ordered it: all logs about it carry this id, whichever controller runs it. */
  requestId: z.string().optional(),
  /** The controller whose runner holds the record, and that runner: a new one after each restart. */
  runner: z.object({ controller: z.string(), run: z.string() }),
  /** Of the last write: it tells whether a write whose reply was lost was carried out. */
  attempt: z.string().optional(),
  /** What the preflight found out. */
  plan: z.object({
    /** The stream goes straight, or through a controller. */
    via: z.enum(['direct', 'relay']),
    /** The container is copied while it runs; else it is stopped first, as no copy could be made exact. */
    precopy: z.boolean(),
    /** Each pass takes a snapshot, because both storages send differences between snapshots only. */
    helperSnapshots: z.boolean(),
    /** What the container occupies on the source, in bytes; 0 when nobody knows. */
    usedBytes: z.number(),
    /** Both storages talk to each other in their own format, and not by files. */
    ownFormat: z.boolean().optional(),
  }),
  /** What will be different at the destination, as the preflight knows it. */
  warnings: z.array(z.string()).optional(),
  /** It ran when it was claimed, so it has to run in the end. Known from `claimed` on. */
  wasRunning: z.boolean(),
  passes: z.array(passSchema),
  /** What the destination has; `suspect` while a pass is under way or has not ended well. */
  copy: z.enum(['none', 'whole', 'suspect']),
  history: z.array(z.object({ phase: z.enum(phases), at: z.string() })),
  /** Why it went back. */
  error: failureSchema.optional(),
  /** What the step under way failed by last; it is tried again. */
  waitingFor: failureSchema.optional(),
  /** The name under which a copy that did not stay up is kept on the destination. */
  keepCopyAs: z.string().optional(),
  /** Somebody asked to cancel it, and it was early enough. */
  cancelled: z.boolean(),
});

export type MigrationRecord = z.infer<typeof recordSchema>;
export type MigrationOptions = z.infer<typeof optionsSchema>;
export type Pass = z.infer<typeof passSchema>;

/** A record as it is read from the store. Throws `internal` when something else is there. */
export function decodeRecord(value: unknown): MigrationRecord {
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CopaError('internal', `the store holds no valid migration: ${z.prettifyError(parsed.error)}`);
}

export function hasEnded(phase: Phase): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'cancelled';
}

/** The record one phase further, with nothing to wait for yet. */
export function inPhase(record: MigrationRecord, phase: Phase, at: Date): MigrationRecord {
  const history = [...record.history, { phase, at: at.toISOString() }];
  return { ...record, phase, history, waitingFor: undefined };
}

/** The names (pool, container) that nothing else may use while the migration lasts. */
export function heldNames(
  record: Pick<MigrationRecord, 'container' | 'source' | 'destination' | 'options'>,
): (readonly [pool: string, container: string])[] {
  const { container, source, destination, options } = record;
  const kept = options.keepSourceAs ? [[source, options.keepSourceAs] as const] : [];
  return [[source, container], [destination, container], ...kept];
}

/** Says which migration holds a container, from the value of its busy key. */
export function busyMessage(container: string, value: unknown): string {
  const { migration, source, destination } = value as Record<string, string>;
  return `container "${container}" is being migrated from ${source} to ${destination} (migration ${migration})`;
}

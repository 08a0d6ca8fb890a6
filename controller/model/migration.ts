/**
 * A migration's record in etcd: everything that must survive a crash, and nothing secret (no container config, no
 * ticket, no secret of a daemon).
 */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import { mappingSchema } from './mapping.js';
import { slotsSchema } from './slots.js';

/** In the order of a move, then of going back. A phase states what is already true; see machine.ts. */
export const phases = [
  'accepted',
  'claimed',
  'copied',
  'stopped',
  'synced',
  'verified',
  'started',
  'switched',
  'released',
  'removed',
  'found',
  'withdrawing',
  'reverting',
  'reverted',
  'done',
  'failed',
  'cancelled',
] as const;
export type Phase = (typeof phases)[number];

export const checkOutcomes = ['passed', 'failed', 'skipped'] as const;

const passSchema = z.object({
  /** The number of the pass in the migration, from 1. It is also the end of the transfer's id. */
  number: z.number(),
  kind: z.enum(['running', 'final']),
  /** It sends the difference to a copy that was complete before. */
  refresh: z.boolean(),
  /** The container is frozen during the pass, because passes without freezing have failed. */
  freeze: z.boolean(),
  /** ISO 8601. */
  startedAt: z.string(),
  endedAt: z.string().optional(),
  /** The bytes on the stream. */
  bytes: z.number(),
  outcome: z.enum(['done', 'failed']).optional(),
  /** When it began, by the source's clock, in milliseconds since 1970; unknown until it has ended. */
  sourceStartedAtMs: z.number().optional(),
  /** What it asks of the source: rsync in the place of the storages' own format, if that is short, or for modes only. */
  rsync: z.enum(['short', 'modes']).optional(),
  /** It went by rsync. */
  byRsync: z.boolean().optional(),
});

const checkSchema = z.object({
  /** The text of common/container-check.ts. */
  target: z.string(),
  /** It has to pass within this time after settling. */
  timeoutMs: z.number(),
  /** What a failure leads to: it is only reported, or the move goes back. */
  onFailure: z.enum(['stay', 'back']),
});

const optionsSchema = z.object({
  /** How long the container may take to shut down cleanly. */
  stopTimeoutSeconds: z.number(),
  /** Kill it when it has not shut down in time. */
  force: z.boolean(),
  /** Move the running state by CRIU. */
  live: z.boolean(),
  /** Limit on the passes while the container runs; 0: stop it first. */
  passesMax: z.number(),
  /** 0: unlimited. */
  bytesPerSecondMax: z.number(),
  /** Let the source's daemon compress its data. */
  compress: z.boolean().default(false),
  /** Keep the source as a stopped container of this name; empty: delete it. */
  keepSourceAs: z.string(),
  /** How long it has to stay up on the destination before the source is removed. */
  settleSeconds: z.number().default(2),
  /** The name that it has on the destination; absent: the same. */
  newName: z.string().optional(),
  mapping: mappingSchema.optional(),
  /** It is stopped only if the predicted downtime is not longer; absent: no limit. */
  maxDowntimeMs: z.number().optional(),
  /** What it has to do on the destination after settling. */
  check: checkSchema.optional(),
  /** In the queue, the higher one goes first; absent: 0. */
  priority: z.number().optional(),
});

const expectedSchema = z.object({
  shutdownMs: z.number(),
  startMs: z.number(),
  /** Absent when the container was never moved while it ran. */
  lastPassMs: z.number().optional(),
  /** How many earlier moves this is from; 0: it is assumed. */
  samples: z.number(),
});
/** What earlier moves of a container say about the parts of its next downtime. */
export type Expected = z.infer<typeof expectedSchema>;

/** A custom storage volume of the container, by its names on the source. */
const volumeSchema = z.object({
  storagePool: z.string(),
  volume: z.string(),
  /** As they were at the last pass. */
  snapshots: z.array(z.string()),
  /** Passes while the container ran that its daemon could not make, because files came and went. */
  failures: z.number(),
  /** The last complete pass of it; absent: the destination has no complete copy. */
  copied: z
    .object({
      pass: z.number(),
      refresh: z.boolean(),
      /** The snapshots that were sent with it. A refresh sends none. */
      snapshots: z.array(z.string()),
      /** When it began, by the source's clock, in milliseconds since 1970; 0 when unknown. */
      sourceStartedAtMs: z.number(),
    })
    .optional(),
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
  /** The id of the request that started it. All logs about the migration have it, whichever controller runs it. */
  requestId: z.string().optional(),
  /** The policy that ordered it, and its decision. */
  policy: z.object({ name: z.string(), decision: z.string() }).optional(),
  /** The controller and the process whose runner has the record. The process id changes with each restart. */
  runner: z.object({ controller: z.string(), run: z.string() }),
  /** The id of the last write. It shows whether a write whose reply was lost was executed. */
  attempt: z.string().optional(),
  /** The results of the preflight. */
  plan: z.object({
    /** The route of the stream: direct, or through a controller. */
    via: z.enum(['direct', 'relay']),
    /**
     * The container is copied while it runs. Otherwise it is stopped first, because such a copy could not be made
     * exact.
     */
    precopy: z.boolean(),
    /** Each pass takes a snapshot, because both storages send only differences between snapshots. */
    helperSnapshots: z.boolean(),
    /** The size of the container on the source, in bytes; 0 when unknown. */
    usedBytes: z.number(),
    /** Both storages transfer in their own format, not by files. */
    ownFormat: z.boolean().optional(),
    /** They can also transfer by files, exactly. */
    rsyncToo: z.boolean().optional(),
    /** How each volume is copied; its names are those on the source. */
    volumes: z
      .array(
        z.object({
          storagePool: z.string(),
          volume: z.string(),
          /** While the container runs, too. */
          running: z.boolean(),
          /** By rsync, not in the storage's own format. */
          byFiles: z.boolean(),
        }),
      )
      .optional(),
  }),
  /** Known differences at the destination. */
  warnings: z.array(z.string()).optional(),
  /** What earlier moves say about its downtime, as it was known when it began. */
  expected: expectedSchema.optional(),
  /** It ran when it was claimed, so it has to run at the end. Known from `claimed` on. */
  wasRunning: z.boolean(),
  /** How long it had been running on the destination when `started` was entered, because it is checked meanwhile. */
  upMs: z.number().optional(),
  passes: z.array(passSchema),
  /** The volumes that the container had at the last pass; absent: none. */
  volumes: z.array(volumeSchema).optional(),
  /** The state of the destination's copy. `suspect` during a pass and after a failed one. */
  copy: z.enum(['none', 'whole', 'suspect']),
  history: z.array(z.object({ phase: z.enum(phases), at: z.string() })),
  /** Why it went back. */
  error: failureSchema.optional(),
  /** The last error of the current step, which is retried. */
  waitingFor: failureSchema.optional(),
  /** Since when it has been failing in this phase, ISO 8601. */
  waitingSince: z.string().optional(),
  /** Fences count from here: an etcd that lost its data begins with revisions that hosts have seen long ago. */
  fenceBase: z.number().optional(),
  /** What it has of both hosts' slots; absent while it waits for them, and when it needs none any more. */
  slots: slotsSchema.optional(),
  /** Since when it could be cut over and waits for its turn, ISO 8601. */
  readyAt: z.string().optional(),
  /** Which copy a person has decided for, and in which phase that was. */
  resolved: z.object({ keep: z.enum(['source', 'destination']), phase: z.enum(phases) }).optional(),
  /** The copy of a host that was given up, and what is to become of it when that host is back. */
  leftBehind: z
    .object({ on: z.enum(['source', 'destination']), fate: z.enum(['removed', 'kept', 'restored']) })
    .optional(),
  /** The name under which a copy that did not stay up is kept on the destination. */
  keepCopyAs: z.string().optional(),
  /** The source is kept under this name, although that was not ordered, because it has what the copy lacks. */
  keepSourceAs: z.string().optional(),
  /** Of the source's settings, as the destination was given them last. */
  settingsDigest: z.string().optional(),
  /** The result of the check; `skipped` when the container did not run. */
  checked: z.object({ outcome: z.enum(checkOutcomes), message: z.string() }).optional(),
  /** A cancellation was requested in time. */
  cancelled: z.boolean(),
  /** The pool whose evacuation it belongs to. */
  evacuation: z.string().optional(),
});

export type MigrationRecord = z.infer<typeof recordSchema>;
export type MigrationOptions = z.infer<typeof optionsSchema>;
export type Pass = z.infer<typeof passSchema>;
export type MovingVolume = z.infer<typeof volumeSchema>;

/** Parses a record from the store. Throws `internal` when it is invalid. */
export function decodeRecord(value: unknown): MigrationRecord {
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CopaError('internal', `the store has an invalid migration: ${z.prettifyError(parsed.error)}`);
}

export function hasEnded(phase: Phase): boolean {
  return phase === 'done' || phase === 'failed' || phase === 'cancelled';
}

/** The record in its next phase, without an error. */
export function inPhase(record: MigrationRecord, phase: Phase, at: Date): MigrationRecord {
  const history = [...record.history, { phase, at: at.toISOString() }];
  return { ...record, phase, history, waitingFor: undefined, waitingSince: undefined };
}

/** The name under which a copy is kept that ran, and did not stay up or failed its check. */
export function failedName({ id }: Pick<MigrationRecord, 'id'>, name: string): string {
  return `${name.slice(0, 40)}-failed-${id.slice(0, 8)}`;
}

/** The name under which a copy is kept that lost by a person's decision. */
export function keptName({ container, id }: Pick<MigrationRecord, 'container' | 'id'>): string {
  return `${container.slice(0, 40)}-kept-${id.slice(0, 8)}`;
}

/** The names (pool, container) that nothing else may use during the migration. */
export function heldNames(
  record: Pick<MigrationRecord, 'container' | 'source' | 'destination' | 'options'>,
): (readonly [pool: string, container: string])[] {
  const { container, source, destination, options } = record;
  const kept = options.keepSourceAs ? [[source, options.keepSourceAs] as const] : [];
  return [[source, container], [destination, destinationName({ container, options })], ...kept];
}

/** What the container is called on its destination. */
export function destinationName({
  container,
  options,
}: Pick<MigrationRecord, 'container' | 'options'>): string {
  return options.newName ?? container;
}

/** The value of a busy key. */
export interface Busy {
  readonly migration: string;
  readonly source: string;
  readonly destination: string;
  /** The container has moved, and what is held is the name of the old copy, until that is removed. */
  readonly isOldCopy?: boolean;
}

/** Which migration holds a container, from the value of its busy key. */
export function busyMessage(container: string, value: unknown): string {
  const { migration, source, destination, isOldCopy } = (value ?? {}) as Partial<Busy>;
  if (isOldCopy) {
    return `container "${container}" has moved from ${source} to ${destination}, and migration ${migration} still has to remove the old copy on ${source}: wait until it has ended`;
  }
  return `container "${container}" is being migrated from ${source} to ${destination} (migration ${migration})`;
}

/** Says which migration still needs a pool, from the value of its key there. */
export function useMessage(value: unknown): string {
  const { migration, source, destination } = (value ?? {}) as Partial<Busy>;
  return `migration ${migration} from ${source} to ${destination} has not ended`;
}

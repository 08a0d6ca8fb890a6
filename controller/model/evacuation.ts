/**
 * The record of an evacuation in etcd, one for each pool: what becomes of each container, the moves that do it, and what
 * has to be undone by the return. It stays until the pool is evacuated again or removed.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';
import type { Scheduling } from './scheduling.js';

/** `incomplete`: it has ended, and not everything has left, or come back. */
export const evacuationPhases = ['evacuating', 'evacuated', 'incomplete', 'restoring', 'restored'] as const;
export type EvacuationPhase = (typeof evacuationPhases)[number];

export const evacuationActions = ['migrate', 'stop', 'skip'] as const;
export type EvacuationAction = (typeof evacuationActions)[number];

/** A state of one container says what is true, or what was begun. */
export const itemStates = [
  'waiting',
  'moving',
  'moved',
  'stopping',
  'stopped',
  'skipped',
  'left',
  'returning',
  'starting',
  'returned',
  'untouched',
] as const;
export type ItemState = (typeof itemStates)[number];

const itemSchema = z.object({
  container: z.string(),
  /** Its `volatile.uuid`: it stays the same over moves and renames. Empty when the daemon gives none. */
  uuid: z.string(),
  /** It ran when the evacuation began. */
  wasRunning: z.boolean(),
  action: z.enum(evacuationActions),
  state: z.enum(itemStates),
  /** Where it goes, or is; only of one that is moved. */
  destination: z.string().optional(),
  /** Why it goes there. */
  reason: z.string().optional(),
  /** What it needs there, in bytes. */
  need: z.object({ memory: z.number(), disk: z.number() }),
  /** The present move, or the last one. */
  migration: z.string().optional(),
  /** The evacuation has stopped it on its pool. */
  parked: z.boolean().optional(),
  /** Failed attempts of the present step. */
  failures: z.number(),
  /** Pools that turned out to be impossible. */
  avoided: z.array(z.string()).optional(),
  /** The next attempt is not before this time, ISO 8601. */
  notBefore: z.string().optional(),
  /** Why it was left or not touched, or the error of the last attempt. */
  message: z.string().optional(),
});
export type EvacuationItem = z.infer<typeof itemSchema>;

const recordSchema = z.object({
  pool: z.string(),
  /** 16 hexadecimal digits; agents know it as the one who orders stops. */
  id: z.string(),
  phase: z.enum(evacuationPhases),
  /** As it was ordered: `@any`, `@GROUP` or a pool. */
  target: z.string(),
  /** The pools that the requester may use; absent: all. */
  reach: z.array(z.string()).optional(),
  startedAt: z.string(),
  /** Of the present phase. */
  phaseAt: z.string(),
  /** What has not left by then is left, ISO 8601. */
  deadline: z.string().optional(),
  stopAtDeadline: z.boolean(),
  deadlinePassed: z.boolean(),
  cancelled: z.boolean(),
  requestId: z.string(),
  runner: z.object({ controller: z.string(), run: z.string() }),
  /** The id of the last write. It shows whether a write whose reply was lost was executed. */
  attempt: z.string(),
  /** Of the request that began this phase. It shows whether a request whose reply was lost was executed. */
  order: z.string().optional(),
  items: z.array(itemSchema),
  /** How often containers were found that the plan did not know. */
  rounds: z.number(),
  /** Why it is incomplete. */
  message: z.string().optional(),
  /** Fences count from here: after a restore, etcd begins with revisions that hosts have seen long ago. */
  fenceBase: z.number().optional(),
});
export type Evacuation = z.infer<typeof recordSchema>;

/** A record with its items as base64 of a compressed JSON list. */
const packedSchema = z.object({ packedItems: z.string() });

/** From so many items on they are compressed. With fewer, the record can be read as it is in etcd. */
const plainItemsMax = 500;

/**
 * So large may a record be when it begins, in bytes. etcd accepts requests of 1.5 MiB, and the record grows by the moves of
 * its items.
 */
const recordBytesMax = 1_100_000;

/** As the store has it: a request to etcd has a limit, and a pool may have thousands of containers. */
export function encodeEvacuation(record: Evacuation): object {
  if (record.items.length <= plainItemsMax) return record;
  const { items, ...others } = record;
  return { ...others, packedItems: deflateSync(JSON.stringify(items)).toString('base64') };
}

/** Throws `failed_precondition` when a record that is to begin has more containers than etcd accepts. */
export function checkFits(record: Evacuation): void {
  if (JSON.stringify(encodeEvacuation(record)).length <= recordBytesMax) return;
  throw new CopaError(
    'failed_precondition',
    `pool "${record.pool}" cannot be evacuated at once: the record of its ${record.items.length} containers is too large for etcd. Move some of them first ("copa move")`,
  );
}

/** Parses a record from the store. Throws `internal` when it is invalid. */
export function decodeEvacuation(value: unknown): Evacuation {
  const packed = packedSchema.safeParse(value);
  const whole = packed.success ? { ...(value as object), items: unpacked(packed.data.packedItems) } : value;
  const parsed = recordSchema.safeParse(whole);
  if (parsed.success) return parsed.data;
  throw new CopaError('internal', `the store has an invalid evacuation: ${z.prettifyError(parsed.error)}`);
}

/** Undefined for what was never packed. */
function unpacked(text: string): unknown {
  try {
    return JSON.parse(inflateSync(Buffer.from(text, 'base64')).toString());
  } catch {
    return undefined;
  }
}

export function isRunning({ phase }: Pick<Evacuation, 'phase'>): boolean {
  return phase === 'evacuating' || phase === 'restoring';
}

/** The state of the pool in each phase. */
export const schedulingIn: Readonly<Record<EvacuationPhase, Scheduling>> = {
  evacuating: 'evacuating',
  evacuated: 'evacuated',
  incomplete: 'cordoned',
  restoring: 'restoring',
  restored: 'active',
};

/** It has left, or was stopped, and the return is to undo that. */
export function isAway({ state }: Pick<EvacuationItem, 'state'>): boolean {
  return state === 'moved' || state === 'stopped' || state === 'returning' || state === 'starting';
}

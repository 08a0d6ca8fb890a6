/**
 * The metrics of a migration's saved steps. The runner whose save succeeds counts the step, so each step is counted
 * once.
 */
import {
  downtimeErrors,
  migrationBytes,
  migrationChecks,
  migrationDowntimes,
  migrationDurations,
  migrationPhases,
  migrationsEnded,
} from '../observability/metrics.js';
import { predictionOf } from './downtime.js';
import { downtimeOf } from './measured-downtime.js';
import { verdictOf } from './machine.js';
import { hasEnded, type MigrationRecord, type Phase } from '../model/migration.js';

/** The difference between two saved states of one migration. */
interface Advance {
  /** The bytes of the passes that ended in between. */
  readonly bytes: number;
  readonly left?: { readonly phase: Phase; readonly seconds: number };
  readonly ended?: {
    readonly outcome: Phase;
    readonly seconds: number;
    /** Only for a container that ran when it was moved. */
    readonly downtimeSeconds: number | null;
    /** Between the downtime and its prediction, where there was one. */
    readonly errorSeconds?: number;
  };
}

export function advanceOf(before: MigrationRecord, after: MigrationRecord): Advance {
  const bytes = bytesOf(after) - bytesOf(before);
  if (before.phase === after.phase) return { bytes };
  const now = timeOf(after);
  const left = { phase: before.phase, seconds: (now - timeOf(before)) / 1000 };
  if (!hasEnded(after.phase)) return { bytes, left };
  const predictedMs = predictionOf(after)?.totalMs;
  const downtimeMs = verdictOf(after.phase) === 'moved' ? downtimeOf(after).downtime_ms : null;
  return {
    bytes,
    left,
    ended: {
      outcome: after.phase,
      seconds: (now - Date.parse(after.createdAt)) / 1000,
      downtimeSeconds: downtimeMs === null ? null : downtimeMs / 1000,
      ...(downtimeMs === null || predictedMs === undefined
        ? {}
        : { errorSeconds: Math.abs(downtimeMs - predictedMs) / 1000 }),
    },
  };
}

export function measureAdvance(before: MigrationRecord, after: MigrationRecord): void {
  const { bytes, left, ended } = advanceOf(before, after);
  if (!before.checked && after.checked) migrationChecks.inc({ outcome: after.checked.outcome });
  migrationBytes.inc(bytes);
  if (left) migrationPhases.observe({ phase: left.phase }, left.seconds);
  if (!ended) return;
  const { outcome, seconds, downtimeSeconds, errorSeconds } = ended;
  migrationsEnded.inc({ outcome });
  migrationDurations.observe({ outcome }, seconds);
  if (downtimeSeconds !== null) migrationDowntimes.observe(downtimeSeconds);
  if (errorSeconds !== undefined) downtimeErrors.observe(errorSeconds);
}

function bytesOf({ passes }: MigrationRecord): number {
  return passes.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** When its current phase began. */
function timeOf({ history, createdAt }: MigrationRecord): number {
  return Date.parse(history.at(-1)?.at ?? createdAt);
}

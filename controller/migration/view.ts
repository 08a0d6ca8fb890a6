/** The REST representation of a migration, derived from its record. */
import type { MigrationView, PredictionView } from '../model/migration-view.js';
import type { Turn } from './turns.js';
import { passTimes } from './precopy-rounds.js';
import { choicesOf } from './resolution.js';
import { predictionOf, type Prediction } from './downtime.js';
import { downtimeOf } from './measured-downtime.js';
import { phaseFields } from './stages.js';
import { formatNames, noMapping } from '../model/mapping.js';
import { hasEnded, type MigrationRecord } from '../model/migration.js';

/** The pass in progress, known only to the controller that runs the migration. */
export interface LiveProgress {
  readonly bytes: number;
  /** Bytes per second, averaged over the last seconds. */
  readonly rate: number;
}

export function viewOf(
  record: MigrationRecord,
  progress: LiveProgress | undefined,
  now: Date,
  turn?: Turn,
): MigrationView {
  const { passes, history, phase, plan } = record;
  const current = passes.at(-1);
  const copying = phase === 'claimed' || phase === 'stopped';
  const moving = copying && current?.outcome === undefined ? current : undefined;
  const bytesNow = moving ? (progress?.bytes ?? 0) : 0;
  return {
    id: record.id,
    container: record.container,
    new_name: record.options.newName ?? null,
    source: record.source,
    destination: record.destination,
    phase,
    state: hasEnded(phase) ? (phase as 'done' | 'failed' | 'cancelled') : 'running',
    ...phaseFields(phase),
    ...(isCopyingOnce(record) ? { description: 'copying' } : {}),
    ...(turn && !turn.slots ? { description: 'waiting for its turn' } : {}),
    via: plan.via,
    live: record.options.live,
    ...mappingFields(record),
    precopy: plan.precopy && record.options.passesMax > 0 && !record.options.live,
    passes: passes.map((pass) => ({
      number: pass.number,
      kind: pass.kind,
      bytes: pass === moving ? bytesNow : pass.bytes,
      ms: Date.parse(pass.endedAt ?? now.toISOString()) - Date.parse(pass.startedAt),
      outcome: pass.outcome ?? (pass === moving ? 'running' : 'lost'),
    })),
    bytes: passes.reduce((sum, { bytes }) => sum + bytes, bytesNow),
    rate_bytes_per_second: moving && progress ? Math.round(progress.rate) : null,
    estimated_seconds_left: moving && progress ? secondsLeft(record, moving.refresh, progress) : null,
    ...downtimeOf(record),
    volumes: volumesOf(record),
    max_downtime_ms: record.options.maxDowntimeMs ?? null,
    predicted_downtime: predictionView(predictionOf(record)),
    check: checkView(record),
    started_at: record.createdAt,
    ended_at: hasEnded(phase) ? (history.at(-1)?.at ?? null) : null,
    history,
    warnings: record.warnings ?? [],
    error: record.error?.message ?? null,
    policy: record.policy ?? null,
    evacuation: record.evacuation ?? null,
    priority: record.options.priority ?? 0,
    ...waitOf(record, turn && !turn.slots ? queueOf(turn, now) : null),
  };
}

function volumesOf({ volumes = [] }: MigrationRecord): MigrationView['volumes'] {
  return volumes.map(({ storagePool, volume, copied }) => {
    return { storage_pool: storagePool, name: volume, copied: copied !== undefined };
  });
}

function checkView({ options, checked }: MigrationRecord): MigrationView['check'] {
  if (!options.check) return null;
  const { target, timeoutMs, onFailure } = options.check;
  return {
    target,
    timeout_ms: timeoutMs,
    on_failure: onFailure,
    outcome: checked?.outcome ?? null,
    message: checked?.message ?? null,
  };
}

function queueOf({ kind, place, full, sinceMs }: Turn, now: Date): NonNullable<MigrationView['queue']> {
  const since = new Date(Math.min(sinceMs, now.getTime())).toISOString();
  return { for: kind, place, pools: [...full], since };
}

/** Of a migration that waits for its turn. */
function turnText({ for: kind, place, pools }: NonNullable<MigrationView['queue']>): string {
  const what = kind === 'copy' ? 'to be copied' : 'to be cut over';
  return `its turn ${what}: place ${place} in the queue of ${pools.join(' and ')}`;
}

function waitOf(
  record: MigrationRecord,
  queue: MigrationView['queue'],
): Pick<MigrationView, 'queue' | 'waiting_for' | 'waiting_since' | 'resolve_command' | 'choices'> {
  const { id, waitingFor, waitingSince } = record;
  const choices = choicesOf(record);
  const [first] = choices;
  return {
    queue,
    waiting_for: waitingFor?.message ?? (queue && turnText(queue)),
    waiting_since: waitingFor ? (waitingSince ?? record.history.at(-1)?.at ?? null) : (queue?.since ?? null),
    resolve_command: first ? `copa migration resolve ${id} --keep ${first.keep}` : null,
    choices,
  };
}

function mappingFields({ options }: MigrationRecord) {
  const { storage, network, nics, profiles } = options.mapping ?? noMapping;
  return {
    destination_storage: storage || null,
    destination_network: formatNames(nics) || network || null,
    profiles: profiles ?? null,
  };
}

/** A container that is stopped first, or was stopped already, is copied only in the final pass. */
function isCopyingOnce({ phase, passes }: MigrationRecord): boolean {
  return phase === 'stopped' && !passes.some(({ kind }) => kind === 'running');
}

/**
 * The estimated remaining time at the measured rate. For a first pass, the container's size is known. For a refresh,
 * only the sizes of earlier passes are known, which is too inaccurate, so there is no estimate.
 */
function secondsLeft(
  record: MigrationRecord,
  refresh: boolean,
  { bytes, rate }: LiveProgress,
): number | null {
  const total = refresh ? 0 : record.plan.usedBytes;
  if (total === 0 || rate <= 0 || passTimes(record.passes).length > 0) return null;
  return Math.round(Math.max(0, total - bytes) / rate);
}

/** The prediction in the words of the REST API. */
export function predictionView(prediction: Prediction | undefined): PredictionView | null {
  if (!prediction) return null;
  const { shutdownMs, lastPassMs, startMs, totalMs, samples } = prediction;
  return {
    shutdown_ms: shutdownMs,
    last_pass_ms: lastPassMs ?? null,
    start_ms: startMs,
    total_ms: totalMs ?? null,
    samples,
  };
}

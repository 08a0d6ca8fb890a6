/** The downtime of moves that are decided, and what they say about the next one of the same container. */
import type { Expected, MigrationRecord, Phase } from '../model/migration.js';
import type { MigrationView } from '../model/migration-view.js';
import { assumed } from './downtime.js';
import { verdictOf } from './machine.js';

/** So many earlier moves count. The slowest of them is used, because a promise should hold. */
const samplesMax = 5;

/** What earlier moves of a container say about its next one. The records may be those of all containers. */
export function expectedOf(container: string, records: readonly MigrationRecord[]): Expected {
  const seen = records
    .filter((record) => record.container === container || record.options.newName === container)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
    .flatMap((record) => downtimeOf(record).downtime ?? [])
    .slice(0, samplesMax);
  if (seen.length === 0) return assumed;
  const slowest = (part: keyof (typeof seen)[number]) => Math.max(...seen.map((each) => each[part]));
  return {
    shutdownMs: slowest('shutdown_ms'),
    lastPassMs: slowest('last_pass_ms'),
    startMs: slowest('start_ms'),
    samples: seen.length,
  };
}

/** The downtime of a move that has ended, or is decided. */
export function downtimeOf(record: MigrationRecord): Pick<MigrationView, 'downtime_ms' | 'downtime'> {
  const at = (phase: Phase) => {
    const entry = record.history.findLast((each) => each.phase === phase);
    return entry && Date.parse(entry.at);
  };
  const [asked, stopped, synced, verified] = [at('copied'), at('stopped'), at('synced'), at('verified')];
  const isMoved = verdictOf(record.phase) === 'moved';
  const started = at('started');
  const up = isMoved ? (started ? started - (record.upMs ?? 0) : at('switched')) : at('reverted');
  if (!record.wasRunning || asked === undefined || up === undefined)
    return { downtime_ms: null, downtime: null };
  if (!isMoved || !stopped || !synced || !verified) {
    return { downtime_ms: stopped === undefined ? null : up - asked, downtime: null };
  }
  return {
    downtime_ms: up - asked,
    downtime: {
      shutdown_ms: stopped - asked,
      last_pass_ms: verified - stopped,
      start_ms: up - verified,
    },
  };
}

/**
 * A migration whose record is lost: the marks on its two hosts are all that is known of it. Pure decisions; the record
 * that is made anew goes its way through the machine like any other, so one copy is freed first, and the other one is
 * dealt with only when that has been seen.
 */
import type { CopyState__Output } from '../../proto/gen/copa/agent/v1/CopyState.js';
import { inPhase, keptName, type MigrationRecord, type Phase } from '../model/migration.js';

/** What a host says of its copy. */
export type Side = Pick<
  CopyState__Output,
  'exists' | 'role' | 'status' | 'held' | 'hasRun' | 'shutDown' | 'activated' | 'released'
>;

export type Verdict =
  | { readonly keep: 'source' | 'destination'; readonly why: string }
  /** Only a person can decide. */
  | { readonly undecided: string };

/**
 * Which copy is the container. At most one has run since the source was shut down, so one that runs is it. A copy gets
 * its own settings back only when it was complete and about to start, so from then on it has all that the source has.
 */
export function decideOrphan(source: Side, destination: Side): Verdict {
  const isSource = source.role === 'source';
  const isCopy = destination.role === 'destination';
  const [sourceRuns, copyRuns] = [isSource && runs(source), isCopy && runs(destination)];
  if (sourceRuns && copyRuns) return { undecided: 'both copies run: stop one of them' };
  if (sourceRuns) return { keep: 'source', why: 'it runs on the source' };
  if (copyRuns) return { keep: 'destination', why: 'it runs on the destination' };
  if (destination.released) return { keep: 'destination', why: 'it had moved' };
  if (source.released) return { keep: 'source', why: 'it had gone back' };
  if (isCopy && (destination.activated || (destination.hasRun && !destination.held))) {
    return { keep: 'destination', why: 'its copy was complete and had been started' };
  }
  if (isCopy && !isSource) {
    return { undecided: 'the source has no such container, and nobody knows whether the copy is complete' };
  }
  return { keep: 'source', why: isCopy ? 'its copy was not started yet' : 'the destination has no copy' };
}

const runs = ({ exists, status }: Side) => exists && status !== 'Stopped';

/** Where the record goes on, and what it has to know there. */
export function orphanContinues(
  record: MigrationRecord,
  source: Side,
  destination: Side,
  keep: 'source' | 'destination',
): { readonly phase: Phase; readonly change: Partial<MigrationRecord> } {
  const hasCopy = destination.role === 'destination';
  const mayHaveRun = hasCopy && (destination.activated || destination.hasRun || !destination.held);
  const keptCopy = mayHaveRun ? { keepCopyAs: keptName(record) } : {};
  if (keep === 'source') {
    const wasRunning = source.shutDown || runs(source);
    return {
      phase: 'reverting',
      change: { wasRunning, copy: hasCopy ? 'suspect' : 'none', ...keptCopy },
    };
  }
  const change = {
    wasRunning: source.shutDown || destination.hasRun || runs(destination),
    copy: 'whole',
    options: { ...record.options, keepSourceAs: keptName(record) },
    ...keptCopy,
  } as const;
  if (!hasCopy) return { phase: 'released', change };
  return { phase: runs(destination) ? 'started' : 'verified', change };
}

export interface Orphan {
  readonly id: string;
  readonly container: string;
  /** Its name on the destination, if that is another one. */
  readonly newName?: string;
  /** Empty where no mark names it. */
  readonly source: string;
  readonly destination: string;
  /** The highest one that any host has seen. */
  readonly fence: number;
}

/** The record as it is made anew: nothing is known but the names. */
export function orphanRecord(
  { id, container, newName, source, destination, fence }: Orphan,
  runner: MigrationRecord['runner'],
  now: Date,
): MigrationRecord {
  return inPhase(
    {
      id,
      container,
      source,
      destination,
      runner,
      options: {
        stopTimeoutSeconds: 30,
        force: false,
        live: false,
        passesMax: 0,
        bytesPerSecondMax: 0,
        compress: false,
        keepSourceAs: '',
        settleSeconds: 2,
        ...(newName === undefined ? {} : { newName }),
      },
      phase: 'found',
      createdAt: now.toISOString(),
      requestId: id,
      plan: { via: 'direct', precopy: false, helperSnapshots: false, usedBytes: 0 },
      wasRunning: false,
      passes: [],
      copy: 'suspect',
      history: [],
      fenceBase: fence,
      error: { code: 'aborted', message: 'the record of the migration was lost' },
      cancelled: false,
    },
    'found',
    now,
  );
}

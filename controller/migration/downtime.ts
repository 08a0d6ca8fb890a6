/**
 * The downtime of a move if the container were stopped now, and what follows from it. The prediction uses earlier moves of
 * the same container for its shutdown and its start, and the passes of this move for the last pass.
 */
import type { Expected, MigrationRecord } from '../model/migration.js';
import { anotherRound, passTimes, totalMsMax, type PassTime } from './precopy-rounds.js';

/** Used for a container that was never moved while it ran. */
export const assumed: Expected = { shutdownMs: 1_000, startMs: 500, samples: 0 };

export interface Prediction extends Expected {
  /** Undefined while nothing is known of it. */
  readonly lastPassMs?: number | undefined;
  readonly totalMs?: number | undefined;
}

/** The downtime if the container were stopped after these passes. */
export function predict(expected: Expected, passes: readonly PassTime[]): Prediction {
  const lastPassMs = predictedPassMs(passes) ?? (passes.length === 0 ? expected.lastPassMs : undefined);
  const { shutdownMs, startMs } = expected;
  const totalMs = lastPassMs === undefined ? undefined : shutdownMs + lastPassMs + startMs;
  return { ...expected, lastPassMs, totalMs };
}

/**
 * How long the next pass will take. It sends what changes during the last one, at the rate of that change during the pass
 * before. Its overhead does not depend on the bytes. Undefined before the first refresh: nobody knows how much changes.
 */
export function predictedPassMs(passes: readonly PassTime[]): number | undefined {
  const [first, previous, last] = [passes[0], passes.at(-2), passes.at(-1)];
  if (!first || !previous || !last) return undefined;
  const bytesPerMs = Math.max(first.bytes / Math.max(1, first.ms), last.bytes / Math.max(1, last.ms));
  if (bytesPerMs === 0) return last.ms;
  const overheadMs = Math.max(0, last.ms - last.bytes / bytesPerMs);
  const changedPerMs = last.bytes / Math.max(1, last.sinceLastMs ?? previous.ms);
  return Math.round(overheadMs + (changedPerMs * last.ms) / bytesPerMs);
}

type Action = 'pass' | 'cut over' | 'give up';

/** What to do with a copy that is whole: make another pass, stop the container for the last one, or give up. */
export function nextAction({ options, passes, expected }: MigrationRecord): Action {
  const times = passTimes(passes);
  const { maxDowntimeMs, passesMax } = options;
  if (maxDowntimeMs === undefined) return anotherRound(times, passesMax) ? 'pass' : 'cut over';
  const { totalMs = Infinity } = times.length === 0 ? {} : predict(expected ?? assumed, times);
  if (totalMs <= maxDowntimeMs) return 'cut over';
  const spentMs = times.reduce((sum, { ms }) => sum + ms, 0);
  return times.length < passesMax && spentMs <= totalMsMax ? 'pass' : 'give up';
}

/** The prediction for a record as it is now; undefined when the container is not copied while it runs. */
export function predictionOf(record: MigrationRecord): Prediction | undefined {
  const { options, plan, passes, phase, wasRunning, expected = assumed } = record;
  const neverStops = phase !== 'accepted' && !wasRunning;
  if (options.live || !plan.precopy || neverStops) return undefined;
  return predict(expected, passTimes(passes.filter(({ kind }) => kind === 'running')));
}

/** As in "shutdown 2.8 s, last pass 0.4 s, start 0.3 s". */
export function describePrediction({ shutdownMs, lastPassMs, startMs }: Prediction): string {
  const pass = lastPassMs === undefined ? 'an unknown time' : seconds(lastPassMs);
  return `shutdown ${seconds(shutdownMs)}, last pass ${pass}, start ${seconds(startMs)}`;
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

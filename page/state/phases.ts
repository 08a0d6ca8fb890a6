/** The phases of a move, as they are shown. A phase says what is already true, so what is shown is what comes next. */
import type { WireMigration } from '../model/api-types.js';

/** The stages that a person follows. */
export const stages = ['Prepare', 'Copy', 'Stop', 'Last pass', 'Start', 'Clean up'] as const;

/** What a phase is called. */
export function phaseWords(phase: string): string {
  return words[phase] ?? phase;
}

const words: Readonly<Record<string, string>> = {
  accepted: 'Being prepared',
  claimed: 'Copying while it runs',
  copied: 'Shutting down',
  stopped: 'Last pass',
  synced: 'Verifying',
  verified: 'Starting',
  switched: 'Cleaning up',
  removed: 'Cleaning up',
  withdrawing: 'Going back',
  reverting: 'Going back',
  reverted: 'Going back',
  done: 'Done',
  failed: 'Failed, and everything is as it was',
  cancelled: 'Cancelled, and everything is as it was',
};

const order = [
  'accepted',
  'claimed',
  'copied',
  'stopped',
  'synced',
  'verified',
  'switched',
  'removed',
  'done',
];
const stageOf: readonly number[] = [0, 1, 2, 3, 3, 4, 5, 5, 6];

/** How many stages are behind it; undefined on the way back, where there is none to be shown. */
export function stagesBehind(phase: string): number | undefined {
  return stageOf[order.indexOf(phase)];
}

const cancellable: readonly string[] = ['accepted', 'claimed', 'copied', 'stopped', 'synced'];

/** From `verified` on, a move can only go on. */
export function isCancellable({ phase, state }: WireMigration): boolean {
  return state === 'running' && cancellable.includes(phase);
}

/** How far the present pass is, from 0 to 1; undefined when nobody can know. */
export function fractionOf(migration: WireMigration): number | undefined {
  const { state, estimated_seconds_left, rate_bytes_per_second, passes } = migration;
  const pass = passes.at(-1);
  if (state !== 'running' || estimated_seconds_left === null || !rate_bytes_per_second || !pass)
    return undefined;
  const left = estimated_seconds_left * rate_bytes_per_second;
  return pass.bytes + left > 0 ? pass.bytes / (pass.bytes + left) : undefined;
}

export const placeKey = (pool: string, name: string) => `${pool}/${name}`;

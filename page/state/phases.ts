/** The progress of a move, as it is shown. */
import type { WireMigration } from '../model/api-types.js';

/** The current activity, as a heading. */
export function headingOf({ state, description }: WireMigration): string {
  return state === 'running' ? capitalized(description) : endTexts[state];
}

const endTexts = { done: 'Moved', failed: 'Failed', cancelled: 'Cancelled' } as const;

export const capitalized = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** The number of complete stages; undefined when going back, which has no stages. */
export function stagesBehind({ stage, stages }: Pick<WireMigration, 'stage' | 'stages'>): number | undefined {
  if (stage === null) return stages.length;
  const index = stages.indexOf(stage);
  return index < 0 ? undefined : index;
}

/** The progress of the current pass, from 0 to 1; undefined when unknown. */
export function fractionOf(migration: WireMigration): number | undefined {
  const { state, estimated_seconds_left, rate_bytes_per_second, passes } = migration;
  const pass = passes.at(-1);
  if (state !== 'running' || estimated_seconds_left === null || !rate_bytes_per_second || !pass)
    return undefined;
  const left = estimated_seconds_left * rate_bytes_per_second;
  return pass.bytes + left > 0 ? pass.bytes / (pass.bytes + left) : undefined;
}

export const placeKey = (pool: string, name: string) => `${pool}/${name}`;

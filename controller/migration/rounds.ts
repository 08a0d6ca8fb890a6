/**
 * Whether another pass over the running container is worth it. A pass sends what changed during the one
 * before it, so while passes shrink by a ratio, one more makes the last pass, which is downtime, shorter by
 * what that ratio promises.
 */
import type { Pass } from '../model/migration.js';

/** A gain below this is not worth another pass over all file names and the snapshots that come with it. */
const gainMsMin = 700;

/** Nor is one that costs more than ten times what it gains. */
const gainShareMin = 0.1;

/** A pass shorter than this is all overhead; the last one will not be shorter. */
const passMsMin = 1_000;

/** Copying while running ends after this long, however well it goes: the container wants to be moved. */
const totalMsMax = 3600_000;

export interface PassTime {
  readonly ms: number;
  readonly bytes: number;
}

/** Whether to make another pass; the passes come in order, with the first one whole. */
export function anotherRound(passes: readonly PassTime[], passesMax: number): boolean {
  if (passes.length >= passesMax) return false;
  if (passes.reduce((sum, { ms }) => sum + ms, 0) > totalMsMax) return false;
  const [previous, last] = [passes.at(-2)?.ms, passes.at(-1)?.ms];
  if (last === undefined) return true;
  if (last < passMsMin) return false;
  if (previous === undefined) return true;
  if (bytesMs(passes) < gainMsMin) return false;
  const ratio = last / previous;
  return last * ratio * (1 - ratio) > Math.max(gainMsMin, last * gainShareMin);
}

/**
 * How long the bytes of the last pass took, at the first one's rate, in milliseconds. All the rest of it is overhead,
 * of the file names or of hundreds of snapshots, and the last pass will have it as well.
 */
function bytesMs(passes: readonly PassTime[]): number {
  const [first, last] = [passes[0], passes.at(-1)];
  if (!first || !last || first.bytes === 0) return Infinity;
  return (last.bytes / first.bytes) * first.ms;
}

/** The times of the passes since the copy was last begun anew. */
export function passTimes(passes: readonly Pass[]): PassTime[] {
  const lastFailed = passes.findLastIndex(({ outcome }) => outcome === 'failed');
  return passes
    .slice(lastFailed + 1)
    .flatMap(({ startedAt, endedAt, bytes }) =>
      endedAt === undefined ? [] : [{ ms: Date.parse(endedAt) - Date.parse(startedAt), bytes }],
    );
}

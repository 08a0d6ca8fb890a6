/**
 * Decides whether another pre-copy round is worth its cost. A pass sends what changed during the pass before it. If
 * passes shrink by a ratio, one more shortens the last pass, which is downtime, by about that ratio.
 */
import type { MigrationRecord, Pass } from '../model/migration.js';

/** A smaller gain does not justify another pass over all file names, with its snapshots. */
const gainMsMin = 700;

/** A pass may cost at most this many times its gain. */
const gainShareMin = 0.1;

/** A shorter pass consists of overhead only, and the last pass will not be shorter. */
const passMsMin = 1_000;

/** Pre-copy ends after this long, even if passes still shrink, so that the move ends. */
export const totalMsMax = 3600_000;

/** A copy that waits for its turn to cut over is refreshed after this long, and then after twice that each time. */
const freshMsMin = 10_000;

/** Such a refresh may take at most this share of the time. */
const refreshShareMax = 0.2;

/** Each makes a helper snapshot on some storage. */
const refreshesMax = 5;

/** About what rsync needs for a small file, in milliseconds. */
const fileMs = 0.2;

export interface PassTime {
  readonly ms: number;
  readonly bytes: number;
  /** From the beginning of the pass before to that of this one; absent: passes follow each other. */
  readonly sinceLastMs?: number | undefined;
}

/** How long a copy may wait for its turn to cut over before it is refreshed; undefined: as long as that takes. */
export function freshForMs(
  { passes, options }: Pick<MigrationRecord, 'passes' | 'options'>,
  waits: number,
): number | undefined {
  const times = passTimes(passes);
  const last = times.at(-1);
  if (!last || waits >= refreshesMax || times.length >= options.passesMax) return undefined;
  return Math.max(freshMsMin, last.ms / refreshShareMax) * 2 ** waits;
}

/** Whether to make another pass. The passes are in order and begin with a full one. */
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
 * How long the bytes of the last pass took at the first pass's rate, in milliseconds. The rest of the last pass is
 * overhead for file names or hundreds of snapshots. The final pass will have the same overhead.
 */
function bytesMs(passes: readonly PassTime[]): number {
  const [first, last] = [passes[0], passes.at(-1)];
  if (!first || !last || first.bytes === 0) return Infinity;
  return (last.bytes / first.bytes) * first.ms;
}

/** What has changed since the last pass began, as the source's file system knows it. */
interface Changes {
  readonly bytes: number;
  readonly files: number;
  readonly moved: boolean;
}

/**
 * Whether so little has changed that another pass would shorten the last one by less than its cost. Moved directories are
 * not measured, and may be of any size.
 */
export function isShortEnough({ bytes, files, moved }: Changes, passes: readonly PassTime[]): boolean {
  const [first] = passes;
  if (!first || moved || first.bytes === 0) return false;
  return (bytes / first.bytes) * first.ms + files * fileMs < gainMsMin;
}

/** The durations of the passes since the copy last began from scratch. */
export function passTimes(passes: readonly Pass[]): PassTime[] {
  const lastFailed = passes.findLastIndex(({ outcome }) => outcome === 'failed');
  return passes.slice(lastFailed + 1).flatMap(({ startedAt, endedAt, bytes }, index, all) => {
    const before = all[index - 1];
    const sinceLastMs = before && Date.parse(startedAt) - Date.parse(before.startedAt);
    return endedAt === undefined
      ? []
      : [{ ms: Date.parse(endedAt) - Date.parse(startedAt), bytes, sinceLastMs }];
  });
}

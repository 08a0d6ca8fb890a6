/** The tests of change times (ctime), with which `find` finds what changed since a pass began. */

/**
 * Subtracted from each start time, because the kernel takes ctime from a clock that ticks. It must exceed one tick.
 */
const marginMs = 1_000;

/** What changed at this time or later counts as changed since then. In milliseconds since 1970. */
export function marginBefore(sinceMs: number): number {
  return sinceMs - marginMs;
}

/** The tests of `find` for regular files that changed since a time. */
export function changedSince(sinceMs: number): string[] {
  return ['-type', 'f', ...newer(sinceMs)];
}

/** The tests of `find` for regular files that did not. */
export function unchangedSince(sinceMs: number): string[] {
  return ['-type', 'f', '!', ...newer(sinceMs)];
}

function newer(sinceMs: number): string[] {
  return ['-newerct', `@${(marginBefore(sinceMs) / 1000).toFixed(3)}`];
}

/** What the answers to a probe show: for how long nobody was served. Pure. */

export interface Sample {
  /** When it was sent, after the start. */
  readonly atMs: number;
  /** How long the answer took; null without one. */
  readonly ms: number | null;
  /** Of a counter. */
  readonly value: number | null;
}

export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Served {
  readonly requests: number;
  readonly unanswered: number;
  readonly gaps: readonly Gap[];
  /** All gaps together. */
  readonly gapMs: number;
  readonly longestGapMs: number;
  readonly medianMs: number | null;
  readonly p99Ms: number | null;
  /** How often a counter was lower than before: data of a user was lost. */
  readonly stepsBack: number;
}

/** A wait is a gap from so many intervals on, and from so many milliseconds on. */
const intervalsMin = 5;
const gapMsMin = 100;

/**
 * A gap is from the arrival of an answer to the arrival of the next one. A run that begins or ends without answers has
 * a gap at its edge.
 */
export function servedOf(samples: readonly Sample[], everyMs: number, durationMs: number): Served {
  const answered = samples.filter((each): each is Sample & { ms: number } => each.ms !== null);
  const arrivals = answered.map(({ atMs, ms }) => atMs + ms).sort((a, b) => a - b);
  const points = [0, ...arrivals, Math.max(durationMs, arrivals.at(-1) ?? 0)];
  const longest = Math.max(gapMsMin, intervalsMin * everyMs);
  const gaps = points
    .slice(1)
    .map((untilMs, index): Gap => ({ fromMs: points[index] ?? 0, untilMs }))
    .filter(({ fromMs, untilMs }) => untilMs - fromMs >= longest);
  const lengths = gaps.map(({ fromMs, untilMs }) => untilMs - fromMs);
  const waits = answered.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    requests: samples.length,
    unanswered: samples.length - answered.length,
    gaps,
    gapMs: lengths.reduce((sum, each) => sum + each, 0),
    longestGapMs: Math.max(0, ...lengths),
    medianMs: at(waits, 0.5),
    p99Ms: at(waits, 0.99),
    stepsBack: stepsBackIn(answered),
  };
}

/**
 * A request that overtakes another one is answered with a lower number than that one, and nothing is lost. So a number counts
 * only against those that had arrived before it was asked for.
 */
function stepsBackIn(answered: readonly (Sample & { readonly ms: number })[]): number {
  let [steps, highest] = [0, -Infinity];
  let underWay: { readonly arrivedMs: number; readonly value: number }[] = [];
  for (const { atMs, ms, value } of answered) {
    if (value === null) continue;
    for (const each of underWay) if (each.arrivedMs <= atMs) highest = Math.max(highest, each.value);
    underWay = underWay.filter(({ arrivedMs }) => arrivedMs > atMs);
    if (value < highest) {
      steps++;
      [highest, underWay] = [value, []];
    }
    underWay.push({ arrivedMs: atMs + ms, value });
  }
  return steps;
}

function at(sorted: readonly number[], share: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

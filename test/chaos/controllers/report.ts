// The results for a person: what was struck, how long nobody answered, and what is wrong.
import type { Pause, ProbeName } from './probes.js';
import type { Struck } from './round.js';

export interface Outcome {
  readonly seed: string;
  readonly minutes: number;
  /** Of the machine, at the end. */
  readonly load: readonly number[];
  /** From the first command to three controllers that are up. */
  readonly clusterMs: number;
  readonly struck: readonly Struck[];
  /** How often each machine's controller was started. */
  readonly starts: readonly number[];
  /** Times without an answer while somebody had to answer. */
  readonly pauses: readonly Pause[];
  readonly answers: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly recorded: { readonly records: number; readonly migrations: number };
  readonly convergenceSeconds: number;
  readonly problems: readonly string[];
}

/** What the promise allows. */
const pauseMsMax = 5_000;

const probes: readonly ProbeName[] = ['any controller', 'reads of a client', 'changes of a client'];

export function summaryOf(outcome: Outcome): string {
  const { seed, minutes, struck, starts, counts, recorded, problems, load } = outcome;
  const many = (wanted: ProbeName) => outcome.pauses.filter(({ probe }) => probe === wanted);
  const long = outcome.pauses.filter(({ ms }) => ms > pauseMsMax).sort((a, b) => b.ms - a.ms);
  return [
    `seed ${seed}, ${minutes} minutes, ${struck.length} strikes; load at the end ${load.map((each) => each.toFixed(1)).join(' ')}`,
    `three controllers after ${(outcome.clusterMs / 1000).toFixed(1)} s; their processes were started ${starts.join(', ')} times`,
    ...probes.map((probe) => {
      const pauses = many(probe).map(({ ms }) => ms);
      const over = pauses.filter((ms) => ms > pauseMsMax).length;
      return `${probe}: ${outcome.answers[probe] ?? 0} answers, worst pause ${Math.max(0, ...pauses)} ms, ${over} over 5 s`;
    }),
    ...long
      .slice(0, 30)
      .map(({ probe, ms, at, during, waited }) => `  ${at} ${probe} ${ms} ms: ${during}; ${waited}`),
    Object.entries(counts)
      .sort()
      .map(([what, count]) => `${what} ${count}`)
      .join(', '),
    `checked: ${recorded.records} operations on pools and tokens, ${recorded.migrations} on migrations`,
    `all was at its end ${outcome.convergenceSeconds.toFixed(1)} s after the load`,
    problems.length === 0 ? 'no problems' : `${problems.length} problems:`,
    ...problems.map((each) => `  - ${each}`),
  ].join('\n');
}

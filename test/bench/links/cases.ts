// The paths that `npm run bench:links` makes, and its verdicts on what agents measured there. Pure.
import { median } from '../figures.js';

export interface Case {
  readonly name: string;
  /** From the first host to the second, and back. */
  readonly delaysMs: readonly [number, number];
  readonly lossPercent: readonly [number, number];
  /** By how much the clock of the second host is ahead. */
  readonly aheadMs: number;
  /** The traffic that is sent, for some time. */
  readonly mbits: number;
}

const none = { delaysMs: [0, 0], lossPercent: [0, 0], aheadMs: 0, mbits: 0 } as const;
const symmetric = [5, 20, 50, 100];

export const cases: readonly Case[] = [
  ...[0, 2000].flatMap((aheadMs) =>
    symmetric.map((ms): Case => ({ ...none, name: `${ms} ms`, delaysMs: [ms, ms], aheadMs })),
  ),
  ...[0, -2000].flatMap((aheadMs) => [
    { ...none, name: '5 and 40 ms', delaysMs: [5, 40], aheadMs } as const,
    { ...none, name: '40 and 5 ms', delaysMs: [40, 5], aheadMs } as const,
  ]),
  ...(
    [
      [0, 0],
      [2, 0],
      [10, 10],
      [30, 0],
      [0, 30],
      [30, 30],
    ] as const
  ).map((lossPercent): Case => ({ ...none, name: 'loss', delaysMs: [10, 10], lossPercent })),
  ...[2, 10, 50].map((mbits): Case => ({ ...none, name: `${mbits} Mbit/s`, mbits })),
];

/** What the path did to the packets of one direction since it exists. */
export interface Passed {
  readonly came: number;
  readonly dropped: number;
  /** The median of the delays that it really made, in seconds. */
  readonly held: number | null;
  readonly bytes: number;
}

export type Row = Readonly<Record<string, number>>;

export interface Verdict {
  readonly what: string;
  readonly truth: string;
  readonly measured: string;
  readonly holds: boolean;
}

const ways = ['1to2', '2to1'] as const;

/** One-way latencies of a path whose two delays are equal. */
export function latencyVerdicts(rows: readonly Row[], heldMs: readonly [number, number]): Verdict[] {
  return ways.map((way, index) => {
    const truthMs = heldMs[index] ?? NaN;
    const all = rows.map((row) => row[`latency_median_${way}`] ?? NaN);
    const worst = Math.max(...all.map((ms) => Math.abs(ms - truthMs)));
    return {
      what: `latency ${way}, ms`,
      truth: truthMs.toFixed(2),
      measured: `${median(all).toFixed(2)} (worst of ${all.length}: ${worst.toFixed(2)} off)`,
      holds: Math.abs(median(all) - truthMs) <= 0.1 * truthMs + 0.2,
    };
  });
}

/** The round trip of a path whose delays differ, and whether the uncertainty covers the errors. */
export function roundTripVerdicts(rows: readonly Row[], heldMs: readonly [number, number]): Verdict[] {
  const truthMs = heldMs[0] + heldMs[1];
  const latency = (row: Row, way: string) => row[`latency_median_${way}`] ?? NaN;
  const sum = median(rows.map((row) => latency(row, '1to2') + latency(row, '2to1')));
  const errors = rows.flatMap((row) =>
    ways.map((way, index) => ({
      error: Math.abs(latency(row, way) - (heldMs[index] ?? NaN)),
      uncertainty: row['uncertainty'] ?? NaN,
    })),
  );
  const worst = Math.max(...errors.map(({ error }) => error));
  const told = Math.min(...errors.map(({ uncertainty }) => uncertainty));
  return [
    {
      ...{ what: 'round trip, ms', truth: truthMs.toFixed(2), measured: sum.toFixed(2) },
      holds: Math.abs(sum - truthMs) <= 0.1 * truthMs + 0.2,
    },
    {
      what: 'error of a direction, ms',
      truth: `at most ${worst.toFixed(2)}`,
      measured: `uncertainty ${told.toFixed(2)}`,
      holds: errors.every(({ error, uncertainty }) => error <= uncertainty),
    },
  ];
}

/** Of each row, beside what the path dropped in the minute before it. */
export function lossVerdicts(
  rows: readonly { readonly row: Row; readonly truth: readonly [number, number] }[],
): Verdict[] {
  return ways.map((way, index) => {
    const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
    const truth = mean(rows.map((each) => each.truth[index] ?? NaN));
    const measured = mean(rows.map(({ row }) => row[`loss_${way}`] ?? NaN));
    const off = rows.map((each) => Math.abs((each.row[`loss_${way}`] ?? NaN) - (each.truth[index] ?? NaN)));
    return {
      what: `loss ${way}, %`,
      truth: truth.toFixed(2),
      measured: `${measured.toFixed(2)} (worst of ${off.length}: ${Math.max(...off).toFixed(1)} off)`,
      holds: Math.abs(measured - truth) <= 2,
    };
  });
}

/** `truth` is what passed the path, with the headers. */
export function throughputVerdict(rows: readonly Row[], truth: number, sent: number): Verdict {
  const measured = median(rows.map((row) => row['throughput'] ?? NaN));
  return {
    what: `throughput, Mbit/s (${sent} sent as payload)`,
    truth: truth.toFixed(2),
    measured: `${measured.toFixed(2)} in ${rows.length} rows`,
    holds: Math.abs(measured - truth) <= 0.05 * truth,
  };
}

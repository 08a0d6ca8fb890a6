/** What the plot of a run shows, one panel below the other. Pure. */
import { servedOf, type Gap } from './gaps.js';
import type { Move, Recorded } from './results.js';

export interface Series {
  readonly name: string;
  /** Time in milliseconds, and value. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Row {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** While it was down. */
  readonly downMs: Gap | undefined;
  readonly failed: boolean;
}

/** Lines or dots, or rows of bars. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly Series[];
  readonly isDots: boolean;
  readonly gaps: readonly Gap[];
  readonly rows: readonly Row[];
}

/** Of more, the first ones are shown: a plot of many lines shows nothing. */
const seriesMax = 8;

export function panelsOf(recorded: Recorded): readonly Panel[] {
  const { durationMs, links, hosts, moves } = recorded;
  const base = { series: [], isDots: false, gaps: [], rows: [], unit: '' };
  const probes = recorded.probes.map(({ probe, samples }): Panel => {
    const { gaps, p99Ms, longestGapMs } = servedOf(samples, probe.every, durationMs);
    // The wait during a gap is the gap; it would make all other answers a flat line.
    const most = 4 * (p99Ms ?? 1);
    const points = samples.flatMap(({ atMs, ms }) => (ms === null || ms > most ? [] : [[atMs, ms] as const]));
    const title = `${probe.name}: time of an answer (gaps: ${gaps.length}, the longest ${Math.round(longestGapMs)} ms)`;
    return { ...base, title, unit: 'ms', gaps, isDots: true, series: [{ name: probe.name, points }] };
  });
  const counters = recorded.probes.flatMap(({ probe, samples }): Panel[] => {
    if (probe.counter === undefined) return [];
    const points = samples.flatMap(({ atMs, value }) => (value === null ? [] : [[atMs, value] as const]));
    return [{ ...base, title: `${probe.name}: its value`, series: [{ name: probe.name, points }] }];
  });
  const linkOf = (value: (row: (typeof links)[number]) => number | null) =>
    seriesOf(links, ({ from, to }) => `${from} to ${to}`, value);
  const hostOf = (value: (row: (typeof hosts)[number]) => number) =>
    seriesOf(hosts, ({ pool }) => pool, value);
  return [
    ...probes,
    ...counters,
    ...(moves.length > 0
      ? [{ ...base, title: 'Moves (dark: down)', rows: moves.map((each) => rowOf(each, durationMs)) }]
      : []),
    { ...base, title: 'Latency of links', unit: 'ms', series: linkOf(({ latencyMs }) => latencyMs) },
    { ...base, title: 'Throughput of links', unit: 'Mbit/s', series: linkOf(({ throughput }) => throughput) },
    { ...base, title: 'CPU of hosts', unit: '%', series: hostOf(({ cpu }) => cpu) },
    { ...base, title: 'Memory of hosts', unit: '%', series: hostOf(({ memory }) => memory) },
  ].filter(({ rows, series }) => rows.length > 0 || series.some(({ points }) => points.length > 0));
}

function rowOf(move: Move, durationMs: number): Row {
  const { container, source, destination, state, downtimeMs, startedMs, endedMs, phases, policy } = move;
  const down = downtimeMs === null ? '' : `, down ${Math.round(downtimeMs)} ms`;
  const by = policy === null ? '' : `, by policy ${policy}`;
  const end = phases['started'] ?? phases['reverted'];
  return {
    name: `${container}: ${source} to ${destination}${down}${by}${state === 'done' ? '' : `, ${state}`}`,
    fromMs: startedMs,
    untilMs: endedMs ?? durationMs,
    downMs: downtimeMs === null || end === undefined ? undefined : { fromMs: end - downtimeMs, untilMs: end },
    failed: state === 'failed' || state === 'cancelled',
  };
}

function seriesOf<Item extends { readonly atMs: number }>(
  rows: readonly Item[],
  nameOf: (row: Item) => string,
  valueOf: (row: Item) => number | null,
): Series[] {
  const found = new Map<string, (readonly [number, number])[]>();
  for (const row of rows) {
    const value = valueOf(row);
    if (value === null) continue;
    const points = found.get(nameOf(row)) ?? [];
    found.set(nameOf(row), points);
    points.push([row.atMs, value]);
  }
  return [...found]
    .map(([name, points]): Series => ({ name, points }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .slice(0, seriesMax);
}

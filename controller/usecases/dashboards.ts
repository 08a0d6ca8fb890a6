/** What the specification's dashboard shows, from rows. */
import type { MeasuredRow } from './measured-rows.js';

interface LinkSeries {
  readonly name: string;
  readonly latency_up: number[];
  readonly latency_down: number[];
  readonly jitter_up: number[];
  readonly jitter_down: number[];
}

/** One entry for each other end of the links of `locus`, the oldest row first. Up is away from `locus`. */
export function linkSeriesOf(locus: string, rows: readonly MeasuredRow<'link'>[]): LinkSeries[] {
  const byEnd = new Map<string, LinkSeries>();
  const oldestFirst = [...rows].sort((one, other) => one.id - other.id);
  for (const { pool, values } of oldestFirst) {
    const isFirst = pool === locus;
    const name = isFirst ? values.locus2_id : pool;
    let series = byEnd.get(name);
    if (!series) {
      series = { name, latency_up: [], latency_down: [], jitter_up: [], jitter_down: [] };
      byEnd.set(name, series);
    }
    const [up, down] = isFirst ? (['1to2', '2to1'] as const) : (['2to1', '1to2'] as const);
    series.latency_up.push(values[`latency_median_${up}`]);
    series.latency_down.push(values[`latency_median_${down}`]);
    series.jitter_up.push(values[`jitter_${up}`]);
    series.jitter_down.push(values[`jitter_${down}`]);
  }
  return [...byEnd.values()];
}

/** The newest row of each station. `rows` come newest first. */
export function newestOfStations(rows: readonly MeasuredRow<'wireless'>[]): MeasuredRow<'wireless'>[] {
  const seen = new Set<string>();
  return rows.filter(({ values: { mac } }) => !seen.has(mac) && seen.add(mac));
}

/** Means over an interval: one row for all rows about the same thing. */
import { subjectField, type MeasurementKind } from './measurements.js';

type Row = Readonly<Record<string, unknown>>;

/** Fields that are not a mean: the least stays the least. */
const extremes: Readonly<Record<string, (a: number, b: number) => number>> = {
  latency_min_1to2: Math.min,
  latency_min_2to1: Math.min,
  latency_max_1to2: Math.max,
  latency_max_2to1: Math.max,
  uncertainty: Math.max,
};

/** In the order in which things first occur. A field that only some rows have is the mean of those. */
export function meansOf(kind: MeasurementKind, rows: readonly Row[]): Row[] {
  const field = subjectField[kind];
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) {
    const subject = field === undefined ? '' : row[field];
    const group = groups.get(subject);
    if (group) group.push(row);
    else groups.set(subject, [row]);
  }
  return [...groups.values()].map(meanOf);
}

function meanOf(rows: readonly Row[]): Row {
  const names = new Set(rows.flatMap((row) => Object.keys(row)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = rows.flatMap((row) => (name in row ? [row[name]] : []));
      const numbers = values.filter((value) => typeof value === 'number');
      if (numbers.length < values.length || numbers.length === 0) return [name, values.at(-1)];
      const extreme = extremes[name];
      if (extreme) return [name, numbers.reduce((one, other) => extreme(one, other))];
      return [name, numbers.reduce((sum, value) => sum + value, 0) / numbers.length];
    }),
  );
}

/** Histories as the page draws them: columns of numbers over time, and the newest values of all links. Pure. */
import type { WireHistoryRow } from './api-types.js';

/** Over one time axis. Null: there is no value, and the line has a gap. */
export interface Columns {
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
}

type Field = keyof WireHistoryRow;

/** `fields` become columns. A gap of more than a step is a gap in the line. */
export function columnsOf(rows: readonly WireHistoryRow[], fields: readonly Field[], step: number): Columns {
  const times: number[] = [];
  const values: (number | null)[][] = fields.map(() => []);
  for (const row of rows) {
    const at = Date.parse(row.at) / 1000;
    const before = times.at(-1);
    if (before !== undefined && at <= before) continue;
    // A step may have no row by chance, when rows come a little later than each step.
    if (before !== undefined && at - before > 3 * step) {
      times.push(before + step);
      for (const column of values) column.push(null);
    }
    times.push(at);
    fields.forEach((field, index) => {
      const value = row[field];
      values[index]?.push(typeof value === 'number' ? value : null);
    });
  }
  return { times, values };
}

export interface Link {
  readonly latencyMs: number;
  /** The worse direction, in percent; undefined when a program posted the link. */
  readonly loss: number | undefined;
  readonly uncertaintyMs: number | undefined;
}

export interface Matrix {
  /** All pools with a link, sorted. */
  readonly pools: readonly string[];
  /** The newest values, by the pool that measured them and the other end. */
  readonly links: ReadonlyMap<string, ReadonlyMap<string, Link>>;
}

/** Latency and loss of each link away from the pool that measured it. `rows` come oldest first. */
export function matrixOf(rows: readonly WireHistoryRow[]): Matrix {
  const links = new Map<string, Map<string, Link>>();
  const pools = new Set<string>();
  for (const row of rows) {
    const { pool, peer, latency_median_1to2: latencyMs } = row;
    if (peer === undefined || latencyMs === undefined) continue;
    pools.add(pool).add(peer);
    const own = links.get(pool) ?? new Map<string, Link>();
    links.set(pool, own);
    own.set(peer, { latencyMs, loss: row.loss_1to2, uncertaintyMs: row.uncertainty });
  }
  return { pools: [...pools].sort(), links };
}

/** The history of a PromQL query, from a Prometheus server, in the shape of COPA's own histories. */
import { CopaError } from '../../common/errors.js';
import { measureIntervalMs } from '../../common/measurements.js';
import type { HistoryRowView } from '../model/history-row.js';
import { pointsMax, type QuerySource } from '../prometheus/client.js';
import { historyRowsMax } from './histories.js';

export interface QueryOrder {
  readonly query: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Undefined: so that a series has some hundred values. */
  readonly stepMs: number | undefined;
}

/** Of a series, when no step is given. */
const valuesMax = 720;

/** The oldest first. Throws `invalid_argument` when the answer would be too long, and what the source throws. */
export async function queriedHistory(
  source: QuerySource,
  { query, sinceMs, untilMs, stepMs: given }: QueryOrder,
): Promise<{ readonly stepMs: number; readonly rows: readonly HistoryRowView[] }> {
  const least = Math.ceil((untilMs - sinceMs) / valuesMax / measureIntervalMs) * measureIntervalMs;
  const stepMs = given ?? Math.max(measureIntervalMs, least);
  if ((untilMs - sinceMs) / stepMs > pointsMax)
    throw new CopaError(
      'invalid_argument',
      `the answer would have more than ${pointsMax} values of a series: give a longer step, or a shorter time`,
    );
  const found = await source.range({ query, fromMs: sinceMs, untilMs, stepMs });
  const count = found.reduce((sum, { points }) => sum + points.length, 0);
  if (count > historyRowsMax)
    throw new CopaError(
      'invalid_argument',
      `the answer would have ${count} rows, and ${historyRowsMax} are possible: give a longer step, or aggregate in the query`,
    );
  const rows = found.flatMap(({ labels, points }) => {
    const series = Object.keys(labels)
      .sort()
      .map((name) => `${name}=${JSON.stringify(labels[name])}`)
      .join(',');
    return points.map(({ atMs, value }) => ({
      ...{ at: new Date(atMs).toISOString(), pool: labels['pool'] ?? '', series, value },
    }));
  });
  return { stepMs, rows: rows.sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)) };
}

/**
 * Checks the rows that an agent returns. An agent speaks for its own pool alone, so the name of that pool comes from the
 * controller. A host that was broken into can therefore spoil its own measurements and nothing else.
 */
import { CopaError } from '../../common/errors.js';
import {
  idsPerMs,
  rowBytesMax,
  storedRows,
  type MeasurementKind,
  type RowOf,
} from '../../common/measurements.js';
import type { ReplyOf } from '../hosts/methods.js';

export interface MeasuredRow<Kind extends MeasurementKind> {
  readonly id: number;
  readonly atMs: number;
  readonly pool: string;
  readonly values: RowOf<Kind>;
}

/** How far an id may be ahead of this controller's clock. A higher one would hide all later rows from readers. */
export const aheadMsMax = 48 * 3600_000;
/** The highest time that JavaScript can write as a date is far above it. */
const atMsMax = 8e15;

/** Throws `unavailable` when the reply is not what the request asked for. */
export function rowsIn<Kind extends MeasurementKind>(
  kind: Kind,
  pool: string,
  { rows }: Pick<ReplyOf<'ReadMeasurements'>, 'rows'>,
  { limit, nowMs }: { readonly limit: number; readonly nowMs: number },
): MeasuredRow<Kind>[] {
  const malformed = (what: string) =>
    new CopaError('unavailable', `the agent of pool "${pool}" returned ${what} of kind ${kind}`);
  if (rows.length > limit) throw malformed(`${rows.length} rows instead of ${limit}`);
  let lastId = (nowMs + aheadMsMax) * idsPerMs;
  return rows.map(({ id, atMs, json }) => {
    if (!Number.isSafeInteger(id) || id < 1 || id >= lastId) throw malformed('ids that do not decrease');
    lastId = id;
    if (!Number.isSafeInteger(atMs) || Math.abs(atMs) > atMsMax) throw malformed('a time that is none');
    if (json.length > rowBytesMax) throw malformed('a row that is too long');
    const parsed = storedRows[kind].safeParse(jsonIn(json));
    if (!parsed.success) throw malformed('a row that is not valid');
    return { id, atMs, pool, values: parsed.data as RowOf<Kind> };
  });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

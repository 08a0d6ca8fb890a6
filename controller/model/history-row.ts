/** Measured values of links, pools and containers as REST returns them: histories, and the newest values as events. */
import { z } from 'zod';
import { storedRows, type RowOf } from '../../common/measurements.js';

/** What has a history, and the kind of rows that it comes from. */
export const historyKinds = { link: 'link', pool: 'resource', container: 'container' } as const;
export type HistorySubject = keyof typeof historyKinds;
export type HistoryKind = (typeof historyKinds)[HistorySubject];
export const historySubjects = Object.keys(historyKinds) as [HistorySubject, ...HistorySubject[]];

export interface HistoryRow {
  readonly atMs: number;
  readonly pool: string;
  readonly values: RowOf<HistoryKind>;
}

const linkValues = storedRows.link.omit({ locus2_id: true }).shape;
const { container, ...containerValues } = storedRows.container.shape;

export const historyRowSchema = z
  .object({
    at: z.string().describe('The beginning of the step, ISO 8601; in an event, when it was measured.'),
    pool: z
      .string()
      .describe('Of a link, the end that measured or reported it. Of a query its label pool, or empty.'),
    peer: z.string().optional().describe('The other end of a link.'),
    container: container.optional(),
    series: z.string().optional().describe('The labels of a series of a query, as instance="a",job="b".'),
    value: z.number().optional().describe('Of a query.'),
    ...z.object({ ...linkValues, ...storedRows.resource.shape, ...containerValues }).partial().shape,
  })
  .meta({ id: 'HistoryRow' });
export type HistoryRowView = z.output<typeof historyRowSchema>;

export function historyRowView({ atMs, pool, values }: HistoryRow): HistoryRowView {
  const at = new Date(atMs).toISOString();
  if (!('locus2_id' in values)) return { at, pool, ...values };
  const { locus2_id: peer, ...rest } = values;
  return { at, pool, peer, ...rest };
}

/** `/REST/history`: what links, pools and containers were like, as JSON or CSV. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { secondsIn } from '../../../common/config/duration.js';
import { CopaError } from '../../../common/errors.js';
import { keptMs, measureIntervalMs } from '../../../common/measurements.js';
import { shown } from '../../../common/names.js';
import {
  historyRowSchema,
  historyRowView,
  historySubjects,
  type HistoryRowView,
  type HistorySubject,
} from '../../model/history-row.js';
import { mayReach } from '../../model/principal.js';
import { Histories } from '../../usecases/histories.js';
import type { QuerySource } from '../../prometheus/client.js';
import { queriedHistory } from '../../usecases/queried-history.js';
import type { Measurements } from '../../usecases/measurements.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, parametersOf, text } from '../request/parameters.js';
import { signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';

const moment = 'ISO 8601, or a time before now as 24h or 30d.';

const possible = [...historySubjects, 'promql'] as const;

const parameters = z.strictObject({
  what: z.enum(possible, `one of ${possible.join(', ')} is expected`),
  query: text.optional().describe('In PromQL, of the Prometheus server of --prometheus; for what=promql.'),
  container_pool: text.optional().describe('Of this pool; absent: of all.'),
  container_name: text.optional().describe('Of this container; for what=container.'),
  peer: text.optional().describe('Of the links to this pool; for what=link.'),
  since: text.default('1h').describe(`${moment} The last day has values of 5 s, 30 days those of 5 minutes.`),
  until: text.optional().describe(`${moment} Absent: now.`),
  step: text
    .optional()
    .describe('One value is the mean of so long a time: 5s and more. Absent: a step for 720 values at most.'),
  format: z.enum(['json', 'csv'], 'json or csv is expected').default('json'),
});

const replySchema = z.object({
  history: z.array(historyRowSchema).describe('The oldest first.'),
  step: z.number().describe('Seconds.'),
  warning: z.string().optional().describe('Which pools did not answer, and are left out.'),
  success: z.literal('history'),
});

export const historyEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/history',
    id: 'readHistory',
    summary: 'What links, pools and containers were like',
    description: 'Means over equal steps, the oldest first. With format=csv the reply is text/csv.',
    textType: 'text/csv',
    operations: { '': { summary: '', parameters, replies: { 200: replySchema } } },
  },
];

export interface HistoryServices {
  readonly measurements: Measurements;
  readonly prometheus: QuerySource;
}

export function historyRoutes(router: Router, services: HistoryServices): void {
  const histories = new Histories(services.measurements);
  router.get('/REST/history', async (ctx) => {
    const given = checkParameters(parameters, parametersOf(ctx));
    const { what, container_pool: pool, container_name: name, peer } = given;
    refuseForeign(what, given);
    const nowMs = Date.now();
    const sinceMs = momentIn('since', given.since, nowMs);
    const untilMs = given.until === undefined ? nowMs : momentIn('until', given.until, nowMs);
    if (sinceMs >= untilMs) throw refused('since is not before until');
    const principal = principalOf(ctx);
    const stepMs = given.step === undefined ? undefined : stepIn(given.step);
    if (what === 'promql') {
      // Nobody knows which pools a query is about.
      if (principal.pools)
        throw new CopaError(
          'permission_denied',
          'a token that is confined to some pools cannot query Prometheus',
        );
      if (given.query === undefined) throw refused('parameter "query" is required for what=promql');
      const order = { query: given.query, sinceMs, untilMs, stepMs };
      const found = await queriedHistory(services.prometheus, order);
      reply(ctx, given.format, { history: found.rows, step: found.stepMs / 1000 });
      return;
    }
    const { rows, failures, ...found } = await histories.read(
      { what, pool, subject: name ?? peer, sinceMs, untilMs, stepMs, signal: signalOf(ctx) },
      (each) => mayReach(principal, each),
    );
    const views = rows
      .map(historyRowView)
      .filter((row) => row.peer === undefined || mayReach(principal, row.peer));
    const warning = failures.length > 0 ? { warning: failures.join('; ') } : {};
    reply(ctx, given.format, { history: views, step: found.stepMs / 1000, ...warning });
  });
}

function reply(
  ctx: Context,
  format: 'json' | 'csv',
  found: { readonly history: readonly HistoryRowView[]; readonly step: number; readonly warning?: string },
): void {
  if (format === 'csv') {
    ctx.type = 'text/csv';
    ctx.body = csvOf(found.history);
  } else ctx.body = { ...found, success: 'history' };
}

function refuseForeign(
  what: HistorySubject | 'promql',
  given: {
    readonly container_name?: string | undefined;
    readonly peer?: string | undefined;
    readonly query?: string | undefined;
  },
): void {
  if (given.query !== undefined && what !== 'promql') throw refused('query is for what=promql');
  if (given.container_name !== undefined && what !== 'container')
    throw refused('container_name is for what=container');
  if (given.peer !== undefined && what !== 'link') throw refused('peer is for what=link');
}

function momentIn(field: string, value: string, nowMs: number): number {
  const seconds = secondsIn(value);
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(value);
  const atMs = seconds !== undefined ? nowMs - seconds * 1000 : isMoment ? Date.parse(value) : NaN;
  if (Number.isFinite(atMs)) return Math.min(nowMs, Math.max(atMs, nowMs - keptMs.means));
  throw refused(
    `${field} ${shown(value)} is not valid: a time before now as 90m, 24h or 30d, or 2026-11-28T05:00:00Z`,
  );
}

function stepIn(value: string): number {
  const ms = (secondsIn(value) ?? 0) * 1000;
  if (ms >= measureIntervalMs && ms <= keptMs.means) return ms;
  throw refused(`step ${shown(value)} is not valid: a time from 5s to 30d is expected, as 30s, 5m or 1h`);
}

function csvOf(rows: readonly HistoryRowView[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))] as (keyof HistoryRowView)[];
  const lines = rows.map((row) => columns.map((column) => cellOf(row[column])).join(','));
  return [columns.join(','), ...lines, ''].join('\r\n');
}

/** Only the labels of a series need quotes. */
function cellOf(value: HistoryRowView[keyof HistoryRowView]): string {
  const cell = String(value ?? '');
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function refused(message: string): CopaError {
  return new CopaError('invalid_argument', message);
}

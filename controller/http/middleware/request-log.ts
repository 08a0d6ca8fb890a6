/** What is recorded of each answered request: a metric, a log line, and a line of its own for a refusal. */
import type { Context } from 'koa';
import { METHODS } from 'node:http';
import type { Logger } from 'pino';
import type { RefusalLog } from '../../../common/observability/refusal-log.js';
import { httpRequests } from '../../observability/metrics.js';
import { printable } from '../auth/audit-log.js';
import { addressOf } from '../request/local-socket.js';
import { isRead, stateOf } from '../request/state.js';

const knownMethods: ReadonlySet<string> = new Set(METHODS);

/** Labels come from fixed sets: a client's path or method must not create a time series. */
export function measureRequest(ctx: Context): void {
  const { route = 'none', startedAt } = stateOf(ctx);
  const method = knownMethods.has(ctx.method) ? ctx.method : 'other';
  const seconds = (performance.now() - startedAt) / 1000;
  httpRequests.observe({ route, method, status: String(ctx.status) }, seconds);
}

/** A change is logged at `info`, a read at `debug`: there are too many of them. */
export function logRequest(ctx: Context, log: Logger): void {
  const level = isRead(ctx.method) ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const ms = Math.round(performance.now() - stateOf(ctx).startedAt);
  log[level]({ ...logFields(ctx), status: ctx.status, ms }, 'request');
}

/** Logs who was refused, and why. Call it once the status and the answer are final. */
export function logRefusal(ctx: Context, refusals: Pick<RefusalLog, 'record'>): void {
  if (ctx.status < 400 || ctx.status >= 500 || isOrdinary(ctx)) return;
  const { error = '' } = (ctx.body ?? {}) as { readonly error?: string };
  const reason = printable(`${ctx.method} ${ctx.path}: ${ctx.status} ${error}`);
  refusals.record({ from: addressOf(ctx.req), who: stateOf(ctx).principal?.name, reason });
}

/** The fields of every log line about a request. */
export function logFields(ctx: Context) {
  return { request: stateOf(ctx).requestId, method: ctx.method, path: ctx.path };
}

/** Statuses that correct clients get all the time: no such container, busy, try again soon. */
function isOrdinary(ctx: Context): boolean {
  if (ctx.status === 409) return true;
  return (ctx.status === 404 || ctx.status === 429) && stateOf(ctx).route !== undefined;
}

/** Writes an error as the answer to a request: `{"error": "..."}` with its status. The only place that does. */
import type { Context } from 'koa';
import type { Logger } from 'pino';
import { notBegunHeader } from '../../../common/errors.js';
import { errorReply } from '../request/http-error.js';
import { stateOf } from '../request/state.js';
import { logFields } from './request-log.js';

/** For clients that were refused because of too much load. */
const retryAfterSeconds = '1';

/** An unforeseen error is logged whole and answered as a bare internal error. */
export function answerWithError(ctx: Context, error: unknown, log: Logger): void {
  const reply = errorReply(error);
  if (!reply) log.error({ err: error, ...logFields(ctx) }, 'a request failed unexpectedly');
  ctx.set(reply?.headers ?? {});
  ctx.status = reply?.status ?? 500;
  const mayRetry = ctx.status === 429 || ctx.status === 503;
  if (mayRetry && !ctx.res.hasHeader('Retry-After')) ctx.set('Retry-After', retryAfterSeconds);
  if (ctx.status === 503 && !stateOf(ctx).hasBegun) ctx.set(notBegunHeader, 'true');
  ctx.body = reply?.body ?? { error: 'internal error' };
}

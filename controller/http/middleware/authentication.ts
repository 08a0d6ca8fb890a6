/** Authentication of a request, before its body is read. */
import type { Context } from 'koa';
import { Readable } from 'node:stream';
import { endWith, type Authenticator } from '../auth/authenticator.js';
import { isUpgraded, stateOf } from '../request/state.js';

/** How long a stream whose token is not valid any more may take to send its last event. */
const lastEventMs = 1000;

/** Throws an HttpError (401, 403 or 429). */
export async function authenticate(ctx: Context, authenticator: Authenticator): Promise<void> {
  // The answer is for this client alone: no cache may keep it.
  ctx.res.setHeader('Cache-Control', 'no-store');
  stateOf(ctx).principal = await authenticator.authenticate(ctx.req);
}

/** A stream or websocket that a route has opened ends with the token that opened it. */
export function endWithToken(ctx: Context): void {
  const { principal } = stateOf(ctx);
  if (!principal) return;
  const lasting: unknown = isUpgraded(ctx) ? ctx.req.socket : ctx.body;
  if (lasting instanceof Readable) endWith(principal.signal, lasting, lastEventMs);
}

/** Authentication of a request, before its body is read. */
import type { Context } from 'koa';
import { Readable } from 'node:stream';
import { endWith, type Authenticator } from '../auth/authenticator.js';
import { signalOf, strictSignalOf } from '../request/access.js';
import { isUpgraded, stateOf } from '../request/state.js';

/** How long a stream whose token is not valid any more may take to send its last event. */
const lastEventMs = 1000;

/** Throws an HttpError (401, 403 or 429). */
export async function authenticate(ctx: Context, authenticator: Authenticator): Promise<void> {
  // The answer is for this client alone: no cache may keep it.
  ctx.res.setHeader('Cache-Control', 'no-store');
  const state = stateOf(ctx);
  state.principal = await authenticator.authenticate(ctx.req);
  state.watchAccess = authenticator.watchOf(ctx.req);
}

/** A stream or websocket that a route has opened ends with the token that opened it. */
export function endWithToken(ctx: Context): void {
  if (!stateOf(ctx).principal) return;
  if (isUpgraded(ctx)) endWith(signalOf(ctx), ctx.req.socket, lastEventMs);
  else if (ctx.body instanceof Readable) endWith(strictSignalOf(ctx), ctx.body, lastEventMs);
}

/** The door as Koa sees it: admits before a body is read, authorizes when it is known what is asked. */
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { Readable } from 'node:stream';
import type { RefusalLog } from '../../../common/observability/refusal-log.js';
import { parametersOf } from '../request/parameters.js';
import { printable, type AuditLog, type AuditEntry } from '../auth/audit-log.js';
import { authorize, endWith, entryOf, poolsNamedBy, type Authenticator } from '../auth/authenticator.js';
import { addressOf } from '../request/local-socket.js';
import { permissionOf, type Permission } from '../auth/permissions.js';
import type { Principal } from '../../model/principal.js';

/** What a path without a route asks for: who may not look is told nothing of what there is. */
const needOfNothing: Permission = { role: 'viewer', reach: 'filtered' };

/** How long a stream whose token is void may take to say so. */
const lastWordsMs = 1000;

/** Who a request comes from; for what is behind the door. */
export function principalOf(ctx: Context): Principal {
  return ctx.state['principal'] as Principal;
}

/** Throws at once when a route has no row in needs.ts. */
export function authenticating(door: Authenticator, router: Router): Middleware {
  // Of the paths without a variable part it is looked up once.
  const known = new Map<string, Permission>();
  for (const layer of router.stack) {
    const path = String(layer.path);
    for (const method of layer.methods) {
      permissionOf(method, path);
      if (path.includes(':')) continue;
      for (const each of [path, `${path}/`])
        known.set(`${method} ${each}`, needFor({ path: each, method }, router));
    }
  }
  return async (ctx, next) => {
    const need = known.get(`${ctx.method} ${ctx.path}`) ?? needFor(ctx, router);
    ctx.state['need'] = need;
    if (need.role === 'anyone') {
      await next();
      return;
    }
    // What is told here is for this one alone: no cache on the way may keep it.
    ctx.set('Cache-Control', 'no-store');
    const principal = await door.authenticate(ctx.req);
    ctx.state['principal'] = principal;
    await next();
    const lasting: unknown = isTaken(ctx) ? ctx.req.socket : ctx.body;
    if (lasting instanceof Readable) endWith(principal.signal, lasting, lastWordsMs);
  };
}

export const authorizing: Middleware = (ctx, next) => {
  const { need, principal } = ctx.state as { need: Permission; principal?: Principal };
  if (principal) authorize(principal, need, principal.pools ? poolsNamedBy(parametersOf(ctx)) : []);
  return next();
};

/** Writes down what was changed, and what somebody who is known may not do. It has to see the final status. */
export function auditing(audit: Pick<AuditLog, 'write'>): Middleware {
  return async (ctx, next) => {
    const startedAt = performance.now();
    await next();
    const { principal } = ctx.state as { principal?: Principal };
    if (!principal || (isReading(ctx.method) && ctx.status !== 403 && !isTaken(ctx))) return;
    const entry = entryOf(ctx.req, principal, parametersIn(ctx));
    const ms = () => Math.round(performance.now() - startedAt);
    if (isTaken(ctx)) {
      const closed = () =>
        audit.write({ ...entry, at: new Date().toISOString(), outcome: 'closed', status: 101, ms: ms() });
      ctx.req.socket.once('close', () => void closed());
      await audit.write({ ...entry, outcome: 'opened', status: 101 });
    } else {
      await audit.write({ ...entry, outcome: outcomeOf(ctx.status), status: ctx.status, ms: ms() });
    }
  };
}

/** Logs who was refused, and why. It has to see the final status and answer. */
export function loggingRefusals(refusals: Pick<RefusalLog, 'record'>): Middleware {
  return async (ctx, next) => {
    await next();
    if (ctx.status < 400 || ctx.status >= 500 || isOrdinary(ctx)) return;
    const { principal } = ctx.state as { principal?: Principal };
    const { error = '' } = (ctx.body ?? {}) as { readonly error?: string };
    const reason = printable(`${ctx.method} ${ctx.path}: ${ctx.status} ${error}`);
    refusals.record({ from: addressOf(ctx.req), who: principal?.name, reason });
  };
}

/** What honest clients hear all the time: there is no such container, it is busy, try again in a moment. */
function isOrdinary(ctx: Context): boolean {
  const { _matchedRoute: route } = ctx as { readonly _matchedRoute?: unknown };
  return ctx.status === 409 || ((ctx.status === 404 || ctx.status === 429) && route !== undefined);
}

function outcomeOf(status: number): AuditEntry['outcome'] {
  if (status < 400) return 'done';
  return status < 500 ? 'refused' : 'failed';
}

/** Whether a route has taken the connection for a websocket. */
function isTaken(ctx: Context): boolean {
  return ctx.respond === false;
}

function isReading(method: string): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

function parametersIn(ctx: Context): ReadonlyMap<string, unknown> {
  try {
    return parametersOf(ctx);
  } catch {
    // What cannot be read has done nothing.
    return new Map();
  }
}

function needFor(ctx: Pick<Context, 'path' | 'method'>, router: Router): Permission {
  const layer = router.match(ctx.path, ctx.method).pathAndMethod.at(-1);
  if (layer) return permissionOf(ctx.method, String(layer.path));
  return /^\/+rest(\/|$)/i.test(ctx.path) ? needOfNothing : { role: 'anyone', reach: 'filtered' };
}

/** The door as Koa sees it: admits before a body is read, authorizes when it is known what is asked. */
import type Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import { parametersOf } from '../routes/parameters.js';
import { authorize, type Door } from './door.js';
import { needOf, type Need } from './needs.js';
import type { Principal } from './principal.js';

/** The parameters that name pools. */
const poolParameters = ['container_pool', 'destination_pool', 'image_pool'];

/** What a path without a route asks for: who may not look is told nothing of what there is. */
const needOfNothing: Need = { role: 'viewer', reach: 'filtered' };

/** Who a request comes from; for what is behind the door. */
export function principalOf(ctx: Context): Principal {
  return ctx.state['principal'] as Principal;
}

/** Throws at once when a route has no row in needs.ts. */
export function admitting(door: Door, router: Router): Middleware {
  for (const layer of router.stack) for (const method of layer.methods) needOf(method, String(layer.path));
  return async (ctx, next) => {
    const need = needFor(ctx, router);
    ctx.state['need'] = need;
    if (need.role !== 'anyone') ctx.state['principal'] = door.admit(ctx.req);
    await next();
  };
}

export const authorizing: Middleware = async (ctx, next) => {
  const { need, principal } = ctx.state as { need: Need; principal?: Principal };
  if (principal) authorize(principal, need, principal.pools ? poolsNamedBy(ctx) : []);
  await next();
};

function needFor(ctx: Context, router: Router): Need {
  const layer = router.match(ctx.path, ctx.method).pathAndMethod.at(-1);
  if (layer) return needOf(ctx.method, String(layer.path));
  return ctx.path.startsWith('/REST') ? needOfNothing : { role: 'anyone', reach: 'filtered' };
}

function poolsNamedBy(ctx: Context): string[] {
  const parameters = parametersOf(ctx);
  return poolParameters.flatMap((name) => {
    const value = parameters.get(name);
    // A list of pools is separated by commas; an empty one names none.
    return value === undefined ? [] : String(value).split(',').filter(Boolean);
  });
}

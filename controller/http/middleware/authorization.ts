/** Permissions of a request: what a client may do with the role and the pools of its token (see auth/permissions.ts). */
import type { Context } from 'koa';
import { authorize, poolsNamedBy } from '../auth/authenticator.js';
import type { Permission } from '../auth/permissions.js';
import { parameterListOf } from '../request/parameters.js';
import { stateOf } from '../request/state.js';

/** Throws `permission_denied`. */
export function authorizeRequest(ctx: Context, permission: Permission): void {
  const { principal } = stateOf(ctx);
  if (principal)
    authorize(principal, permission, principal.pools ? parameterListOf(ctx).flatMap(poolsNamedBy) : []);
}

/** Permissions of a request: what a client may do with the role and the pools of its token (see auth/permissions.ts). */
import type { Context } from 'koa';
import { authorize, poolsNamedBy } from '../auth/authenticator.js';
import type { Permission } from '../auth/permissions.js';
import { parameterListOf, parametersOf } from '../request/parameters.js';
import { stateOf } from '../request/state.js';

/** Throws `permission_denied`. */
export function authorizeRequest(ctx: Context, permission: Permission): void {
  const { principal } = stateOf(ctx);
  if (!principal) return;
  const { operations } = permission;
  const operation = operations && parametersOf(ctx).get('operation');
  const role = (typeof operation === 'string' ? operations?.[operation] : undefined) ?? permission.role;
  const named = principal.pools ? parameterListOf(ctx).flatMap(poolsNamedBy) : [];
  authorize(principal, { ...permission, role }, named);
}

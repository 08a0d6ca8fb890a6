/** `/REST/tokens`: who else may use this API. */
import type Router from '@koa/router';
import { z } from 'zod';
import { principalOf } from '../access/middleware.js';
import { accessRoles } from '../access/principal.js';
import { hasExpired, type Token } from '../access/token.js';
import type { Tokens } from '../access/tokens.js';
import { ttlSeconds } from '../access/ttl.js';
import { checkParameters, operationOf, parametersOf, text, unused } from './parameters.js';

/** For ever is no life time: whoever leaves takes tokens along. */
const ttlMaxSeconds = 3650 * 86_400;

const schemas = {
  list: z.strictObject({}),
  create: z.strictObject({
    operation: unused,
    kind: z.literal('api', 'the kind of a token with a role is api').default('api'),
    name: text,
    role: z.enum(accessRoles, `a role is one of ${accessRoles.join(', ')}`),
    /** How long it is valid, as 90d, 12h, 30m or 45s. */
    ttl: text.default('90d'),
    /** The pools that it is confined to, separated by commas; empty: all pools. */
    pools: text.default(''),
  }),
  revoke: z.strictObject({ operation: unused, kind: unused, name: text }),
};

export function tokenRoutes(router: Router, tokens: Tokens): void {
  router.get('/REST/tokens', async (ctx) => {
    checkParameters(schemas.list, parametersOf(ctx));
    const now = new Date();
    ctx.body = { tokens: (await tokens.list()).map((token) => viewOf(token, now)), success: 'tokens' };
  });

  router.post('/REST/tokens', async (ctx) => {
    const parameters = parametersOf(ctx);
    if (operationOf(parameters, ['create', 'revoke']) === 'create') {
      const { name, role, ttl, pools } = checkParameters(schemas.create, parameters);
      const names = pools.split(',').flatMap((pool) => pool.trim() || []);
      const { token, text: secret } = await tokens.create({
        name,
        role,
        pools: names.length > 0 ? names : null,
        ttlSeconds: ttlSeconds('ttl', ttl, ttlMaxSeconds),
        createdBy: principalOf(ctx).name,
      });
      ctx.body = { ...viewOf(token, new Date()), token: secret, success: 'Token created.' };
    } else {
      const { name } = checkParameters(schemas.revoke, parameters);
      await tokens.revoke(name);
      ctx.body = { name, success: 'Token revoked.' };
    }
  });
}

function viewOf(token: Token, now: Date) {
  const { name, role, pools, createdAt, createdBy, expiresAt } = token;
  return {
    kind: 'api',
    name,
    role,
    pools,
    created_at: createdAt,
    created_by: createdBy,
    expires_at: expiresAt,
    expired: hasExpired(token, now),
  };
}

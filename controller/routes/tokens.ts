/** `/REST/tokens`: who else may use this API. */
import type Router from '@koa/router';
import { z } from 'zod';
import { principalOf } from '../access/middleware.js';
import { accessRoles } from '../access/principal.js';
import { hasExpired, type Token } from '../access/token.js';
import type { Tokens } from '../access/tokens.js';
import { ttlSeconds } from '../access/ttl.js';
import type { JoinTokenRecord } from '../joining/join-token.js';
import type { Joining } from '../joining/joining.js';
import { checkParameters, operationOf, parametersOf, text, unused } from './parameters.js';

/** For ever is no life time: whoever leaves takes tokens along. */
/** Whoever has the token is let in as a host. */
const joinTtlMaxSeconds = 30 * 86_400;
const ttlMaxSeconds = 3650 * 86_400;

const schemas = {
  list: z.strictObject({}),
  join: z.strictObject({
    operation: unused,
    kind: z.literal('join'),
    /** The one pool that it is good for, also one that is there already: its host joins again. */
    container_pool: text.optional(),
    /** How long it is valid, as 1h or 30m. */
    ttl: text.default('1h'),
  }),
  create: z.strictObject({
    operation: unused,
    kind: z.literal('api', 'a kind is api or join').default('api'),
    name: text,
    role: z.enum(accessRoles, `a role is one of ${accessRoles.join(', ')}`),
    /** How long it is valid, as 90d, 12h, 30m or 45s. */
    ttl: text.default('90d'),
    /** The pools that it is confined to, separated by commas; empty: all pools. */
    pools: text.default(''),
  }),
  revoke: z.strictObject({ operation: unused, kind: unused, name: text }),
};

export function tokenRoutes(router: Router, tokens: Tokens, joining: Joining): void {
  router.get('/REST/tokens', async (ctx) => {
    checkParameters(schemas.list, parametersOf(ctx));
    const now = new Date();
    const [api, join] = await Promise.all([tokens.list(), joining.list()]);
    ctx.body = {
      tokens: api.map((token) => viewOf(token, now)),
      joins: join.map(joinViewOf),
      success: 'tokens',
    };
  });

  router.post('/REST/tokens', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, ['create', 'revoke']);
    if (operation === 'create' && parameters.get('kind') === 'join') {
      const { container_pool: pool, ttl } = checkParameters(schemas.join, parameters);
      const { text: token, record } = await joining.create({
        pool: pool ?? null,
        ttlSeconds: ttlSeconds('ttl', ttl, joinTtlMaxSeconds),
        createdBy: principalOf(ctx).name,
      });
      ctx.body = { ...joinViewOf(record), token, success: 'Token created.' };
    } else if (operation === 'create') {
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
      // A token to join with has no name but its ID.
      if (!(/^[0-9a-f]{16}$/.test(name) && (await joining.revoke(name)))) await tokens.revoke(name);
      ctx.body = { name, success: 'Token revoked.' };
    }
  });
}

function joinViewOf({ id, pool, createdAt, createdBy, expiresAt }: JoinTokenRecord) {
  return {
    kind: 'join',
    id,
    container_pool: pool,
    created_at: createdAt,
    created_by: createdBy,
    expires_at: expiresAt,
  };
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

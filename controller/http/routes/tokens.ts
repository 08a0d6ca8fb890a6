/** `/REST/tokens`: the tokens for this API, and those that hosts join with. */
import type Router from '@koa/router';
import { z } from 'zod';
import { principalOf } from '../request/state.js';
import { accessRoles } from '../../model/principal.js';
import { hasExpired, type Token } from '../../model/token.js';
import type { Tokens } from '../../usecases/tokens.js';
import { ttlSeconds } from '../../../common/config/duration.js';
import type { JoinTokenRecord } from '../../model/join-token.js';
import type { Enrollment } from '../../enrollment/enrollment.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, operationOf, parametersOf, text, unused } from '../request/parameters.js';

/** Everyone who has the token can join as a host. */
const joinTtlMaxSeconds = 30 * 86_400;
/** Limits a token's lifetime, because people who leave keep their tokens. */
const ttlMaxSeconds = 3650 * 86_400;

const schemas = {
  list: z.strictObject({}),
  join: z.strictObject({
    operation: unused,
    kind: z.literal('join'),
    container_pool: text
      .optional()
      .describe('The only pool for which it is valid. With an existing pool, its host joins again.'),
    ttl: text.default('1h').describe('How long it is valid, as 1h or 30m.'),
  }),
  create: z.strictObject({
    operation: unused,
    kind: z.literal('api', 'a kind is api or join').default('api'),
    name: text,
    role: z.enum(accessRoles, `a role is one of ${accessRoles.join(', ')}`),
    ttl: text.default('90d').describe('How long it is valid, as 90d, 12h, 30m or 45s.'),
    pools: text
      .default('')
      .describe('The pools that it is confined to, separated by commas; empty: all pools.'),
  }),
  revoke: z.strictObject({ operation: unused, kind: unused, name: text }),
};

const apiToken = z
  .object({
    kind: z.literal('api'),
    name: z.string(),
    role: z.enum(accessRoles),
    pools: z.array(z.string()).nullable().describe('Those that it is confined to; null: all.'),
    created_at: z.string(),
    created_by: z.string(),
    expires_at: z.string(),
    expired: z.boolean(),
  })
  .meta({ id: 'ApiToken' });
const joinToken = z
  .object({
    kind: z.literal('join'),
    id: z.string(),
    controller: z.boolean().describe('For a controller ("copa controller join"), and no host.'),
    container_pool: z.string().nullable().describe('The only pool for which it is valid; null: any new one.'),
    created_at: z.string(),
    created_by: z.string(),
    expires_at: z.string(),
  })
  .meta({ id: 'JoinToken' });
const created = {
  token: z.string().describe('The token itself, which is shown only once.'),
  success: z.literal('Token created.'),
};
const listed = z.object({
  tokens: z.array(apiToken),
  joins: z.array(joinToken),
  success: z.literal('tokens'),
});

export const tokenEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/tokens',
    id: 'listTokens',
    summary: 'The tokens for this API and for hosts that join',
    operations: { '': { summary: '', parameters: schemas.list, replies: { 200: listed } } },
  },
  {
    method: 'post',
    path: '/REST/tokens',
    id: 'changeTokens',
    noun: 'token',
    summary: 'Creates and revokes tokens',
    operations: {
      create_api: {
        operation: 'create',
        summary: 'Creates a token for this API',
        parameters: schemas.create,
        replies: { 200: apiToken.extend(created) },
      },
      create_join: {
        operation: 'create',
        summary: 'Creates a token with which a host joins, once',
        parameters: schemas.join,
        replies: { 200: joinToken.extend(created) },
      },
      revoke: {
        summary: 'Revokes a token, by its name, or by its id if it is a join token',
        parameters: schemas.revoke,
        replies: { 200: z.object({ name: z.string(), success: z.literal('Token revoked.') }) },
      },
    },
  },
];

export function tokenRoutes(router: Router, tokens: Tokens, enrollment: Enrollment): void {
  router.get('/REST/tokens', async (ctx) => {
    checkParameters(schemas.list, parametersOf(ctx));
    const now = new Date();
    const [api, join] = await Promise.all([tokens.list(), enrollment.list()]);
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
      const { text: token, record } = await enrollment.create({
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
      // A join token has no name, only an id.
      if (!(/^[0-9a-f]{16}$/.test(name) && (await enrollment.revoke(name)))) await tokens.revoke(name);
      ctx.body = { name, success: 'Token revoked.' };
    }
  });
}

function joinViewOf({ id, controller, pool, createdAt, createdBy, expiresAt }: JoinTokenRecord) {
  return {
    kind: 'join',
    id,
    controller: controller === true,
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

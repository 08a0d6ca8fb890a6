/** `/REST/controllers`: the controllers of this cluster. */
import type Router from '@koa/router';
import { z } from 'zod';
import { ttlSeconds } from '../../../common/config/duration.js';
import type { Controller } from '../../cluster/decisions.js';
import type { ControllerCluster } from '../../cluster/service.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, flag, operationOf, parametersOf, text, unused } from '../request/parameters.js';
import { principalOf } from '../request/state.js';

/** Everyone who has the token gets the cluster secret. */
const ttlMaxSeconds = 86_400;

const name = text.describe('Its name, or its address for other controllers.');

const schemas = {
  list: z.strictObject({}),
  init: z.strictObject({
    operation: unused,
    address: text
      .optional()
      .describe('Where other controllers reach this one, IPv4 or IPv4:PORT; needed with several addresses.'),
  }),
  token: z.strictObject({
    operation: unused,
    ttl: text.default('15m').describe('How long it is valid, as 1h or 30m; a day at most.'),
  }),
  remove: z.strictObject({
    operation: unused,
    name,
    alone: flag.default(false).describe('One controller may be left, which nothing replaces.'),
  }),
  promote: z.strictObject({ operation: unused, name }),
};

const time = z.string().describe('ISO 8601.');
const controller = z
  .object({
    name: z.string(),
    address: z
      .string()
      .nullable()
      .describe('Where other controllers reach its etcd; null: it is alone, or uses an etcd of its user.'),
    state: z.enum(['up', 'down', 'joining']).describe('joining: it receives the data, and has no vote yet.'),
    leader: z.boolean().describe('It leads etcd.'),
    this: z.boolean().describe('It answered this request.'),
    version: z.string().nullable().describe('Null unless it is up.'),
    started_at: time.nullable(),
    url: z.string().nullable().describe('Its REST API for other machines; null: it has none, or is not up.'),
  })
  .meta({ id: 'Controller' });

export const controllerEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/controllers',
    id: 'listControllers',
    summary: 'The controllers of this cluster',
    operations: {
      '': {
        summary: '',
        parameters: schemas.list,
        replies: { 200: z.object({ controllers: z.array(controller), success: z.literal('controllers') }) },
      },
    },
  },
  {
    method: 'post',
    path: '/REST/controllers',
    id: 'changeControllers',
    noun: 'controller',
    summary: 'Adds and removes controllers',
    operations: {
      init: {
        summary: 'Gives this controller an address for others',
        parameters: schemas.init,
        replies: {
          200: z.object({ address: z.string(), success: z.literal('Controller open for others.') }),
        },
      },
      token: {
        summary: 'Creates a token with which a controller joins, once',
        parameters: schemas.token,
        replies: {
          200: z.object({
            id: z.string(),
            expires_at: time,
            token: z.string().describe('The token itself, which is shown only once.'),
            success: z.literal('Token created.'),
          }),
        },
      },
      remove: {
        summary: 'Removes a controller; the others have to be able to go on without it',
        parameters: schemas.remove,
        replies: { 200: z.object({ name: z.string(), success: z.literal('Controller removed.') }) },
      },
      promote: {
        summary: 'Gives a controller that has all data its vote, which also happens by itself',
        parameters: schemas.promote,
        replies: { 200: z.object({ name: z.string(), success: z.literal('Controller promoted.') }) },
      },
    },
  },
];

type Cluster = Pick<ControllerCluster, 'list' | 'init' | 'invite' | 'remove' | 'promote'>;

export function controllerRoutes(router: Router, cluster: Cluster): void {
  router.get('/REST/controllers', async (ctx) => {
    checkParameters(schemas.list, parametersOf(ctx));
    ctx.body = { controllers: (await cluster.list()).map(viewOf), success: 'controllers' };
  });

  router.post('/REST/controllers', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, ['init', 'token', 'remove', 'promote']);
    if (operation === 'init') {
      const { address } = checkParameters(schemas.init, parameters);
      ctx.body = { address: await cluster.init(address), success: 'Controller open for others.' };
    } else if (operation === 'token') {
      const { ttl } = checkParameters(schemas.token, parameters);
      const seconds = ttlSeconds('ttl', ttl, ttlMaxSeconds);
      const { text: token, record } = await cluster.invite(seconds, principalOf(ctx).name);
      ctx.body = { id: record.id, expires_at: record.expiresAt, token, success: 'Token created.' };
    } else if (operation === 'remove') {
      const { name: wanted, alone } = checkParameters(schemas.remove, parameters);
      ctx.body = { name: await cluster.remove(wanted, alone), success: 'Controller removed.' };
    } else {
      const { name: wanted } = checkParameters(schemas.promote, parameters);
      ctx.body = { name: await cluster.promote(wanted), success: 'Controller promoted.' };
    }
  });
}

function viewOf({ isLeader, isThis, startedAt, ...about }: Controller) {
  const { name: shown, address, state, version, url } = about;
  const flags = { leader: isLeader, this: isThis };
  return { name: shown, address, state, ...flags, version, started_at: startedAt, url };
}

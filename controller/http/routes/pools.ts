/** `/REST/pools`: the hosts that run containers. */
import type Router from '@koa/router';
import { z } from 'zod';
import { principalOf } from '../request/state.js';
import { mayReach } from '../../model/principal.js';
import { memoizeByObject } from '../../../common/async/memoize.js';
import { pageOf } from '../../model/page.js';
import type { Host } from '../../model/host.js';
import type { Pools } from '../../usecases/pools.js';
import type { Endpoint } from '../openapi/document.js';
import { next, pageRequestOf, paging } from '../openapi/paging.js';
import { answerText, JsonText } from '../request/json-text.js';
import { checkParameters, operationOf, parametersOf, text, unused } from '../request/parameters.js';

const documented = { operation: unused, container_pool: unused, ip: unused };

const schemas = {
  list: z.strictObject({ ...documented, ...paging }),
  add: z.strictObject({ ...documented, container_pool: text, ip: text }),
  delete: z.strictObject({ ...documented, container_pool: text }),
};

const added = z.object({
  container_pool: z.string(),
  local_ip: z.string(),
  success: z.literal('Container pool added Successfully'),
});
const removed = z.object({
  container_pool: z.string(),
  success: z.literal('Container pool removed successfully.'),
});
const listed = z.object({
  pools: z.array(z.array(z.string()).length(2)),
  next: next.optional(),
  success: z.literal('pools'),
});
const removal = { summary: 'Forgets a host', parameters: schemas.delete, replies: { 200: removed } };

export const poolEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/pools',
    id: 'listPools',
    summary: 'The hosts that run containers',
    operations: { '': { summary: '', parameters: schemas.list, replies: { 200: listed } } },
  },
  {
    method: 'post',
    path: '/REST/pools',
    id: 'changePools',
    noun: 'pool',
    summary: 'Adds and removes hosts',
    operations: {
      add: { summary: 'Makes a host known', parameters: schemas.add, replies: { 200: added } },
      remove: removal,
      delete: removal,
    },
  },
];

const row = ({ name, address }: Host) => [name, address];
const answerOf = (pools: readonly Host[]) => ({ pools: pools.map(row), success: 'pools' });
const poolsText = memoizeByObject((pools: readonly Host[]) => new JsonText(answerOf(pools)));

export function poolRoutes(router: Router, pools: Pools): void {
  router.get('/REST/pools', async (ctx) => {
    const page = pageRequestOf(checkParameters(schemas.list, parametersOf(ctx)));
    const principal = principalOf(ctx);
    const all = await pools.list();
    // A token that is confined to some pools does not get the text that the others share.
    const shown = principal.pools ? all.filter(({ name }) => mayReach(principal, name)) : all;
    if (page === undefined) {
      answerText(ctx, shown === all ? poolsText(all) : new JsonText(answerOf(shown)));
    } else {
      const { items, next: after } = pageOf(shown, ({ name }) => name, page);
      ctx.body = { pools: items.map(row), next: after, success: 'pools' };
    }
  });

  router.post('/REST/pools', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, ['add', 'delete', 'remove']);
    if (operation === 'add') {
      const { container_pool, ip } = checkParameters(schemas.add, parameters);
      await pools.add(container_pool, ip);
      ctx.body = { container_pool, local_ip: ip, success: 'Container pool added Successfully' };
    } else {
      const { container_pool } = checkParameters(schemas.delete, parameters);
      await pools.remove(container_pool);
      ctx.body = { container_pool, success: 'Container pool removed successfully.' };
    }
  });
}

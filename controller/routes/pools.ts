/** `/REST/pools`: the hosts that run containers. */
import type Router from '@koa/router';
import { z } from 'zod';
import { derivedOnce } from '../derived.js';
import { pageOf } from '../services/page.js';
import type { Pool } from '../services/pool.js';
import type { Pools } from '../services/pools.js';
import { pageRequestOf, paging } from './paging.js';
import {
  answerText,
  checkParameters,
  jsonText,
  operationOf,
  parametersOf,
  text,
  unused,
} from './parameters.js';

const documented = { operation: unused, container_pool: unused, ip: unused };

const schemas = {
  list: z.strictObject({ ...documented, ...paging }),
  add: z.strictObject({ ...documented, container_pool: text, ip: text }),
  delete: z.strictObject({ ...documented, container_pool: text }),
};

const row = ({ name, address }: Pool) => [name, address];
const poolsText = derivedOnce((pools: readonly Pool[]) =>
  jsonText({ pools: pools.map(row), success: 'pools' }),
);

export function poolRoutes(router: Router, pools: Pools): void {
  router.get('/REST/pools', async (ctx) => {
    const page = pageRequestOf(checkParameters(schemas.list, parametersOf(ctx)));
    const all = await pools.list();
    if (page === undefined) {
      answerText(ctx, poolsText(all));
    } else {
      const { items, next } = pageOf(all, ({ name }) => name, page);
      ctx.body = { pools: items.map(row), next, success: 'pools' };
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

/** `/REST/pools`: the hosts that run containers. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { Pools } from '../services/pools.js';
import { checkParameters, operationOf, parametersOf, text, unused } from './parameters.js';

const documented = { operation: unused, container_pool: unused, ip: unused };

const schemas = {
  list: z.strictObject(documented),
  add: z.strictObject({ ...documented, container_pool: text, ip: text }),
  delete: z.strictObject({ ...documented, container_pool: text }),
};

export function poolRoutes(router: Router, pools: Pools): void {
  router.get('/REST/pools', async (ctx) => {
    checkParameters(schemas.list, parametersOf(ctx));
    const all = await pools.list();
    ctx.body = { pools: all.map(({ name, address }) => [name, address]), success: 'pools' };
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

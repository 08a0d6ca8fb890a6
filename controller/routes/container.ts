/** `/REST/container`: what containers are there, and what is done with them. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { Containers } from '../services/containers.js';
import { orderMigration, type MigrationApi } from './migrations.js';
import { checkParameters, operationOf, parametersOf, text, unused, wholeNumber } from './parameters.js';

/** How long a container may take to shut down before it is killed, when the request does not say. */
const stopTimeoutSeconds = 30;

const documented = {
  operation: unused,
  container_name: unused,
  container_pool: unused,
  destination_pool: unused,
  image_type: unused,
};
const one = { ...documented, container_name: text, container_pool: text };

const schemas = {
  list: z.strictObject({ ...documented, container_pool: text }),
  information: z.strictObject({ ...documented, container_pool: text, container_name: text.optional() }),
  change: z.strictObject(one),
  stop: z.strictObject({ ...one, stop_timeout: wholeNumber(1, 3600).default(stopTimeoutSeconds) }),
  create: z.strictObject({ ...one, image_type: text }),
};

const operationSuccessful = { success: 'Operation successful' };

export function containerRoutes(router: Router, containers: Containers, migrations: MigrationApi): void {
  router.get('/REST/container', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, ['information', 'list_containers']);
    if (operation === 'list_containers') {
      const { container_pool } = checkParameters(schemas.list, parameters);
      ctx.body = { containers: await containers.list(container_pool) };
    } else {
      const { container_pool, container_name } = checkParameters(schemas.information, parameters);
      ctx.body =
        container_name === undefined
          ? await containers.allInformation(container_pool)
          : await containers.information({ pool: container_pool, container: container_name });
    }
  });

  router.post('/REST/container', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, [
      'start',
      'stop',
      'freeze',
      'unfreeze',
      'delete',
      'migrate',
      'create',
    ]);
    switch (operation) {
      case 'create': {
        const { container_name, container_pool, image_type } = checkParameters(schemas.create, parameters);
        await containers.create({ pool: container_pool, container: container_name }, image_type);
        ctx.body = { success: 'Container created successfully.' };
        return;
      }
      case 'migrate':
        await orderMigration(ctx, migrations);
        return;
      case 'stop': {
        const { container_name, container_pool, stop_timeout } = checkParameters(schemas.stop, parameters);
        await containers.stop({ pool: container_pool, container: container_name }, stop_timeout);
        ctx.body = operationSuccessful;
        return;
      }
      default: {
        const { container_name, container_pool } = checkParameters(schemas.change, parameters);
        await containers[operation]({ pool: container_pool, container: container_name });
        ctx.body = operationSuccessful;
      }
    }
  });
}

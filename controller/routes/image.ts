/** `/REST/image`: what containers can be made of. */
import type Router from '@koa/router';
import { z } from 'zod';
import { CopaError } from '../../proto/errors.js';
import type { Images } from '../services/images.js';
import { checkParameters, parametersOf, text } from './parameters.js';

const schema = z.strictObject({
  image_pool: text.optional(),
  container_pool: text.optional(),
  // The specification's example sends it along.
  operation: z.literal('list_containers', 'the only operation here is list_containers').optional(),
});

export function imageRoutes(router: Router, images: Images): void {
  router.get('/REST/image', async (ctx) => {
    const { image_pool, container_pool } = checkParameters(schema, parametersOf(ctx));
    if (image_pool !== undefined && container_pool !== undefined && image_pool !== container_pool) {
      throw new CopaError(
        'invalid_argument',
        'image_pool and container_pool name different pools: give one of them',
      );
    }
    const pool = image_pool ?? container_pool;
    const { images: found, warning } = await (pool === undefined ? images.ofAllPools() : images.ofPool(pool));
    ctx.body = {
      images: found,
      ...(warning === undefined ? {} : { warning }),
      success: 'Operation successful',
    };
  });
}

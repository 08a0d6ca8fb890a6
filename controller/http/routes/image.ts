/** `/REST/image`: the images for new containers. */
import type Router from '@koa/router';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { principalOf } from '../request/state.js';
import { mayReach } from '../../model/principal.js';
import type { Images } from '../../usecases/images.js';
import { pageOf, type PageRequest } from '../../model/page.js';
import type { Endpoint } from '../openapi/document.js';
import { next, pageRequestOf, paging } from '../openapi/paging.js';
import { checkParameters, parametersOf, text } from '../request/parameters.js';

const schema = z.strictObject({
  image_pool: text.optional(),
  container_pool: text.optional(),
  // The specification's example sends this parameter.
  operation: z.literal('list_containers', 'the only operation here is list_containers').optional(),
  ...paging,
});

const reply = z.object({
  images: z.record(z.string(), z.string()).describe('From alias to fingerprint.'),
  next: next.optional(),
  warning: z.string().optional(),
  success: z.literal('Operation successful'),
});

export const imageEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/image',
    id: 'listImages',
    summary: 'The images of one pool, or of all pools',
    operations: { '': { summary: '', parameters: schema, replies: { 200: reply } } },
  },
];

export function imageRoutes(router: Router, images: Images): void {
  router.get('/REST/image', async (ctx) => {
    const { image_pool, container_pool, ...part } = checkParameters(schema, parametersOf(ctx));
    const page = pageRequestOf(part);
    if (image_pool !== undefined && container_pool !== undefined && image_pool !== container_pool) {
      throw new CopaError(
        'invalid_argument',
        'image_pool and container_pool name different pools: give one of them',
      );
    }
    const pool = image_pool ?? container_pool;
    const { images: found, warning } = await (pool === undefined
      ? images.ofAllPools((name) => mayReach(principalOf(ctx), name))
      : images.ofPool(pool));
    ctx.body = {
      ...(page === undefined ? { images: found } : imagesPage(found, page)),
      ...(warning === undefined ? {} : { warning }),
      success: 'Operation successful',
    };
  });
}

function imagesPage(images: Readonly<Record<string, string>>, page: PageRequest) {
  const { items, next: after } = pageOf(Object.entries(images), ([alias]) => alias, page);
  return { images: Object.fromEntries(items), next: after };
}

/** `/REST/image`: the images for new containers, and copies of them to other pools. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';
import { mayReach } from '../../model/principal.js';
import type { ImageCopies } from '../../images/image-copies.js';
import { placesOf, type ImagePlaces, type Images } from '../../images/images.js';
import { pageOf, type PageRequest } from '../../model/page.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, runOperation, type Operations } from '../openapi/operations.js';
import { next, pageRequestOf, paging } from '../openapi/paging.js';
import { operationSuccessful } from '../openapi/schemas.js';
import { checkParameters, flag, parametersOf, text, unused } from '../request/parameters.js';

export interface ImageServices {
  readonly images: Images;
  readonly imageCopies: Pick<ImageCopies, 'copy'>;
}

const schema = z.strictObject({
  image_pool: text.optional(),
  container_pool: text.optional(),
  // The specification's example sends this parameter.
  operation: z.literal('list_containers', 'the only operation here is list_containers').optional(),
  details: flag.default(false).describe('Also `details`: where each image is. Without paging.'),
  ...paging,
});

const detail = z
  .object({
    fingerprint: z.string(),
    type: z.string().describe('`container` or `virtual-machine`.'),
    architecture: z.string(),
    size_bytes: z.int(),
    description: z.string().nullable(),
    pools: z
      .record(z.string(), z.array(z.string()))
      .describe('The pools that have it, with its aliases there.'),
  })
  .meta({ id: 'Image' });

const reply = z.object({
  images: z.record(z.string(), z.string()).describe('From alias to fingerprint.'),
  details: z.array(detail).optional(),
  next: next.optional(),
  warning: z.string().optional(),
  success: z.literal('Operation successful'),
});

const copyReply = z.object({
  success: z.literal('Operation successful'),
  fingerprint: z.string(),
  image_pool: z.string().describe('Where it came from.'),
  destination_pool: z.string(),
  copied: z.boolean().describe('False: it was there already.'),
  bytes: z.int(),
  aliases_added: z.array(z.string()),
  aliases_taken: z.array(z.string()).describe('Those that another image has there, and keeps.'),
});

const changesOf = ({ imageCopies }: ImageServices) =>
  ({
    copy: operation({
      summary: 'Copies an image to a pool, with its aliases and properties',
      parameters: z.strictObject({
        operation: unused,
        image_type: text.meta({
          description: 'An alias, a fingerprint, or the start of one.',
          example: 'ubuntu',
        }),
        image_pool: text.optional().meta({
          description: 'Where it comes from; without it, any pool that has it.',
          example: 'server1',
        }),
        destination_pool: text.meta({ description: 'Where it goes.', example: 'server2' }),
      }),
      reply: copyReply,
      call: async ({ image_type, image_pool: from, destination_pool }, ctx) => {
        const request = { image: image_type, from, to: destination_pool };
        const reaches = (pool: string) => mayReach(principalOf(ctx), pool);
        const copied = await imageCopies.copy({ ...request, mayReach: reaches });
        return {
          ...operationSuccessful,
          fingerprint: copied.fingerprint,
          image_pool: copied.from,
          destination_pool,
          copied: copied.copied,
          bytes: copied.bytes,
          aliases_added: copied.aliasesAdded,
          aliases_taken: copied.aliasesTaken,
        };
      },
    }),
  }) satisfies Operations;

export function imageRoutes(router: Router, services: ImageServices): Endpoint[] {
  const changes = changesOf(services);
  router.get('/REST/image', (ctx) => list(ctx, services.images));
  router.post('/REST/image', runOperation(changes));
  return [
    {
      method: 'get',
      path: '/REST/image',
      id: 'listImages',
      summary: 'The images of one pool, or of all pools',
      operations: { '': { summary: '', parameters: schema, replies: { 200: reply } } },
    },
    {
      method: 'post',
      path: '/REST/image',
      id: 'changeImage',
      noun: 'image',
      summary: 'Copies images',
      operations: changes,
    },
  ];
}

async function list(ctx: Context, images: Images): Promise<void> {
  const { image_pool, container_pool, details, ...part } = checkParameters(schema, parametersOf(ctx));
  const page = pageRequestOf(part);
  if (image_pool !== undefined && container_pool !== undefined && image_pool !== container_pool) {
    throw new CopaError(
      'invalid_argument',
      'image_pool and container_pool name different pools: give one of them',
    );
  }
  const pool = image_pool ?? container_pool;
  const isAsked = (name: string) => mayReach(principalOf(ctx), name);
  const { images: found, warning } = await (pool === undefined
    ? images.ofAllPools(isAsked, signalOf(ctx))
    : images.ofPool(pool));
  const isWanted = (name: string) => isAsked(name) && (pool === undefined || name === pool);
  ctx.body = {
    ...(page === undefined ? { images: found } : imagesPage(found, page)),
    ...(details ? { details: placesOf(await images.listsOf(isWanted, signalOf(ctx))).map(detailOf) } : {}),
    ...(warning === undefined ? {} : { warning }),
    success: 'Operation successful',
  };
}

function detailOf({ image, places }: ImagePlaces): z.output<typeof detail> {
  const { fingerprint, type, architecture, size, properties } = image;
  return {
    ...{ fingerprint, type, architecture, size_bytes: size },
    description: properties['description'] ?? null,
    pools: Object.fromEntries(places.map(({ pool, aliases }) => [pool, [...aliases]])),
  };
}

function imagesPage(images: Readonly<Record<string, string>>, page: PageRequest) {
  const { items, next: after } = pageOf(Object.entries(images), ([alias]) => alias, page);
  return { images: Object.fromEntries(items), next: after };
}

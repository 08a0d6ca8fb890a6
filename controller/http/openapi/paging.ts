/** `limit` and `after`, for lists that may be long. Without them the reply is the whole list, as documented. */
import { z } from 'zod';
import type { PageRequest } from '../../model/page.js';
import { text, wholeNumber } from '../request/parameters.js';

const pageLimitMax = 1000;

export const paging = {
  limit: wholeNumber(1, pageLimitMax)
    .optional()
    .meta({ description: 'the largest number of entries in the reply, which then has `next`' }),
  after: text.optional().meta({ description: 'continue after this name: the `next` of the page before' }),
};

/** In the reply to a request for a page. */
export const next = z
  .string()
  .nullable()
  .meta({ description: 'the `after` of the next page; null: this is the last one' });

/** The requested page; undefined: the whole list. */
export function pageRequestOf({
  limit,
  after,
}: z.output<z.ZodObject<typeof paging>>): PageRequest | undefined {
  return limit === undefined && after === undefined ? undefined : { limit: limit ?? pageLimitMax, after };
}

/** `limit` and `after`, for lists that may be long. Without them a reply is what it is documented to be: all. */
import { z } from 'zod';
import type { PageRequest } from '../../model/page.js';
import { text, wholeNumber } from '../request/parameters.js';

const pageLimitMax = 1000;

export const paging = {
  limit: wholeNumber(1, pageLimitMax)
    .optional()
    .meta({ description: 'how many to answer at most; the answer then has `next`' }),
  after: text
    .optional()
    .meta({ description: 'answer what comes after this name: the `next` of the page before' }),
};

/** In the answer to who asked for a page. */
export const next = z
  .string()
  .nullable()
  .meta({ description: 'what to pass as `after` for the next page, if there is one' });

/** The page that is asked for; undefined: everything. */
export function pageRequestOf({
  limit,
  after,
}: z.output<z.ZodObject<typeof paging>>): PageRequest | undefined {
  return limit === undefined && after === undefined ? undefined : { limit: limit ?? pageLimitMax, after };
}

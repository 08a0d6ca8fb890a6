/** The state of all pools and their containers. */
import type { Overview } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import type { Rest } from './rest.js';

interface Wanted {
  /** Not given: all. */
  readonly pool?: string | undefined;
  /** Only containers with these labels. */
  readonly labels?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** All pools, or the one that is named. */
export async function readOverview(rest: Rest, { pool, labels, signal }: Wanted = {}): Promise<Overview> {
  const chosen = labels === undefined ? {} : { labels };
  if (pool !== undefined) return rest.overview({ container_pool: pool, ...chosen }, { signal });
  const pages: Overview[] = [];
  for await (const page of rest.pages((part) => rest.overview({ ...part, ...chosen }, { signal })))
    pages.push(page);
  const last = pages.at(-1);
  if (!last) throw new CopaError('internal', 'the controller returned no page of its overview');
  return { ...last, pools: pages.flatMap(({ pools }) => pools) };
}

/** The pool of a new container: the one that is named, or the only one. */
export async function poolForNew(rest: Rest, pool: string | undefined): Promise<string> {
  if (pool !== undefined) return pool;
  const { pools } = await readOverview(rest);
  const [only, ...others] = pools;
  if (only && others.length === 0) return only.name;
  const names =
    pools.length === 0 ? 'there is none yet: see "copa pool add"' : pools.map(({ name }) => name).join(', ');
  throw new CopaError('invalid_argument', `name the pool, as POOL:CONTAINER; ${names}`);
}

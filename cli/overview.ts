/** The live picture of all pools, and where in it a container is. */
import type { Overview, Pool } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { shown } from '../common/names.js';
import type { Rest } from './rest.js';

/** Of all pools, or of the one that is named. */
export async function readOverview(rest: Rest, pool?: string, signal?: AbortSignal): Promise<Overview> {
  if (pool !== undefined) return rest.overview({ container_pool: pool }, { signal });
  const pages: Overview[] = [];
  for await (const page of rest.pages((part) => rest.overview(part, { signal }))) pages.push(page);
  const last = pages.at(-1);
  if (!last) throw new CopaError('internal', 'the controller gave no page of its overview');
  return { ...last, pools: pages.flatMap(({ pools }) => pools) };
}

/** A container as it is named on the command line: `web`, or `server1:web` on a pool. */
export interface Named {
  readonly pool: string | undefined;
  readonly container: string;
}

/** `pool` is what --pool says. Throws `invalid_argument` when the two contradict each other. */
export function namedBy(text: string, pool?: string): Named {
  const [first = '', second, ...rest] = text.split(':');
  if (second === undefined) return { pool, container: first };
  if (rest.length > 0 || first === '' || second === '') {
    throw new CopaError(
      'invalid_argument',
      `${shown(text)} names no container: give CONTAINER or POOL:CONTAINER`,
    );
  }
  if (pool !== undefined && pool !== first) {
    throw new CopaError(
      'invalid_argument',
      `${shown(text)} is on pool "${first}", but --pool says "${pool}"`,
    );
  }
  return { pool: first, container: second };
}

/**
 * The pool that has a container of that name. Throws `not_found` when none has, `failed_precondition` when
 * several have, and `unavailable` when a pool that does not answer might: it is never guessed.
 */
export function poolOf(container: string, pools: readonly Pool[]): string {
  const name = shown(container);
  const holders = pools.filter(({ containers }) => containers.some((each) => each.name === container));
  if (holders.length > 1) {
    const ways = holders.map((pool) => `${pool.name}:${container}`).join(', ');
    throw new CopaError('failed_precondition', `there are several containers ${name}: say which, as ${ways}`);
  }
  const silent = pools.filter(({ state }) => state !== 'up').map((pool) => pool.name);
  const [holder] = holders;
  if (silent.length > 0) {
    const where =
      silent.length > 3
        ? `${silent.slice(0, 3).join(', ')} and ${silent.length - 3} more`
        : silent.join(', ');
    const found = holder ? `${name} is on ${holder.name}, but` : `${name} was not found, but`;
    throw new CopaError(
      'unavailable',
      `${found} ${where} cannot be asked now and might have one, too: name the pool, as ${holder?.name ?? silent[0] ?? ''}:${container}`,
    );
  }
  if (holder) return holder.name;
  throw new CopaError('not_found', `there is no container ${name} on any pool`);
}

/** Where a named container is; asks only when its pool is not named. */
export async function locate(
  rest: Rest,
  { pool, container }: Named,
): Promise<{ pool: string; container: string }> {
  if (pool !== undefined) return { pool, container };
  return { pool: poolOf(container, (await readOverview(rest)).pools), container };
}

/** The pool for a new container: the one that is named, or the only one that there is. */
export async function poolForNew(rest: Rest, pool: string | undefined): Promise<string> {
  if (pool !== undefined) return pool;
  const { pools } = await readOverview(rest);
  const [only, ...others] = pools;
  if (only && others.length === 0) return only.name;
  const names =
    pools.length === 0 ? 'there is none yet: see "copa pool add"' : pools.map(({ name }) => name).join(', ');
  throw new CopaError('invalid_argument', `name the pool, as POOL:CONTAINER; ${names}`);
}

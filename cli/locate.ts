/** Finds the pool of a container that is named on the command line. */
import type { ContainerRef, Migration, Pool } from '../client/index.js';
import { CopaError, isCopaError } from '../common/errors.js';
import { shown } from '../common/names.js';
import { readOverview } from './overview.js';
import type { Rest } from './rest.js';

/** A container as it is named on the command line: `web`, or `server1:web`. */
export interface NamedContainer {
  readonly pool: string | undefined;
  readonly name: string;
}

/** `pool` is the value of --pool. Throws `invalid_argument` when the two contradict each other. */
export function parseContainer(text: string, pool?: string): NamedContainer {
  const [first = '', second, ...rest] = text.split(':');
  if (second === undefined) return { pool, name: first };
  if (rest.length > 0 || first === '' || second === '') {
    throw new CopaError(
      'invalid_argument',
      `${shown(text)} is not the name of a container: give CONTAINER or POOL:CONTAINER`,
    );
  }
  if (pool !== undefined && pool !== first) {
    throw new CopaError('invalid_argument', `${shown(text)} names pool "${first}", but --pool is "${pool}"`);
  }
  return { pool: first, name: second };
}

/** The container and its pool. Reads the overview only when the pool is not named. */
export async function locate(rest: Rest, text: string, pool?: string): Promise<ContainerRef> {
  const named = parseContainer(text, pool);
  if (named.pool !== undefined) return { pool: named.pool, name: named.name };
  const { pools } = await readOverview(rest);
  return { pool: poolOf(named.name, await withoutCopies(rest, named.name, pools)), name: named.name };
}

/**
 * The pools without the other copies of a container that is being moved: before the destination has started,
 * its copy is not the container; after that, the source is not. An overview may be older than that.
 */
async function withoutCopies(rest: Rest, name: string, pools: readonly Pool[]): Promise<readonly Pool[]> {
  const held = pools.flatMap(({ containers }) => containers.filter((container) => container.name === name));
  const ids = held.flatMap(({ migration }) => migration ?? []);
  if (held.length < 2 || ids.length === 0) return pools;
  const migrations = await Promise.all([...new Set(ids)].map((id) => findMigration(rest, id)));
  const copies = migrations.flatMap((migration) => (migration ? poolOfCopy(migration) : []));
  return pools.map((pool) =>
    copies.includes(pool.name)
      ? { ...pool, containers: pool.containers.filter((container) => container.name !== name) }
      : pool,
  );
}

function poolOfCopy({ source, destination, state, stage }: Migration): string {
  return state === 'done' || stage === 'clean up' ? source : destination;
}

/** Undefined when the controller does not know the container. */
async function findMigration(rest: Rest, id: string): Promise<Migration | undefined> {
  try {
    return await rest.migration(id);
  } catch (error) {
    if (isCopaError(error, 'not_found')) return undefined;
    throw error;
  }
}

/**
 * The pool that has a container of that name; never a guess. Throws `not_found` when none has,
 * `failed_precondition` when several have, and `unavailable` when a pool that does not answer might have one.
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
      `${found} ${where} cannot be reached now and might have one, too: name the pool, as ${holder?.name ?? silent[0] ?? ''}:${container}`,
    );
  }
  if (holder) return holder.name;
  throw new CopaError('not_found', `there is no container ${name} on any pool`);
}

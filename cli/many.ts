/** One change of many containers: those of pools, or those with labels. */
import type { ContainerRef, Pool } from '../client/index.js';
import { Semaphore } from '../common/async/semaphore.js';
import { CopaError, isCopaError, messageOf } from '../common/errors.js';
import { poolNamePattern, shown } from '../common/names.js';
import { exitCodeOf } from './exit.js';
import { printMessage } from './output.js';
import { readOverview } from './overview.js';
import type { Rest } from './rest.js';

/** Each host executes few changes at a time, and the others wait there. */
export const parallelUsual = 16;
const parallelMax = 256;

export interface Chosen {
  /** Those that the change applies to. */
  readonly containers: readonly ContainerRef[];
  /** How many others there are: they are in the wanted state already, or cannot get into it. */
  readonly skipped: number;
}

/** The containers of `pools` (each as POOL:, none: all pools) whose status the change applies to. */
export async function chooseMany(
  rest: Rest,
  pools: readonly string[],
  labels: string | undefined,
  applies: (status: string) => boolean,
): Promise<Chosen> {
  const names = pools.map(poolIn);
  const { pools: all } = await readOverview(rest, { labels });
  const unknown = names.find((name) => !all.some((pool) => pool.name === name));
  if (unknown !== undefined) throw new CopaError('not_found', `there is no pool ${shown(unknown)}`);
  return chosenIn(
    all.filter(({ name }) => names.length === 0 || names.includes(name)),
    applies,
  );
}

export function chosenIn(pools: readonly Pool[], applies: (status: string) => boolean): Chosen {
  const all = pools.flatMap(({ name: pool, containers }) =>
    containers.map(({ name, status }) => ({ ref: { pool, name }, status })),
  );
  const containers = all.filter(({ status }) => applies(status)).map(({ ref }) => ref);
  return { containers, skipped: all.length - containers.length };
}

function poolIn(text: string): string {
  const name = text.endsWith(':') ? text.slice(0, -1) : '';
  if (poolNamePattern.test(name)) return name;
  throw new CopaError(
    'invalid_argument',
    `${shown(text)} is not valid together with --all or --labels: a pool is expected, as server1:`,
  );
}

export function parseParallel(text: string | undefined): number {
  if (text === undefined) return parallelUsual;
  const value = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= parallelMax) return value;
  throw new CopaError(
    'invalid_argument',
    `--parallel ${shown(text)} is not valid: a number from 1 to ${parallelMax} is expected`,
  );
}

/**
 * Does the work for each container, some at a time. Prints each failure, and at the end how many succeeded. The exit code
 * is that of the first failure.
 */
export async function changeMany(
  { containers, skipped }: Chosen,
  { done, parallel }: { readonly done: string; readonly parallel: number },
  work: (container: ContainerRef) => Promise<unknown>,
): Promise<void> {
  const places = new Semaphore(parallel);
  let failed = 0;
  await Promise.all(
    containers.map(async (container) => {
      const release = await places.acquire();
      try {
        await work(container);
      } catch (error) {
        if (!isCopaError(error)) throw error;
        failed++;
        printMessage(`copa: ${container.pool}:${container.name}: ${messageOf(error)}`);
        process.exitCode ||= exitCodeOf(error);
      } finally {
        release();
      }
    }),
  );
  const succeeded = containers.length - failed;
  const parts = [
    `${succeeded} of ${containers.length} containers ${done}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} left as they were`] : []),
  ];
  printMessage(`${parts.join(', ')}.`);
}

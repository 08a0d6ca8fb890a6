/** `copa pool evacuate --each`: one pool after the other is emptied, changed by a command of the operator, and filled. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Overview } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { poolNamePattern, shown } from '../common/names.js';

export interface RollingOrder {
  /** `@GROUP`, `@any`, or names with commas between. */
  readonly each: string;
  readonly between: string;
  /** The first pool, when an earlier run has ended there. */
  readonly from?: string | undefined;
}

export interface RollingPool {
  readonly name: string;
  readonly ip: string;
}

/** What happens to each pool. Each of these throws when it does not succeed. */
export interface RollingSteps {
  evacuate(pool: string): Promise<void>;
  change(pool: RollingPool): Promise<void>;
  restore(pool: string): Promise<void>;
}

/** The pools of an order: a list in its own order, all others by name. Throws when it names none. */
export function rollingPools(order: RollingOrder, all: Overview['pools']): RollingPool[] {
  const { each, from } = order;
  const chosen = chosenIn(each, all).map(({ name, ip }) => ({ name, ip }));
  if (from === undefined) return chosen;
  const first = chosen.findIndex(({ name }) => name === from);
  if (first < 0) {
    const names = chosen.map(({ name }) => name).join(', ');
    throw new CopaError('invalid_argument', `--from ${shown(from)} is none of these pools: ${names}`);
  }
  return chosen.slice(first);
}

function chosenIn(each: string, all: Overview['pools']): Overview['pools'] {
  if (!each.startsWith('@')) {
    return each.split(',').map((name) => {
      const found = poolNamePattern.test(name) ? all.find((pool) => pool.name === name) : undefined;
      if (!found) throw new CopaError('not_found', `--each ${shown(each)}: there is no pool ${shown(name)}`);
      return found;
    });
  }
  const group = each.slice(1);
  const found = all
    .filter(({ labels }) => group === 'any' || labels['group'] === group)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (found.length > 0) return found;
  const why = group === 'any' ? 'there is no pool' : `no pool has the label group=${group}`;
  throw new CopaError('not_found', `--each ${shown(each)}: ${why}`);
}

/** Stops at the first failure, and says what is done, what is left, and how to go on. */
export async function rollPools(
  order: RollingOrder,
  pools: readonly RollingPool[],
  steps: RollingSteps,
): Promise<void> {
  for (const [at, pool] of pools.entries()) {
    let step = 'it was not emptied';
    try {
      await steps.evacuate(pool.name);
      step = 'it stays evacuated';
      await steps.change(pool);
      step = 'not all is back';
      await steps.restore(pool.name);
    } catch (error) {
      const names = (some: readonly RollingPool[]) => some.map(({ name }) => name).join(', ') || 'none';
      throw new CopaError(
        error instanceof CopaError ? error.code : 'internal',
        `pool "${pool.name}": ${messageOf(error)} (${step}). Done: ${names(pools.slice(0, at))}. Left: ${names(pools.slice(at + 1))}. ` +
          `Go on with: copa pool evacuate --each ${order.each} --from ${pool.name} --between ${quoted(order.between)}`,
        { cause: error },
      );
    }
  }
}

/** Runs the operator's command in a shell, here, on this terminal. Throws unless it exits with 0. */
export async function runBetween(command: string, { name, ip }: RollingPool): Promise<void> {
  const env = { ...process.env, COPA_POOL: name, COPA_POOL_ADDRESS: ip };
  const child = spawn('/bin/sh', ['-c', command], { stdio: 'inherit', env });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code === 0) return;
  const how = signal === null ? `exit code ${code}` : signal;
  throw new CopaError('failed_precondition', `the command ended with ${how}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

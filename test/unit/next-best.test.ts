// Aim: a move to @any goes to the next best pool when the check before it refuses the best one, a few times, and the
// answer names what was refused. Method: the use case on an inventory in memory, with a move that is refused to order.
import { expect, test } from 'vitest';
import { CopaError } from '../../common/errors.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { MoveRefused } from '../../controller/migration/refusals.js';
import { Placer } from '../../controller/placement/placer.js';
import { Placements } from '../../controller/usecases/placements.js';
import { failureOf } from '../support/failures.js';

const GiB = 1024 ** 3;

/** Pools of which each next one is fuller. */
function placementsOn(pools: readonly string[]): Placements {
  const inventory = new Inventory(() => undefined);
  for (const [index, name] of pools.entries()) {
    inventory.add({ name, address: '10.0.0.1', addedAt: '', revision: 1 });
    inventory.apply(name, {
      ...{ daemon: null, renamed: [], deleted: [], containers: [], listing: 'LAST_PART', probePort: 0 },
      capacity: {
        ...{ cpus: 4, load1: 0, memoryTotal: 64 * GiB, memoryAvailable: (60 - 8 * index) * GiB },
        ...{ diskTotal: 100 * GiB, diskFree: 50 * GiB },
      },
    });
  }
  const information = () => Promise.resolve({ disk: {}, memory: { usage: 1 }, network: null });
  const keepRules = () => Promise.resolve();
  return new Placements({ placer: new Placer(inventory), containers: { information, keepRules }, inventory });
}

const order = { source: 'a', name: 'web', target: '@any', principal: { pools: undefined } };

/** A move that these pools refuse. Returns the pools that were tried. */
function moveTo(placements: Placements, refusing: readonly string[]) {
  const tried: string[] = [];
  const moved = placements.forMove(order, (pool) => {
    tried.push(pool);
    if (!refusing.includes(pool)) return Promise.resolve();
    const findings = `profile: there is no profile "x" on ${pool}`;
    return Promise.reject(new MoveRefused(`container "web" cannot be migrated: ${findings}`, findings));
  });
  return { tried, moved };
}

const why = (pool: string) =>
  `the check before the move refuses it: profile: there is no profile "x" on ${pool}`;

test('the next best pool gets it, and the answer says why not the better ones', async () => {
  const { tried, moved } = moveTo(placementsOn(['a', 'b', 'c', 'd']), ['b', 'c']);
  const { pool, refused, answer } = await moved;
  expect([pool, tried]).toEqual(['d', ['b', 'c', 'd']]);
  const reasons = [
    { pool: 'b', reason: why('b') },
    { pool: 'c', reason: why('c') },
  ];
  expect(refused).toEqual(reasons);
  expect(answer.others(10)).toEqual([{ pool: 'a', reason: 'it is there now' }, ...reasons]);
});

test('three are tried at most, and all of them are in the error', async () => {
  const placements = placementsOn(['a', 'b', 'c', 'd', 'e']);
  const { tried, moved } = moveTo(placements, ['b', 'c', 'd', 'e']);
  expect(await failureOf(() => moved)).toBe(
    `failed_precondition: no pool can take it: b: ${why('b')}; c: ${why('c')}; d: ${why('d')}`,
  );
  expect(tried).toEqual(['b', 'c', 'd']);
});

test('the only one refuses with its own error, and any other failure is final', async () => {
  const { moved } = moveTo(placementsOn(['a', 'b']), ['b']);
  expect(await failureOf(() => moved)).toMatch(/^failed_precondition: container "web" cannot be migrated/);
  const tried: string[] = [];
  const failing = placementsOn(['a', 'b', 'c']).forMove(order, (pool) => {
    tried.push(pool);
    return Promise.reject(new CopaError('failed_precondition', 'it is held'));
  });
  expect(await failureOf(() => failing)).toBe('failed_precondition: it is held');
  expect(tried).toEqual(['b']);
});

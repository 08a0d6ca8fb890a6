// Aim: pools are changed one after the other, a failure stops all, and its text says how to go on.
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rollingPools, rollPools, runBetween } from '../../../cli/rolling.js';
import type { Overview } from '../../../client/index.js';
import { CopaError } from '../../../common/errors.js';

const pools = [
  { name: 'c', ip: '192.0.2.3', labels: { group: 'rack1' } },
  { name: 'a', ip: '192.0.2.1', labels: { group: 'rack1' } },
  { name: 'b', ip: '192.0.2.2', labels: {} },
] as unknown as Overview['pools'];
const order = { each: '@rack1', between: "echo 'now'" };
const namesOf = (each: string, from?: string) =>
  rollingPools({ ...order, each, from }, pools).map(({ name }) => name);

test('chooses a group, all, or a list, from a pool on', () => {
  expect(namesOf('@rack1')).toEqual(['a', 'c']);
  expect(namesOf('@any')).toEqual(['a', 'b', 'c']);
  expect(namesOf('c,b')).toEqual(['c', 'b']);
  expect(namesOf('@any', 'b')).toEqual(['b', 'c']);
  expect(() => namesOf('@rack2')).toThrow('--each "@rack2": no pool has the label group=rack2');
  expect(() => namesOf('a,x')).toThrow('--each "a,x": there is no pool "x"');
  expect(() => namesOf('@rack1', 'b')).toThrow('--from "b" is none of these pools: a, c');
});

function recording(fails?: string) {
  const done: string[] = [];
  const step = (name: string) => (pool: string | { name: string }) => {
    const text = `${name} ${typeof pool === 'string' ? pool : pool.name}`;
    done.push(text);
    return text === fails ? Promise.reject(new CopaError('aborted', 'no')) : Promise.resolve();
  };
  return { done, steps: { evacuate: step('evacuate'), change: step('change'), restore: step('restore') } };
}

test('empties, changes and fills one pool after the other', async () => {
  const { done, steps } = recording();
  await rollPools(order, rollingPools(order, pools), steps);
  expect(done).toEqual(['evacuate a', 'change a', 'restore a', 'evacuate c', 'change c', 'restore c']);
});

test.each([
  ['evacuate c', 'it was not emptied'],
  ['change c', 'it stays evacuated'],
  ['restore c', 'not all is back'],
])('stops when "%s" fails', async (fails, state) => {
  const { done, steps } = recording(fails);
  await expect(rollPools(order, rollingPools(order, pools), steps)).rejects.toMatchObject({
    code: 'aborted',
    message: `pool "c": no (${state}). Done: a. Left: none. Go on with: copa pool evacuate --each @rack1 --from c --between 'echo '\\''now'\\'''`,
  });
  expect(done.at(-1)).toBe(fails);
});

test('the command knows its pool, and its failure is one', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'copa-rolling-')), 'out');
  await runBetween(`echo "$COPA_POOL $COPA_POOL_ADDRESS" > ${file}`, { name: 'a', ip: '192.0.2.1' });
  expect(readFileSync(file, 'utf8')).toBe('a 192.0.2.1\n');
  const failing = runBetween('exit 3', { name: 'a', ip: '192.0.2.1' });
  await expect(failing).rejects.toThrow('the command ended with exit code 3');
});

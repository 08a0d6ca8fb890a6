// Aim: names of snapshots are read fast, and right also where the daemon does not encode them. Method: a daemon's replies
// as LXD 5.0 gives them.
import { expect, test } from 'vitest';
import type { LxdClient } from '../../agent/lxd/client.js';
import { snapshotNames } from '../../agent/lxd/snapshots.js';

function daemonWith(names: readonly string[]) {
  const asked: string[] = [];
  const get = (path: string) => {
    asked.push(path);
    const isShort = !path.includes('recursion=1');
    return Promise.resolve(
      names.map((name) => (isShort ? `/1.0/instances/c1/snapshots/${name}` : { name: `c1/${name}` })),
    );
  };
  return { lxd: { get } as unknown as LxdClient, asked };
}

test('plain names come from the short list alone', async () => {
  const { lxd, asked } = daemonWith(['s1', 'daily-2026.11_28']);
  expect(await snapshotNames(lxd, 'c1')).toEqual(['s1', 'daily-2026.11_28']);
  expect(asked).toEqual(['/1.0/instances/c1/snapshots']);
});

test.each(['snap-%Y%m0', 'a?b', 'ä', 'a b', 'a&b+c'])(
  'with %j, they come from the descriptions',
  async (odd) => {
    const { lxd, asked } = daemonWith(['s1', odd]);
    expect(await snapshotNames(lxd, 'c1')).toEqual(['s1', odd]);
    expect(asked.at(-1)).toBe('/1.0/instances/c1/snapshots?recursion=1');
  },
);

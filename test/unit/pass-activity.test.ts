// Aim: a pass counts as idle only when no byte moves and neither side works. Method: a clock of the test.
import { expect, test } from 'vitest';
import { isAbout } from '../../agent/lxd/daemon-work.js';
import { subvolumesAt, subvolumesIn } from '../../agent/lxd/btrfs.js';
import { budgetOf, measureAgainMs } from '../../agent/migration/pass-bounds.js';
import { PassActivity } from '../../agent/migration/pass-activity.js';

test('bytes, an agent that prepares, a daemon that works, and the other side each keep a pass alive', () => {
  let now = 0;
  const activity = new PassActivity(() => now);
  now = 1_000_000;
  expect([activity.idleMs, activity.isWorking]).toEqual([0, true]);
  activity.prepared();
  now += 60_000;
  expect([activity.idleMs, activity.isWorking]).toEqual([60_000, false]);
  activity.sampled('1');
  activity.sampled('1');
  expect(activity.idleMs).toBe(60_000);
  activity.sampled('2');
  expect([activity.idleMs, activity.silentMs, activity.isWorking]).toEqual([0, 60_000, true]);
  now += 60_000;
  activity.peerWorks();
  expect([activity.idleMs, activity.isWorking]).toEqual([0, false]);
  now += 60_000;
  activity.moved(5);
  expect([activity.idleMs, activity.silentMs]).toEqual([0, 0]);
  now += 10;
  activity.moved(5);
  expect(activity.silentMs).toBe(10);
});

test("a daemon's process belongs to a container when it names the container's volume", () => {
  expect(isAbout('/var/lib/lxd/storage-pools/default/containers/c1/', 'c1')).toBe(true);
  expect(isAbout('/x/containers-snapshots/c1/s', 'c1')).toBe(true);
  expect(isAbout('/x/containers/c11/', 'c1')).toBe(false);
  expect(isAbout('c1', 'c1')).toBe(false);
});

test('subvolumes are found by their place in the pool, with those below them', () => {
  const all = subvolumesIn(
    [
      'ID 257 gen 9 top level 5 received_uuid -                                    path pool/containers/c1',
      'ID 258 gen 9 top level 257 received_uuid 6c1f3d0e-0000-0000-0000-000000000000 path pool/containers/c1/rootfs/srv',
      'ID 259 gen 9 top level 5 received_uuid 6c1f3d0e-0000-0000-0000-000000000001 path pool/containers/cc1',
      '',
    ].join('\n'),
  ).map((each) => ({ ...each, readOnly: false }));
  const { own, below } = subvolumesAt(all, 'containers/c1');
  expect([own?.path, own?.marked]).toEqual(['pool/containers/c1', false]);
  expect(below.map(({ path, marked }) => [path, marked])).toEqual([['pool/containers/c1/rootfs/srv', true]]);
  expect(subvolumesAt(all, 'containers/c2')).toEqual({ own: undefined, below: [] });
});

test('the nearer a disk is to its reserve, the fewer bytes and the less time pass between measurements', () => {
  const gib = 1024 ** 3;
  const disk = (freeBytes: number) => ({ totalBytes: 100 * gib, freeBytes });
  const first = disk(50 * gib);
  expect(budgetOf(first, disk(2.25 * gib))).toBe(gib);
  expect(budgetOf(first, disk(0.1 * gib))).toBe(4 * 1024 ** 2);
  expect(budgetOf(undefined, undefined)).toBe(4 * 1024 ** 2);
  expect(measureAgainMs(first, first)).toBe(5_000);
  expect(measureAgainMs(first, disk(2.25 * gib))).toBe(250);
  expect(measureAgainMs(first, disk(0.1 * gib))).toBe(100);
});

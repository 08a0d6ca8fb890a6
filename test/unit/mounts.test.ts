// Aim: a mount that a daemon left over a snapshot is unmounted, and one that somebody made inside a container's files
// is found. Method: the text of a mountinfo.
import { describe, expect, test } from 'vitest';
import { mountPointsIn, mountsInside, snapshotMounts } from '../../agent/lxd/mounts.js';

const pool = '/var/lib/lxd/storage-pools/default';
const points = (...paths: string[]) =>
  mountPointsIn(
    [...paths.map((path) => `36 35 98:0 / ${path} ro,noatime - ext4 /dev/sda rw`), ''].join('\n'),
  );

test('mounts left over snapshots are distinguished from those of other containers, pools and volumes', () => {
  const all = points(
    '/',
    pool,
    `${pool}/containers/c1`,
    `${pool}/containers-snapshots/c1/one`,
    `${pool}/containers-snapshots/c1/one/rootfs/mnt`,
    `${pool}/containers-snapshots/c11/one`,
    `${pool}/containers-snapshots/c1/two\\040words`,
    '/srv/storage-pools/default/containers-snapshots/c1/one',
  );
  expect(snapshotMounts(all, '/var/lib/lxd', 'c1')).toEqual([
    `${pool}/containers-snapshots/c1/two words`,
    `${pool}/containers-snapshots/c1/one`,
  ]);
});

describe('mounts inside the files of a container', () => {
  const inside = (...paths: string[]) => mountsInside(points(...paths), [pool, '/srv/tank'], 'c1');

  test.each([
    `${pool}/containers/c1/rootfs`,
    `${pool}/containers/c1/rootfs/mnt/x`,
    '/srv/tank/containers/c1/rootfs/home',
    `${pool}/containers-snapshots/c1/one/rootfs/mnt`,
  ])('are found: %s', (path) => {
    expect(inside('/', pool, path)).toEqual([path]);
  });

  test.each([
    // A volume that the daemon itself mounts, and its mount over a snapshot.
    `${pool}/containers/c1`,
    `${pool}/containers-snapshots/c1/one`,
    `${pool}/containers/c11/rootfs/mnt`,
    `${pool}/virtual-machines/c1/rootfs`,
    '/srv/containers/c1/rootfs',
    '/',
  ])('are not: %s', (path) => {
    expect(inside(path)).toEqual([]);
  });
});

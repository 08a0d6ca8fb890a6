// Aim: received snapshots of btrfs become what a daemon can send differences of, and read-only subvolumes are found.
// Method: a file system of its own with snapshots as `btrfs receive` leaves them.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listSubvolumes, takeMarkOffSnapshots } from '../../agent/lxd/btrfs.js';
import type { LxdClient } from '../../agent/lxd/client.js';
import { readOnlySubvolumes, sendsDifferences } from '../../agent/lxd/storage.js';
import { Lab } from '../../deploy/lab/lab.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, no file system can be made here: ${obstacle} ***\n`);

const shell = (script: string, ...argv: string[]) =>
  promisify(execFile)('sh', ['-euc', script, 'sh', ...argv]);

const snapshots = 20;

describe.skipIf(obstacle !== undefined)('subvolumes of btrfs', () => {
  let directory = '';
  let mounted = '';

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'copa-btrfs-'));
    mounted = join(directory, 'storage-pools', 'default');
    await mkdir(mounted, { recursive: true });
    await shell(
      `truncate -s 300M "$1/image"; mkfs.btrfs -q "$1/image"; mount -o loop "$1/image" "$2"; cd "$2"
      mkdir received containers; btrfs -q subvolume create containers/c1; mkdir containers/c1/rootfs
      for i in $(seq ${snapshots}); do
        btrfs -q subvolume snapshot -r containers/c1 s$i; btrfs -q send s$i | btrfs -q receive received
      done
      # As a daemon that died in between leaves it.
      btrfs property set -f -t subvol received/s1 ro false
      btrfs -q subvolume create containers/c1/rootfs/data
      btrfs -q subvolume snapshot -r containers/c1/rootfs/data containers/c1/rootfs/kept`,
      directory,
      mounted,
    );
  }, 60_000);
  afterAll(async () => {
    await shell('umount "$1"', mounted);
    await rm(directory, { recursive: true });
  });

  test('received snapshots lose their mark and are read-only', async () => {
    const received = async () =>
      (await listSubvolumes(mounted)).filter(({ path }) => path.startsWith('received/'));
    expect((await received()).filter(({ marked }) => marked).length).toBeGreaterThanOrEqual(snapshots - 1);
    const paths = (await received()).map(({ path }) => join(mounted, path));
    await takeMarkOffSnapshots([...paths, join(mounted, 'received', 'deleted meanwhile')]);
    const after = await received();
    expect(after).toHaveLength(snapshots);
    for (const each of after) expect(each).toMatchObject({ marked: false, readOnly: true });
  });

  const pool = { name: 'default', driver: 'btrfs', config: {} };
  const lxdHere = () =>
    ({
      socketPath: join(directory, 'unix.socket'),
      root: () => Promise.resolve({ prefix: '' }),
    }) as unknown as LxdClient;

  test('a read-only subvolume inside a container is found', async () => {
    const lxd = lxdHere();
    expect(await readOnlySubvolumes(lxd, pool, 'c1')).toEqual(['rootfs/kept']);
    expect(await readOnlySubvolumes(lxd, { ...pool, driver: 'dir' }, 'c1')).toEqual([]);
  });

  test('a received subvolume inside a container rules out differences', async () => {
    expect(await sendsDifferences(lxdHere(), pool, 'c1')).toBe(true);
    await shell(
      'cd "$1"; mkdir containers/c1/rootfs/in; btrfs -q send containers/c1/rootfs/kept | btrfs -q receive containers/c1/rootfs/in',
      mounted,
    );
    expect(await sendsDifferences(lxdHere(), pool, 'c1')).toBe(false);
  });
});

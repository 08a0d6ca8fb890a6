// Aim: a container moves between LXD and Incus, and returns unchanged. Method: real hosts of each, without a TCP port on
// any, and each with its own range of user ids, so that all files get other owners; the daemons' data shows the result.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { describeContainer, fillContainer, findContainer } from './fixture.js';

const obstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd') ?? daemonObstacle('incus');
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, LXD and Incus hosts cannot both run here: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)(
  `LXD and Incus${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: Cluster | undefined;
    let lxd: Host, incus: Host;
    let btrfs: Host[] = [];
    const moved = { success: 'Container migrated successfully.' };
    const up = () => cluster as Cluster;
    const migrate = (from: Host, name: string, to: Host) =>
      up().operate('migrate', from.name, name, { destination_pool: to.name });

    beforeAll(async () => {
      cluster = await Cluster.up({
        hosts: 4,
        daemon: ['lxd', 'incus', 'lxd', 'incus'],
        storage: ['dir', 'dir', 'btrfs', 'btrfs'],
        ownIds: true,
      });
      [lxd, incus, ...btrfs] = cluster.hosts as [Host, Host, Host, Host];
    }, 120_000);
    afterAll(() => cluster?.down(), 120_000);

    test.each([
      ['dir', () => [lxd, incus]],
      ['btrfs', () => btrfs],
    ] as const)('a running container moves there and back (%s)', { timeout: 120_000 }, async (_, hosts) => {
      const [here, there] = hosts() as [Host, Host];
      await up().launch(here, 'traveller');
      await fillContainer(here, 'traveller');
      const before = await describeContainer(here, 'traveller');
      for (const [from, to] of [
        [here, there],
        [there, here],
      ] as const) {
        expect((await migrate(from, 'traveller', to)).body).toEqual(moved);
        expect(await findContainer(from, 'traveller')).toBeUndefined();
        expect(await findContainer(to, 'traveller')).toMatchObject({ status: 'Running' });
        expect(await describeContainer(to, 'traveller')).toEqual(before);
      }
    });

    test(
      'a stopped one with snapshots from other user ids keeps its setuid bits',
      { timeout: 120_000 },
      async () => {
        const [here, there] = btrfs as [Host, Host];
        const before = await describeContainer(here, 'traveller');
        expect((await migrate(here, 'traveller', there)).body).toEqual(moved);
        await there.lxc('stop', 'traveller');
        expect((await migrate(there, 'traveller', here)).body).toEqual(moved);
        await here.lxc('start', 'traveller');
        expect(await describeContainer(here, 'traveller')).toEqual(before);
      },
    );

    test(
      'a new container gets its image from a host of the other kind, and ten at once get it once',
      { timeout: 120_000 },
      async () => {
        const copies = async () => {
          const metrics = await (await fetch(new URL('/metrics', up().url))).text();
          return Number(/^copa_image_copies_total\{outcome="copied"\} (\d+)/m.exec(metrics)?.[1] ?? 0);
        };
        for (const [from, to, count] of [
          [lxd, incus, 10],
          [incus, lxd, 1],
        ] as const) {
          const { target } = (await from.lxd('/1.0/images/aliases/tiny')) as { target: string };
          const { properties } = (await from.lxd(`/1.0/images/${target}`)) as { properties: object };
          await to.lxd(`/1.0/images/${target}`, { method: 'DELETE' });
          const before = await copies();
          const names = Array.from({ length: count }, (_, index) => `fresh${index}-${to.name}`);
          await Promise.all(names.map((name) => up().must('create', to.name, name, { image_type: 'tiny' })));
          expect((await copies()) - before).toBe(1);
          expect(await to.lxd('/1.0/images/aliases/tiny')).toMatchObject({ target });
          expect(await to.lxd(`/1.0/images/${target}`)).toMatchObject({ properties });
        }
      },
    );

    test('a snapshot that Incus took moves', { timeout: 120_000 }, async () => {
      await up().launch(incus, 'kept');
      await incus.lxd('/1.0/instances/kept/snapshots', { method: 'POST', body: { name: 'there' } });
      expect((await migrate(incus, 'kept', lxd)).body).toEqual(moved);
      expect(await lxd.lxd('/1.0/instances/kept/snapshots')).toEqual(['/1.0/instances/kept/snapshots/there']);
    });

    test('settings that have another name there are translated', { timeout: 120_000 }, async () => {
      await up().must('create', incus.name, 'keyed', { image_type: 'tiny' });
      await incus.lxc('config', 'set', 'keyed', 'security.guestapi=false');
      expect((await migrate(incus, 'keyed', lxd)).body).toEqual(moved);
      const there = { status: 'Stopped', config: { 'security.devlxd': 'false' } };
      expect(await findContainer(lxd, 'keyed')).toMatchObject(there);
      await lxd.lxc('config', 'set', 'keyed', 'security.devlxd.images=true');
      expect((await migrate(lxd, 'keyed', incus)).body).toEqual(moved);
      const config = { 'security.guestapi': 'false', 'security.guestapi.images': 'true' };
      expect(await findContainer(incus, 'keyed')).toMatchObject({ status: 'Stopped', config });
    });
  },
);

// Aim: a running container moves between every two daemons that COPA supports, and back, and is the same afterwards.
// Method: one real host of each daemon, each with its own range of user ids. The daemons of Debian 13 need a debootstrap,
// which takes minutes when it is not cached, so this runs only with COPA_TEST_DAEMONS=all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle, type DaemonName } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { describeContainer, fillContainer, findContainer } from './fixture.js';

const names = ['lxd', 'incus', 'lxd13', 'incus7'] as const satisfies readonly DaemonName[];
const obstacle =
  process.env['COPA_TEST_DAEMONS'] === 'all'
    ? ((await Lab.obstacle()) ?? names.map(daemonObstacle).find((each) => each !== undefined))
    : 'COPA_TEST_DAEMONS is not "all"';
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, moves between all daemons on real hosts: ${obstacle} ***\n`);

const pairs = names.flatMap((one, at) => names.slice(at + 1).map((other) => [one, other] as const));
const moved = { success: 'Container migrated successfully.' };

describe.skipIf(obstacle !== undefined).each(['dir', 'btrfs'] as const)(
  `all daemons, storage %s${obstacle === undefined ? '' : ` (${obstacle})`}`,
  (storage) => {
    let cluster: Cluster;
    const hostOf = (name: DaemonName) => cluster.hosts[names.indexOf(name as (typeof names)[number])] as Host;
    const migrate = (from: Host, name: string, to: Host) =>
      cluster.operate('migrate', from.name, name, { destination_pool: to.name });
    const passesOf = async (name: string) => {
      const query = { container_name: name, limit: '1' };
      const { body } = await cluster.request('GET', 'migrations', { query });
      const [newest] = body['migrations'] as { passes: { kind: string }[] }[];
      return newest?.passes.map(({ kind }) => kind) ?? [];
    };

    beforeAll(async () => {
      cluster = await Cluster.up({ hosts: names.length, daemon: names, storage, ownIds: true });
    }, 600_000);
    afterAll(() => cluster.down(), 120_000);

    test.each(pairs)('%s and %s', { timeout: 180_000 }, async (one, other) => {
      const [here, there] = [hostOf(one), hostOf(other)];
      const name = `${one}-${other}`;
      await cluster.launch(here, name);
      await fillContainer(here, name);
      const before = await describeContainer(here, name);
      for (const [from, to] of [
        [here, there],
        [there, here],
      ] as const) {
        expect((await migrate(from, name, to)).body).toEqual(moved);
        expect(await findContainer(from, name)).toBeUndefined();
        expect(await findContainer(to, name)).toMatchObject({ status: 'Running' });
        expect(await describeContainer(to, name)).toEqual(before);
        expect((await passesOf(name))[0]).toBe('running');
      }
      await here.lxc('delete', '--force', name);
    });
  },
);

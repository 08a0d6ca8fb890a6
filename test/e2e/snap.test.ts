// Aim: on a host as the snap makes it, whose storage is mounted for the daemon alone, a running container is copied while
// it runs, exactly, and its downtime is that of a plain host. Method: two real hosts of each kind; the moves of one pair
// follow those of the other in the same minutes, and a client measures how long the container does not answer.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { Client } from '../bench/client.js';
import { describeContainer, fillContainer, findContainer } from './fixture.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, LXD from the snap on real hosts: ${obstacle} ***\n`);

/** The goal is 1.2. One pair of moves in a busy test run is no benchmark, so this only catches a lost pre-copy. */
const ratioMax = 2;

describe.skipIf(obstacle !== undefined)('LXD as the snap has it', { timeout: 180_000 }, () => {
  let cluster: Cluster;
  let hosts: Record<'snapDir' | 'snapBtrfs' | 'plainDir' | 'plainBtrfs', Host>;
  const moved = { success: 'Container migrated successfully.' };
  const migrate = (from: Host, name: string, to: Host) =>
    cluster.operate('migrate', from.name, name, { destination_pool: to.name });
  const passesOf = async (name: string) => {
    const query = { container_name: name, limit: '1' };
    const { body } = await cluster.request('GET', 'migrations', { query });
    const [newest] = body['migrations'] as { passes: { kind: string }[] }[];
    return newest?.passes.map(({ kind }) => kind) ?? [];
  };

  beforeAll(async () => {
    cluster = await Cluster.up({
      hosts: 4,
      daemon: ['snap', 'snap', 'lxd', 'lxd'],
      storage: ['dir', 'btrfs', 'dir', 'btrfs'],
    });
    const [snapDir, snapBtrfs, plainDir, plainBtrfs] = cluster.hosts as [Host, Host, Host, Host];
    hosts = { snapDir, snapBtrfs, plainDir, plainBtrfs };
  }, 180_000);
  afterAll(() => cluster.down(), 120_000);

  test('has its storage where nobody else on the host sees it', async () => {
    const { snapDir, snapBtrfs } = hosts;
    for (const host of [snapDir, snapBtrfs]) {
      await host.lxc('init', 'tiny', 'hidden');
      const volume = host.volume('hidden');
      expect((await host.exec(['ls', volume], { check: false })).code).not.toBe(0);
      expect((await host.execBesideDaemon(['ls', volume])).stdout).toContain('rootfs');
      await host.lxc('delete', 'hidden');
    }
  });

  test('is reached with the capabilities that the unit gives the agent', async () => {
    const host = hosts.snapDir;
    const unit = readFileSync(new URL('../../deploy/systemd/copa-agent.service', import.meta.url), 'utf8');
    const given = /^CapabilityBoundingSet=(.*)$/m.exec(unit)?.[1] ?? '';
    const set = given.toLowerCase().replaceAll('cap_', '+').replaceAll(' ', ',');
    const pids = (await host.exec(['pidof', 'lxd'])).stdout.trim().split(' ');
    const script = `ls /proc/${pids.at(-1) ?? ''}/root${host.daemon.directory}/storage-pools/default/containers`;
    const unprivileged = ['setpriv', `--bounding-set=-all,${set}`, '--no-new-privs', 'sh', '-c', script];
    expect((await host.exec(['unshare', '--mount', ...unprivileged])).code).toBe(0);
  });

  test.each([
    ['dir', 'snapDir', 'plainDir'],
    ['btrfs', 'snapBtrfs', 'plainBtrfs'],
  ] as const)(
    'a running container moves there and back, copied while it runs: %s',
    async (name, its, other) => {
      const [snap, plain] = [hosts[its], hosts[other]];
      await cluster.launch(snap, name);
      await fillContainer(snap, name);
      const before = await describeContainer(snap, name);
      for (const [from, to] of [
        [snap, plain],
        [plain, snap],
      ] as const) {
        expect((await migrate(from, name, to)).body).toEqual(moved);
        expect((await passesOf(name)).slice(0, 1)).toEqual(['running']);
        expect(await findContainer(from, name)).toBeUndefined();
        expect(await describeContainer(to, name)).toEqual(before);
      }
    },
  );

  test('a file that rsync would take for unchanged comes along, also after a restart of the daemon', async () => {
    const { snapDir, plainDir } = hosts;
    await cluster.launch(snapDir, 'exact');
    const run = (script: string) => snapDir.lxc('exec', 'exact', '--', 'sh', '-c', script);
    await run('echo old > /data/word');
    await snapDir.lxd('/1.0/instances/exact/snapshots', { method: 'POST', body: { name: 'snap' } });
    await run('t=$(stat -c %Y /data/word); echo new > /data/word; touch -d @$t /data/word');
    await snapDir.restart('lxd');
    expect((await migrate(snapDir, 'exact', plainDir)).body).toEqual(moved);
    expect((await passesOf('exact')).slice(0, 1)).toEqual(['running']);
    expect(await plainDir.lxc('exec', 'exact', '--', 'cat', '/data/word')).toBe('new\n');
  });

  test('its downtime is that of a plain host', async () => {
    const { snapDir, snapBtrfs, plainDir, plainBtrfs } = hosts;
    const downtime = async (from: Host, to: Host) => {
      await cluster.launch(from, 'timed');
      await from.lxc('exec', 'timed', '--', 'sh', '-c', 'head -c 50000000 /dev/urandom > /srv-data');
      const client = new Client(await from.containerAddress('timed'));
      await client.answers();
      const ms = await client.downtimeOf(async () => {
        expect((await migrate(from, 'timed', to)).body).toEqual(moved);
      });
      client.stop();
      await to.lxc('delete', '--force', 'timed');
      return ms;
    };
    const plain = await downtime(plainDir, plainBtrfs);
    const snap = await downtime(snapDir, snapBtrfs);
    console.log(
      `away for ${Math.round(snap)} ms with the snap, ${Math.round(plain)} ms without: ${(snap / plain).toFixed(2)}`,
    );
    expect(snap / plain).toBeLessThan(ratioMax);
  });
});

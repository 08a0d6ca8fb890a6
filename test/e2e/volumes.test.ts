// Aim: a container's custom volumes come along, with their snapshots and owners, whatever becomes of the move. Method:
// three real hosts with user ids of their own: LXD on dir, Incus on btrfs, LXD on btrfs. A container with a volume, a
// snapshot of it and a writer in it goes round; what the daemons and the files say afterwards is the fact.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { findContainer } from './fixture.js';

const obstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd') ?? daemonObstacle('incus');
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, LXD and Incus hosts cannot both run here: ${obstacle} ***\n`);

interface Volume {
  readonly name: string;
  readonly description: string;
  readonly config: Readonly<Record<string, string>>;
  readonly used_by: readonly string[];
}

const makeFiles = `
cd /mnt/data && mkdir sub && head -c 3000000 /dev/urandom > sub/blob && chown 1000:1001 sub/blob && chmod 640 sub/blob
ln -s sub/blob link && printf aaaa > same && touch -d '2001-02-03 04:05:06' same && sync`;

/** Same size, same old time, other content than before. */
const rewrite = (directory: string) =>
  `cd ${directory} && printf bbbb > same && touch -d '2001-02-03 04:05:06' same && sync`;

const tellFiles = `
cd /mnt/data && find . | sort | while read -r f; do
  stat -c '%n %F %a %u:%g' "$f"; [ -f "$f" ] && [ ! -L "$f" ] && md5sum < "$f"; done; true`;

describe.skipIf(obstacle !== undefined)('custom volumes', { timeout: 120_000 }, () => {
  let cluster: Cluster, dir: Host, incus: Host, btrfs: Host;
  const moved = { success: 'Container migrated successfully.' };
  const volumesAt = '/1.0/storage-pools/default/volumes/custom';
  const volumesOn = async (host: Host) => {
    const all = (await host.lxd(`${volumesAt}?recursion=1`)) as Volume[];
    return all.filter(({ name }) => !name.includes('/'));
  };
  const findVolume = async (host: Host, name: string) =>
    (await volumesOn(host)).find((each) => each.name === name);
  const shell = (host: Host, name: string, script: string) =>
    host.lxc('exec', name, '--', 'sh', '-c', script);
  const migrate = (from: Host, to: Host, name: string, more: Record<string, string> = {}) =>
    cluster.operate('migrate', from.name, name, { destination_pool: to.name, ...more });
  const attach = async (host: Host, container: string, volume: string, device = 'data') => {
    const devices = { [device]: { type: 'disk', pool: 'default', source: volume, path: `/mnt/${device}` } };
    await host.lxd(`/1.0/instances/${container}`, { method: 'PATCH', body: { devices } });
  };
  const makeVolume = (host: Host, name: string, more: object = {}) =>
    host.lxd(volumesAt, { method: 'POST', body: { name, type: 'custom', config: {}, ...more } });

  /** A running container with a volume, which has a snapshot. */
  const launch = async (host: Host, name: string, volume: string) => {
    await makeVolume(host, volume, { description: 'kept', config: { 'user.note': 'a note' } });
    await cluster.launch(host, name);
    await attach(host, name, volume);
    await shell(host, name, makeFiles);
    await host.lxd(`${volumesAt}/${volume}/snapshots`, { method: 'POST', body: { name: 's1' } });
    await shell(host, name, 'echo later > /mnt/data/later');
  };
  const write = (host: Host, name: string) =>
    shell(
      host,
      name,
      'cd /mnt/log; (i=$(tail -n1 log); while :; do i=$((i+1)); echo $i >> log; sleep 0.05; done) </dev/null >/dev/null 2>&1 &',
    );
  const logOf = async (host: Host, name: string) =>
    (await shell(host, name, 'cat /mnt/log/log')).trim().split('\n').map(Number);

  const away = async (host: Host, name: string, ...volumes: string[]) => {
    if (await findContainer(host, name)) await host.lxc('delete', '--force', name);
    for (const volume of volumes) {
      if (await findVolume(host, volume)) await host.lxd(`${volumesAt}/${volume}`, { method: 'DELETE' });
    }
  };

  beforeAll(async () => {
    cluster = await Cluster.up({
      hosts: 3,
      daemon: ['lxd', 'incus', 'lxd'],
      storage: ['dir', 'btrfs', 'btrfs'],
      ownIds: true,
    });
    [dir, incus, btrfs] = cluster.hosts as [Host, Host, Host];
  }, 240_000);
  afterAll(() => cluster.down(), 120_000);

  test('come along with their snapshots, owners and settings, from host to host', async () => {
    await launch(dir, 'v1', 'data1');
    await makeVolume(dir, 'log1');
    await attach(dir, 'v1', 'log1', 'log');
    await shell(dir, 'v1', 'cd /mnt/log; : > log; head -c 6000000 /dev/urandom > random; printf aaaa > same');
    const files = await shell(dir, 'v1', tellFiles);
    let written = 0;
    for (const [from, to] of [
      [dir, incus],
      [incus, btrfs],
      [btrfs, dir],
    ] as const) {
      await write(from, 'v1');
      await waitFor('the writer', async () => (await logOf(from, 'v1')).length > written);
      const slowly = from === dir ? { bandwidth_limit: '6000000' } : {};
      const move = migrate(from, to, 'v1', { stop_timeout: '20', ...slowly });
      // Other content of the same size and time, after the first pass has read the old one.
      if (from === dir) {
        await waitFor('the first pass', async () => (await findVolume(to, 'log1')) !== undefined);
        await shell(from, 'v1', rewrite('/mnt/log'));
      }
      expect((await move).body).toMatchObject(moved);
      expect(await findContainer(to, 'v1')).toMatchObject({ status: 'Running' });
      expect(await shell(to, 'v1', 'cat /mnt/log/same')).toBe('bbbb');
      // A set-user-ID file from the other host must not be within reach of this host's users.
      const folder = join(to.volume('v1'), '..', '..', 'custom');
      expect((await to.execBesideDaemon(['stat', '-c', '%a', folder])).stdout.trim()).toBe('700');
      expect(await shell(to, 'v1', tellFiles)).toBe(files);
      const log = await logOf(to, 'v1');
      expect(log).toEqual(Array.from(log, (_, index) => index + 1));
      expect(log.length).toBeGreaterThan(written);
      written = log.length;
      expect(await findVolume(to, 'data1')).toMatchObject({
        description: 'kept',
        used_by: ['/1.0/instances/v1'],
      });
      const { config } = (await findVolume(to, 'data1')) as Volume;
      expect(config['user.note']).toBe('a note');
      expect(Object.keys(config).filter((key) => key.startsWith('user.copa'))).toEqual([]);
      const snapshots = (await to.lxd(`${volumesAt}/data1/snapshots`)) as string[];
      expect(snapshots.map((path) => path.split('/').at(-1))).toEqual(['s1']);
      await waitFor('the old volume to go', async () => (await findVolume(from, 'data1')) === undefined);
    }
    await away(dir, 'v1', 'data1', 'log1');
  });

  test('are as before after a cancelled move, and nothing is left on the destination', async () => {
    await launch(dir, 'v2', 'data2');
    await shell(dir, 'v2', 'head -c 12000000 /dev/urandom > /mnt/data/random');
    const move = migrate(dir, incus, 'v2', { bandwidth_limit: '2000000' });
    let id = '';
    await waitFor('the volume to be on its way', async () => {
      const { body } = await cluster.request('GET', 'migrations', { query: { container_name: 'v2' } });
      id = (body['migrations'] as { id: string }[])[0]?.id ?? '';
      return (await findVolume(incus, 'data2')) !== undefined;
    });
    await cluster.request('DELETE', `migrations/${id}`);
    expect((await move).status).toBe(409);
    await waitFor('the way back', async () => {
      const { body } = await cluster.request('GET', `migrations/${id}`);
      return body['state'] === 'cancelled';
    });
    expect(await findVolume(incus, 'data2')).toBeUndefined();
    expect(await findContainer(incus, 'v2')).toBeUndefined();
    expect(await findContainer(dir, 'v2')).toMatchObject({ status: 'Running' });
    const { config } = (await findVolume(dir, 'data2')) as Volume;
    expect(Object.keys(config).filter((key) => key.startsWith('user.copa'))).toEqual([]);
    await away(dir, 'v2', 'data2');
  });

  test('are a finding when they are shared, their name is taken, or rsync would not see a change', async () => {
    await launch(dir, 'v3', 'data3');
    await cluster.must('create', dir.name, 'v4', { image_type: 'tiny' });
    await attach(dir, 'v4', 'data3');
    const dryRun = async () => {
      const { body } = await migrate(dir, incus, 'v3', { dry_run: 'true' });
      return (body['findings'] as { message: string }[]).map(({ message }) => message).join('\n');
    };
    expect(await dryRun()).toContain('"data3", which others use as well (instances/v4)');
    expect((await migrate(dir, incus, 'v3')).status).toBe(409);
    await dir.lxc('delete', '--force', 'v4');
    await makeVolume(incus, 'data3');
    expect(await dryRun()).toContain('has a storage volume "data3" already');
    await incus.lxd(`${volumesAt}/data3`, { method: 'DELETE' });
    await shell(dir, 'v3', rewrite('/mnt/data'));
    expect(await dryRun()).toContain('"same" in storage volume "data3" differs from its state in a snapshot');
    await shell(dir, 'v3', 'touch /mnt/data/same');
    expect(await dryRun()).toBe('');
    await away(dir, 'v3', 'data3');
  });
});

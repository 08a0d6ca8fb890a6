// Aim: a migrated container is the same one, in one place; a refused or failed migration changes nothing; nobody gets
// anywhere without a certificate of COPA's CA. Method: real LXD hosts, the built controller and agents; the daemons
// and containers themselves show the result.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster, type Reply } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { describeContainer, fillContainer, findContainer } from './fixture.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

interface View {
  readonly id: string;
  readonly phase: string;
  readonly state: string;
  readonly via: string;
  readonly passes: readonly { readonly kind: string; readonly bytes: number }[];
  readonly bytes: number;
  readonly downtime_ms: number | null;
  readonly error: string | null;
}

describe.skipIf(obstacle !== undefined)('migration', () => {
  let cluster: Cluster;
  /** Empty when it did not come up. */
  const up: Cluster[] = [];
  let dir1: Host, dir2: Host, btrfs1: Host, btrfs2: Host;
  let made = 0;
  const fresh = () => `c${++made}`;
  const errorOf = ({ body }: Reply) => String(body['error']);
  const migrate = (from: Host, name: string, to: Host | string, more: Record<string, string> = {}) =>
    cluster.operate('migrate', from.name, name, {
      destination_pool: typeof to === 'string' ? to : to.name,
      ...more,
    });
  const view = async (id: string) =>
    (await cluster.request('GET', `migrations/${id}`)).body as unknown as View;
  const begin = async (from: Host, name: string, to: Host, more: Record<string, string> = {}) => {
    const form = {
      operation: 'migrate',
      container_pool: from.name,
      container_name: name,
      destination_pool: to.name,
    };
    const reply = await cluster.request('POST', 'container', {
      form: { ...form, ...more },
      headers: { Prefer: 'respond-async' },
    });
    expect(reply).toMatchObject({ status: 202 });
    expect(reply.headers.get('location')).toBe(`/REST/migrations/${String(reply.body['id'])}`);
    return String(reply.body['id']);
  };
  const ended = async (id: string) => {
    let now: View | undefined;
    try {
      return await waitFor(
        `migration ${id} to end`,
        async () => ((now = await view(id)).state === 'running' ? undefined : now),
        120_000,
      );
    } catch (error) {
      const dead = cluster.hosts.filter((host) => !host.isRunning('lxd')).map(({ name }) => name);
      throw new Error(`${String(error)}; hosts without LXD: ${dead.join()}; ${JSON.stringify(now)}`, {
        cause: error,
      });
    }
  };
  /** The container is unchanged on `home`, and nothing of it is on `away`. */
  const isAsBefore = async (name: string, home: Host, away: Host, status = 'Running') => {
    const instance = await findContainer(home, name);
    expect(instance).toMatchObject({ status });
    expect(Object.keys(instance?.config ?? {}).filter((key) => key.startsWith('user.copa.'))).toEqual([]);
    expect(instance?.config['boot.autostart']).toBeUndefined();
    expect((await home.lxd(`/1.0/instances/${name}/snapshots`)) as string[]).toEqual([]);
    expect(await findContainer(away, name)).toBeUndefined();
  };

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 4, storage: ['dir', 'dir', 'btrfs', 'btrfs'], storageSizeMiB: 512 });
    up.push(cluster);
    [dir1, dir2, btrfs1, btrfs2] = cluster.hosts as [Host, Host, Host, Host];
  }, 120_000);
  afterAll(() => Promise.all(up.map((each) => each.down())), 120_000);

  describe('the same container, in one place', () => {
    const ways = [
      ['dir to dir', () => [dir1, dir2]],
      ['btrfs to btrfs', () => [btrfs1, btrfs2]],
      ['dir to btrfs', () => [dir1, btrfs1]],
      ['btrfs to dir', () => [btrfs1, dir2]],
    ] as const;
    for (const [way, hosts] of ways.slice(0, 2)) {
      test(`there, back and there again, ${way}`, { timeout: 180_000 }, async () => {
        const [from, to] = hosts() as [Host, Host];
        const name = fresh();
        await cluster.launch(from, name);
        await fillContainer(from, name);
        const before = await describeContainer(from, name);
        for (const [here, there] of [
          [from, to],
          [to, from],
          [from, to],
        ] as const) {
          expect((await migrate(here, name, there)).body).toEqual({
            success: 'Container migrated successfully.',
          });
        }
        expect(await describeContainer(to, name)).toEqual(before);
        // A snapshot taken after a move moves, too.
        await to.lxd(`/1.0/instances/${name}/snapshots`, { method: 'POST', body: { name: 'later' } });
        expect((await migrate(to, name, from)).body).toEqual({
          success: 'Container migrated successfully.',
        });
        const snapshots = (await from.lxd(`/1.0/instances/${name}/snapshots`)) as string[];
        expect(snapshots.map((path) => path.split('/').at(-1))).toEqual(['before', 'after', 'later']);
        await from.lxc('delete', '--force', name);
      });
    }

    for (const [way, hosts] of ways) {
      test(`running, ${way}`, { timeout: 120_000 }, async () => {
        const [from, to] = hosts() as [Host, Host];
        const name = fresh();
        await cluster.launch(from, name);
        await fillContainer(from, name);
        const before = await describeContainer(from, name);
        expect(await migrate(from, name, to)).toMatchObject({
          status: 200,
          body: { success: 'Container migrated successfully.' },
        });
        expect(await findContainer(to, name)).toMatchObject({ status: 'Running' });
        expect(await describeContainer(to, name)).toEqual(before);
        expect(await to.lxc('exec', name, '--', 'cat', '/data/clean-shutdown')).toBe('1\n');
        expect(await findContainer(from, name)).toBeUndefined();
        // The snapshot moved with its content, without later changes.
        await to.lxc('restore', name, 'before');
        expect(await to.lxc('exec', name, '--', 'ls', '/fixture')).not.toContain('later');
        await to.lxc('delete', '--force', name);
      });

      test(`stopped, ${way}`, { timeout: 120_000 }, async () => {
        const [from, to] = hosts() as [Host, Host];
        const name = fresh();
        await cluster.launch(from, name);
        await fillContainer(from, name);
        const before = await describeContainer(from, name);
        await cluster.must('stop', from.name, name);
        expect(await migrate(from, name, to)).toMatchObject({ status: 200 });
        expect(await findContainer(from, name)).toBeUndefined();
        expect(await findContainer(to, name)).toMatchObject({ status: 'Stopped' });
        await cluster.must('start', to.name, name);
        expect(await describeContainer(to, name)).toEqual(before);
        await to.lxc('delete', '--force', name);
      });
    }

    test("a file written in the second of a snapshot is not taken for the snapshot's", async () => {
      for (const more of [{ passes_max: '0' }, { passes_max: '1' }, {}] as Record<string, string>[]) {
        const name = fresh();
        await cluster.launch(dir1, name);
        const run = (script: string) => dir1.lxc('exec', name, '--', 'sh', '-c', script);
        await run('echo old > /data/word');
        await dir1.lxd(`/1.0/instances/${name}/snapshots`, { method: 'POST', body: { name: 'snap' } });
        // Equal in everything that rsync compares.
        await run('t=$(stat -c %Y /data/word); echo new > /data/word; touch -d @$t /data/word');
        expect(await migrate(dir1, name, dir2, more)).toMatchObject({ status: 200 });
        expect(await dir2.lxc('exec', name, '--', 'cat', '/data/word')).toBe('new\n');
        await dir2.lxc('delete', '--force', name);
      }
    });

    test('a running container that btrfs received otherwise is copied while it runs', async () => {
      const name = fresh();
      await cluster.launch(btrfs1, name);
      await fillContainer(btrfs1, name);
      const before = await describeContainer(btrfs1, name);
      const volume = btrfs1.volume(name);
      const received = async () =>
        /Received UUID:\s+(\S+)/.exec(
          (await btrfs1.execBesideDaemon(['btrfs', 'subvolume', 'show', volume])).stdout,
        )?.[1];
      // As `lxc move` leaves it: a received volume that is written to.
      const mark = `sysopen my $d, shift, 0 or die $!; my $u = pack 'A16 x184', 'x' x 16; ioctl $d, 0xC0C89425, $u or die $!`;
      await btrfs1.execBesideDaemon(['perl', '-e', mark, volume]);
      expect(await received()).not.toBe('-');
      const id = await begin(btrfs1, name, btrfs2);
      const moved = await ended(id);
      expect(moved).toMatchObject({ state: 'done' });
      expect(moved.passes[0]).toMatchObject({ kind: 'running' });
      expect(moved.passes.at(-1)?.bytes).toBeLessThan((moved.passes[0]?.bytes ?? 0) / 2);
      expect(await describeContainer(btrfs2, name)).toEqual(before);
      await btrfs2.lxc('delete', '--force', name);
    });

    test('an ephemeral container survives its move and is ephemeral after it', async () => {
      const name = fresh();
      await dir1.lxc('launch', 'tiny', name, '--ephemeral');
      expect(await migrate(dir1, name, dir2)).toMatchObject({ status: 200 });
      expect(await findContainer(dir2, name)).toMatchObject({ status: 'Running', ephemeral: true });
      await dir2.lxc('delete', '--force', name);
    });

    test('a session in the container does not prevent the move', async () => {
      const name = fresh();
      await cluster.launch(dir1, name);
      const session = dir1.exec(['lxc', 'exec', name, '--', 'sleep', '1000'], { check: false });
      await waitFor('the session to be open', async () =>
        JSON.stringify(await dir1.lxd('/1.0/operations?recursion=1')).includes('"sleep"'),
      );
      expect(await migrate(dir1, name, dir2)).toMatchObject({ status: 200 });
      await session;
      await dir2.lxc('delete', '--force', name);
    });

    test('keep_source_as leaves a stopped copy of another name and no shared address', async () => {
      const name = fresh();
      await cluster.launch(dir1, name);
      const mac = (await findContainer(dir1, name))?.config['volatile.eth0.hwaddr'];
      expect(await migrate(dir1, name, dir2, { keep_source_as: `${name}-kept` })).toMatchObject({
        status: 200,
      });
      const kept = await findContainer(dir1, `${name}-kept`);
      expect(kept).toMatchObject({ status: 'Stopped' });
      expect(kept?.config['volatile.eth0.hwaddr']).not.toBe(mac);
      expect(Object.keys(kept?.config ?? {}).filter((key) => key.startsWith('user.copa.'))).toEqual([]);
      expect((await findContainer(dir2, name))?.config['volatile.eth0.hwaddr']).toBe(mac);
      await Promise.all([dir1.lxc('delete', `${name}-kept`), dir2.lxc('delete', '--force', name)]);
    });
  });

  describe('a refusal has a reason and changes nothing', () => {
    let name: string;
    beforeAll(async () => {
      name = fresh();
      await cluster.launch(dir1, name);
    }, 60_000);
    afterAll(() => dir1.lxc('delete', '--force', name));

    test('the same pool, an unknown pool, an unknown container', async () => {
      const same = await migrate(dir1, name, dir1);
      expect([same.status, errorOf(same)]).toEqual([
        400,
        expect.stringContaining('destination_pool "server1"'),
      ]);
      const unknown = await migrate(dir1, name, 'nowhere');
      expect([unknown.status, errorOf(unknown)]).toEqual([404, expect.stringContaining('"nowhere"')]);
      const missing = await migrate(dir1, 'nobody', dir2);
      expect([missing.status, errorOf(missing)]).toEqual([404, expect.stringContaining('"nobody"')]);
      await isAsBefore(name, dir1, dir2);
    });

    test('a container of that name at the destination is reported and never touched', async () => {
      await dir2.lxc('init', 'tiny', name);
      const reply = await migrate(dir1, name, dir2);
      expect([reply.status, errorOf(reply)]).toEqual([
        409,
        expect.stringContaining('exists on the destination'),
      ]);
      expect(await findContainer(dir2, name)).toMatchObject({ status: 'Stopped' });
      await dir2.lxc('delete', name);
      await isAsBefore(name, dir1, dir2);
    });

    test('every problem at once: profile, network, config, shared volume', async () => {
      const odd = fresh();
      await dir1.lxc('profile', 'create', 'odd');
      await dir1.lxc('init', 'tiny', odd, '--profile', 'default', '--profile', 'odd');
      await dir1.exec(['ip', 'link', 'add', 'odd0', 'type', 'bridge']);
      await dir1.lxc('config', 'device', 'add', odd, 'eth1', 'nic', 'nictype=bridged', 'parent=odd0');
      await dir1.lxc('storage', 'volume', 'create', 'default', 'data');
      const sharer = fresh();
      await dir1.lxc('init', 'tiny', sharer);
      const volume = ['data', 'disk', 'pool=default', 'source=data', 'path=/mnt/data'];
      for (const each of [odd, sharer]) await dir1.lxc('config', 'device', 'add', each, ...volume);
      const reply = await migrate(dir1, odd, dir2);
      expect(reply.status).toBe(409);
      expect(errorOf(reply)).toContain('profile "odd" does not exist');
      expect(errorOf(reply)).toContain('network "odd0"');
      expect(errorOf(reply)).toContain('device "data"');
      const dry = await migrate(dir1, odd, dir2, { dry_run: 'true' });
      expect(dry).toMatchObject({ status: 200, body: { possible: false } });
      expect((dry.body['findings'] as { subject: string }[]).map(({ subject }) => subject).sort()).toEqual(
        expect.arrayContaining(['devices', 'networks', 'profiles']),
      );
      expect(await findContainer(dir1, odd)).toMatchObject({ status: 'Stopped' });
      expect(await findContainer(dir2, odd)).toBeUndefined();
      await dir1.lxc('delete', odd, sharer);
      await dir1.lxc('storage', 'volume', 'delete', 'default', 'data');
      await dir1.lxc('profile', 'delete', 'odd');
    });

    test('live without CRIU is refused with the reason, never something else silently', async () => {
      const reply = await migrate(dir1, name, dir2, { live: 'true' });
      expect([reply.status, errorOf(reply)]).toEqual([409, expect.stringMatching(/live: .*criu/i)]);
      await isAsBefore(name, dir1, dir2);
    });

    test('a frozen container', async () => {
      await cluster.must('freeze', dir1.name, name);
      const reply = await migrate(dir1, name, dir2);
      expect([reply.status, errorOf(reply)]).toEqual([409, expect.stringContaining('unfreeze it first')]);
      await isAsBefore(name, dir1, dir2, 'Frozen');
      await cluster.must('unfreeze', dir1.name, name);
    });

    test('a destination whose agent is down', async () => {
      await dir2.kill('agent');
      const reply = await migrate(dir1, name, dir2);
      expect([reply.status, errorOf(reply)]).toEqual([503, expect.stringContaining('"server2"')]);
      await dir2.restart('agent');
      await isAsBefore(name, dir1, dir2);
    });

    test('a container that does not shut down in time goes on running', { timeout: 120_000 }, async () => {
      const stubborn = fresh();
      await cluster.launch(dir1, stubborn);
      // Its init is stopped by a signal, so it cannot react to the daemon's.
      const { pid } = (await dir1.lxd(`/1.0/instances/${stubborn}/state`)) as { pid: number };
      await dir1.exec(['kill', '-STOP', String(pid)]);
      const reply = await migrate(dir1, stubborn, dir2, { stop_timeout: '2' });
      expect([reply.status, errorOf(reply)]).toEqual([409, expect.stringContaining('stop_timeout')]);
      await isAsBefore(stubborn, dir1, dir2);
      const forced = await migrate(dir1, stubborn, dir2, { stop_timeout: '2', force: 'true' });
      expect(forced).toMatchObject({ status: 200 });
      expect(await findContainer(dir2, stubborn)).toMatchObject({ status: 'Running' });
      await dir2.lxc('delete', '--force', stubborn);
    });
  });

  describe('a failure in the middle leaves the source as it was', () => {
    /** A running container with a number of MB that cannot be compressed. */
    const heavy = async (host: Host, megabytes: number) => {
      const name = fresh();
      await cluster.launch(host, name);
      await host.lxc('exec', name, '--', 'dd', 'if=/dev/urandom', 'of=/big', 'bs=1M', `count=${megabytes}`);
      return name;
    };

    test('the disk of the destination fills up', { timeout: 180_000 }, async () => {
      const name = await heavy(dir1, 40);
      const id = await begin(dir1, name, dir2, { bandwidth_limit: '10000000' });
      await waitFor('bytes to move', async () => (await view(id)).bytes > 5_000_000);
      await dir2.fillDisk();
      const result = await ended(id);
      await dir2.freeDisk();
      expect(result).toMatchObject({ state: 'failed' });
      expect(result.error).toMatch(/space|full|12|28|write/i);
      await isAsBefore(name, dir1, dir2);
      await dir1.lxc('delete', '--force', name);
    });

    test('the connection is cut half-way', { timeout: 180_000 }, async () => {
      const name = await heavy(btrfs1, 20);
      const id = await begin(btrfs1, name, btrfs2, { bandwidth_limit: '2000000', passes_max: '0' });
      await waitFor('bytes to move', async () => (await view(id)).bytes > 1_000_000);
      await cluster.lab.partition(btrfs1, btrfs2);
      const result = await ended(id);
      await cluster.lab.healPartition(btrfs1, btrfs2);
      expect(result).toMatchObject({ state: 'failed', phase: 'failed' });
      expect(result.error).toMatch(/stream/);
      await isAsBefore(name, btrfs1, btrfs2);
      await btrfs1.lxc('delete', '--force', name);
    });

    test('a cancellation goes back, and later ones are rejected', { timeout: 180_000 }, async () => {
      const name = await heavy(dir1, 20);
      const id = await begin(dir1, name, dir2, { bandwidth_limit: '2000000' });
      await waitFor('bytes to move', async () => (await view(id)).bytes > 1_000_000);
      const busy = await cluster.operate('stop', dir1.name, name);
      expect([busy.status, errorOf(busy)]).toEqual([409, expect.stringContaining(id)]);
      const second = await migrate(dir1, name, btrfs1);
      expect([second.status, errorOf(second)]).toEqual([409, expect.stringContaining(id)]);
      expect(await cluster.request('DELETE', `migrations/${id}`)).toMatchObject({ status: 200 });
      expect(await ended(id)).toMatchObject({ state: 'cancelled' });
      await isAsBefore(name, dir1, dir2);
      const late = await cluster.request('DELETE', `migrations/${id}`);
      expect(late.status).toBe(200);
      await dir1.lxc('delete', '--force', name);
    });
  });

  test(
    'agents that cannot reach each other are joined through the controller',
    { timeout: 120_000 },
    async () => {
      const name = fresh();
      await cluster.launch(dir1, name);
      await cluster.lab.partition(dir1, dir2);
      const id = await begin(dir1, name, dir2);
      const result = await ended(id);
      await cluster.lab.healPartition(dir1, dir2);
      expect(result).toMatchObject({ state: 'done', via: 'relay' });
      expect(await findContainer(dir2, name)).toMatchObject({ status: 'Running' });
      expect(await findContainer(dir1, name)).toBeUndefined();
      await dir2.lxc('delete', '--force', name);
    },
  );
});

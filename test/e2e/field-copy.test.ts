// Aim: the preflight finds, or the move copies exactly, what users and their containers do: snapshots' settings,
// mounts of the host, profiles that differ, files with misleading times, large configs, sparse files, fixed
// addresses, little space. Method: two real hosts of each kind of daemon; the daemons and the files show the result.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster, type Reply } from '../../deploy/lab/cluster.js';
import { daemonObstacle, type DaemonName } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { findContainer } from './fixture.js';

const labObstacle = await Lab.obstacle();
const obstacleOf = (daemon: DaemonName) => labObstacle ?? daemonObstacle(daemon);

for (const daemon of ['lxd', 'incus'] as const) {
  const obstacle = obstacleOf(daemon);
  if (obstacle !== undefined)
    console.warn(`\n*** NOT TESTED, no ${daemon} host can run here: ${obstacle} ***\n`);
  describe.skipIf(obstacle !== undefined)(`containers as people have them, on ${daemon}`, () =>
    suite(daemon),
  );
}

function suite(daemon: DaemonName) {
  let cluster: Cluster, one: Host, two: Host;
  let made = 0;
  const moved = { success: 'Container migrated successfully.' };
  const up = async (prefix = 'f') => {
    const name = `${prefix}${++made}`;
    await cluster.launch(one, name);
    return name;
  };
  const migrate = (name: string, more: Record<string, string> = {}) =>
    cluster.operate('migrate', one.name, name, { destination_pool: two.name, ...more });
  const dryRun = async (name: string) => {
    const { body } = await migrate(name, { dry_run: 'true' });
    const texts = (list: unknown) => (list as { message: string }[]).map(({ message }) => message).join('\n');
    return {
      possible: body['possible'] as boolean,
      findings: texts(body['findings']),
      warnings: texts(body['warnings']),
      space: body['space'] as Record<string, number | null>,
    };
  };
  const errorOf = ({ body }: Reply) => String(body['error']);
  const snapshot = (name: string, called: string) =>
    one.lxd(`/1.0/instances/${name}/snapshots`, { method: 'POST', body: { name: called } });
  const shell = (host: Host, name: string, script: string) =>
    host.lxc('exec', name, '--', 'sh', '-c', script);
  /** The path of the container's files on its host. */
  const root = (name: string) => `${one.volume(name)}/rootfs`;
  /** The bytes that the source's host has sent so far. */
  const sentBytes = async () => {
    const { stdout } = await one.exec(['cat', '/proc/net/dev']);
    return stdout
      .split('\n')
      .slice(2)
      .reduce((sum, line) => sum + Number(line.trim().split(/[\s:]+/)[9] ?? 0), 0);
  };
  const away = async (name: string) => {
    for (const host of [one, two]) {
      if (await findContainer(host, name)) await host.lxc('delete', '--force', name);
    }
  };
  /** Begins a move of 24 MB at 2 MB/s, whose first pass takes about 12 s. */
  const slowly = async (name: string): Promise<Reply> => {
    await shell(one, name, 'head -c 24000000 /dev/urandom > /data/random');
    const move = migrate(name, { bandwidth_limit: '2000000' });
    await waitFor('the first pass', async () => {
      const { body } = await cluster.request('GET', 'migrations', { query: { container_name: name } });
      const [first] = body['migrations'] as { phase: string; bytes: number }[];
      return first?.phase === 'claimed' && first.bytes > 8_000_000;
    });
    return move;
  };

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2, daemon, storageSizeMiB: 1024 });
    [one, two] = cluster.hosts as [Host, Host];
  }, 180_000);
  afterAll(() => cluster.down(), 120_000);

  test('a mount of the host inside a stopped container is a finding, and is not touched', async () => {
    const name = await up();
    await cluster.must('stop', one.name, name);
    await one.execBesideDaemon(['mkdir', '-p', `${root(name)}/mnt/x`]);
    await one.execBesideDaemon(['mount', '-t', 'tmpfs', 'x', `${root(name)}/mnt/x`]);
    await one.execBesideDaemon(['touch', `${root(name)}/mnt/x/precious`]);
    try {
      expect(await dryRun(name)).toMatchObject({
        possible: false,
        findings: expect.stringContaining('/mnt/x') as string,
      });
      expect((await migrate(name)).status).toBe(409);
      expect((await cluster.operate('delete', one.name, name)).status).toBe(409);
      await one.execBesideDaemon(['test', '-e', `${root(name)}/mnt/x/precious`]);
    } finally {
      await one.execBesideDaemon(['umount', `${root(name)}/mnt/x`]);
    }
    expect((await migrate(name)).body).toEqual(moved);
    await away(name);
  });

  test("a problem of a snapshot alone is found, with the snapshot's name", async () => {
    const name = await up();
    await one.lxc('config', 'device', 'add', name, 'src', 'disk', 'source=/etc', 'path=/mnt/etc');
    await snapshot(name, 's1');
    await one.lxc('config', 'device', 'remove', name, 'src');
    await one.exec(['ip', 'link', 'add', 'odd0', 'type', 'bridge']);
    await one.lxc('config', 'device', 'add', name, 'eth1', 'nic', 'nictype=bridged', 'parent=odd0');
    await snapshot(name, 's2');
    await one.lxc('config', 'device', 'remove', name, 'eth1');
    const { possible, findings } = await dryRun(name);
    expect(possible).toBe(false);
    expect(findings).toContain('snapshot "s1": device "src"');
    expect(findings).toContain('snapshot "s2": network "odd0" of device "eth1"');
    expect((await migrate(name)).status).toBe(409);
    expect(await findContainer(one, name)).toMatchObject({ status: 'Running' });
    await away(name);
  });

  test('a device that would be missing is a finding, a setting that differs a warning', async () => {
    const name = await up();
    await two.lxc('profile', 'device', 'remove', 'default', 'eth0');
    try {
      expect(await dryRun(name)).toMatchObject({
        possible: false,
        findings: expect.stringContaining('device "eth0"') as string,
      });
    } finally {
      await two.lxc(
        'profile',
        'device',
        'add',
        'default',
        'eth0',
        'nic',
        'name=eth0',
        'nictype=bridged',
        'parent=lab0',
      );
    }
    await two.lxc('profile', 'set', 'default', 'limits.processes', '500');
    try {
      expect(await dryRun(name)).toMatchObject({
        possible: true,
        warnings: expect.stringContaining('limits.processes') as string,
      });
      const { status, body } = await migrate(name);
      expect([status, String(body['warnings'])]).toEqual([200, expect.stringContaining('limits.processes')]);
    } finally {
      await two.lxc('profile', 'unset', 'default', 'limits.processes');
    }
    await away(name);
  });

  test('a file of the same size and time as before is the new one, between passes and after a snapshot', async () => {
    const name = await up();
    await shell(one, name, 'echo v1 > /data/f; echo v1 > /data/g; touch -d @0 /data/f /data/g');
    await snapshot(name, 's');
    await shell(one, name, 'echo v2 > /data/g; touch -d @0 /data/g');
    const releases = 'cd /data; mkdir -p old/lib new/lib; echo v1 > old/lib/r; echo v2 > new/lib/r';
    await shell(one, name, `${releases}; touch -d @0 old/lib/r new/lib/r`);
    const move = slowly(name);
    await waitFor('the first pass to have the files', () =>
      Promise.resolve(
        ['f', 'old/lib/r', 'new/lib/r'].every((file) =>
          existsSync(two.path(`${two.volume(name)}/rootfs/data/${file}`)),
        ),
      ),
    );
    await shell(one, name, 'echo v2 > /data/f; touch -d @0 /data/f');
    await shell(one, name, 'cd /data; mv old away; mv new old; mv away new');
    expect((await move).body).toEqual(moved);
    expect(await shell(two, name, 'cat /data/f /data/g; stat -c %Y /data/f')).toBe('v2\nv2\n0\n');
    expect(await shell(two, name, 'cat /data/old/lib/r /data/new/lib/r')).toBe('v2\nv1\n');
    // Not by restoring it, because Incus's own restore compares sizes and times, too.
    const kept = two.path(`${two.volume(name, 'containers-snapshots')}/s/rootfs`);
    expect(['f', 'g'].map((file) => readFileSync(`${kept}/data/${file}`, 'utf8'))).toEqual(['v1\n', 'v1\n']);
    await away(name);
  });

  test('a stopped container is exact after one order, though its snapshot looks the same', async () => {
    const name = await up();
    await shell(one, name, 'echo v1 > /data/g; touch -d @0 /data/g');
    await snapshot(name, 's');
    await shell(one, name, 'echo v2 > /data/g; touch -d @0 /data/g');
    await cluster.must('stop', one.name, name);
    expect((await migrate(name)).body).toEqual(moved);
    await two.lxc('start', name);
    expect(await shell(two, name, 'cat /data/g')).toBe('v2\n');
    await away(name);
  });

  test('60 KB of user-data in 20 snapshots move', { timeout: 180_000 }, async () => {
    const name = await up();
    await cluster.must('stop', one.name, name);
    const config = { ...(await findContainer(one, name))?.config, 'user.user-data': 'x'.repeat(60_000) };
    await one.lxd(`/1.0/instances/${name}`, { method: 'PATCH', body: { config } });
    for (let at = 0; at < 20; at++) await snapshot(name, `s${at}`);
    expect((await migrate(name)).body).toEqual(moved);
    expect(await two.lxd(`/1.0/instances/${name}/snapshots`)).toHaveLength(20);
    await away(name);
  });

  test('holes cost nearly nothing in transit, and stay holes', { timeout: 300_000 }, async () => {
    const name = await up();
    await cluster.must('stop', one.name, name);
    await one.execBesideDaemon(['truncate', '-s', '1G', `${root(name)}/lastlog`]);
    const before = await sentBytes();
    expect((await migrate(name)).body).toEqual(moved);
    expect((await sentBytes()) - before).toBeLessThan(12e6);
    expect(await two.execBesideDaemon(['stat', '-c', '%s', root(name) + '/lastlog'])).toMatchObject({
      stdout: `${1024 ** 3}\n`,
    });
    await away(name);
  });

  test('a fixed address in use there is a finding', async () => {
    const name = await up();
    const nic = ['nic', 'nictype=routed', 'parent=lab0', 'ipv4.address=10.199.1.9'];
    await cluster.must('stop', one.name, name);
    await one.lxc('config', 'device', 'add', name, 'eth1', ...nic);
    await two.lxc('init', 'tiny', 'owner');
    await two.lxc('config', 'device', 'add', 'owner', 'eth1', ...nic);
    expect(await dryRun(name)).toMatchObject({
      possible: false,
      findings: expect.stringContaining(
        '10.199.1.9 of device "eth1" is taken on the destination by container "owner"',
      ) as string,
    });
    await two.lxc('delete', 'owner');
    await away(name);
  });

  test('too little space is found before, including snapshots, with numbers', async () => {
    const name = await up();
    await shell(one, name, 'head -c 150000000 /dev/urandom > /data/big');
    for (const called of ['a', 'b', 'c']) await snapshot(name, called);
    const { possible, findings, space } = await dryRun(name);
    expect([possible, findings]).toEqual([true, '']);
    expect(space['needed_bytes']).toBeGreaterThan(600e6);
    const ballast = join(two.daemon.directory, 'storage-pools/default/ballast');
    await two.execBesideDaemon(['fallocate', '-l', '400M', ballast]);
    expect(await dryRun(name)).toMatchObject({
      possible: false,
      findings: expect.stringMatching(/needs \d+ bytes .* has room for \d+/) as string,
    });
    await two.execBesideDaemon(['rm', ballast]);
    await away(name);
  });

  test('files that a move cannot copy are findings', async () => {
    const name = await up();
    await one.execBesideDaemon(['chattr', '+i', `${root(name)}/www/index.html`]);
    expect(await dryRun(name)).toMatchObject({
      possible: false,
      findings: expect.stringContaining('index.html') as string,
    });
    await one.execBesideDaemon(['chattr', '-i', `${root(name)}/www/index.html`]);
    const dig = 'chdir shift or die; for (1..22) { mkdir "d" x 200; chdir "d" x 200 or die }';
    await one.execBesideDaemon(['perl', '-e', dig, `${root(name)}/data`]);
    await shell(one, name, 'echo x > /data/a; ln /data/a /data/b');
    const { findings, warnings } = await dryRun(name);
    expect(findings).toContain('4096');
    expect(warnings).toContain('hard links');
    await away(name);
  });

  test('a profile that vanishes during a move is the reported reason', async () => {
    const name = await up();
    for (const host of [one, two]) await host.lxc('profile', 'create', 'gone');
    await one.lxc('profile', 'add', name, 'gone');
    const move = slowly(name);
    await waitFor('the copy', async () => (await findContainer(two, name)) !== undefined);
    await two.lxc('profile', 'remove', name, 'gone').catch(() => undefined);
    await two.lxc('profile', 'rename', 'gone', 'renamed');
    const reply = await move;
    expect(reply.status).toBe(409);
    expect(errorOf(reply)).not.toContain('restarted');
    expect(errorOf(reply)).toMatch(/profile/i);
    expect(await findContainer(one, name)).toMatchObject({ status: 'Running' });
    await away(name);
  });

  test('agents that cannot exchange packets of full size move through the controller', async () => {
    const name = await up();
    const block = `table inet mtu { chain out { type filter hook output priority 0; ip daddr ${two.address} meta length > 1400 drop; }; }`;
    await one.exec(['nft', block]);
    try {
      const { body } = await migrate(name, { dry_run: 'true' });
      expect(body).toMatchObject({ possible: true, via: 'relay' });
    } finally {
      await one.exec(['nft', 'delete table inet mtu']);
    }
    await away(name);
  });

  test('an image whose alias is an unusual one', async () => {
    const { target } = (await one.lxd('/1.0/images/aliases/tiny')) as { target: string };
    const wanted = ['my image (2) ü', 'a/../b', '-dash', '..', 'Ä', 'x,y=z%2F', 'q?recursion=1#x'];
    const accepted = [];
    for (const name of wanted) {
      const made = one.lxd('/1.0/images/aliases', { method: 'POST', body: { name, target } });
      if (await made.then(() => true).catch(() => false)) accepted.push(name);
    }
    expect(accepted).toContain('my image (2) ü');
    const { body } = await cluster.request('GET', 'image', { query: { container_pool: one.name } });
    for (const image_type of accepted) {
      expect(Object.keys(body['images'] as object), image_type).toContain(image_type);
      const name = `f${++made}`;
      await cluster.must('create', one.name, name, { image_type });
      await away(name);
    }
  });
}

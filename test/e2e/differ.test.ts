// Aim: a container moves between hosts that were never set up alike: storage pools, bridges and profiles have other names
// on each. Method: four real hosts, LXD and Incus on dir and on btrfs. The preflight says what would make each of eight
// moves possible; those very words are added to `copa move`, and what the daemons say afterwards is the fact.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab, program } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { findContainer } from './fixture.js';

const obstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd') ?? daemonObstacle('incus');
if (obstacle !== undefined)
  console.warn(`\n*** NOT TESTED, LXD and Incus hosts cannot both run here: ${obstacle} ***\n`);

const drivers = ['dir', 'dir', 'btrfs', 'btrfs'] as const;

/** From and to, as indexes of hosts: each daemon and each driver with each other, both ways. */
const pairs = [
  [0, 1],
  [1, 0],
  [2, 3],
  [3, 2],
  [0, 3],
  [3, 0],
  [1, 2],
  [2, 1],
] as const;

interface Instance {
  readonly config: Readonly<Record<string, string>>;
  readonly devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly profiles: readonly string[];
  readonly expanded_config: Readonly<Record<string, string>>;
  readonly expanded_devices: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

describe.skipIf(obstacle !== undefined)('hosts that differ', { timeout: 180_000 }, () => {
  let cluster: Cluster;
  const host = (index: number) => cluster.hosts[index] as Host;
  const namesOf = ({ index }: Host) => ({
    pool: `pool${index}`,
    bridge: `br${index}`,
    profile: `web${index}`,
    managed: index % 2 === 0,
  });
  const copa = async (...words: string[]) => {
    const env = { PATH: process.env['PATH'], COPA_ADDR: `http://127.0.0.1:${cluster.port}` };
    const { stdout } = await promisify(execFile)(process.execPath, [program(), ...words], { env });
    return stdout;
  };
  const readInstance = async (on: Host, name: string) => (await on.lxd(`/1.0/instances/${name}`)) as Instance;
  const dryRun = async (from: Host, to: Host, name: string, more: Record<string, string> = {}) => {
    const order = { destination_pool: to.name, dry_run: 'true', ...more };
    const { status, body } = await cluster.operate('migrate', from.name, name, order);
    expect(status).toBe(200);
    return body as {
      possible: boolean;
      findings: { subject: string; message: string }[];
      proposal: Record<string, string> | null;
      flags: string | null;
    };
  };

  /** Storage pool, bridge and profile that only this host has; its own default profile uses the former two. */
  const setUp = async (on: Host) => {
    const { pool, bridge, profile, managed } = namesOf(on);
    const driver = drivers[on.index - 1] as string;
    const size = driver === 'btrfs' ? { size: '1GiB' } : {};
    await on.lxd('/1.0/storage-pools', { method: 'POST', body: { name: pool, driver, config: size } });
    if (managed) {
      const config = { 'ipv4.address': 'none', 'ipv6.address': 'none' };
      await on.lxd('/1.0/networks', { method: 'POST', body: { name: bridge, type: 'bridge', config } });
    } else {
      await on.exec(['ip', 'link', 'add', bridge, 'type', 'bridge']);
      await on.exec(['ip', 'link', 'set', bridge, 'up']);
    }
    const root = { type: 'disk', path: '/', pool };
    const place: Record<string, string> = managed
      ? { network: bridge }
      : { nictype: 'bridged', parent: bridge };
    const eth0 = { type: 'nic', name: 'eth0', ...place };
    const byDefault = { config: {}, devices: { root, eth0 } };
    await on.lxd('/1.0/profiles/default', { method: 'PUT', body: byDefault });
    const body = {
      name: profile,
      config: { 'limits.processes': '500', 'environment.WHERE': profile },
      devices: { root, eth0, zero: { type: 'unix-char', source: '/dev/zero', path: '/dev/myzero' } },
    };
    await on.lxd('/1.0/profiles', { method: 'POST', body });
  };

  /** A running container that has everything from the host's own profile, in a snapshot, too. */
  const launch = async (on: Host, name: string) => {
    const { profile } = namesOf(on);
    await on.lxc('launch', 'tiny', name, '--profile', profile);
    await on.lxc('exec', name, '--', 'sh', '-c', 'echo first > /data/f');
    await on.lxd(`/1.0/instances/${name}/snapshots`, { method: 'POST', body: { name: 's1' } });
    await on.lxc('exec', name, '--', 'sh', '-c', 'echo second > /data/f');
  };

  /** The ID of the container's migration, once it is being copied. */
  const claimed = async (name: string): Promise<string> => {
    let id = '';
    await waitFor('the first pass', async () => {
      const { body } = await cluster.request('GET', 'migrations', { query: { container_name: name } });
      const [first] = body['migrations'] as { id: string; state: string; phase: string; bytes: number }[];
      id = first?.id ?? '';
      return first?.state === 'running' && first.phase === 'claimed' && first.bytes > 1_000_000;
    });
    return id;
  };

  beforeAll(async () => {
    cluster = await Cluster.up({
      hosts: 4,
      daemon: ['lxd', 'incus', 'lxd', 'incus'],
      storage: drivers,
    });
    await Promise.all(cluster.hosts.map(setUp));
  }, 240_000);
  afterAll(() => cluster.down(), 120_000);

  test.each(pairs)('the proposed flags work, word for word: host %i to %i', async (a, b) => {
    const [from, to] = [host(a), host(b)];
    const [there, here] = [namesOf(from), namesOf(to)];
    const name = `c${a}${b}`;
    await launch(from, name);
    const before = await readInstance(from, name);
    const { possible, findings, proposal, flags } = await dryRun(from, to, name);
    expect(possible).toBe(false);
    expect(findings.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(`profile "${there.profile}" does not exist`),
    );
    for (const { message } of findings) expect(message.endsWith(`; it works with ${flags ?? ''}`)).toBe(true);
    expect(proposal).toEqual({
      destination_storage: here.pool,
      destination_network: `eth0=${here.bridge}`,
      profiles: 'flatten',
    });
    const words = (flags ?? '').split(' ');
    expect(await copa('move', `${from.name}:${name}`, to.name, ...words, '--dry-run')).toContain(
      'The move is possible',
    );
    await copa('move', `${from.name}:${name}`, to.name, ...words);

    expect(await findContainer(from, name)).toBeUndefined();
    expect(await findContainer(to, name)).toMatchObject({ status: 'Running', profiles: [] });
    const after = await readInstance(to, name);
    const nicOf = ({ managed, bridge }: typeof here) =>
      managed ? { network: bridge } : { nictype: 'bridged', parent: bridge };
    expect(after.devices).toEqual({
      ...before.expanded_devices,
      root: { ...before.expanded_devices['root'], pool: here.pool },
      eth0: { type: 'nic', name: 'eth0', ...nicOf(here) },
    });
    expect(after.config).toMatchObject({
      'limits.processes': '500',
      'environment.WHERE': there.profile,
      'volatile.eth0.hwaddr': before.config['volatile.eth0.hwaddr'],
    });
    expect(await to.lxc('exec', name, '--', 'sh', '-c', 'cat /data/f; echo $WHERE; ls /sys/class/net')).toBe(
      `second\n${there.profile}\neth0\nlo\n`,
    );
    // Going back to a snapshot brings nothing that is not there.
    await cluster.must('restore', to.name, name, { snapshot_name: 's1' });
    expect(await to.lxc('exec', name, '--', 'sh', '-c', 'cat /data/f; echo $WHERE')).toBe(
      `first\n${there.profile}\n`,
    );
    expect(await readInstance(to, name)).toMatchObject({ profiles: [], devices: after.devices });
    await to.lxc('delete', '--force', name);
  });

  test('a pool translates names for all moves to it, and profiles with them', async () => {
    const [from, to] = [host(0), host(1)];
    const [there, here] = [namesOf(from), namesOf(to)];
    await to.lxd('/1.0/profiles', {
      method: 'POST',
      body: { name: 'base', config: { 'limits.processes': '600' }, devices: {} },
    });
    await launch(from, 'mapped');
    const map = ['--storage', `${there.pool}=${here.pool}`, '--network', `${there.bridge}=${here.bridge}`];
    await copa('pool', 'map', to.name, ...map, '--profile', `${there.profile}=base`);
    expect(await copa('pool', 'map', to.name, '--format', 'csv')).toBe(
      [
        `${to.name},storage,${there.pool},${here.pool}`,
        `${to.name},network,${there.bridge},${here.bridge}`,
        `${to.name},profile,${there.profile},base\n`,
      ].join('\n'),
    );
    // A device that only the source's profile gives is still missed; without profiles it comes along.
    const { findings } = await dryRun(from, to, 'mapped');
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining('device "zero"')]);
    await from.lxc('profile', 'device', 'remove', there.profile, 'zero');
    await copa('move', `${from.name}:mapped`, to.name, '--new-name', 'mapped2', '--keep-source-as', 'kept');
    const after = await readInstance(to, 'mapped2');
    expect(after.profiles).toEqual(['base']);
    expect(after.expanded_config['limits.processes']).toBe('600');
    expect(after.expanded_devices['root']?.['pool']).toBe(here.pool);
    expect(after.expanded_devices['eth0']).toMatchObject({ network: here.bridge });
    expect(await findContainer(from, 'mapped')).toBeUndefined();
    expect(await findContainer(from, 'kept')).toMatchObject({ status: 'Stopped', profiles: [there.profile] });
    await cluster.must('restore', to.name, 'mapped2', { snapshot_name: 's1' });
    expect(await readInstance(to, 'mapped2')).toMatchObject({ profiles: ['base'] });
    await copa('pool', 'unmap', to.name, '--storage', there.pool);
    expect(await copa('pool', 'map', '--format', 'csv')).not.toContain('storage');
  });

  test('a setting that is changed during a move is translated as well, and the way back changes nothing', async () => {
    const [from, to] = [host(2), host(3)];
    const there = namesOf(from);
    const here = namesOf(to);
    await launch(from, 'busy');
    const flags = { destination_storage: here.pool, destination_network: here.bridge, profiles: 'flatten' };
    await from.lxc('exec', 'busy', '--', 'sh', '-c', 'head -c 20000000 /dev/urandom > /data/random');
    const before = await readInstance(from, 'busy');
    const slow = { destination_pool: to.name, ...flags, bandwidth_limit: '4000000' };
    const first = cluster.operate('migrate', from.name, 'busy', slow);
    const id = await claimed('busy');
    await cluster.request('DELETE', `migrations/${id}`);
    expect((await first).status).toBe(409);
    expect(await findContainer(to, 'busy')).toBeUndefined();
    const { config, devices, profiles } = await readInstance(from, 'busy');
    expect({ config, devices, profiles }).toEqual({
      config: before.config,
      devices: before.devices,
      profiles: before.profiles,
    });
    const second = cluster.operate('migrate', from.name, 'busy', slow);
    await claimed('busy');
    await from.lxc('config', 'set', 'busy', 'limits.memory', '200MiB');
    await from.lxc('profile', 'set', there.profile, 'limits.processes', '700');
    expect((await second).status).toBe(200);
    const after = await readInstance(to, 'busy');
    expect(after.config).toMatchObject({ 'limits.memory': '200MiB', 'limits.processes': '700' });
    expect(after).toMatchObject({ profiles: [], devices: { root: { pool: here.pool } } });
    await to.lxc('delete', '--force', 'busy');
  });
});

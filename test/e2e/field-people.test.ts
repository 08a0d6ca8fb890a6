// Aim: a move respects what people, profiles, schedules and watchdogs do to a container meanwhile: two copies never
// run, the last change stays, and going back restores everything. Method: two real LXD hosts and two Incus hosts;
// changes are made with the daemons' own clients in the middle of a slow move.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemonObstacle } from '../../deploy/lab/daemons.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { findContainer } from './fixture.js';

const obstacle = (await Lab.obstacle()) ?? daemonObstacle('lxd') ?? daemonObstacle('incus');
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

interface View {
  readonly phase: string;
  readonly state: string;
  readonly bytes: number;
  readonly error: string | null;
  readonly check: { readonly outcome: string; readonly message: string } | null;
}

describe.skipIf(obstacle !== undefined)('what people do during a move', () => {
  let cluster: Cluster | undefined;
  let hosts: Host[] = [];
  let made = 0;
  const up = () => cluster as Cluster;
  const view = async (id: string) => (await up().request('GET', `migrations/${id}`)).body as unknown as View;
  const begin = async (from: Host, name: string, to: Host, more: Record<string, string> = {}) => {
    const form = {
      operation: 'migrate',
      container_pool: from.name,
      container_name: name,
      destination_pool: to.name,
      ...more,
    };
    const reply = await up().request('POST', 'container', { form, headers: { Prefer: 'respond-async' } });
    expect(reply).toMatchObject({ status: 202 });
    return String(reply.body['id']);
  };
  const ended = (id: string) =>
    waitFor(
      `migration ${id} to end`,
      async () => {
        const now = await view(id);
        return now.state === 'running' ? undefined : now;
      },
      120_000,
    );
  /** A running container with its own name and a number of MB to send. */
  const launch = async (host: Host, megabytes: number) => {
    const name = `p${++made}`;
    await up().launch(host, name);
    await host.lxc('exec', name, '--', 'dd', 'if=/dev/urandom', 'of=/big', 'bs=1M', `count=${megabytes}`);
    return name;
  };
  /** Begins a slow move, and returns while it copies. */
  const slowly = async (from: Host, name: string, to: Host, more: Record<string, string> = {}) => {
    const id = await begin(from, name, to, { bandwidth_limit: '2000000', ...more });
    await waitFor('bytes to move', async () => (await view(id)).bytes > 500_000);
    return id;
  };
  const isFree = async (host: Host, name: string, status: string) => {
    const instance = await findContainer(host, name);
    expect(instance).toMatchObject({ status });
    const { config } = instance ?? { config: {} };
    const ours = /^user\.copa\.|^raw\.lxc$|^linux\.kernel_modules$|^boot\.autostart$|^security\.protection/;
    expect(Object.keys(config).filter((key) => ours.test(key))).toEqual([]);
  };
  const remove = async (host: Host, name: string) => {
    await host.lxc('delete', '--force', name);
  };

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 4, daemon: ['lxd', 'lxd', 'incus', 'incus'] });
    hosts = [...cluster.hosts];
  }, 180_000);
  afterAll(() => cluster?.down(), 120_000);

  describe.each([
    ['LXD', 0],
    ['Incus', 2],
  ] as const)('%s', (_, at) => {
    let here: Host, there: Host;
    beforeAll(() => {
      [here, there] = hosts.slice(at, at + 2) as [Host, Host];
    });

    test(
      'watchdogs that start what is stopped never get two of it to run',
      { timeout: 180_000 },
      async () => {
        const name = await launch(here, 6);
        const loop = (client: string) => `while :; do ${client} start ${name}; sleep 0.3; done`;
        for (const host of [here, there])
          await host.spawn('watchdog', ['sh', '-c', loop(host.daemon.client)]);
        let twice = 0;
        const watching = setInterval(() => {
          const running = [here, there].filter((host) => host.runningContainers().includes(name));
          if (running.length > 1) twice++;
        }, 20);
        const moved = await ended(await slowly(here, name, there));
        clearInterval(watching);
        for (const host of [here, there]) await host.kill('watchdog');
        expect(moved).toMatchObject({ state: 'done' });
        expect(twice).toBe(0);
        expect(await findContainer(here, name)).toBeUndefined();
        await isFree(there, name, 'Running');
        await remove(there, name);
      },
    );

    test(
      'a container that a profile protects from deletion moves, and moves back',
      { timeout: 120_000 },
      async () => {
        const name = await launch(here, 1);
        for (const host of [here, there])
          await host.lxc('profile', 'set', 'default', 'security.protection.delete=true');
        try {
          expect(await ended(await begin(here, name, there))).toMatchObject({ state: 'done' });
          expect(await findContainer(here, name)).toBeUndefined();
          await isFree(there, name, 'Running');
          const id = await slowly(there, name, here, { bandwidth_limit: '500000' });
          await up().request('DELETE', `migrations/${id}`);
          expect(await ended(id)).toMatchObject({ state: 'cancelled' });
          expect(await findContainer(here, name)).toBeUndefined();
          await isFree(there, name, 'Running');
        } finally {
          for (const host of [here, there])
            await host.lxc('profile', 'unset', 'default', 'security.protection.delete');
        }
        await remove(there, name);
      },
    );

    test(
      'one that obeys its shutdown when the move was given up runs again',
      { timeout: 120_000 },
      async () => {
        const name = await launch(here, 1);
        const { pid } = (await here.lxd(`/1.0/instances/${name}/state`)) as { pid: number };
        await here.exec(['kill', '-STOP', String(pid)]);
        const id = await begin(here, name, there, { stop_timeout: '1' });
        // Incus does not allow changes of a container during a stop request, so going back waits for it as well.
        if (here.daemon.kind === 'lxd') {
          expect(await ended(id)).toMatchObject({ state: 'failed' });
          await isFree(here, name, 'Running');
          await here.restart('agent');
        } else {
          await waitFor('the way back', async () => (await view(id)).phase === 'reverting');
        }
        await here.exec(['kill', '-CONT', String(pid)]);
        const runsAnew = async () => {
          const state = (await here.lxd(`/1.0/instances/${name}/state`)) as { status: string; pid: number };
          return state.status === 'Running' && state.pid !== pid;
        };
        await waitFor('it to run again', runsAnew, 60_000);
        expect(await ended(id)).toMatchObject({ state: 'failed' });
        // One stop is sufficient: a user who stops it now intends it.
        await here.lxc('stop', name);
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        await isFree(here, name, 'Stopped');
        await remove(here, name);
      },
    );

    test('a stop during a move is kept, also when it goes back', { timeout: 120_000 }, async () => {
      const name = await launch(here, 4);
      // Incus itself refuses to stop a container that it sends, so there the container shuts down by itself, as by
      // `poweroff`.
      const stop = (host: Host) =>
        host.daemon.kind === 'lxd'
          ? host.lxc('stop', name)
          : host.lxc('exec', name, '--', 'sh', '-c', 'kill -TERM 1');
      const forwards = await slowly(here, name, there);
      await stop(here);
      expect(await ended(forwards)).toMatchObject({ state: 'done' });
      expect(await findContainer(here, name)).toBeUndefined();
      await isFree(there, name, 'Stopped');
      await there.lxc('start', name);
      const backwards = await slowly(there, name, here);
      await stop(there);
      await waitFor('it to stop', async () => (await findContainer(there, name))?.status === 'Stopped');
      await up().request('DELETE', `migrations/${backwards}`);
      expect(await ended(backwards)).toMatchObject({ state: 'cancelled' });
      await isFree(there, name, 'Stopped');
      expect(await findContainer(here, name)).toBeUndefined();
      await remove(there, name);
    });

    test('a freeze during a move is kept: the move goes back', { timeout: 120_000 }, async () => {
      const name = await launch(here, 4);
      const id = await slowly(here, name, there);
      await here.lxc('pause', name);
      const back = await ended(id);
      expect(back).toMatchObject({ state: 'failed' });
      expect(back.error).toContain('is frozen');
      await isFree(here, name, 'Frozen');
      await remove(here, name);
    });

    test(
      'one that does not stay up there runs here again, and its copy is kept',
      { timeout: 120_000 },
      async () => {
        const name = await launch(here, 1);
        const die = `sed -i '2i [ "$DIE" = 1 ] && echo there > /data/written && sleep 1 && exit 1' /sbin/init`;
        await here.lxc('exec', name, '--', 'sh', '-c', die);
        await there.lxc('profile', 'set', 'default', 'environment.DIE=1');
        try {
          const back = await ended(await begin(here, name, there));
          expect(back).toMatchObject({
            error: expect.stringContaining('stopped by itself') as string,
            state: 'failed',
          });
          const kept = /stopped copy "([^"]+)"/.exec(back.error ?? '')?.[1] ?? '';
          await isFree(here, name, 'Running');
          expect(await findContainer(there, name)).toBeUndefined();
          expect(await findContainer(there, kept)).toMatchObject({ status: 'Stopped' });
          await there.lxc('delete', kept);
          // A user who stops it there at once intends it.
          await there.lxc('profile', 'unset', 'default', 'environment.DIE');
          const id = await begin(here, name, there, { settle_seconds: '30' });
          await waitFor('it to have started', async () => (await view(id)).phase === 'started', 60_000);
          await there.lxc('stop', name);
          expect(await ended(id)).toMatchObject({ state: 'done' });
          await isFree(there, name, 'Stopped');
        } finally {
          await there.lxc('profile', 'unset', 'default', 'environment.DIE').catch(() => undefined);
        }
        await remove(there, name);
      },
    );
  });

  test('the check after a move decides where the container runs', { timeout: 120_000 }, async () => {
    const [here, there] = hosts as [Host, Host];
    const name = await launch(here, 1);
    await here.lxc('exec', name, '--', 'sed', '-i', '2i httpd -p 8080 -h /data', '/sbin/init');
    const order = { check_timeout: '4s', on_check_failure: 'back' };
    const back = await ended(
      await begin(here, name, there, { ...order, check: 'exec:echo not there >&2; test -e /data/ok' }),
    );
    expect(back).toMatchObject({ state: 'failed', check: { outcome: 'failed' } });
    expect(back.error).toContain('not there');
    const kept = /stopped copy "([^"]+)"/.exec(back.error ?? '')?.[1] ?? '';
    await isFree(here, name, 'Running');
    expect(await findContainer(there, name)).toBeUndefined();
    expect(await findContainer(there, kept)).toMatchObject({ status: 'Stopped' });
    await there.lxc('delete', kept);

    const stayed = await ended(
      await begin(here, name, there, { check: 'http://:8080/ok', check_timeout: '5s' }),
    );
    expect(stayed).toMatchObject({
      state: 'done',
      check: { outcome: 'failed', message: expect.stringContaining('status 404') as string },
    });
    await isFree(there, name, 'Running');
    await there.lxc('exec', name, '--', 'touch', '/data/ok');
    for (const check of ['http://:8080/ok', 'tcp://:8080', 'exec:test -e /data/ok']) {
      const [from, to] = (await findContainer(here, name)) ? [here, there] : [there, here];
      const done = await ended(await begin(from, name, to, { ...order, check_timeout: '20s', check }));
      expect(done).toMatchObject({ state: 'done', check: { outcome: 'passed' } });
    }
    await remove(here, name);
  });

  // Incus itself refuses all of this during a transfer.
  test('LXD: changes during a move exist afterwards', { timeout: 180_000 }, async () => {
    const [here, there] = hosts as [Host, Host];
    const name = await launch(here, 6);
    const take = (host: Host, snapshot: string) =>
      host.lxd(`/1.0/instances/${name}/snapshots`, { method: 'POST', body: { name: snapshot } });
    const odd = 'snap-%Y%m0#:';
    for (const snapshot of ['s1', 's2', odd]) await take(here, snapshot);
    for (const host of [here, there]) await host.lxc('profile', 'create', `also-${name}`);
    const id = await slowly(here, name, there);
    await here.lxc('config', 'set', name, 'limits.memory=200MiB');
    await here.lxc('config', 'set', name, 'user.note=new');
    await here.lxc(
      'config',
      'device',
      'add',
      name,
      'zero',
      'unix-char',
      'source=/dev/zero',
      'path=/dev/myzero',
    );
    await here.lxc('profile', 'add', name, `also-${name}`);
    await here.lxd(`/1.0/instances/${name}/snapshots/s2`, { method: 'DELETE' });
    await take(here, 'made-meanwhile');
    await here.lxc('copy', name, `${name}-copy`);
    expect(await ended(id)).toMatchObject({ error: null, state: 'done' });
    expect(await findContainer(here, name)).toBeUndefined();
    expect(await findContainer(there, name)).toMatchObject({
      status: 'Running',
      profiles: ['default', `also-${name}`],
      config: { 'limits.memory': '200MiB', 'user.note': 'new' },
      devices: { zero: { source: '/dev/zero' } },
    });
    const query = { operation: 'list_snapshots', container_pool: there.name, container_name: name };
    const { body } = await up().request('GET', 'container', { query });
    const names = (body['snapshots'] as { name: string }[]).map((snapshot) => snapshot.name);
    expect(names.sort()).toEqual(['made-meanwhile', 's1', odd].sort());
    // Nothing holds a snapshot or a copy from that time.
    await up().must('restore', there.name, name, { snapshot_name: 'made-meanwhile' });
    await isFree(there, name, 'Running');
    await up().must('delete_snapshot', there.name, name, { snapshot_name: odd });
    await up().must('start', here.name, `${name}-copy`);
    await up().must('stop', here.name, `${name}-copy`);
    await up().must('delete', here.name, `${name}-copy`);
    await remove(there, name);
  });

  // Incus itself refuses both during a transfer.
  test('LXD: a rename makes it go back, a deletion ends it', { timeout: 120_000 }, async () => {
    const [here, there] = hosts as [Host, Host];
    const name = await launch(here, 3);
    await here.lxc('stop', name);
    const renamed = await slowly(here, name, there);
    await here.lxc('rename', name, `${name}-other`);
    expect(await ended(renamed)).toMatchObject({ state: 'failed' });
    await isFree(here, `${name}-other`, 'Stopped');
    expect(await findContainer(there, name)).toBeUndefined();
    const deleted = await slowly(here, `${name}-other`, there);
    await here.lxc('delete', '--force', `${name}-other`);
    expect(await ended(deleted)).toMatchObject({ state: 'failed' });
    for (const host of [here, there]) expect(await findContainer(host, `${name}-other`)).toBeUndefined();
  });

  test('a container that reports Ready is one that runs', { timeout: 120_000 }, async () => {
    const [here, there] = hosts.slice(2) as [Host, Host];
    const name = await launch(here, 1);
    const { pid } = (await here.lxd(`/1.0/instances/${name}/state`)) as { pid: number };
    const socket = `/var/lib/incus/guestapi/sock`;
    const report = [
      'curl',
      '-sf',
      '--unix-socket',
      socket,
      '-X',
      'PATCH',
      'http://guest/1.0',
      '-d',
      '{"state":"Ready"}',
    ];
    const root = (await here.exec(['stat', '-c', '%u', `/proc/${pid}`])).stdout.trim();
    await here.exec(['nsenter', '-t', String(pid), '-p', '-S', root, '-G', root, '--', ...report]);
    expect(await findContainer(here, name)).toMatchObject({ status: 'Ready' });
    await up().must('freeze', here.name, name);
    await up().must('unfreeze', here.name, name);
    expect(await ended(await begin(here, name, there))).toMatchObject({ state: 'done' });
    expect((await findContainer(there, name))?.status).toMatch(/Running|Ready/);
    await remove(there, name);
  });
});

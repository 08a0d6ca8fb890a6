// Aim: a change on a host is reported within a second, also when it was made with the daemon's own tools; a host that
// dies or hangs is reported as down, and its outdated state is marked as such. Method: real LXD hosts in the lab, the
// built controller and agents, and one event stream.
import { cpus } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import { daemons, usualDaemon } from '../../deploy/lab/daemons.js';
import { EventStream } from '../../deploy/lab/event-stream.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, no lab can run here: ${obstacle} ***\n`);

interface PoolView {
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
  readonly daemon: string | null;
  readonly containers: readonly Record<string, unknown>[];
}

describe.skipIf(obstacle !== undefined)('the live picture', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let one: Host, two: Host;
  let stream: EventStream;
  const up: (() => unknown)[] = [];

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2 });
    up.push(() => cluster.down());
    one = cluster.lab.host('server1');
    two = cluster.lab.host('server2');
    await waitFor('both pools to be up', async () => (await overview()).every(({ state }) => state === 'up'));
    stream = await EventStream.open(cluster.url);
    up.push(() => stream.close());
  }, 60_000);
  afterAll(async () => {
    for (const undo of up.reverse()) await undo();
  });

  const overview = async (query: Record<string, string> = {}): Promise<readonly PoolView[]> =>
    (await cluster.request('GET', 'overview', { query })).body['pools'] as PoolView[];
  const poolOf = async (host: Host) => (await overview({ container_pool: host.name }))[0];
  const told = (type: string, host: Host, name?: string) =>
    stream.until(
      `${type} of ${name ?? ''} on ${host.name}`,
      ({ type: is, data }) =>
        is === type &&
        data['pool'] === host.name &&
        (name === undefined || (data['container'] as { name: string }).name === name),
    );
  /** The delay from the end of `act` to the event. */
  const latency = async (act: () => Promise<unknown>, event: () => Promise<{ at: number }>) => {
    await act();
    const acted = Date.now();
    return (await event()).at - acted;
  };

  test('shows changes by lxc on a host within a second', async () => {
    expect(
      await latency(
        () => one.lxc('launch', 'tiny', 'c1', '-c', 'limits.memory=100MiB'),
        () => told('container.started', one, 'c1'),
      ),
    ).toBeLessThan(1_000);
    expect(
      await latency(
        () => one.lxc('pause', 'c1'),
        () => told('container.frozen', one, 'c1'),
      ),
    ).toBeLessThan(1_000);
    await one.lxc('start', 'c1');
    await told('container.unfrozen', one, 'c1');
    await one.lxc('snapshot', 'c1', 'first');
    const address = await one.containerAddress('c1');
    await waitFor('its address and its snapshot', async () => {
      const container = (await poolOf(one))?.containers[0];
      // The daemon freezes it while it takes the snapshot.
      const { status, snapshots, addresses } = container ?? {};
      return status === 'Running' && snapshots === 1 && (addresses as string[]).includes(address);
    });
    expect((await poolOf(one))?.containers).toMatchObject([
      { name: 'c1', status: 'Running', memory_limit: '100MiB', cpu_limit: null, migration: null },
    ]);
    await one.lxc('stop', '--force', 'c1');
    await told('container.stopped', one, 'c1');
    await one.lxc('rename', 'c1', 'c2');
    expect((await told('container.renamed', one, 'c2')).data['old_name']).toBe('c1');
    await one.lxc('delete', 'c2');
    await told('container.deleted', one, 'c2');
    expect(await poolOf(one)).toMatchObject({
      state: 'up',
      daemon: daemons[usualDaemon].kind,
      containers: [],
    });
  });

  test('reports a dead agent at once, a frozen host and a dead daemon soon, and their return', async () => {
    await two.lxc('launch', 'tiny', 'kept');
    await told('container.started', two, 'kept');
    expect(
      await latency(
        () => two.kill('agent'),
        () => told('pool.down', two),
      ),
    ).toBeLessThan(2_000);
    expect(await poolOf(two)).toMatchObject({ state: 'down', containers: [{ name: 'kept' }] });
    await two.lxc('delete', '--force', 'kept');
    const seen = stream.events.length;
    const since = (type: string) => () => stream.events.slice(seen).find((event) => event.type === type);
    await two.restart('agent');
    await waitFor('the pool to be up again', since('pool.up'));
    expect(since('container.deleted')()).toBeDefined();

    two.freeze();
    await waitFor('the frozen host to be noticed', since('pool.down'), 8_000);
    two.thaw();
    await waitFor('it to be up again', async () => (await poolOf(two))?.state === 'up', 20_000);

    await two.kill('lxd');
    const pool = await waitFor('the dead daemon to be noticed', async () => {
      const found = await poolOf(two);
      return found?.state === 'down' ? found : undefined;
    });
    expect(pool.reason).toMatch(/^its daemon does not answer: /);
    await two.restart('lxd');
    await waitFor('the daemon to be back', async () => (await poolOf(two))?.state === 'up');
  });

  test("measures containers' usage while somebody views it", async () => {
    const name = 'busy';
    await cluster.launch(one, name);
    const looking = await EventStream.open(cluster.url, { container_pool: one.name, usage: 'true' });
    const usage = (data: Record<string, unknown>) =>
      (data['containers'] as Record<string, { cpu_percent: number; memory: number }>)[name];
    const idle = await looking.until(
      'a first figure at rest',
      ({ type, data }) => type === 'usage' && (usage(data)?.cpu_percent ?? 100) < 10,
    );
    expect(idle.data['load']).toMatchObject({ cpus: cpus().length });
    expect(usage(idle.data)?.memory).toBeGreaterThan(10_000);
    const spin = one
      .lxc('exec', name, '--', 'timeout', '30', 'sh', '-c', 'while :; do :; done')
      .catch(() => '');
    await looking.until(
      'a busy processor',
      ({ type, data }) => type === 'usage' && (usage(data)?.cpu_percent ?? 0) > 10,
    );
    looking.close();
    await one.lxc('delete', '--force', name);
    await spin;
  });

  test('reports each phase of a migration, its progress, and that the container has moved', async () => {
    await cluster.launch(one, 'mover');
    await cluster.must('migrate', one.name, 'mover', { destination_pool: two.name });
    await stream.until(
      'its end',
      ({ data }) => (data['migration'] as { phase?: string } | undefined)?.phase === 'done',
    );
    const ofMigration = stream.events.filter(({ data }) => JSON.stringify(data).includes('mover'));
    const phases = ofMigration.flatMap(({ type, data }) =>
      type === 'migration.phase' ? [(data['migration'] as { phase: string }).phase] : [],
    );
    expect(phases).toEqual([
      'accepted',
      'claimed',
      'copied',
      'stopped',
      'synced',
      'verified',
      'started',
      'switched',
      'released',
      'removed',
      'done',
    ]);
    expect(ofMigration.filter(({ type }) => type === 'migration.progress')).not.toEqual([]);
    expect(ofMigration.find(({ type }) => type === 'container.moved')?.data).toMatchObject({
      container: 'mover',
      source: one.name,
      destination: two.name,
    });
    await waitFor('one container, on the destination', async () => {
      const [from, to] = await Promise.all([poolOf(one), poolOf(two)]);
      const found = to?.containers[0];
      return from?.containers.length === 0 && found?.['status'] === 'Running' && found['migration'] === null;
    });
    await two.lxc('delete', '--force', 'mover');
  });

  test('a reader resumes', async () => {
    const first = await EventStream.open(cluster.url, { container_pool: one.name, type: 'container' });
    await one.lxc('init', 'tiny', 'c3');
    await first.until('the first event', ({ type }) => type === 'container.created');
    first.close();
    await one.lxc('delete', 'c3');
    await told('container.deleted', one, 'c3');
    const second = await EventStream.open(
      cluster.url,
      { container_pool: one.name, type: 'container' },
      { 'Last-Event-ID': first.lastId ?? '' },
    );
    await second.until('what was missed', ({ type }) => type === 'container.deleted');
    expect(second.events.filter(({ type }) => type === 'container.created')).toEqual([]);
    second.close();
  });
});

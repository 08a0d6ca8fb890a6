// Aim: an evacuation is planned, ordered, shown, cancelled and undone through REST, by operators, and a confined token sees
// and touches only its own pools. Method: real HTTP to a controller on a real etcd; the hosts are doubles.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Streams } from '../support/agent-double.js';
import { Cluster, type HostDouble } from '../support/cluster.js';
import { etcdObstacle } from '../support/etcd.js';

const names = ['c1', 'c2'];

/** Reports the containers of its host, again after each second. */
const reporting = (host: () => HostDouble | undefined): Streams => ({
  Watch: (call) => {
    const state = () => ({
      daemon: { up: true, reason: '', server: 'lxd', serverVersion: '5.0' },
      listing: 'LAST_PART',
      containers: [...(host()?.containers ?? [])].map(([name, status]) => ({ name, status })),
    });
    call.write(state() as never);
    const heartbeat = setInterval(() => call.write(state() as never), 200);
    call.on('cancelled', () => clearInterval(heartbeat));
  },
});

describe.skipIf(etcdObstacle !== undefined)('an evacuation', () => {
  let cluster: Cluster;
  let one: HostDouble | undefined;

  beforeAll(async () => {
    cluster = await Cluster.start();
    one = await cluster.addHost(
      'server1',
      reporting(() => one),
    );
    await cluster.addHost(
      'server2',
      reporting(() => undefined),
    );
    for (const name of names) one.containers.set(name, 'Running');
    const overview = async () => (await get('/REST/overview')).body;
    await vi.waitFor(
      async () => expect(await overview()).toMatchObject({ totals: { pools: { up: 2 }, containers: 2 } }),
      { timeout: 10_000 },
    );
  });
  afterAll(() => cluster.stop());

  const get = (path: string, headers = {}) => cluster.client.ask({ path, headers });
  const pools = (operation: string, form: Record<string, string> = {}, headers = {}) => {
    const all = { operation, container_pool: 'server1', ...form };
    return cluster.client.ask({ method: 'POST', path: '/REST/pools', form: all, headers });
  };
  const tokenOf = async (name: string, role: string, to: string) => {
    const form = { operation: 'create', name, role, pools: to };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    return { authorization: `Bearer ${(body as { token: string }).token}` };
  };
  const phase = (wanted: string) =>
    vi.waitFor(
      async () => expect((await get('/REST/evacuations/server1')).body).toMatchObject({ phase: wanted }),
      { timeout: 15_000 },
    );

  test('is planned with what stands in the way', async () => {
    const plan = await pools('drain', { dry_run: 'true', destination_pool: '@blue' });
    expect(plan).toMatchObject({
      status: 200,
      body: {
        success: 'Evacuation planned.',
        possible: false,
        containers: names.map((container) => ({
          ...{ container, action: 'migrate', destination: null },
          obstacles: [{ pool: null, message: 'there is no other pool' }],
        })),
      },
    });
    expect((await get('/REST/evacuations')).body).toEqual({ evacuations: [], success: 'evacuations' });
    expect((await get('/REST/evacuations/server1')).status).toBe(404);
  });

  test.each([
    [{ action: 'kill' }, 'action "kill" is not valid: one of migrate, stop, skip is expected'],
    [{ deadline: 'soon' }, 'deadline "soon" is not valid'],
    [{ destination_pool: '@a b' }, 'destination_pool "@a b" is not valid'],
    [{ container_pool: 'nowhere' }, 'there is no pool "nowhere"'],
  ])('is refused with %j', async (form, error) => {
    const { status, body } = await pools('evacuate', form);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ error: expect.stringContaining(error) as string });
  });

  test('stops what is to be stopped, closes the pool, and is undone', async () => {
    const ordered = await pools('evacuate', { action: 'stop' });
    expect(ordered.body).toMatchObject({
      success: 'Evacuation accepted.',
      evacuation: '/REST/evacuations/server1',
      plan: { possible: true },
    });
    await phase('evacuated');
    expect([...(one?.containers ?? [])]).toEqual(names.map((name) => [name, 'Stopped']));
    expect((await get('/REST/pools')).body).toMatchObject({ scheduling: { server1: 'evacuated' } });
    const cordoned = await pools('cordon');
    expect(cordoned).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('restore') as string },
    });
    const form = {
      operation: 'create',
      container_pool: 'server1',
      container_name: 'x',
      image_type: 'ubuntu',
    };
    const created = await cluster.client.ask({ method: 'POST', path: '/REST/container', form });
    expect(created.body).toEqual({
      error: 'pool "server1" takes no new containers: it is evacuated ("copa pool restore server1" opens it)',
    });
    const late = await cluster.client.ask({ method: 'DELETE', path: '/REST/evacuations/server1' });
    expect(late.status).toBe(409);
    expect((await pools('restore')).body).toEqual({
      ...{ container_pool: 'server1', evacuation: '/REST/evacuations/server1' },
      success: 'Restore accepted.',
    });
    await phase('restored');
    expect([...(one?.containers ?? [])]).toEqual(names.map((name) => [name, 'Running']));
    expect((await get('/REST/pools')).body).not.toHaveProperty('scheduling');
  });

  test('needs an operator who reaches the pool, and is shown to those alone', async () => {
    const viewer = await tokenOf('looks', 'viewer', 'server1');
    const other = await tokenOf('other', 'operator', 'server2');
    const operator = await tokenOf('works', 'operator', 'server1');
    expect((await pools('evacuate', { action: 'skip' }, viewer)).status).toBe(403);
    expect((await pools('evacuate', { action: 'skip' }, other)).status).toBe(403);
    expect((await pools('cordon', {}, operator)).status).toBe(403);
    expect((await pools('evacuate', { action: 'skip' }, operator)).status).toBe(200);
    await phase('evacuated');
    expect((await get('/REST/evacuations', other)).body).toMatchObject({ evacuations: [] });
    expect((await get('/REST/evacuations/server1', other)).status).toBe(404);
    expect((await get('/REST/evacuations/server1', viewer)).status).toBe(200);
    expect((await pools('restore', { action: 'skip' }, operator)).status).toBe(200);
    await phase('restored');
  });
});

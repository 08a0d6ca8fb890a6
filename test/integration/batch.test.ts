// Aim: one request changes many containers, and its answer has the outcome of each; nothing
// is chosen by a slip, and nothing out of reach. Method: real HTTP to a controller on a real etcd; the hosts are doubles.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Streams } from '../support/agent-double.js';
import { Cluster, type HostDouble } from '../support/cluster.js';
import { etcdObstacle } from '../support/etcd.js';

interface Shown {
  readonly name: string;
  readonly status: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** A host that reports these containers. */
const reporting = (containers: readonly Shown[]): Streams => ({
  Watch: (call) => {
    const daemon = { up: true, reason: '', server: 'lxd', serverVersion: '5.0' };
    const listed = containers.map((each) => ({
      ...{ createdAt: 0, image: '', addresses: [], limits: {}, snapshots: 0, mark: null, labels: {} },
      ...each,
    }));
    call.write({ daemon, listing: 'LAST_PART', containers: listed } as never);
    const heartbeat = setInterval(() => call.write({}), 1_000);
    call.on('cancelled', () => clearInterval(heartbeat));
  },
});

interface Reply {
  readonly success?: string;
  readonly warning?: string;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly containers: readonly Readonly<Record<string, string>>[];
}

describe.skipIf(etcdObstacle !== undefined)('many containers by one request', () => {
  let cluster: Cluster;
  let one: HostDouble;
  let two: HostDouble;

  beforeAll(async () => {
    cluster = await Cluster.start();
    const web = Array.from({ length: 20 }, (_, index) => ({
      ...{ name: `web${String(index).padStart(2, '0')}`, status: 'Stopped', labels: { app: 'web' } },
    }));
    one = await cluster.addHost('server1', reporting([...web, { name: 'db', status: 'Running' }]));
    two = await cluster.addHost('server2', reporting([{ name: 'other', status: 'Stopped' }]));
    for (const { name, status } of [...web, { name: 'db', status: 'Running' }])
      one.containers.set(name, status);
    two.containers.set('other', 'Stopped');
    await vi.waitFor(
      async () =>
        expect((await cluster.client.ask({ path: '/REST/overview' })).body).toMatchObject({
          totals: { containers: 22 },
        }),
      { timeout: 10_000 },
    );
  });
  afterAll(() => cluster.stop());

  const batch = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const { status, body } = await cluster.client.ask({ method: 'POST', path: '/REST/batch', form, headers });
    return { status, ...(body as Reply & { readonly error?: string }) };
  };

  test('a list has an entry for each, also for those that fail', async () => {
    const containers = 'server1:web00,server1:none,server2:other';
    const reply = await batch({ operation: 'start', containers });
    expect(reply).toMatchObject({ status: 200, warning: '1 of 3 containers failed', done: 2, failed: 1 });
    expect(reply.success).toBeUndefined();
    expect(reply.containers.map((each) => each['outcome'])).toEqual(['done', 'failed', 'done']);
    expect(reply.containers[1]).toMatchObject({ container_name: 'none', code: 'not_found' });
    expect(two.containers.get('other')).toBe('Running');
    const { body } = await cluster.client.ask({ path: '/REST/audit' });
    const lines = (body as { audit: { parameters: Record<string, string>; outcome: string }[] }).audit;
    const about = lines.filter(({ parameters }) => parameters['operation'] === 'start');
    expect(about.map(({ parameters, outcome }) => [parameters['container_name'], outcome])).toEqual([
      ['web00', 'done'],
      ['none', 'refused'],
      ['other', 'done'],
      // The request as a whole.
      [undefined, 'done'],
    ]);
  });

  test('all of a pool, as far as it applies', async () => {
    const order = { operation: 'stop', all: 'true', container_pool: 'server1', stop_timeout: '7' };
    const reply = await batch(order);
    expect(reply).toMatchObject({ success: 'Operation successful', done: 1, failed: 0, skipped: 20 });
    expect(one.asked).toContain('StopContainer in 7 s db');
  });

  test('by labels', async () => {
    const order = { operation: 'snapshot', labels: 'app=web', snapshot_name: 'nightly', parallel: '2' };
    expect(await batch(order)).toMatchObject({ done: 20, failed: 0, skipped: 0 });
    expect(one.asked.filter((call) => call.startsWith('CreateSnapshot nightly'))).toHaveLength(20);
    expect(two.asked.filter((call) => call.startsWith('CreateSnapshot'))).toEqual([]);
  });

  test.each([
    [{ operation: 'stop' }, 'give one of these'],
    [{ operation: 'stop', all: 'true' }, 'all needs container_pool'],
    [{ operation: 'stop', all: 'true', labels: 'app' }, 'give one of these'],
    [{ operation: 'stop', container_pool: 'server1' }, 'give one of these'],
    [{ operation: 'stop', containers: 'web' }, 'POOL:CONTAINER is expected'],
    [{ operation: 'snapshot', containers: 'server1:db' }, '"snapshot_name" is missing'],
    [{ operation: 'start', containers: 'server1:db', stop_timeout: '3' }, 'unknown parameter "stop_timeout"'],
  ])('%j is refused', async (form, error) => {
    expect(await batch(form)).toMatchObject({
      status: 400,
      error: expect.stringContaining(error) as string,
    });
  });

  test('a confined token changes only what it reaches', async () => {
    const form = { operation: 'create', name: 'confined', role: 'operator', pools: 'server2' };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    const headers = { authorization: `Bearer ${(body as { token: string }).token}` };
    const listed = await batch({ operation: 'start', containers: 'server2:other,server1:web01' }, headers);
    expect(listed.status).toBe(403);
    const named = await batch({ operation: 'start', all: 'true', container_pool: 'server1' }, headers);
    expect(named.status).toBe(403);
    expect(await batch({ operation: 'start', labels: 'app=web' }, headers)).toMatchObject({
      containers: [],
      success: 'Operation successful',
    });
  });
});

// Aim: on a real etcd one of two controllers decides, also when the other one was paused or is gone; and REST serves
// policies with roles. Method: two engines over one etcd, and a whole controller.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Store } from '../../controller/store/store.js';
import { keys } from '../../controller/store/keys.js';
import { Cluster, type Request } from '../support/cluster.js';
import { etcdObstacle, startEtcd } from '../support/etcd.js';
import { PolicyWorld } from '../support/policy-world.js';

const text = 'name: cpu\nmode: automatic\nwhen: {pool: cpu, above: 80, over: 10s}\nguards: {cooldown: 20s}\n';

describe.skipIf(etcdObstacle !== undefined)('policies on etcd', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  const stores: Store[] = [];
  const open = () => {
    const store = new Store(etcd.endpoints);
    stores.push(store);
    return store;
  };

  beforeAll(async () => {
    etcd = await startEtcd();
  });
  afterAll(async () => {
    for (const store of stores) store.close();
    await etcd.stop();
  });

  test('one of two controllers decides', async () => {
    const world = new PolicyWorld(open());
    world.add('server1', { c1: {}, c2: {}, c3: {}, c4: {} });
    world.add('server2');
    await world.catalog.apply(text, 'me');
    const [first, second] = [world.engine('first', open()), world.engine('second', open())];
    const both = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        world.nowMs += 5_000;
        world.host('server1', 90);
        world.host('server2', 10);
        world.measureContainers();
        await Promise.all([first.round(), second.round()]);
        await vi.waitFor(() => expect(world.orders).toBe(0));
      }
    };
    await both(3);
    expect(world.ordered).toHaveLength(1);
    await both(4);
    expect(world.ordered).toHaveLength(2);
    // Each takes the other for dead, as after a partition: still no decision is made twice.
    world.dead.add('first').add('second');
    await both(8);
    const times = world.ordered.map(({ at }) => Date.parse(at));
    expect(world.ordered.length).toBeGreaterThan(2);
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(20_000);
    expect(new Set(world.ordered.map(({ container }) => container)).size).toBe(world.ordered.length);
    expect((await world.decided('cpu')).map(({ id }) => id)).toEqual(world.ordered.map(({ id }) => id));
  });

  test('a controller that was replaced while it was paused decides nothing', async () => {
    const store = open();
    const world = new PolicyWorld(store);
    world.add('server1', { c1: {} });
    world.add('server2');
    await world.catalog.apply(text.replace('cpu', 'paused'), 'me');
    await world.catalog.pause('cpu', true);
    const paused = world.engine('slow', open(), async () => {
      // Between its last read and its decision.
      const [entry] = await store.getMany([keys.decider]);
      const key = keys.decider;
      const value = { controller: 'new', run: 'new' };
      await store.transact({ expect: [{ key, revision: entry?.revision ?? 0 }], put: [{ key, value }] });
    });
    world.dead.add('first').add('second');
    for (let round = 0; round < 3; round++) {
      world.nowMs += 5_000;
      world.host('server1', 90);
      world.host('server2', 10);
      world.measureContainers();
      await paused.round();
    }
    expect(world.ordered).toEqual([]);
    expect(await world.decided('paused')).toEqual([]);
  });
});

describe.skipIf(etcdObstacle !== undefined)('/REST/policies', () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
    await cluster.addHost('server1');
  });
  afterAll(() => cluster.stop());

  const ask = async (more: Partial<Request> = {}) => {
    const { status, body } = await cluster.client.ask({ path: '/REST/policies', ...more });
    return { status, ...(body as Record<string, unknown>) };
  };
  const post = (json: object, more: Partial<Request> = {}) => ask({ method: 'POST', json, ...more });
  const tokenOf = async (role: string, pools = '') => {
    const form = { operation: 'create', name: `${role}${pools}`, role, pools };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    return { Authorization: `Bearer ${(body as { token: string }).token}` };
  };

  test('the built-in ones are there, and off', async () => {
    const { policies } = (await ask()) as unknown as { policies: object[] };
    expect(policies).toMatchObject(
      ['threshold_cpu', 'threshold_cpulat', 'threshold_lat'].map((name) => ({
        ...{ name, state: 'off', version: 0, built_in: true, last_decision: null },
      })),
    );
  });

  test('applying, pausing, explaining and deleting, and what is in the audit log', async () => {
    expect(await post({ operation: 'apply', policy: text, dry_run: true })).toMatchObject({
      outcome: 'valid',
    });
    expect(await ask({ path: '/REST/policies/cpu' })).toMatchObject({ status: 404 });
    expect(await post({ operation: 'apply', policy: text })).toMatchObject({
      name: 'cpu',
      outcome: 'created',
    });
    expect(await post({ operation: 'apply', policy: text })).toMatchObject({ outcome: 'unchanged' });
    expect(await post({ operation: 'pause', name: 'cpu' })).toMatchObject({ success: 'Policy paused.' });
    expect(await ask({ path: '/REST/policies/cpu' })).toMatchObject({
      ...{ status: 200, name: 'cpu', version: 1, mode: 'automatic', state: 'paused', text, decisions: [] },
      now: { verdict: 'idle', reason: 'its condition holds nowhere', container: null },
    });
    expect(await post({ operation: 'resume', name: 'cpu' })).toMatchObject({ status: 200 });
    expect(await post({ operation: 'delete', name: 'cpu' })).toMatchObject({ status: 200 });
    expect(await post({ operation: 'delete', name: 'cpu' })).toMatchObject({ status: 404 });
    expect(await post({ operation: 'pause', name: 'threshold_lat' })).toMatchObject({ status: 409 });
    const { audit } = (await ask({ path: '/REST/audit' })) as unknown as { audit: object[] };
    expect(audit).toContainEqual(
      expect.objectContaining({ path: '/REST/policies', parameters: { operation: 'apply', name: 'cpu' } }),
    );
    expect(audit).toContainEqual(
      expect.objectContaining({ path: '/REST/policies', parameters: { operation: 'delete', name: 'cpu' } }),
    );
  });

  test('a replay of an hour without values', async () => {
    expect(await post({ operation: 'replay', policy: text, since: '1h' })).toMatchObject({
      ...{ status: 200, name: 'cpu', decisions: [], downtime_ms: 0, success: 'Replay finished.' },
    });
    expect(await post({ operation: 'replay', policy: text, since: '2d' })).toMatchObject({ status: 400 });
  });

  test('a fault has its place', async () => {
    expect(
      await post({ operation: 'apply', policy: 'name: x\nwhen: {pool: cpu, above: y}\n' }),
    ).toMatchObject({
      status: 400,
      error: 'the policy is not valid: line 2, column 26: when.above: a number is expected',
    });
  });

  test('a viewer reads, an operator changes, and a token that is confined to a pool does neither', async () => {
    const viewer = await tokenOf('viewer');
    expect(await ask({ headers: viewer })).toMatchObject({ status: 200 });
    expect(await post({ operation: 'apply', policy: text }, { headers: viewer })).toMatchObject({
      status: 403,
    });
    const operator = await tokenOf('operator');
    expect(await post({ operation: 'apply', policy: text }, { headers: operator })).toMatchObject({
      status: 200,
    });
    expect(await ask({ path: '/REST/policies/cpu' })).toMatchObject({ applied_by: 'operator' });
    const confined = await tokenOf('operator', 'server1');
    for (const path of ['/REST/policies', '/REST/policies/cpu'])
      expect(await ask({ path, headers: confined })).toMatchObject({ status: 403 });
    expect(await post({ operation: 'delete', name: 'cpu' }, { headers: confined })).toMatchObject({
      status: 403,
    });
  });
});

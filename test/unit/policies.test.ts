// Aim: what policies decide, what holds them back, and that one controller decides at a time. Method: the real engine on a
// store in memory and a fleet without hosts, in virtual time.
import { beforeEach, describe, expect, test } from 'vitest';
import { keys } from '../../controller/store/keys.js';
import { MemoryStore } from '../support/memory-store.js';
import { PolicyWorld } from '../support/policy-world.js';

const minuteMs = 60_000;

describe('policies', () => {
  let world: PolicyWorld;
  let store: MemoryStore;

  beforeEach(() => {
    store = new MemoryStore();
    world = new PolicyWorld(store);
    world.add('server1', { web: { app: 'web' }, db: { app: 'db' }, small: {} });
    world.add('server2');
    world.add('server3');
  });

  const use = (container: string) => ({ web: 60, db: 30, small: 1 })[container] ?? 0;

  async function run(forMs: number, cpu: Readonly<Record<string, number>>, engine = world.engine()) {
    for (const endMs = world.nowMs + forMs; world.nowMs < endMs;) {
      world.nowMs += 5_000;
      for (const [pool, percent] of Object.entries(cpu)) world.host(pool, percent);
      world.measureContainers(use);
      await engine.round();
      await Promise.resolve();
    }
    return engine;
  }

  const apply = (text: string) => world.catalog.apply(text, 'me');
  const moves = () =>
    world.ordered.map(({ container, source, destination }) => `${container} ${source}>${destination}`);
  const cpu = (more: string) => `name: cpu\nmode: automatic\nwhen: {pool: cpu, above: 80, over: 1m}\n${more}`;
  const busy = { server1: 95, server2: 40, server3: 20 };

  test('the container that uses most CPU goes to the best pool, with its evidence', async () => {
    await apply(cpu('guards: {cooldown: 5m}'));
    await run(2 * minuteMs, busy);
    expect(moves()).toEqual(['web server1>server3']);
    const [decision] = await world.decided('cpu');
    expect(decision).toMatchObject({
      ...{ policy: 'cpu', version: 1, outcome: 'ordered', container: 'web', predicted_downtime_ms: 2_000 },
      reason:
        'cpu of pool server1 is 95%, above 80% (mean of 60 s); server3 is better: cpu of the pool 20, here 95',
      evidence: {
        ...{ of: 'pool', measure: 'cpu', pool: 'server1', value: 95, threshold: 80, above: true },
        ...{ window_seconds: 60, source_value: 95, destination_value: 20 },
      },
    });
    expect(decision?.evidence.samples).toBeGreaterThan(5);
  });

  test('nothing happens before the window has values, and none while it is below', async () => {
    await apply(cpu(''));
    await run(25_000, busy);
    expect(moves()).toEqual([]);
    await run(2 * minuteMs, { server1: 10, server2: 0, server3: 0 });
    expect(moves()).toEqual([]);
  });

  test('it recommends unless it is automatic', async () => {
    await apply(cpu('').replace('automatic', 'recommend'));
    await run(5 * minuteMs, busy);
    expect(moves()).toEqual([]);
    expect((await world.decided('cpu')).map(({ outcome }) => outcome)).toEqual(['recommended']);
  });

  describe('a query in PromQL', () => {
    const queried = (more = '') =>
      `name: q\nmode: automatic\nwhen: {promql: busy, above: 80, over: 1m}\n${more}`;

    test('moves a container as a measurement does, with the query as evidence', async () => {
      await apply(queried());
      await run(2 * minuteMs, busy);
      expect(moves()).toEqual(['web server1>server3']);
      const [decision] = await world.decided('q');
      expect(decision).toMatchObject({
        reason:
          'the query of pool server1 is 95, above 80 (mean of 60 s); server3 is better: value of the query 20, here 95',
        evidence: { of: 'promql', measure: 'busy', pool: 'server1', value: 95, source_value: 95 },
      });
    });

    test('that fails moves nothing, whatever the other conditions say, and what was missed counts afterwards', async () => {
      await apply(
        queried().replace('when: {', 'when: [{pool: cpu, above: 80, over: 1m}, {').replace('1m}\n', '1m}]\n'),
      );
      world.queryFailure = 'the server is away';
      const engine = await run(5 * minuteMs, busy);
      expect(await engine.explain('q')).toEqual({ kind: 'unknown', reason: 'the server is away' });
      expect(moves()).toEqual([]);
      expect(await world.decided('q')).toEqual([]);
      world.queryFailure = undefined;
      await run(5_000, busy, engine);
      expect(moves()).toEqual(['web server1>server3']);
    });

    test.each([
      [{}, 'the query has a series without the label "pool", which names its pool'],
      [{ pool: 'server1', job: 'x' }, 'the query has two series of pool "server1": aggregate them by (pool)'],
    ])('with series that are of no one pool is unknown (%o)', async (labels, reason) => {
      await apply(queried());
      world.strangeSeries.push({ labels: labels, points: [] });
      const engine = await run(2 * minuteMs, busy);
      expect(await engine.explain('q')).toEqual({ kind: 'unknown', reason });
      expect(moves()).toEqual([]);
    });

    test('of pools that COPA does not know moves nothing there', async () => {
      await apply(queried());
      const points = Array.from({ length: 30 }, (_, index) => ({
        atMs: world.nowMs + index * 5_000,
        value: 1,
      }));
      world.strangeSeries.push({ labels: { pool: 'elsewhere' }, points });
      await run(2 * minuteMs, busy);
      expect(moves()).toEqual(['web server1>server3']);
    });
  });

  test('the cool-down passes, and the next container goes', async () => {
    await apply(cpu('guards: {cooldown: 5m}'));
    const engine = await run(5 * minuteMs, busy);
    expect(moves()).toEqual(['web server1>server3']);
    await run(2 * minuteMs, busy, engine);
    expect(moves()).toEqual(['web server1>server3', 'db server1>server3']);
  });

  test('no pool is better by the margin, or it is closed, down or not measured', async () => {
    await apply(cpu('guards: {margin: 20}'));
    const engine = await run(2 * minuteMs, { server1: 90 });
    expect((await engine.explain('cpu')).reason).toContain(
      'server3: nothing was measured there in the window',
    );
    await run(2 * minuteMs, { server1: 90, server2: 79, server3: 78 }, engine);
    expect((await engine.explain('cpu')).reason).toContain(
      'no pool is better (server2: its value of 79 is not better by 20% than 90',
    );
    world.closed.set('server2', 'it is cordoned');
    world.down.add('server3');
    await run(2 * minuteMs, { server1: 90, server2: 1, server3: 1 }, engine);
    const { kind, reason } = await engine.explain('cpu');
    expect(kind).toBe('held');
    expect(reason).toContain('server2: it is cordoned; server3: it is down');
    expect(moves()).toEqual([]);
  });

  test.each([
    ['move: db', 'db server1>server3'],
    ['move: server1:small', 'small server1>server3'],
    ['move: {labels: "app=db"}', 'db server1>server3'],
    ['move: most_memory', 'web server1>server3'],
    ['to: server2', 'web server1>server2'],
    ['to: "@blue"', 'web server1>server2'],
    ['pools: "@blue"', undefined],
    ['move: nobody', undefined],
    ['move: server2:web', undefined],
    ['guards: {quiet: ["11:00-13:00"]}', undefined],
    ['guards: {quiet: ["11:00-13:00"], time_zone: Asia/Tokyo}', 'web server1>server3'],
    ['guards: {quiet: ["20:00-12:30"]}', undefined],
    ['guards: {downtime_per_hour: 1s}', undefined],
  ])('%s', async (text, expected) => {
    world.labels.set('server2', { group: 'blue' });
    await apply(cpu(text));
    await run(2 * minuteMs, busy);
    expect(moves()).toEqual(expected === undefined ? [] : [expected]);
  });

  test('a condition has to hold for its time', async () => {
    await apply('name: cpu\nmode: automatic\nwhen: {pool: cpu, above: 80, over: 30s, for: 2m}\n');
    const engine = await run(minuteMs, { ...busy, server1: 10 });
    await run(2 * minuteMs, busy, engine);
    expect(moves()).toEqual([]);
    await run(minuteMs, busy, engine);
    expect(moves()).toEqual(['web server1>server3']);
  });

  test('a container over its threshold moves itself', async () => {
    await apply(
      'name: c\nmode: automatic\nwhen: {container: cpu, above: 25, over: 1m}\nmove: {labels: app=db}\n',
    );
    await run(2 * minuteMs, busy);
    expect(moves()).toEqual(['db server1>server3']);
    expect((await world.decided('c'))[0]?.evidence).toMatchObject({
      of: 'container',
      container: 'db',
      value: 30,
    });
  });

  test('of the pools of a bad link, the container goes to one that has none', async () => {
    await apply('name: lat\nmode: automatic\nwhen: {link: latency, above: 50, over: 1m}\n');
    const engine = world.engine();
    await world.run(2 * minuteMs, engine, () => {
      for (const [one, other, ms] of [
        ['server1', 'server2', 80],
        ['server1', 'server3', 5],
        ['server2', 'server3', 5],
      ] as const) {
        world.link(one, other, ms);
        world.link(other, one, ms);
      }
    });
    expect(moves()).toEqual(['db server1>server3']);
    expect((await world.decided('lat'))[0]?.reason).toContain(
      'latency of the link server1-server2 is 80 ms, above 50 ms',
    );
  });

  test('nothing leaves a pool because another one is down, and no reply comes from there', async () => {
    await apply('name: lat\nmode: automatic\nwhen: {link: latency, above: 50, over: 1m}\n');
    world.down.add('server2');
    await world.run(5 * minuteMs, world.engine(), () => {
      world.link('server1', 'server2', 2000);
      world.link('server1', 'server3', 5);
      world.link('server3', 'server1', 5);
    });
    expect(moves()).toEqual([]);
  });

  test('a pool whose links are all bad is left, although they are bad at their other ends, too', async () => {
    world.add('server2', { other: {} });
    await apply('name: lat\nmode: automatic\nwhen: {link: latency, above: 50, over: 1m}\n');
    await world.run(20 * minuteMs, world.engine(), () => {
      for (const [one, other, ms] of [
        ['server1', 'server2', 200],
        ['server1', 'server3', 200],
        ['server2', 'server3', 5],
      ] as const) {
        world.link(one, other, ms);
        world.link(other, one, ms);
      }
    });
    expect(new Set(world.ordered.map(({ source }) => source))).toEqual(new Set(['server1']));
  });

  test('a move that was refused is noted, and another pool is tried after a minute', async () => {
    world.refusal = 'no room';
    await apply(cpu('guards: {cooldown: 5m}'));
    const engine = await run(2 * minuteMs, busy);
    expect(moves()).toEqual(['web server1>server3', 'web server1>server2']);
    expect(await world.decided('cpu')).toMatchObject([
      { outcome: 'refused', error: 'no room' },
      { outcome: 'refused' },
    ]);
    world.refusal = undefined;
    await run(minuteMs, busy, engine);
    expect(moves().slice(2)).toEqual(['db server1>server3']);
  });

  test('a move that failed is not tried again for an hour, and one in progress holds the next', async () => {
    await apply(cpu('move: web\nguards: {cooldown: 1m}'));
    world.relocate = () => undefined;
    world.move = () => 'running';
    const engine = await run(5 * minuteMs, busy);
    expect(moves()).toEqual(['web server1>server3']);
    expect((await engine.explain('cpu')).reason).toContain('container "web" is still moving to server3');
    world.move = () => 'failed';
    await run(20 * minuteMs, busy, engine);
    expect(moves()).toEqual(['web server1>server3', 'web server1>server2']);
  });

  test('the budget of moves', async () => {
    for (let number = 1; number <= 9; number++) world.pools.get('server1')?.set(`c${number}`, {});
    await apply(cpu('guards: {cooldown: 1m, moves_per_hour: 3}'));
    const engine = await run(30 * minuteMs, busy);
    expect(moves()).toHaveLength(3);
    expect((await engine.explain('cpu')).reason).toContain('budget: 3 moves in the last hour');
  });

  test('no policy moves what another one has moved', async () => {
    await apply(cpu('move: web\nguards: {cooldown: 10m}'));
    await apply(
      'name: back\nmode: automatic\nwhen: {pool: memory, above: 5, over: 1m}\nmove: web\nto: server1\nguards: {cooldown: 10m}\n',
    );
    await run(2 * minuteMs, busy);
    world.host('server1', 1, 1);
    await world.run(5 * minuteMs, world.engine(), () => {
      world.host('server1', 1, 1);
      world.host('server3', 99, 90);
    });
    expect(moves()).toEqual(['web server1>server3']);
  });

  test('the network configuration switches the built-in ones', async () => {
    const engine = await run(4 * minuteMs, busy);
    expect(moves()).toEqual([]);
    await world.delegations.change({ mode: 'a', algorithm: 'threshold_lat' });
    await run(4 * minuteMs, busy, engine);
    expect(moves()).toEqual([]);
    await world.delegations.change({ algorithm: 'threshold_cpulat' });
    await run(3 * minuteMs, busy, engine);
    expect(moves()).toEqual(['web server1>server3']);
    await world.delegations.change({ mode: 'm' });
    await run(20 * minuteMs, busy, engine);
    expect(moves()).toHaveLength(1);
    await expect(world.catalog.pause('threshold_cpu', true)).rejects.toThrow('is built in');
    await apply('name: threshold_cpu\nwhen: {pool: cpu, above: 10}\n');
    expect(await world.catalog.get('threshold_cpu')).toMatchObject({
      version: 1,
      mode: 'automatic',
      state: 'off',
    });
    await world.catalog.remove('threshold_cpu');
    expect(await world.catalog.get('threshold_cpu')).toMatchObject({ version: 0 });
  });

  test('pausing, versions and deletion; a cool-down outlives its policy', async () => {
    await apply(cpu('guards: {cooldown: 1h}'));
    await world.catalog.pause('cpu', true);
    const engine = await run(3 * minuteMs, busy);
    expect(moves()).toEqual([]);
    await world.catalog.pause('cpu', false);
    await run(minuteMs, busy, engine);
    expect(moves()).toHaveLength(1);
    expect(await apply(cpu('guards: {cooldown: 1h}'))).toEqual({ name: 'cpu', outcome: 'unchanged' });
    await world.catalog.remove('cpu');
    expect(await apply(cpu('guards: {cooldown: 2h}'))).toEqual({ name: 'cpu', outcome: 'created' });
    await run(30 * minuteMs, busy, engine);
    expect(moves()).toHaveLength(1);
    await expect(world.catalog.remove('other')).rejects.toThrow('there is no policy "other"');
  });

  test('one controller decides, and another one takes over when it is gone', async () => {
    await apply(cpu('guards: {cooldown: 100s}'));
    const [first, second] = [world.engine('first'), world.engine('second')];
    const both = async (forMs: number) => {
      for (const endMs = world.nowMs + forMs; world.nowMs < endMs;) {
        world.nowMs += 5_000;
        for (const [pool, percent] of Object.entries(busy)) world.host(pool, percent);
        world.measureContainers(use);
        await Promise.all([first.round(), second.round()]);
      }
    };
    await both(90_000);
    expect(moves()).toEqual(['web server1>server3']);
    // It is paused between its claim and its decision, and taken for dead meanwhile.
    world.dead.add('first');
    await run(2 * minuteMs, busy, second);
    expect(moves()).toEqual(['web server1>server3', 'db server1>server3']);
    const [entry] = await store.getMany([keys.decider]);
    expect(entry?.value).toEqual({ controller: 'second', run: 'second' });
    await run(2 * minuteMs, busy, first);
    expect(moves()).toHaveLength(2);
  });

  test('a decision that was overtaken is none', async () => {
    await apply(cpu(''));
    const engine = await run(25_000, busy);
    store.meanwhile = () => store.put(keys.decider, { controller: 'other', run: 'other' });
    await run(10_000, busy, engine);
    expect(moves()).toEqual([]);
    expect(await world.decided('cpu')).toEqual([]);
  });
});

// Aim: which call each container operation makes to which host, and what it refuses before any call. Method: the
// service on a store and on hosts in memory.
import { beforeEach, describe, expect, test } from 'vitest';
import { Containers } from '../../controller/usecases/containers.js';
import { HostLocator } from '../../controller/hosts/locator.js';
import { Snapshots } from '../../controller/usecases/snapshots.js';
import { keys } from '../../controller/store/keys.js';
import { CopaError } from '../../common/errors.js';
import { FakeAgents } from '../support/agents.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const told = { container: 'c1', diskJson: '{}', memoryJson: '{"usage":1}', networkJson: 'null', cpuJson: '' };
const warning = "'ContainerState' object has no attribute 'cpu'";
const c1 = { host: 'a', name: 'c1' };

let store: MemoryStore;
let agents: FakeAgents;
let containers: Containers;
let snapshots: Snapshots;

beforeEach(() => {
  store = new MemoryStore();
  store.put(keys.pool('a'), { name: 'a', address: '10.0.0.1', addedAt: '' });
  agents = new FakeAgents({
    a: {
      ListContainers: () => ({ names: ['c2', 'c1'] }),
      GetInformation: ({ container }) => ({
        next: '',
        containers: [told, { ...told, container: '__proto__', cpuJson: '{"usage":5}' }].filter(
          (one) => container === '' || one.container === container,
        ),
      }),
      StartContainer: () => ({}),
      StopContainer: () => ({}),
      RestartContainer: () => ({}),
      RenameContainer: () => ({}),
      CopyContainer: () => ({}),
      SetLimits: () => ({}),
      ListSnapshots: () => ({ snapshots: [{ name: 's1', createdAt: '2026-01-02T03:04:05Z' }] }),
      CreateSnapshot: () => ({}),
      RestoreSnapshot: () => ({}),
      DeleteSnapshot: () => ({}),
      FreezeContainer: () => ({}),
      UnfreezeContainer: () => ({}),
      DeleteContainer: () => ({}),
      CreateContainer: () => {
        throw new CopaError('not_found', 'there is no image "x"; there are: ubuntu');
      },
    },
  });
  const hosts = new HostLocator(store, agents);
  containers = new Containers(hosts, { bring: () => Promise.resolve(undefined) });
  snapshots = new Snapshots(hosts);
});

describe('reading', () => {
  test('lists in the order of the host', async () => {
    expect(await containers.list('a')).toEqual(['c2', 'c1']);
  });

  test("returns the daemon's data of a container, with the warning when there is no cpu", async () => {
    expect(await containers.information(c1)).toEqual({
      disk: {},
      memory: { usage: 1 },
      network: null,
      warning,
    });
  });

  test('returns all containers with one call, whatever their names are', async () => {
    const all = await containers.allInformation('a');
    expect(Object.keys(all)).toEqual(['c1', '__proto__']);
    expect(Object.entries(all)[1]?.[1]).toEqual({
      disk: {},
      memory: { usage: 1 },
      network: null,
      cpu: { usage: 5 },
    });
    expect(agents.calls).toHaveLength(1);
    expect(store.reads).toBe(1);
  });

  test('refuses unknown pools and containers', async () => {
    expect(await failureOf(() => containers.list('b'))).toBe('not_found: there is no pool "b"');
    expect(await failureOf(() => containers.information({ host: 'a', name: 'c9' }))).toBe(
      'not_found: there is no container "c9" on pool "a"',
    );
    expect(await failureOf(() => containers.information({ host: 'a', name: 'a/b' }))).toMatch(/^invalid_arg/);
  });
});

describe('a pool that was seen before', () => {
  const asked = () => agents.calls.map(({ method }) => method);

  beforeEach(() =>
    agents.seen.set('a', { name: 'a', address: '10.0.0.1', addedAt: 'long ago', revision: 1 }),
  );

  test('is called at once, and its reply counts when etcd confirms it', async () => {
    let asked = 0;
    store.meanwhileReading = () => (asked = agents.calls.length);
    expect(await containers.list('a')).toEqual(['c2', 'c1']);
    expect(asked).toBe(1);
    expect(agents.calls).toHaveLength(1);
  });

  test('is called again when etcd has another address', async () => {
    agents.seen.set('a', { name: 'a', address: '10.0.0.9', addedAt: '', revision: 1 });
    expect(await containers.list('a')).toEqual(['c2', 'c1']);
    expect(agents.calls.map(({ address }) => address)).toEqual(['10.0.0.9', '10.0.0.1']);
  });

  test('no longer exists when etcd does not have it, whatever its host replies', async () => {
    store.remove(keys.pool('a'));
    expect(await failureOf(() => containers.list('a'))).toBe('not_found: there is no pool "a"');
  });

  test('its failure is returned', async () => {
    store.put(keys.pool('b'), { name: 'b', address: '10.0.0.2', addedAt: '' });
    agents.seen.set('b', { name: 'b', address: '10.0.0.2', addedAt: '', revision: 1 });
    await expect(containers.list('b')).rejects.toThrow('nobody expected ListContainers on b');
  });

  test('gets no change before etcd was read', async () => {
    store.put(keys.busy('a', 'c1'), { migration: '00ff', source: 'a', destination: 'b' });
    await failureOf(() => containers.start(c1));
    expect(asked()).toEqual([]);
  });
});

describe('a page', () => {
  test.each([
    [{ limit: 1, after: undefined }, ['c1'], 'c1'],
    [{ limit: 1, after: 'c1' }, ['c2'], null],
    [{ limit: 2, after: undefined }, ['c1', 'c2'], null],
    [{ limit: 5, after: 'c2' }, [], null],
    [{ limit: 1, after: 'b' }, ['c1'], 'c1'],
  ])('of names, %j', async (page, items, next) => {
    expect(await containers.listPage('a', page)).toEqual({ items, next });
  });

  test('of information is read from the host', async () => {
    const { containers: found, next } = await containers.informationPage('a', { limit: 7, after: 'c0' });
    expect(agents.calls[0]?.request).toEqual({ container: '', limit: 7, after: 'c0' });
    expect(Object.keys(found)).toEqual(['c1', '__proto__']);
    expect(next).toBe(null);
  });
});

describe('changing', () => {
  test.each([
    ['start', 'StartContainer'],
    ['freeze', 'FreezeContainer'],
    ['unfreeze', 'UnfreezeContainer'],
    ['delete', 'DeleteContainer'],
  ] as const)('%s is one call and one read', async (operation, method) => {
    await containers[operation](c1);
    expect(agents.calls).toMatchObject([{ pool: 'a', method, request: { container: 'c1' } }]);
    expect(store.reads).toBe(1);
  });

  test("stop waits longer than the container's time-out", async () => {
    await containers.stop(c1, 3600);
    expect(agents.calls[0]?.request).toEqual({ container: 'c1', timeoutSeconds: 3600 });
    expect(agents.calls[0]?.deadlineMs).toBeGreaterThan(3_600_000);
  });

  test.each([
    ['RenameContainer', () => containers.rename(c1, 'c2'), { container: 'c1', newName: 'c2' }],
    ['CopyContainer', () => containers.copy(c1, 'c2'), { container: 'c1', newName: 'c2' }],
    ['SetLimits', () => containers.limit(c1, { cpu: '' }), { container: 'c1', limits: { cpu: '' } }],
    ['CreateSnapshot', () => snapshots.create(c1, 's1'), { container: 'c1', snapshot: 's1' }],
    ['DeleteSnapshot', () => snapshots.delete(c1, 's1'), { container: 'c1', snapshot: 's1' }],
    [
      'RestoreSnapshot',
      () => snapshots.restore(c1, 's1', 9),
      { container: 'c1', snapshot: 's1', timeoutSeconds: 9 },
    ],
  ] as const)('%s is one call and one read', async (method, order, request) => {
    await order();
    expect(agents.calls).toMatchObject([{ pool: 'a', method, request }]);
    expect(store.reads).toBe(1);
  });

  test('returns snapshots as the host does', async () => {
    expect(await snapshots.list(c1)).toEqual([{ name: 's1', created_at: '2026-01-02T03:04:05Z' }]);
  });

  test.each(['0', '01', '-1', '1-', ',1', '1,', '1;2', '0x1', '1.5', 'all', '99999', '1 ', '1\n'])(
    'refuses cpu %j',
    async (cpu) => {
      expect(await failureOf(() => containers.limit(c1, { cpu }))).toMatch(/^invalid_argument: cpu /);
    },
  );
  test.each(['1', '9999', '0-3', '0,2', '0-1,4-5', '1,2,3'])('takes cpu %j', async (cpu) => {
    await containers.limit(c1, { cpu });
  });
  test.each(['0', '-1', '1.5GiB', '512 MiB', '1ZiB', '0%', '101%', 'MiB', '1\n'])(
    'refuses memory %j',
    async (memory) => {
      expect(await failureOf(() => containers.limit(c1, { memory }))).toMatch(/^invalid_argument: memory /);
    },
  );
  test.each(['536870912', '512MiB', '2GB', '1kB', '100%', '25%'])('takes memory %j', async (memory) => {
    await containers.limit(c1, { memory });
  });
  test('refuses to change no limit', async () => {
    expect(await failureOf(() => containers.limit(c1, {}))).toMatch(/^invalid_argument: give cpu or memory/);
    expect(agents.calls).toEqual([]);
  });

  test.each(['', '.', '..', 'a/b', 'a\0', 'x'.repeat(256), 'copa-', 'copa-00ff-1'])(
    'refuses the snapshot name %j',
    async (snapshot) => {
      for (const order of [
        () => snapshots.create(c1, snapshot),
        () => snapshots.delete(c1, snapshot),
        () => snapshots.restore(c1, snapshot, 30),
      ]) {
        expect(await failureOf(order)).toMatch(/^invalid_argument: snapshot_name /);
      }
      expect(store.reads + agents.calls.length).toBe(0);
    },
  );

  test("passes the host's own message on", async () => {
    expect(await failureOf(() => containers.create(c1, 'x', { mayReach: () => true }))).toBe(
      'not_found: there is no image "x"; there are: ubuntu',
    );
  });

  test('leaves a container under migration alone', async () => {
    store.put(keys.busy('a', 'c1'), { migration: '00ff', source: 'a', destination: 'b' });
    const refusal = 'failed_precondition: container "c1" is being migrated from a to b (migration 00ff)';
    expect(await failureOf(() => containers.start(c1))).toBe(refusal);
    expect(await failureOf(() => containers.create(c1, 'x', { mayReach: () => true }))).toBe(refusal);
    expect(await failureOf(() => containers.stop(c1, 30))).toBe(refusal);
    expect(await failureOf(() => containers.restart(c1, 30))).toBe(refusal);
    expect(await failureOf(() => containers.limit(c1, { cpu: '1' }))).toBe(refusal);
    expect(await failureOf(() => snapshots.create(c1, 's1'))).toBe(refusal);
    expect(await failureOf(() => snapshots.restore(c1, 's1', 30))).toBe(refusal);
    expect(await failureOf(() => snapshots.delete(c1, 's1'))).toBe(refusal);
    // Another container cannot get its name either.
    const c2 = { host: 'a', name: 'c2' };
    expect(await failureOf(() => containers.rename(c2, 'c1'))).toBe(refusal);
    expect(await failureOf(() => containers.copy(c2, 'c1'))).toBe(refusal);
    expect(agents.calls).toEqual([]);
    // Reading it is not a change.
    await containers.information(c1);
  });

  test.each(['', '..', 'a/b', 'c1\0', '1a', 'a-', 'x'.repeat(64), 'имя', 'a_b', 'c1\n'])(
    'refuses the name %j',
    async (name) => {
      expect(await failureOf(() => containers.start({ host: 'a', name }))).toMatch(
        /^invalid_argument: container_name /,
      );
      expect(store.reads + agents.calls.length).toBe(0);
    },
  );

  test('refuses images that are no name', async () => {
    for (const image of ['', ' ', 'a\0', 'a\n', ' a', 'x'.repeat(300)]) {
      expect(await failureOf(() => containers.create(c1, image, { mayReach: () => true }))).toMatch(
        /^invalid_argument: image_type /,
      );
    }
    expect(agents.calls).toEqual([]);
  });
});

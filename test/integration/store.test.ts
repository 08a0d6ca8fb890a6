// Aim: the store's guarantees hold on a real etcd, also when replies are lost, etcd dies, or it freezes. Method: the
// embedded etcd; a connection through a small proxy is cut by the test, and a second store reads directly.
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Change, Entry } from '../../controller/store/entry.js';
import { etcdRequests } from '../../controller/observability/metrics.js';
import { unreadableValues } from '../../controller/observability/unreadable-values.js';
import { Store } from '../../controller/store/store.js';
import { failureOf } from '../support/failures.js';
import { etcdctl, etcdObstacle, startEtcd } from '../support/etcd.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const waiting = { timeout: 20_000, interval: 20 };

describe.skipIf(etcdObstacle !== undefined)('the store on etcd', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  let proxy: TcpProxy;
  /** Through the proxy. */
  let store: Store;
  let direct: Store;
  let prefix = '';
  let tests = 0;
  const undo: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    etcd = await startEtcd();
    proxy = await TcpProxy.start(etcd.port);
    store = new Store({ ...etcd.endpoints, urls: [`https://127.0.0.1:${proxy.port}`] });
    direct = new Store(etcd.endpoints);
  });
  beforeEach(() => {
    prefix = `/test${++tests}/`;
  });
  afterEach(async () => {
    for (const step of undo.splice(0)) await step();
    proxy.heal();
  });
  afterAll(async () => {
    store.close();
    direct.close();
    proxy.stop();
    await etcd.stop();
  });

  const put = async (key: string, value: unknown, revision = 0) =>
    store.transact({ expect: [{ key: prefix + key, revision }], put: [{ key: prefix + key, value }] });

  const watched = (from: Store) => {
    const told: string[] = [];
    const describeChange = (change: Change) =>
      `${change.type} ${change.key.slice(prefix.length)}${change.type === 'put' ? `=${JSON.stringify(change.value)}` : ''}`;
    const watch = from.watch(prefix, {
      onReset: (entries) =>
        told.push(`reset ${entries.map((entry) => entry.key.slice(prefix.length)).join(',')}`),
      onEvent: (change) => told.push(describeChange(change)),
    });
    undo.push(() => watch.close());
    return told;
  };

  describe('transactions', () => {
    test('write and read back with their revisions', async () => {
      const first = await put('a', { n: 1 });
      expect(await store.get(`${prefix}a`)).toEqual({
        key: `${prefix}a`,
        value: { n: 1 },
        revision: first?.revision,
      });
      const second = await put('a', { n: 2 }, first?.revision);
      expect(second?.revision).toBeGreaterThan(first?.revision ?? 0);
      await put('b', 'text');
      expect((await store.list(prefix)).map(({ value }) => value)).toEqual([{ n: 2 }, 'text']);
      const many = await store.getMany([`${prefix}b`, `${prefix}none`, `${prefix}a`]);
      expect(many.map((entry) => entry?.value)).toEqual(['text', undefined, { n: 2 }]);
    });

    test('do nothing at all when one expectation does not hold', async () => {
      await put('a', 1);
      const refused = await store.transact({
        expect: [
          { key: `${prefix}b`, revision: 0 },
          { key: `${prefix}a`, revision: 0 },
        ],
        put: [{ key: `${prefix}b`, value: 2 }],
        remove: [`${prefix}a`],
      });
      expect(refused).toBeUndefined();
      expect((await store.list(prefix)).map(({ value }) => value)).toEqual([1]);
    });

    test('can expect that nothing is below a prefix', async () => {
      const remove = () =>
        store.transact({
          expect: [{ key: `${prefix}pool`, revision }, { absentPrefix: `${prefix}busy/` }],
          remove: [`${prefix}pool`],
        });
      const revision = (await put('pool', 1))?.revision ?? 0;
      const busy = await put('busy/c1', 1);
      await put('busyness', 1);
      expect(await remove()).toBeUndefined();
      await store.transact({
        expect: [{ key: `${prefix}busy/c1`, revision: busy?.revision ?? 0 }],
        remove: [`${prefix}busy/c1`],
      });
      expect(await remove()).toBeDefined();
      expect((await store.list(prefix)).map(({ key }) => key)).toEqual([`${prefix}busyness`]);
    });

    test('of many concurrent ones on one key, exactly one is executed', async () => {
      const results = await Promise.all(Array.from({ length: 20 }, (_, i) => put('a', i)));
      expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    });

    test('without an expectation on their key are a bug', async () => {
      const blind = { expect: [], put: [{ key: `${prefix}a`, value: 1 }] };
      await expect(store.transact(blind)).rejects.toThrow('must have an expectation');
    });
  });

  describe('a lost reply', () => {
    /**
     * Lets `act` reach etcd, loses the reply, and cuts the connection once `committed` shows that it was executed.
     */
    const losingTheAnswer = async <T>(
      act: () => Promise<T>,
      committed: () => Promise<boolean>,
    ): Promise<T> => {
      await store.get(`${prefix}warm`);
      proxy.swallowAnswers();
      const outcome = act();
      await vi.waitFor(async () => expect(await committed()).toBe(true), waiting);
      proxy.cut();
      return outcome;
    };

    test('does not make a committed write look refused', async () => {
      const there = async () => (await direct.get(`${prefix}a`)) !== undefined;
      const result = await losingTheAnswer(() => put('a', 1), there);
      expect(result).toEqual({ revision: (await direct.get(`${prefix}a`))?.revision });
    });

    test('does not make a committed removal look refused', async () => {
      const revision = (await put('a', 1))?.revision ?? 0;
      const gone = async () => (await direct.get(`${prefix}a`)) === undefined;
      const remove = { expect: [{ key: `${prefix}a`, revision }], remove: [`${prefix}a`] };
      expect(await losingTheAnswer(() => store.transact(remove), gone)).toBeDefined();
    });

    test('does not create twice what somebody else has deleted meanwhile', async () => {
      const key = `${prefix}a`;
      let created: number | undefined;
      const seenAndDeleted = async () => {
        const entry = await direct.get(key);
        if (!entry) return false;
        created = entry.revision;
        return (await direct.transact({ expect: [{ key, revision: created }], remove: [key] })) !== undefined;
      };
      expect(await losingTheAnswer(() => put('a', 1), seenAndDeleted)).toEqual({ revision: created });
      expect(await direct.get(key)).toBeUndefined();
    });

    test('does not make a committed write look refused when another one has replaced it', async () => {
      const key = `${prefix}a`;
      const { revision = 0 } = (await put('a', 1)) ?? {};
      let written: number | undefined;
      const seenAndReplaced = async () => {
        const entry = await direct.get(key);
        if (entry?.value !== 2) return false;
        written = entry.revision;
        const theirs = { expect: [{ key, revision: written }], put: [{ key, value: 'theirs' }] };
        return (await direct.transact(theirs)) !== undefined;
      };
      expect(await losingTheAnswer(() => put('a', 2, revision), seenAndReplaced)).toEqual({
        revision: written,
      });
      expect((await direct.get(key))?.value).toBe('theirs');
    });

    test('leaves no witness for longer than its lease, without which the write is refused', async () => {
      const listed = await etcdctl(etcd.endpoints, 'lease', 'list');
      const leases = listed.split('\n').filter((line) => /^[0-9a-f]{10,}$/.test(line));
      const { revision = 0 } = (await put('a', 1)) ?? {};
      expect((await direct.list('/copa/writes/')).length).toBeGreaterThan(0);
      for (const lease of leases) await etcdctl(etcd.endpoints, 'lease', 'revoke', lease);
      expect(await direct.list('/copa/writes/')).toEqual([]);
      // The store notices, and has another lease.
      expect(await put('a', 2, revision)).toBeDefined();
    });

    test("does not make another's write look like ours", async () => {
      await store.get(`${prefix}warm`);
      proxy.swallowAnswers();
      const other = {
        expect: [{ key: `${prefix}a`, revision: 0 }],
        put: [{ key: `${prefix}a`, value: 'theirs' }],
      };
      await direct.transact(other);
      const outcome = put('a', 'ours');
      proxy.cut();
      expect(await outcome).toBeUndefined();
      expect((await direct.get(`${prefix}a`))?.value).toBe('theirs');
    });
  });

  describe('an etcd that is away', () => {
    test('for a while only delays', async () => {
      proxy.refuse();
      const outcome = Promise.all([put('a', 1), store.get(`${prefix}none`), store.list(`${prefix}none`)]);
      setTimeout(() => proxy.heal(), 500);
      expect(await outcome).toEqual([{ revision: expect.any(Number) as number }, undefined, []]);
    });

    test('permanently is reported within seconds', async () => {
      proxy.refuse();
      const startedAt = performance.now();
      expect(await failureOf(() => put('a', 1))).toMatch(/^unavailable: etcd does not answer: /);
      expect(performance.now() - startedAt).toBeLessThan(15_000);
    });

    test('killed, it comes back by itself, with everything, and watches miss nothing', async () => {
      const told = watched(store);
      await vi.waitFor(() => expect(told).toEqual(['reset ']), waiting);
      await put('a', 1);
      await vi.waitFor(() => expect(told).toEqual(['reset ', 'put a=1']), waiting);
      const before = etcd.pid() ?? 0;
      process.kill(before, 'SIGKILL');
      await vi.waitFor(() => expect(etcd.pid()).not.toBe(before), waiting);
      await put('b', 2);
      expect((await store.list(prefix)).map(({ value }) => value)).toEqual([1, 2]);
      await vi.waitFor(() => expect(told).toEqual(['reset ', 'put a=1', 'put b=2']), waiting);
    });

    test('frozen, it makes calls fail in time, and work once it thaws', async () => {
      const pid = etcd.pid() ?? 0;
      process.kill(pid, 'SIGSTOP');
      const failure = failureOf(() => put('a', 1));
      expect(await failure).toMatch(/^unavailable: etcd does not answer/);
      process.kill(pid, 'SIGCONT');
      // Whether the write is executed after all is unknown, but it is one or the other.
      await vi.waitFor(
        async () => expect([undefined, 1]).toContain((await store.get(`${prefix}a`))?.value),
        waiting,
      );
      await put('b', 2);
    });
  });

  describe('watches', () => {
    test('deliver all entries, then each change in order', async () => {
      const a = await put('a', 1);
      const told = watched(store);
      await vi.waitFor(() => expect(told).toEqual(['reset a']), waiting);
      await put('a', 2, a?.revision);
      const b = await put('b', 1);
      await store.transact({
        expect: [{ key: `${prefix}b`, revision: b?.revision ?? 0 }],
        remove: [`${prefix}b`],
      });
      await vi.waitFor(() => expect(told).toEqual(['reset a', 'put a=2', 'put b=1', 'remove b']), waiting);
    });

    test('catch up on changes during a broken connection', async () => {
      const told = watched(store);
      await vi.waitFor(() => expect(told).toEqual(['reset ']), waiting);
      proxy.refuse();
      const key = `${prefix}a`;
      await direct.transact({ expect: [{ key, revision: 0 }], put: [{ key, value: 1 }] });
      proxy.heal();
      await vi.waitFor(() => expect(told).toEqual(['reset ', 'put a=1']), waiting);
    });

    test('start over when etcd no longer has the missed changes', async () => {
      const told = watched(store);
      await vi.waitFor(() => expect(told).toEqual(['reset ']), waiting);
      await put('a', 1);
      await vi.waitFor(() => expect(told).toEqual(['reset ', 'put a=1']), waiting);
      proxy.refuse();
      const key = `${prefix}b`;
      const written = await direct.transact({ expect: [{ key, revision: 0 }], put: [{ key, value: 1 }] });
      const later = await direct.transact({
        expect: [{ key: `${prefix}c`, revision: 0 }],
        put: [{ key: `${prefix}c`, value: 1 }],
      });
      expect(later?.revision).toBeGreaterThan(written?.revision ?? 0);
      await compact(later?.revision ?? 0);
      proxy.heal();
      await vi.waitFor(() => expect(told).toEqual(['reset ', 'put a=1', 'reset a,b,c']), waiting);
    });
  });

  describe('a prefix without other writers', () => {
    /** The number of requests to etcd so far, by all stores. */
    const asked = async () =>
      (await etcdRequests.get()).values
        .filter(({ metricName }) => metricName?.endsWith('_count'))
        .reduce((sum, { value }) => sum + value, 0);

    test('is read from memory, with every confirmed write, and from etcd when the connection is cut', async () => {
      const own = new Store({ ...etcd.endpoints, urls: [`https://127.0.0.1:${proxy.port}`] }, prefix);
      undo.push(async () => {
        own.close();
        await Promise.resolve();
      });
      const told = watched(own);
      await vi.waitFor(() => expect(told).toEqual(['reset ']), waiting);
      for (let n = 0; n < 30; n++) {
        const key = `${prefix}${n % 3}`;
        const [before] = await own.getMany([key]);
        const expecting = { expect: [{ key, revision: before?.revision ?? 0 }] };
        const change = before ? { remove: [key] } : { put: [{ key, value: n }] };
        const done = await own.transact({ ...expecting, ...change });
        expect(await own.get(key)).toEqual(before ? undefined : { key, value: n, revision: done?.revision });
        expect((await own.list(prefix)).some((entry) => entry.key === key)).toBe(!before);
        // It is refused now, at a revision that the watch may not have delivered yet.
        expect(await own.transact({ ...expecting, ...change })).toBeUndefined();
      }
      await own.list(prefix);
      await vi.waitFor(async () => {
        const before = await asked();
        await own.list(prefix);
        await own.get(`${prefix}0`);
        expect(await asked()).toBe(before);
      }, waiting);

      proxy.refuse();
      const pending = await vi.waitFor(async () => {
        const answer = own.list(prefix);
        expect(await Promise.race([answer, delay(20, 'asking')])).toBe('asking');
        return { answer };
      }, waiting);
      proxy.heal();
      expect(await pending.answer).toEqual(await direct.list(prefix));
    });
  });

  describe('sessions', () => {
    test('hold a key, share their lease with others, and end when closed', async () => {
      const session = store.session(`${prefix}me`, { pid: 1 }, 5);
      await vi.waitFor(() => expect(session.lease).toBeDefined(), waiting);
      expect((await store.get(`${prefix}me`))?.value).toEqual({ pid: 1 });
      const key = `${prefix}mine`;
      const lease = session.lease ?? '';
      await store.transact({ expect: [{ key, revision: 0 }], put: [{ key, value: 1, lease }] });
      await session.close();
      expect(await store.list(prefix)).toEqual([]);
    });

    test('come back when their lease was revoked', async () => {
      const session = store.session(`${prefix}me`, {}, 2);
      undo.push(() => session.close());
      await vi.waitFor(() => expect(session.lease).toBeDefined(), waiting);
      const lost = session.lease ?? '';
      await direct.revoke(lost);
      await vi.waitFor(async () => {
        expect(session.lease).not.toBe(lost);
        expect(await direct.get(`${prefix}me`)).toBeDefined();
      }, waiting);
    });

    test('a lease that is unknown refuses the write', async () => {
      const key = `${prefix}a`;
      const write = { expect: [{ key, revision: 0 }], put: [{ key, value: 1, lease: '12345' }] };
      expect(await failureOf(() => store.transact(write))).toMatch(/^aborted: etcd refuses/);
    });
  });

  test('a foreign value is an entry without one, noted, and goes like any other', async () => {
    const key = `${prefix}a`;
    const told: (Change | readonly Entry[])[] = [];
    const watch = store.watch(prefix, {
      onReset: (entries) => told.push(entries),
      onEvent: (change) => told.push(change),
    });
    await vi.waitFor(() => expect(told).toEqual([[]]));
    for (const value of ['not ours', 'null', '7', '{}']) {
      await etcdctl(etcd.endpoints, 'put', key, value);
      expect(await store.get(key)).toMatchObject({ key, value: undefined });
      expect(await store.list(prefix)).toMatchObject([{ key, value: undefined }]);
    }
    expect(unreadableValues.count).toBe(1);
    const revision = (await store.get(key))?.revision ?? 0;
    expect(await store.transact({ expect: [{ key, revision }], remove: [key] })).toBeDefined();
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ type: 'remove', key }));
    expect(told).toHaveLength(6);
    expect(unreadableValues.count).toBe(0);
    await watch.close();
  });

  const compact = (revision: number) => etcdctl(etcd.endpoints, 'compact', String(revision));
});

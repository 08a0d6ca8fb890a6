// Aim: a placement breaks no rule, overfills no host, and is the same for the same snapshot. Method: the pure function on
// fleets that are made from a seed, and the placer on an inventory in memory.
import { describe, expect, test } from 'vitest';
import { CopaError } from '../../common/errors.js';
import type { KeptRules } from '../../common/placement-rules.js';
import { matches, noLabels } from '../../common/labels.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { isInTarget, parsePoolTarget } from '../../controller/model/pool-target.js';
import { place, type PlacementRequest } from '../../controller/placement/place.js';
import { Placer } from '../../controller/placement/placer.js';
import { countOn, needyOn } from '../../controller/placement/company.js';
import { parseRules } from '../../controller/placement/rules.js';
import { roomOn, type PlacementHost, type Snapshot } from '../../controller/placement/snapshot.js';
import { failureOf } from '../support/failures.js';

const GiB = 1024 ** 3;

interface Made {
  readonly labels?: Record<string, string>;
  readonly closed?: string;
  readonly free?: number;
  readonly load1?: number;
  readonly containers?: Readonly<Record<string, Record<string, string>>>;
  readonly rules?: Readonly<Record<string, KeptRules>>;
  readonly silent?: boolean;
}

function host(name: string, made: Made = {}): PlacementHost {
  const containers = made.containers ?? {};
  const free = made.free ?? 8;
  const capacity = {
    ...{ cpus: 4, load1: made.load1 ?? 0, memoryTotal: 16 * GiB, memoryAvailable: free * GiB },
    ...{ diskTotal: 160 * GiB, diskFree: free * 10 * GiB },
  };
  return {
    name,
    labels: made.labels ?? {},
    closed: made.closed,
    capacity: made.silent ? undefined : capacity,
    containers: {
      size: Object.keys(containers).length,
      get: (container) => containers[container],
      labelled: (label, value) =>
        Object.values(containers).filter((labels) => labels[label] === value).length,
      ruled: () =>
        Object.entries(made.rules ?? {}).map(([name, rules]) => ({
          ...{ name, rules, labels: containers[name] ?? {} },
        })),
    },
  };
}

const fleet = (...hosts: PlacementHost[]): Snapshot => ({ hosts, reserved: new Map() });
const request = (change: Partial<PlacementRequest> = {}): PlacementRequest => ({
  ...{ name: 'new', labels: noLabels, target: { kind: 'any' }, reach: undefined, source: undefined },
  ...{ need: { memory: 0, disk: 0 }, rules: { where: [] } },
  ...change,
});
const reasons = (snapshot: Snapshot, change: Partial<PlacementRequest>) => {
  const { chosen, others } = place(snapshot, request(change));
  return [chosen?.pool, ...others(100).map(({ pool, reason }) => `${pool}: ${reason}`)];
};

describe('the reason', () => {
  test.each<[string, Made, Partial<PlacementRequest>, string]>([
    ['memory', { free: 4 }, { need: { memory: 6 * GiB, disk: 0 } }, '2.8 GiB of memory short'],
    [
      'a share of memory',
      { free: 4 },
      { need: { memory: 0, memoryPercent: 40, disk: 0 } },
      '3.2 GiB of memory short',
    ],
    ['disk', { free: 1 }, { need: { memory: 0, disk: 4 * GiB } }, '2.0 GiB of disk short'],
    ['a host that is down', { closed: 'it is down: gone' }, {}, 'it is down: gone'],
    ['the source', {}, { source: 'b' }, 'it is there now'],
    ['the name', { containers: { new: {} } }, {}, 'it has a container "new" already'],
    ['a label', {}, { rules: parseRules({ where: 'ssd' }) }, 'its labels do not match ssd'],
    [
      'company by label',
      { labels: { ssd: '1' }, containers: { c1: { app: 'web' } } },
      { rules: parseRules({ apart: 'app=web' }) },
      'it has containers of app=web',
    ],
    [
      'company by name',
      { labels: { ssd: '1' }, containers: { c1: {} } },
      { rules: parseRules({ apart: 'c1,c2' }) },
      'it has containers of c1,c2',
    ],
    [
      'missing company',
      { labels: { ssd: '1' } },
      { rules: parseRules({ near: 'db' }) },
      'it has no container of db',
    ],
    ['unknown room', { silent: true }, { need: { memory: 1, disk: 0 } }, 'its agent does not report'],
    ['a busy processor', { load1: 4 }, {}, 'fuller: memory'],
  ])('is %s', (_what, made, change, reason) => {
    const best = host('a', { labels: { ssd: '1' }, free: 14, containers: { db: {} } });
    const [chosen, other] = reasons(fleet(best, host('b', made)), change);
    expect(chosen).toBe('a');
    expect(other).toContain(`b: ${reason}`);
  });

  test('names no pool that is out of reach or not in the target', () => {
    const all = fleet(host('a', { labels: { group: 'blue' } }), host('b', { free: 15 }), host('c'));
    expect(reasons(all, { target: parsePoolTarget('p', '@blue') })).toEqual(['a']);
    expect(reasons(all, { reach: new Set(['c']) })).toEqual(['c']);
    expect(reasons(all, { target: parsePoolTarget('p', '@red') })).toEqual([undefined]);
  });
});

test('equal pools are taken by name; spread counts containers, also over a label of pools', () => {
  const web = { c1: { app: 'web' } };
  expect(reasons(fleet(host('a'), host('b')), {})[0]).toBe('a');
  const spread = fleet(
    host('a', { labels: { rack: '1' }, containers: web }),
    host('b', { labels: { rack: '1' }, free: 15 }),
    host('c', { labels: { rack: '2' }, free: 7 }),
  );
  expect(reasons(spread, { rules: parseRules({ spread: 'app=web' }) })[0]).toBe('b');
  expect(reasons(spread, { rules: parseRules({ spread: 'app=web', over: 'rack' }) })[0]).toBe('c');
});

test('those that are there have a say, too: a container that is to be apart keeps others away', () => {
  const db = { containers: { db: { app: 'db' } }, free: 15, rules: { db: { apart: 'app=web' } } };
  const hosts = fleet(host('a', db), host('b'));
  expect(reasons(hosts, { labels: { app: 'web' } })).toEqual(['b', 'a: db there is to be apart from it']);
  expect(reasons(hosts, { labels: { app: 'mail' } })[0]).toBe('a');
  const coming = {
    name: 'db2',
    labels: {},
    need: { memory: 0, disk: 0 },
    rules: parseRules({ apart: 'new' }),
  };
  const soon: Snapshot = { hosts: [host('a')], reserved: new Map([['a', [coming]]]) };
  expect(reasons(soon, {})).toEqual([undefined, 'a: db2, which goes there, is to be apart from it']);
  // What nobody can read keeps nobody away.
  expect(
    reasons(fleet(host('a', { ...db, rules: { db: { apart: '=' } } })), { labels: { app: 'web' } })[0],
  ).toBe('a');
});

test('a container that leaves is missed by those that are to be near of it', () => {
  const containers = { web: { app: 'web' }, db1: { app: 'db' }, db2: { app: 'db' } };
  const one = host('a', { containers, rules: { web: { near: 'app=db' } } });
  const db = (name: string) => ({ name, labels: { app: 'db' } });
  expect(needyOn(one, db('db1'), [])).toBeUndefined();
  expect(needyOn(one, db('db1'), [db('db2')])).toBe('web');
  expect(needyOn(one, db('db1'), [db('db2'), { name: 'web', labels: { app: 'web' } }])).toBeUndefined();
});

test.each([
  { near: 'app!=web' },
  { near: 'a=b,c=d' },
  { apart: '' },
  { spread: 'c1,-' },
  { over: 'rack' },
  { spread: 'app=web', over: 'a b' },
  { where: '=' },
])('rules %j are refused', async (texts) => {
  expect(await failureOf(() => parseRules(texts))).toMatch(/^invalid_argument/);
});

describe('any fleet', () => {
  /** Numbers from 0 to 1, from a seed. */
  function numbers(seed: number): () => number {
    let state = seed;
    return () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }

  function madeFleet(next: () => number): PlacementHost[] {
    const pick = <T>(values: readonly T[]) => values[Math.floor(next() * values.length)] as T;
    return Array.from({ length: 2 + Math.floor(next() * 12) }, (_, index) => {
      const count = Math.floor(next() * 4);
      const names = Array.from({ length: count }, (_none, at) => `c${index}-${at}`);
      return host(`h${String(index).padStart(2, '0')}`, {
        labels: { rack: pick(['1', '2', '3']), ...(next() < 0.5 ? { ssd: 'true' } : {}) },
        ...(next() < 0.2 ? { closed: 'it is down: gone' } : {}),
        ...{ free: next() * 16, load1: next() * 8, silent: next() < 0.1 },
        containers: Object.fromEntries(names.map((name) => [name, { app: pick(['web', 'db']) }])),
      });
    });
  }

  test.each(Array.from({ length: 200 }, (_, seed) => seed))('of seed %i', (seed) => {
    const next = numbers(seed + 1);
    const hosts = madeFleet(next);
    const rules = parseRules({
      ...(next() < 0.5 ? { where: 'ssd' } : {}),
      ...(next() < 0.3 ? { apart: 'app=db' } : {}),
      ...(next() < 0.3 ? { near: 'app=web' } : {}),
      ...(next() < 0.5 ? { spread: 'app=web', over: 'rack' } : {}),
    });
    const need = { memory: Math.floor(next() * 4 * GiB), disk: Math.floor(next() * 20 * GiB) };
    const reserved = new Map<string, { name: string; labels: Record<string, string>; need: typeof need }[]>();
    for (let index = 0; index < 20; index++) {
      const order = request({ name: `new${index}`, labels: { app: 'web' }, need, rules });
      const answer = place({ hosts, reserved }, order);
      const again = place({ hosts, reserved }, order);
      const others = answer.others(100);
      expect([again.chosen, again.others(100)]).toEqual([answer.chosen, others]);
      expect(others.length + (answer.chosen ? 1 : 0)).toBe(hosts.length);
      const chosen = hosts.find(({ name }) => name === answer.chosen?.pool);
      if (!chosen) {
        expect(others.every(({ reason }) => !reason.startsWith('fuller'))).toBe(true);
        break;
      }
      const here = reserved.get(chosen.name) ?? [];
      expect(chosen.closed).toBeUndefined();
      expect(matches(chosen.labels, rules.where) && isInTarget(chosen, order.target)).toBe(true);
      if (rules.apart) expect(countOn(chosen, here, rules.apart)).toBe(0);
      if (rules.near) expect(countOn(chosen, here, rules.near)).toBeGreaterThan(0);
      reserved.set(chosen.name, [...here, { name: order.name ?? '', labels: order.labels, need }]);
      const left = roomOn(chosen, reserved.get(chosen.name) ?? []);
      expect(left && left.memory >= 0 && left.disk >= 0).toBe(true);
    }
  });
});

function inventoryOf(names: readonly string[], containersEach = 0): Inventory {
  const inventory = new Inventory(() => undefined);
  const container = (name: string, app: string) => ({
    ...{ name, status: 'Running', createdAt: 0, image: '', addresses: ['10.0.0.1'], cpuLimit: '' },
    ...{ memoryLimit: '', snapshots: 0, migrationId: '', labels: { app }, rules: {}, interfaces: [] },
  });
  for (const [at, name] of names.entries()) {
    inventory.add({ name, address: '10.0.0.1', addedAt: '', revision: 1, labels: { rack: `r${at % 40}` } });
    inventory.apply(name, {
      ...{ daemon: { up: true, reason: '', server: 'lxd', serverVersion: '5' }, renamed: [], deleted: [] },
      containers: Array.from({ length: containersEach }, (_, index) =>
        container(`c-${at}-${index}`, `app${index % 10}`),
      ),
      listing: 'LAST_PART',
      probePort: 0,
      capacity: {
        ...{ cpus: 8, load1: at % 8, memoryTotal: 64 * GiB, memoryAvailable: (8 + (at % 50)) * GiB },
        ...{ diskTotal: 500 * GiB, diskFree: 250 * GiB },
      },
    });
  }
  return inventory;
}

describe('placements at the same time', () => {
  const names = ['a', 'b', 'c'];
  const even = () => new Inventory(() => undefined);

  test('spread over equal pools, and a failed one does not count', async () => {
    const inventory = even();
    for (const name of names) {
      inventory.add({ name, address: '10.0.0.1', addedAt: '', revision: 1 });
      inventory.apply(name, {
        ...{ daemon: null, renamed: [], deleted: [], containers: [], listing: 'LAST_PART', probePort: 0 },
        capacity: {
          ...{ cpus: 4, load1: 0, memoryTotal: 16 * GiB, memoryAvailable: 8 * GiB },
          ...{ diskTotal: 0, diskFree: 0 },
        },
      });
    }
    let nowMs = 0;
    const placer = new Placer(inventory, () => nowMs);
    const order = (index: number) => request({ name: `n${index}`, need: { memory: 3 * GiB, disk: 0 } });
    const refused = () => Promise.reject(new CopaError('not_found', 'no image'));
    await expect(placer.within(order(0), refused)).rejects.toThrow('no image');
    const placed = await Promise.all(
      Array.from({ length: 6 }, (_, index) => placer.within(order(index), (pool) => Promise.resolve(pool))),
    );
    expect(placed.map(({ pool }) => pool).sort()).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
    expect(await failureOf(() => placer.within(order(7), () => Promise.resolve()))).toMatch(
      /^failed_precondition: no pool can take it: a: .* of memory short; b: /,
    );
    nowMs = 60_000;
    expect((await placer.within(order(7), () => Promise.resolve())).pool).toBe('a');
  });

  test('an unknown outcome counts as placed', async () => {
    const placer = new Placer(inventoryOf(['a', 'b']), () => 0);
    const lost = () => Promise.reject(new CopaError('unavailable', 'gone'));
    await expect(placer.within(request(), lost)).rejects.toThrow('gone');
    const { others } = placer.explain(request());
    expect(others(10)).toContainEqual({ pool: 'a', reason: 'it has a container "new" already' });
  });

  test('go to no pool that is cordoned', () => {
    const inventory = inventoryOf(['a', 'b']);
    inventory.add({ name: 'a', address: '10.0.0.1', addedAt: '', revision: 2, scheduling: 'cordoned' });
    const { chosen, others } = new Placer(inventory, () => 0).explain(request());
    expect(chosen?.pool).toBe('b');
    expect(others(10)).toEqual([{ pool: 'a', reason: 'it is cordoned' }]);
  });
});

test('a container on a network goes to no pool that is not in it', () => {
  const inventory = inventoryOf(['a', 'b', 'c']);
  const nic = { network: 'lan', address: '10.50.0.2', mac: '02:c0:0a:32:00:02', device: 'eth0' };
  inventory.apply('a', {
    ...{ daemon: null, renamed: [], deleted: [], listing: 'NONE', probePort: 0, capacity: null },
    containers: [
      {
        ...{ name: 'web', status: 'Running', createdAt: 0, image: '', addresses: [], cpuLimit: '' },
        ...{ memoryLimit: '', snapshots: 0, migrationId: '', labels: {}, rules: {}, interfaces: [nic] },
      },
    ],
  });
  const members = new Map([['lan', new Set(['a', 'c'])]]);
  const networks = { membersOf: (network: string) => members.get(network) ?? new Set<string>() };
  const placer = new Placer(inventory, () => 0, undefined, networks);
  expect(placer.outside({ host: 'b', name: 'web' }).size).toBe(0);
  const excluded = placer.outside({ host: 'a', name: 'web' });
  expect(excluded).toEqual(new Map([['b', 'it is not in network "lan"']]));
  expect(placer.explain(request({ name: 'web', source: 'a', excluded })).chosen?.pool).toBe('c');
  expect([...placer.outsideOf(['lan', 'other']).keys()]).toEqual(['a', 'b', 'c']);
});

// A fifth of the largest fleet, in a fifth of its 50 ms. Processor time, because other processes of the machine take some.
test('1,000 pools with 100,000 containers: a placement takes less than 10 ms', () => {
  const inventory = inventoryOf(
    Array.from({ length: 1_000 }, (_, index) => `pool-${index}`),
    100,
  );
  const placer = new Placer(inventory);
  const rules = parseRules({ where: 'rack!=r1', spread: 'app=app3', over: 'rack' });
  const times = Array.from({ length: 100 }, (_, index) => {
    const before = process.cpuUsage();
    const order = request({ name: `new${index}`, need: { memory: GiB, disk: GiB }, rules });
    expect(placer.explain(order).othersTotal).toBe(999);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  }).sort((a, b) => a - b);
  expect(times[50]).toBeLessThan(10);
}, 60_000);

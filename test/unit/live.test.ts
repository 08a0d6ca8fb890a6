// Aim: the inventory and its events show exactly what happened; a reader gets each of its events once, in order, or a
// notice that it missed some; and a slow reader makes nothing grow. Method: the parts alone; a container's life
// message by message, readers that the test reads.
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { instanceEventOf } from '../../agent/lxd/events.js';
import { EventStreams, type MeasurementViewer } from '../../controller/events/event-streams.js';
import { EventLog } from '../../controller/events/event-log.js';
import { EventReader } from '../../controller/events/event-reader.js';
import type { InventoryEvent } from '../../controller/model/event.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { HostWatches } from '../../controller/inventory/host-watches.js';
import { pageOf } from '../../controller/http/routes/overview.js';
import type { Container__Output as Container } from '../../proto/gen/copa/agent/v1/Container.js';
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';

const container = (name: string, change: Partial<Container> = {}): Container => ({
  name,
  status: 'Running',
  createdAt: 1_700_000_000,
  image: 'Tiny',
  addresses: ['10.0.0.7'],
  cpuLimit: '',
  memoryLimit: '',
  snapshots: 0,
  migrationId: '',
  interfaces: [],
  labels: {},
  rules: {},
  ...change,
});
const message = (change: Partial<WatchEvent>): WatchEvent => ({
  daemon: null,
  capacity: null,
  renamed: [],
  deleted: [],
  containers: [],
  listing: 'NONE',
  probePort: 0,
  ...change,
});
const daemon = { up: true, reason: '', server: 'lxd', serverVersion: '5.0' };

describe('the state of a pool', () => {
  function watched() {
    const told: InventoryEvent[] = [];
    const inventory = new Inventory(
      (event) => told.push(event),
      () => 1_000,
    );
    inventory.add({ name: 'a', address: '10.0.0.2', addedAt: '', revision: 1 });
    const hear = (change: Partial<WatchEvent>) => {
      told.length = 0;
      inventory.apply('a', message(change));
      return told.map((event) => {
        const name = 'container' in event && typeof event.container === 'object' ? event.container.name : '';
        return [event.type, name].filter(Boolean).join(' ');
      });
    };
    return { inventory, told, hear };
  }
  const names = (inventory: Inventory) =>
    (inventory.get('a')?.containers.all() ?? []).map(({ name }) => name);

  test('an agent that sends malformed data without end does not fill the memory', () => {
    const { inventory, hear } = watched();
    const many = (from: number) => Array.from({ length: 15_000 }, (_, at) => container(`c${from + at}`));
    hear({ daemon, containers: many(0), listing: 'PART' });
    hear({ containers: many(15_000), listing: 'PART' });
    hear({ containers: many(30_000), listing: 'LAST_PART' });
    expect(names(inventory)).toHaveLength(20_000);
    expect(hear({ renamed: [{ oldName: 'c1', name: '../../x' }] })).toEqual([]);
    expect(names(inventory)).toContain('c1');
    hear({ daemon: { ...daemon, up: false, reason: 'x'.repeat(1_000_000) } });
    expect(inventory.get('a')?.reason?.length).toBeLessThan(300);
  });

  test('is unknown, then up when all its containers are known', () => {
    const { inventory, hear } = watched();
    expect(inventory.get('a')?.state).toBe('unknown');
    expect(hear({ daemon, containers: [container('c1')], listing: 'PART' })).toEqual([
      'container.changed c1',
    ]);
    expect(inventory.get('a')?.state).toBe('unknown');
    expect(hear({ containers: [container('c2')], listing: 'LAST_PART' })).toEqual([
      'container.changed c2',
      'pool.up',
    ]);
    expect(inventory.get('a')).toMatchObject({ state: 'up', reason: null, daemon: 'lxd' });
    expect(inventory.counts().containers).toEqual(new Map([['Running', 2]]));
  });

  test.each<[string, Partial<Container>, Partial<Container>, string[]]>([
    ['a start', { status: 'Stopped' }, { status: 'Running' }, ['container.started c1']],
    ['a stop', { status: 'Running' }, { status: 'Stopped' }, ['container.stopped c1']],
    ['a stop of a frozen one', { status: 'Frozen' }, { status: 'Stopped' }, ['container.stopped c1']],
    ['a freeze', { status: 'Running' }, { status: 'Frozen' }, ['container.frozen c1']],
    ['the end of it', { status: 'Frozen' }, { status: 'Running' }, ['container.unfrozen c1']],
    ['an error', { status: 'Running' }, { status: 'Error' }, ['container.changed c1']],
    ['an address', { addresses: [] }, { addresses: ['10.0.0.7'] }, ['container.changed c1']],
    ['another address', { addresses: ['10.0.0.8'] }, { addresses: ['10.0.0.7'] }, ['container.changed c1']],
    ['a limit', {}, { memoryLimit: '1GiB' }, ['container.changed c1']],
    ['a snapshot', {}, { snapshots: 1 }, ['container.changed c1']],
    ['a migration', {}, { migrationId: '00ff' }, ['container.changed c1']],
    ['nothing', {}, {}, []],
  ])('reports %s', (_what, before, after, expected) => {
    const { hear } = watched();
    hear({ daemon, containers: [container('c1', before)], listing: 'LAST_PART' });
    expect(hear({ containers: [container('c1', after)] })).toEqual(expected);
  });

  test('reports new, renamed and deleted containers', () => {
    const { inventory, told, hear } = watched();
    hear({ daemon, listing: 'LAST_PART' });
    expect(hear({ containers: [container('c1')] })).toEqual(['container.created c1']);
    expect(hear({ renamed: [{ oldName: 'c1', name: 'c2' }], containers: [container('c2')] })).toEqual([
      'container.renamed c2',
    ]);
    expect(told[0]).toMatchObject({ old_name: 'c1' });
    const asLinesGoOn = 'c2","Running';
    expect(
      hear({ deleted: ['', asLinesGoOn, '~'], renamed: [{ oldName: asLinesGoOn, name: 'c3' }] }),
    ).toEqual([]);
    expect(hear({ deleted: ['c2', 'never'] })).toEqual(['container.deleted c2']);
    expect(names(inventory)).toEqual([]);
  });

  test('of a pool that is down is the last one, and a listing shows the changes meanwhile', () => {
    const { inventory, told, hear } = watched();
    hear({ daemon, containers: [container('c1'), container('c2')], listing: 'LAST_PART' });
    told.length = 0;
    inventory.lost('a', 'gone');
    inventory.lost('a', 'still gone');
    expect(told).toEqual([{ type: 'pool.down', pool: 'a', reason: 'gone' }]);
    expect(inventory.get('a')).toMatchObject({ state: 'down', reason: 'still gone' });
    expect(names(inventory)).toEqual(['c1', 'c2']);
    const stopped = container('c1', { status: 'Stopped' });
    expect(hear({ daemon, containers: [stopped], listing: 'LAST_PART' })).toEqual([
      'container.stopped c1',
      'container.deleted c2',
      'pool.up',
    ]);
  });

  test('forgets a listing that broke off', () => {
    const { inventory, hear } = watched();
    hear({ daemon, containers: [container('c1')], listing: 'PART' });
    inventory.lost('a', 'gone');
    hear({ daemon, containers: [container('c2')], listing: 'LAST_PART' });
    expect(names(inventory)).toEqual(['c2']);
  });

  test('has the reason when its daemon does not answer', () => {
    const { inventory, hear } = watched();
    expect(hear({ daemon: { up: false, reason: 'no socket', server: '', serverVersion: '' } })).toEqual([
      'pool.down',
    ]);
    expect(inventory.get('a')?.reason).toBe('its daemon does not answer: no socket');
  });

  test('rejects invalid names and texts', () => {
    const { inventory, hear } = watched();
    const long = 'x'.repeat(100_000);
    hear({
      daemon,
      containers: [
        container('../etc'),
        container('c1', { image: long, addresses: Array<string>(1000).fill(long) }),
      ],
      listing: 'LAST_PART',
    });
    expect(names(inventory)).toEqual(['c1']);
    expect(JSON.stringify(inventory.get('a')?.containers.get('c1')).length).toBeLessThan(5_000);
  });

  test('is returned page by page, sorted by name', () => {
    const inventory = new Inventory(() => undefined);
    for (const name of ['c', 'a', 'b']) inventory.add({ name, address: name, addedAt: '', revision: 1 });
    const page = (limit: number, after?: string) => {
      const { pools, next } = pageOf(inventory.all(), limit, after);
      return [pools.map(({ name }) => name).join(''), next];
    };
    expect(page(2)).toEqual(['ab', 'b']);
    expect(page(2, 'b')).toEqual(['c', null]);
    expect(page(3)).toEqual(['abc', null]);
    expect(page(2, 'z')).toEqual(['', null]);
    inventory.remove('b');
    expect(page(9)).toEqual(['ac', null]);
  });
});

describe('a reader', () => {
  const removed = (pool: string): InventoryEvent => ({ type: 'pool.removed', pool });
  const all = { pools: undefined, types: undefined };
  const silent = { view: () => () => undefined };
  const take = (reader: EventReader) => String(reader.read() ?? '');
  const poolsIn = (text: string) => [...text.matchAll(/"pool":"(\w+)"/g)].map(([, pool]) => pool);

  test('gets later events, or those after its id', () => {
    const eventLog = new EventLog();
    eventLog.add(removed('a'));
    const { id } = eventLog;
    eventLog.add(removed('b'));
    const fresh = new EventReader(eventLog, all, undefined);
    const back = new EventReader(eventLog, all, id);
    expect(poolsIn(take(fresh))).toEqual([]);
    expect(poolsIn(take(back))).toEqual(['b']);
    fresh.destroy();
    back.destroy();
  });

  test.each(['0-1', 'nonsense', '-', 'ffffffff-99999999999999999'])('is reset when its id is %s', (id) => {
    const eventLog = new EventLog();
    eventLog.add(removed('a'));
    const reader = new EventReader(eventLog, all, id);
    expect(take(reader)).toBe(`id: ${eventLog.id}\nevent: reset\ndata: {"type":"reset"}\n\n`);
    reader.destroy();
  });

  test('is reset when its next event is no longer kept, and not one event sooner', () => {
    const eventLog = new EventLog(3);
    const { id } = eventLog;
    for (const pool of ['a', 'b', 'c']) eventLog.add(removed(pool));
    const intime = new EventReader(eventLog, all, id);
    expect(poolsIn(take(intime))).toEqual(['a', 'b', 'c']);
    eventLog.add(removed('d'));
    const late = new EventReader(eventLog, all, id);
    expect(take(late)).toContain('event: reset');
    intime.destroy();
    late.destroy();
  });

  test.each<[string, object, string[]]>([
    ['pools', { pools: new Set(['b']) }, ['pool.removed', 'container.moved']],
    ['the first part of types', { types: ['pool'] }, ['pool.removed', 'pool.removed']],
    ['whole types', { types: ['container.moved'] }, ['container.moved']],
    ['no part of a word', { types: ['poo'] }, []],
  ])('gets the events of its filter: %s', (_what, filter, expected) => {
    const eventLog = new EventLog();
    const reader = new EventReader(eventLog, { ...all, ...filter }, eventLog.id);
    eventLog.add(removed('a'));
    eventLog.add(removed('b'));
    eventLog.add({
      type: 'container.moved',
      container: 'c1',
      source: 'a',
      destination: 'b',
      migration: '00',
    });
    expect([...take(reader).matchAll(/event: (\S+)/g)].map(([, type]) => type)).toEqual(expected);
    reader.destroy();
  });

  test('that stalls costs no memory, and is disconnected with a reason', () => {
    const eventLog = new EventLog(1_000);
    const reader = new EventReader(eventLog, all, undefined);
    take(reader);
    const event: InventoryEvent = { type: 'pool.down', pool: 'a', reason: 'x'.repeat(1_000) };
    for (let count = 0; count < 900; count++) eventLog.add(event);
    take(reader);
    const held = reader.readableLength;
    for (let count = 0; count < 2_000; count++) eventLog.add(event);
    expect(reader.readableLength).toBe(held);
    expect(held).toBeLessThan(200_000);
    let text = '';
    for (let part = take(reader); part !== ''; part = take(reader)) text += part;
    expect(text).toMatch(/event: bye\ndata: {"type":"bye","reason":"too slow: .*"}\n\n$/);
    reader.destroy();
  });

  test('that reads nothing at all is disconnected too, an idle one never', () => {
    const eventLog = new EventLog();
    const [stalled, idle] = [
      new EventReader(eventLog, all, undefined),
      new EventReader(eventLog, all, undefined),
    ];
    take(idle);
    take(stalled);
    for (let count = 0; count < 100; count++) {
      eventLog.add({ type: 'pool.down', pool: 'a', reason: 'x'.repeat(2_000) });
    }
    take(stalled);
    while (take(idle) !== '');
    for (let tick = 0; tick < 4; tick++) {
      stalled.tick(4);
      idle.tick(4);
      expect(take(idle)).toBe(`: ${eventLog.id}\nid: ${eventLog.id}\n\n`);
    }
    let text = '';
    for (let part = take(stalled); part !== ''; part = take(stalled)) text += part;
    expect(text).toContain('too slow: nothing was read');
    stalled.destroy();
    idle.destroy();
  });

  test('gets the usage of only the viewed pools, with any filter', () => {
    const looked: unknown[] = [];
    const view = ({ pools }: { readonly pools: ReadonlySet<string> | undefined }) => {
      looked.push(pools && [...pools]);
      return () => looked.push('no more');
    };
    const streams = new EventStreams(new EventLog(), { usage: { view }, measurements: silent });
    const order = { filter: all, resume: undefined, measurements: undefined };
    streams.open({ ...order, usage: undefined }).destroy();
    streams.open({ ...order, usage: { pools: undefined } });
    streams.open({ ...order, usage: { pools: new Set(['a']) } });
    expect(looked).toEqual([undefined, ['a']]);
    streams.close();
  });

  test('gets the newest values that it asked for, without links to pools out of its reach', async () => {
    const viewers: MeasurementViewer[] = [];
    const view = (viewer: MeasurementViewer) => {
      viewers.push(viewer);
      return () => void viewers.splice(viewers.indexOf(viewer), 1);
    };
    const streams = new EventStreams(new EventLog(), { usage: silent, measurements: { view } });
    const order = { filter: all, resume: undefined, usage: undefined };
    const plain = streams.open({ ...order, measurements: undefined });
    expect(viewers).toEqual([]);
    const measurements = { what: new Set(['link'] as const), pools: undefined, reach: new Set(['a', 'b']) };
    const reader = streams.open({ ...order, measurements });
    const value = (peer: string, throughput: number) => ({
      at: '2026-11-28T00:00:00Z',
      pool: 'a',
      peer,
      throughput,
    });
    const show = (values: readonly ReturnType<typeof value>[]) =>
      viewers[0]?.show({ type: 'measurement', at: '2026-11-28T00:00:00Z', what: 'link', pool: 'a', values });
    show([value('c', 1)]);
    show([value('b', 1)]);
    // Only the newest one matters to a reader that has not read yet.
    show([value('b', 2), value('c', 2)]);
    const text = take(reader);
    expect(text.match(/event: measurement/g)).toHaveLength(1);
    expect(text).toContain(JSON.stringify(value('b', 2)));
    expect(text).not.toContain('"c"');
    reader.destroy();
    plain.destroy();
    await once(reader, 'close');
    expect(viewers).toEqual([]);
    streams.close();
  });

  test('is one of a limited number', () => {
    const streams = new EventStreams(new EventLog(), { usage: silent, measurements: silent }, 2);
    const order = { filter: all, resume: undefined, usage: undefined, measurements: undefined };
    const first = streams.open(order);
    streams.open(order);
    expect(() => streams.open(order)).toThrow('2 event streams are open already');
    first.destroy();
    streams.close();
  });
});

test.each<[string, unknown, unknown]>([
  ['a start', { action: 'instance-started', source: '/1.0/instances/c1' }, { kind: 'touched', name: 'c1' }],
  [
    'a snapshot',
    { action: 'instance-snapshot-created', source: '/1.0/instances/c1/snapshots/s' },
    { kind: 'touched', name: 'c1' },
  ],
  [
    'a rename',
    { action: 'instance-renamed', source: '/1.0/instances/c2', context: { old_name: 'c1' } },
    { kind: 'renamed', name: 'c2', oldName: 'c1' },
  ],
  [
    'a rename from what is no name',
    { action: 'instance-renamed', source: '/1.0/instances/c2', context: { old_name: '../c' } },
    { kind: 'touched', name: 'c2' },
  ],
  ['a command in it', { action: 'instance-exec', source: '/1.0/instances/c1' }, undefined],
  ['a network', { action: 'network-created', source: '/1.0/networks/n' }, undefined],
  ['a name that is none', { action: 'instance-started', source: '/1.0/instances/..' }, undefined],
  ['nothing', undefined, undefined],
])("the daemon's event: %s", (_what, metadata, expected) => {
  expect(instanceEventOf(JSON.stringify({ type: 'lifecycle', project: 'default', metadata }))).toEqual(
    expected,
  );
});

test("the daemon's event of another project, or no event", () => {
  const metadata = { action: 'instance-started', source: '/1.0/instances/c1?project=p' };
  expect(instanceEventOf(JSON.stringify({ project: 'p', metadata }))).toBeUndefined();
  expect(instanceEventOf('{')).toBeUndefined();
});

test("the daemon's event of a failed copy, which it removes without another event", () => {
  const told = (status_code: number, resources: unknown, project = 'default') =>
    instanceEventOf(JSON.stringify({ type: 'operation', project, metadata: { status_code, resources } }));
  const resources = { instances: ['/1.0/instances/c1'] };
  expect(told(400, resources)).toEqual({ kind: 'touched', name: 'c1' });
  expect(told(401, { containers: ['/1.0/containers/c1'] })).toEqual({ kind: 'touched', name: 'c1' });
  expect(told(200, resources)).toBeUndefined();
  expect(told(103, resources)).toBeUndefined();
  expect(told(400, resources, 'other')).toBeUndefined();
  expect(told(400, null)).toBeUndefined();
  expect(told(400, { instances: ['/1.0/instances/../x'] })).toBeUndefined();
});

test('a pool that is removed while it waits is not connected', async () => {
  const asked: string[] = [];
  const inventory = new Inventory(() => undefined);
  const watches = new HostWatches({
    inventory,
    host: ({ name }) => {
      asked.push(name);
      return { stream: () => new Promise<void>(() => undefined) };
    },
  });
  for (let index = 0; index < 300; index++)
    watches.add({ name: `p${index}`, address: '', addedAt: '', revision: 1 });
  for (let index = 0; index < 300; index++) watches.remove(`p${index}`);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual([]);
  watches.close();
});

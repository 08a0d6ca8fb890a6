// Aim: labels are short words, whoever sends them, and selectors choose by them. Method: the functions themselves, the
// rules of pools on a store in memory, and the line of a container in the inventory.
import { beforeEach, describe, expect, test } from 'vitest';
import { containerLabels, containerRules } from '../../agent/model/labels.js';
import { markKeys, isMarkKey, unmarkedConfig, type Mark } from '../../agent/model/marks.js';
import { movesAlong } from '../../agent/migration/manifest.js';
import { checkLabels, checkRules } from '../../agent/grpc/label-validation.js';
import {
  changedLabels,
  formatCondition,
  labelsIn,
  labelsMax,
  matches,
  parseLabelChange,
  parseSelector,
} from '../../common/labels.js';
import { Inventory } from '../../controller/inventory/inventory.js';
import { isInTarget, parsePoolTarget } from '../../controller/model/pool-target.js';
import { Pools } from '../../controller/usecases/pools.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const change = (text: string) => parseLabelChange('labels', text);
const many = (count: number) => Array.from({ length: count }, (_, index) => `l${index}=${index}`).join(',');

describe('a change', () => {
  test('sets and removes', () => {
    const before = { ssd: 'true', rack: 'b' };
    expect(changedLabels(before, change('rack=a, app=web,ssd-'))).toEqual({ app: 'web', rack: 'a' });
    expect(changedLabels(before, change('nothing-'))).toEqual(before);
  });

  test.each([
    ...['', ',', 'rack', '=a', 'rack=', 'rack=a=b', 'rack=a,rack=b', 'rack=a,rack-', '-', '-a=b', 'a b=c'],
    ...['__proto__=a', 'a=ü', `${'a'.repeat(64)}=b`, `a=${'b'.repeat(64)}`, many(labelsMax + 1)],
  ])('%j is refused', async (text) => {
    expect(await failureOf(() => change(text))).toMatch(/^invalid_argument: labels /);
  });

  test('leaves no more labels than there may be', async () => {
    const full = changedLabels({}, change(many(labelsMax)));
    expect(await failureOf(() => changedLabels(full, change('one=more')))).toMatch(/^failed_precondition/);
    expect(Object.keys(changedLabels(full, change('l0-,one=more')))).toHaveLength(labelsMax);
  });

  test('is checked again by the agent', async () => {
    expect(checkLabels({ app: 'web' }, ['old'])).toEqual(change('app=web,old-'));
    for (const [set, removed] of [
      [{ 'a=b': 'c' }, []],
      [{ a: 'b/c' }, []],
      [{ a: 'b' }, ['a']],
      [{}, ['a', 'a']],
      [{}, ['migration/../x']],
    ] as const) {
      expect(await failureOf(() => checkLabels(set, removed))).toMatch(/^invalid_argument: labels/);
    }
  });
});

describe('a selector', () => {
  const labels = { app: 'web', tier: 'front' };
  test.each([
    ['app=web', true],
    ['app=web,tier=front', true],
    ['app=web,tier=back', false],
    ['app!=web', false],
    ['other!=web', true],
    ['app', true],
    ['!app', false],
    ['!other', true],
    ['toString', false],
  ])('%s: %s', (text, expected) => {
    const conditions = parseSelector('labels', text);
    expect(matches(labels, conditions)).toBe(expected);
    expect(conditions.map(formatCondition).join(',')).toBe(text);
  });

  test.each(['', 'a,', '!a=b', '!!a', 'a==b', 'a=b=c', 'a!b', many(labelsMax + 1)])(
    '%j is refused',
    async (text) => {
      expect(await failureOf(() => parseSelector('labels', text))).toMatch(/^invalid_argument: labels /);
    },
  );
});

describe('a target', () => {
  test.each([
    ['@any', true, true],
    ['@blue', true, false],
    ['b', false, true],
    ['@red', false, false],
  ])('%s', (text, hasA, hasB) => {
    const target = parsePoolTarget('container_pool', text);
    expect(isInTarget({ name: 'a', labels: { group: 'blue' } }, target)).toBe(hasA);
    expect(isInTarget({ name: 'b', labels: {} }, target)).toBe(hasB);
  });

  test.each(['', '@', '@a b', '@@any', 'a/b'])('%j is refused', async (text) => {
    expect(await failureOf(() => parsePoolTarget('container_pool', text))).toMatch(/^invalid_argument/);
  });
});

describe('a container', () => {
  test('has those of its config that are valid, sorted, and not too many', () => {
    const config = { 'user.copa.label.b': '1', 'user.copa.label.a': '2', 'user.copa.label.': 'x' };
    expect(Object.entries(containerLabels({ ...config, 'user.copa.label.c': 'no good' }))).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
    const flood = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`l${index}`, 'x']));
    expect(Object.keys(labelsIn(flood))).toHaveLength(labelsMax);
  });

  test('has rules of its placement, each a short text of a known name', async () => {
    const config = {
      'user.copa.rule.apart': 'app=web',
      'user.copa.rule.other': 'x',
      'user.copa.rule.near': '',
    };
    expect(containerRules(config)).toEqual({ apart: 'app=web' });
    expect(checkRules({ apart: 'app=web' })).toEqual({ apart: 'app=web' });
    for (const wrong of [{ other: 'x' }, { near: '' }, { near: 'a\nb' }, { where: 'a'.repeat(501) }])
      expect(await failureOf(() => checkRules(wrong))).toMatch(/^invalid_argument/);
  });

  test('keeps its labels and other keys in a move, which takes only marks off', () => {
    const own = { 'user.copa.label.app': 'web', 'user.copa.evacuate': 'stop', 'user.other': '1' };
    const mark = {
      ...{ migrationId: '00ff', role: 'source' as const, fence: 1, peer: 'b', uuid: 'u', isShutDown: true },
      ...{ isFrozen: true, saved: { config: {}, ephemeral: false } },
    } satisfies Mark;
    expect(Object.keys(markKeys(mark)).every(isMarkKey)).toBe(true);
    // The last one is a mark of version 0.1.0.
    expect(unmarkedConfig({ ...own, ...markKeys(mark), 'user.copa.since': '1' })).toEqual(own);
    expect(Object.keys(own).every(movesAlong)).toBe(true);
    expect(Object.keys(markKeys(mark)).some(movesAlong)).toBe(false);
  });

  test('shows them in the inventory, and a change of them is an event', () => {
    const events: string[] = [];
    const inventory = new Inventory((event) => events.push(event.type));
    inventory.add({ name: 'a', address: '10.0.0.1', addedAt: '', revision: 1 });
    const report = (labels: Record<string, string>) =>
      inventory.apply('a', {
        ...{ daemon: null, capacity: null, renamed: [], deleted: [], listing: 'NONE', probePort: 0 },
        containers: [
          {
            ...{ name: 'c1', status: 'Running', createdAt: 0, image: '', addresses: [] },
            ...{
              cpuLimit: '',
              memoryLimit: '',
              snapshots: 0,
              migrationId: '',
              labels,
              rules: {},
              interfaces: [],
            },
          },
        ],
      });
    report({ app: 'web', '__proto__ ': 'x' });
    expect(inventory.get('a')?.containers.all()[0]?.toJSON().labels).toEqual({ app: 'web' });
    expect(inventory.marked().places).toEqual([]);
    report({ app: 'shop' });
    expect(events).toEqual(['pool.added', 'container.created', 'container.changed']);
  });
});

describe('a pool', () => {
  let store: MemoryStore;
  let pools: Pools;
  beforeEach(async () => {
    store = new MemoryStore();
    pools = new Pools(store, 8001, () => new Date(0));
    await pools.add('a', '10.0.0.1');
  });

  test('keeps its labels beside what else it has', async () => {
    await pools.translate('a', (before) => ({ ...before, storage: { default: 'tank' } }));
    expect(await pools.label('a', change('rack=a,ssd=true'))).toEqual({ rack: 'a', ssd: 'true' });
    expect(await pools.label('a', change('ssd-'))).toEqual({ rack: 'a' });
    expect(await pools.get('a')).toMatchObject({
      labels: { rack: 'a' },
      translations: { storage: { default: 'tank' } },
    });
    expect(await failureOf(() => pools.label('x', change('a=b')))).toMatch(/^not_found/);
  });

  test('labels that change at the same time are both kept', async () => {
    store.meanwhile = () =>
      store.put('/copa/pools/a', { name: 'a', address: '10.0.0.1', addedAt: '', labels: { other: '1' } });
    expect(await pools.label('a', change('rack=a'))).toEqual({ other: '1', rack: 'a' });
  });

  test('appears with them in the inventory, and a change is an event', () => {
    const events: object[] = [];
    const inventory = new Inventory((event) => events.push(event));
    const record = { name: 'a', address: '10.0.0.1', addedAt: '', revision: 1 };
    inventory.add(record);
    inventory.add({ ...record, labels: { rack: 'a' } });
    inventory.add({ ...record, labels: { rack: 'a' } });
    expect(events.slice(1)).toEqual([{ type: 'pool.labelled', pool: 'a', labels: { rack: 'a' } }]);
    expect(inventory.get('a')?.labels).toEqual({ rack: 'a' });
  });
});

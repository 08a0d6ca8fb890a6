// Aim: one value in etcd that nobody can read keeps no other one from being known, opens nothing, and is reported. Method:
// the rules that read etcd, on a store in memory with rubbish in it.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UnreadableValues, unreadableValues } from '../../controller/observability/unreadable-values.js';
import { Revocations } from '../../controller/pki/revocations.js';
import { keys } from '../../controller/store/keys.js';
import { decodeHost } from '../../controller/model/host.js';
import { Pools } from '../../controller/usecases/pools.js';
import { Tokens } from '../../controller/usecases/tokens.js';
import { LivingControllers } from '../../controller/migration/living-controllers.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const rubbish = [undefined, null, 7, 'x', [], {}, { name: 'a' }];
let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});
afterEach(() => {
  for (const key of store.keys()) unreadableValues.forget(key);
  expect(unreadableValues.count).toBe(0);
});

test('each is reported once, and again when it can be read or is gone', () => {
  const lines: [string, unknown][] = [];
  const values = new UnreadableValues();
  values.note('early', new Error('why'));
  values.reportTo({
    error: (about: object) => lines.push(['error', about]),
    info: (about: object) => lines.push(['info', about]),
  });
  const decode = ({ value }: { value: number }) => {
    if (value > 1) throw new Error('too much');
    return value;
  };
  const entries = [1, 2, 0].map((value) => ({ key: `k${value}`, value }));
  expect(values.each(entries, decode)).toEqual([1, 0]);
  expect(values.each(entries, decode)).toEqual([1, 0]);
  expect(values.count).toBe(2);
  values.each([{ key: 'k2', value: 1 }], decode);
  values.forget('early');
  expect(values.count).toBe(0);
  expect(lines.map(([level, about]) => [level, (about as { key: string }).key])).toEqual([
    ['error', 'early'],
    ['error', 'k2'],
    ['info', 'k2'],
    ['info', 'early'],
  ]);
});

describe.each(rubbish)('%j', (value) => {
  test('as a pool: the others are listed, and it can be removed', async () => {
    const pools = new Pools(store, 8001);
    await pools.add('b', '10.0.0.2');
    store.put(keys.pool('a'), value);
    store.put(keys.certificate('a'), value);
    store.put(keys.revocation('a'), value);
    store.put(keys.join('0'.repeat(16)), value);
    expect((await pools.list()).map(({ name }) => name)).toEqual(['b']);
    expect(await failureOf(() => pools.get('a'))).toMatch(/^internal: the store has an invalid pool/);
    await pools.add('c', '10.0.0.3');
    await pools.remove('a');
    await pools.add('a', '10.0.0.1');
  });

  test('as a token: the others are valid, it is not, and its name can be used again', async () => {
    const tokens = new Tokens(store);
    store.ready();
    const order = { role: 'viewer', pools: null, ttlSeconds: 60, createdBy: 'test' } as const;
    const [one, two] = [
      await tokens.create({ ...order, name: 'one' }),
      await tokens.create({ ...order, name: 'two' }),
    ];
    store.put(keys.token('one'), value);
    expect(tokens.principalOf(one.text)).toBeUndefined();
    store.ready();
    expect(tokens.principalOf(one.text)).toBeUndefined();
    expect(tokens.principalOf(two.text)?.name).toBe('two');
    expect((await tokens.list()).map(({ name }) => name)).toEqual(['two']);
    const again = await tokens.create({ ...order, name: 'one' });
    expect(tokens.principalOf(again.text)?.name).toBe('one');
    await tokens.close();
  });

  test('as a revocation: what it kept out stays out', () => {
    const revocations = new Revocations(() => 1000);
    const entry = (name: string, issuedUntilMs: number) => ({
      key: keys.revocation(name),
      value: { issuedUntilMs },
      revision: 1,
    });
    revocations.reset([entry('a', 10), entry('b', 20)]);
    revocations.put({ ...entry('a', 0), value });
    revocations.reset([{ ...entry('a', 0), value }, entry('b', 20), { ...entry('c', 0), value }]);
    expect(revocations.all()).toEqual([
      { pool: 'a', issuedUntilMs: 10 },
      { pool: 'b', issuedUntilMs: 20 },
      // It may have revoked all that there was.
      { pool: 'c', issuedUntilMs: 1000 },
    ]);
    for (const name of ['a', 'c']) unreadableValues.forget(keys.revocation(name));
  });

  test('as a controller: it is no living one, and the others are', async () => {
    store.put(keys.controller('odd'), value);
    store.put(keys.controller('us'), { run: 'r1' });
    const living = new LivingControllers({ store } as never);
    const isAlive = await living.look();
    expect(isAlive({ controller: 'us', run: 'r1' })).toBe(true);
    expect(isAlive({ controller: 'us', run: 'r2' })).toBe(false);
  });
});

test.each([
  ['another name', { name: 'b', address: '10.0.0.1', addedAt: '' }],
  ['an address that is none', { name: 'a', address: 'rubbish', addedAt: '' }],
  ['a name that is none', { name: '../a', address: '10.0.0.1', addedAt: '' }],
])('a pool with %s is none', (_, value) => {
  expect(() => decodeHost({ key: keys.pool('a'), value, revision: 1 })).toThrow(/invalid pool/);
});

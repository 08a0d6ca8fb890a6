// Aim: the rules of pools, including races with other controllers. Method: the service on a store in memory.
import { beforeEach, describe, expect, test } from 'vitest';
import { keys } from '../../controller/store/keys.js';
import { checkAddress, dialAddress } from '../../controller/model/host.js';
import { Pools } from '../../controller/usecases/pools.js';
import { mapping, unmapping } from '../../controller/usecases/translations.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

let store: MemoryStore;
let pools: Pools;

beforeEach(() => {
  store = new MemoryStore();
  pools = new Pools(store, 8001, () => new Date('2026-01-02T03:04:05Z'));
});

describe('adding', () => {
  test('keeps the address unchanged', async () => {
    await pools.add('b', '10.0.0.2:9000');
    await pools.add('a', '10.0.0.1');
    expect(await pools.list()).toEqual([
      { name: 'a', address: '10.0.0.1', addedAt: '2026-01-02T03:04:05.000Z', revision: 3 },
      { name: 'b', address: '10.0.0.2:9000', addedAt: '2026-01-02T03:04:05.000Z', revision: 2 },
    ]);
  });

  test('refuses an existing name or address, in either notation, and changes nothing', async () => {
    await pools.add('a', '10.0.0.1');
    const before = store.keys();
    expect(await failureOf(() => pools.add('a', '10.0.0.9'))).toBe(
      'already_exists: there is a pool "a" already',
    );
    expect(await failureOf(() => pools.add('b', '10.0.0.1:8001'))).toBe(
      'already_exists: the address 10.0.0.1:8001 belongs to pool "a" already',
    );
    expect(store.keys()).toEqual(before);
    await pools.add('b', '10.0.0.1:8002');
  });

  test('of two controllers that add the same name, one wins', async () => {
    store.meanwhile = () => store.put(keys.pool('a'), { name: 'a', address: '10.0.0.7', addedAt: '' });
    expect(await failureOf(() => pools.add('a', '10.0.0.1'))).toMatch(/^already_exists/);
    expect((await pools.get('a')).address).toBe('10.0.0.7');
  });

  test.each(['', 'a/b', '..', 'a..b', 'a\0', 'x'.repeat(300), 'größe', '-a', 'a\n'])(
    'refuses the name %j',
    async (name) => {
      expect(await failureOf(() => pools.add(name, '10.0.0.1'))).toMatch(
        /^invalid_argument: container_pool /,
      );
      expect(store.keys()).toEqual([]);
    },
  );
});

describe('translations', () => {
  const fill = async () => {
    await pools.add('a', '10.0.0.1');
    return pools.translate('a', mapping({ storage: 'default=tank, fast=nvme', profile: 'web=base' }));
  };

  test('are added, replaced and removed, and stay with the pool', async () => {
    expect(await fill()).toEqual({
      storage: { default: 'tank', fast: 'nvme' },
      networks: {},
      profiles: { web: 'base' },
    });
    await pools.translate('a', mapping({ storage: 'fast=ssd', network: 'lxdbr0=br0' }));
    await pools.translate('a', unmapping({ storage: 'default', profile: 'web' }));
    expect(await pools.get('a')).toMatchObject({
      address: '10.0.0.1',
      translations: { storage: { fast: 'ssd' }, networks: { lxdbr0: 'br0' }, profiles: {} },
    });
  });

  test('of two changes at once, none is lost', async () => {
    await fill();
    const other = { storage: { x: 'y' }, networks: {}, profiles: {} };
    store.meanwhile = () =>
      store.put(keys.pool('a'), { name: 'a', address: '10.0.0.1', addedAt: '', translations: other });
    expect(await pools.translate('a', mapping({ network: 'n=m' }))).toEqual({
      ...other,
      networks: { n: 'm' },
    });
  });

  test.each([
    [() => mapping({}), /^invalid_argument: one of the parameters storage, network and profile/],
    [() => mapping({ storage: 'tank' }), /^invalid_argument: storage "tank" is not valid: pairs/],
    [() => mapping({ profile: 'a=b/c' }), /^invalid_argument: profile "b\/c" is not valid/],
    [() => unmapping({ network: 'a=b' }), /^invalid_argument: network "a=b" is not valid/],
    [() => unmapping({ network: 'n' }), /^not_found: pool "a" has no translation of network "n"/],
    [
      () => mapping({ storage: Array.from({ length: 101 }, (_, at) => `s${at}=x`).join(',') }),
      /^failed_precondition: a pool has 100 translations/,
    ],
  ])('are refused, and nothing changes (%#)', async (change, why) => {
    await fill();
    const before = await pools.get('a');
    expect(await failureOf(async () => pools.translate('a', change()))).toMatch(why);
    expect(await pools.get('a')).toEqual(before);
  });

  test('of an unknown pool are refused', async () => {
    expect(await failureOf(() => pools.translate('x', mapping({ storage: 'a=b' })))).toMatch(/^not_found/);
  });
});

describe('removing', () => {
  test('frees name and address', async () => {
    await pools.add('a', '10.0.0.1');
    await pools.remove('a');
    // The remaining record keeps its certificates revoked.
    expect(store.keys()).toEqual(['/copa/trust/revocations/a']);
    await pools.add('b', '10.0.0.1');
  });

  test('refuses an unknown pool', async () => {
    expect(await failureOf(() => pools.remove('a'))).toBe('not_found: there is no pool "a"');
  });

  test('refuses while a container migrates, also when that has just begun', async () => {
    await pools.add('a', '10.0.0.1');
    const begin = () => store.put(keys.busy('a', 'c1'), { migration: '00ff', source: 'a', destination: 'b' });
    store.meanwhile = begin;
    const refusal =
      'failed_precondition: pool "a" cannot be removed: container "c1" is being migrated from a to b (migration 00ff)';
    expect(await failureOf(() => pools.remove('a'))).toBe(refusal);
    expect(await failureOf(() => pools.remove('a'))).toBe(refusal);
    store.remove(keys.busy('a', 'c1'));
    // Another pool whose name has the same prefix does not count.
    store.put(keys.busy('ab', 'c1'), { migration: '00ff', source: 'ab', destination: 'b' });
    await pools.remove('a');
  });
});

describe('an address', () => {
  const valid = ['1.1.1.1', '192.168.122.15', '127.0.0.1:1', '10.0.0.1:65535', '223.255.255.255'];
  test.each(valid)('%j is valid', (address) => {
    checkAddress('ip', address);
  });

  const invalid = [
    ...[
      '',
      'localhost',
      '::1',
      '[::1]:8001',
      '1.1.1',
      '1.1.1.1.1',
      '256.1.1.1',
      '01.1.1.1',
      ' 1.1.1.1',
      '1.1.1.1 ',
    ],
    ...[
      '1.1.1.1:',
      '1.1.1.1:0',
      '1.1.1.1:65536',
      '1.1.1.1:08001',
      '1.1.1.1:+1',
      '1.1.1.1:8001:1',
      '1.1.1.1/8',
    ],
    ...[
      '0.0.0.0',
      '0.1.2.3',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
      '1.1.1.1\n',
      '1.1.1.1\0',
      '１.1.1.1',
    ],
  ];
  test.each(invalid)('%j is invalid', async (address) => {
    expect(await failureOf(() => checkAddress('ip', address))).toMatch(/^invalid_argument: ip /);
  });

  test('without a port has the default one', () => {
    expect(dialAddress('1.1.1.1', 8001)).toBe('1.1.1.1:8001');
    expect(dialAddress('1.1.1.1:9', 8001)).toBe('1.1.1.1:9');
  });
});

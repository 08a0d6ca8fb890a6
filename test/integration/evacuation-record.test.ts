// Aim: the record of an evacuation of 10,000 containers fits into one value of etcd, also when each of them has moved; and a small one can be read as it is. Method: a real etcd.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomHex } from '../../common/random-hex.js';
import {
  checkFits,
  decodeEvacuation,
  encodeEvacuation,
  type Evacuation,
  type EvacuationItem,
} from '../../controller/model/evacuation.js';
import { keys } from '../../controller/store/keys.js';
import { Store } from '../../controller/store/store.js';
import { etcdObstacle, startEtcd } from '../support/etcd.js';

function recordOf(
  count: number,
  change: (index: number) => Partial<EvacuationItem> = () => ({}),
): Evacuation {
  const at = new Date().toISOString();
  return {
    ...{ pool: 'server1', id: randomHex(8), phase: 'evacuating', target: '@any', startedAt: at, phaseAt: at },
    ...{ stopAtDeadline: false, deadlinePassed: false, cancelled: false, requestId: 'r', rounds: 0 },
    ...{ runner: { controller: randomHex(8), run: randomHex(8) }, attempt: randomHex(8) },
    items: Array.from({ length: count }, (_, index) => ({
      ...{ container: `customer-${index}`, uuid: randomUUID(), wasRunning: true, action: 'migrate' },
      ...{ state: 'waiting', destination: `server${2 + (index % 50)}`, failures: 0 },
      reason: `memory ${index % 90} %, disk ${index % 70} %, CPU load ${index % 60} %, ${index % 400} containers`,
      need: { memory: Math.floor(Math.random() * 2 ** 31), disk: Math.floor(Math.random() * 2 ** 34) },
      ...change(index),
    })),
  };
}

test('a small record is stored as it is, and what nobody can unpack is no record', () => {
  const small = recordOf(3);
  expect(encodeEvacuation(small)).toBe(small);
  expect(() => decodeEvacuation({ ...small, packedItems: 'no' })).toThrow('invalid evacuation');
});

describe.skipIf(etcdObstacle !== undefined)('in etcd', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  let store: Store;

  beforeAll(async () => {
    etcd = await startEtcd();
    store = new Store(etcd.endpoints);
  });

  afterAll(async () => {
    store.close();
    await etcd.stop();
  });

  test('10,000 containers fit at the beginning and when all have moved, and far more are refused', async () => {
    const key = keys.evacuation('server1');
    const first = recordOf(10_000);
    const moved = recordOf(10_000, () => ({ state: 'moved', migration: randomHex(8), parked: false }));
    checkFits(first);
    expect(() => {
      checkFits(recordOf(20_000));
    }).toThrow('20000 containers is too large for etcd');
    for (const record of [first, moved]) {
      const known = await store.get(key);
      const written = await store.transact({
        expect: [{ key, revision: known?.revision ?? 0 }],
        put: [{ key, value: encodeEvacuation(record) }],
      });
      expect(written).toBeDefined();
      expect(decodeEvacuation((await store.get(key))?.value)).toEqual(record);
    }
  });
});

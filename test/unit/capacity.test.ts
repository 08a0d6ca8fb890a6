// Aim: a host reports what it has for containers, and only noticeable changes of it. Method: a daemon in memory.
import { expect, test } from 'vitest';
import { capacityMeter, hasChanged } from '../../agent/inventory/capacity.js';
import type { LxdClient } from '../../agent/lxd/client.js';
import { CopaError } from '../../common/errors.js';

const lxdWith = (answers: Readonly<Record<string, unknown>>) =>
  ({
    get: (path: string) =>
      path in answers
        ? Promise.resolve(answers[path])
        : Promise.reject(new CopaError('not_found', `no ${path}`)),
  }) as unknown as LxdClient;

test('the disk is that of the default profile', async () => {
  const root = { type: 'disk', path: '/', pool: 'tank' };
  const now = await capacityMeter(
    lxdWith({
      '/1.0/profiles/default': { devices: { root } },
      '/1.0/storage-pools/tank': { name: 'tank', driver: 'zfs', config: {} },
      '/1.0/storage-pools/tank/resources': { space: { total: 1000, used: 400 } },
    }),
  )();
  expect(now).toMatchObject({ diskTotal: 1000, diskFree: 600 });
  expect(now.memoryTotal).toBeGreaterThan(now.memoryAvailable);
  expect(now.memoryAvailable).toBeGreaterThan(0);
  expect(now.cpus).toBeGreaterThan(0);
});

test('a disk that cannot be measured is unknown', async () => {
  expect(await capacityMeter(lxdWith({}))()).toMatchObject({ diskTotal: 0, diskFree: 0 });
});

test('only a noticeable change is one', () => {
  const before = {
    ...{ cpus: 4, load1: 1, memoryTotal: 1000, memoryAvailable: 500, diskTotal: 1000, diskFree: 500 },
  };
  expect(hasChanged(undefined, before)).toBe(true);
  expect(hasChanged(before, { ...before, load1: 1.2, memoryAvailable: 510, diskFree: 490 })).toBe(false);
  for (const change of [{ cpus: 8 }, { load1: 2 }, { memoryAvailable: 400 }, { diskFree: 530 }]) {
    expect(hasChanged(before, { ...before, ...change })).toBe(true);
  }
});

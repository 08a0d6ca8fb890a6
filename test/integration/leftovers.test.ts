// Aim: what a failed pass left on a `dir` pool is removed with its migration; what existed before is never touched.
// Method: a real directory as the pool of a daemon's double that has no container.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LxdClient } from '../../agent/lxd/client.js';
import { Leftovers } from '../../agent/migration/leftovers.js';
import { FakeLxd, failure, sync } from '../support/fakes/lxd.js';

describe('leftovers', () => {
  let directory: string, fake: FakeLxd, lxd: LxdClient, leftovers: Leftovers;
  const volume = () => join(directory, 'pool/containers/c1');
  const leave = () => {
    mkdirSync(join(volume(), 'rootfs'), { recursive: true });
    writeFileSync(join(volume(), 'rootfs/.file.Xy12'), 'half');
  };
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'copa-'));
    const pool = { name: 'p', driver: 'dir', config: { source: join(directory, 'pool') } };
    fake = await FakeLxd.start(join(directory, 'socket'), ({ path }) =>
      path === '/1.0/storage-pools/p'
        ? sync(pool)
        : path === '/1.0'
          ? sync({ environment: { server_pid: process.pid } })
          : failure(404, 'not found'),
    );
    lxd = new LxdClient(join(directory, 'socket'));
    leftovers = new Leftovers(lxd, join(directory, 'receiving'));
  });
  afterEach(async () => {
    await Promise.all([fake.close(), lxd.close()]);
    rmSync(directory, { recursive: true });
  });

  test('of a pass are removed with its migration, also after a restart of the agent', async () => {
    await leftovers.expect('m1', 'c1', 'p');
    leave();
    await new Leftovers(lxd, join(directory, 'receiving')).remove('m1', 'c1');
    expect(existsSync(volume())).toBe(false);
  });

  test('of the previous pass do not prevent the next one', async () => {
    await leftovers.expect('m1', 'c1', 'p');
    leave();
    await leftovers.expect('m1', 'c1', 'p');
    expect(existsSync(volume())).toBe(false);
  });

  test('that existed before are reported and stay', async () => {
    leave();
    await expect(leftovers.expect('m1', 'c1', 'p')).rejects.toThrow(
      /^storage pool "p" .* does not know \(.*containers\/c1\): check it/,
    );
    await leftovers.remove('m1', 'c1');
    expect(existsSync(volume())).toBe(true);
  });

  test('of another migration, or of one that has ended, stay', async () => {
    await leftovers.expect('m1', 'c1', 'p');
    leave();
    await leftovers.remove('m2', 'c1');
    await leftovers.forget('m1', 'c1');
    await leftovers.remove('m1', 'c1');
    expect(existsSync(volume())).toBe(true);
  });
});

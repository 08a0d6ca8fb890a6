// Aim: operations on a container besides moving work as documented on real LXD: names, copies, snapshots, limits.
// Method: REST on a lab; the daemon and the container itself show the result.
import { beforeAll, describe, expect, test } from 'vitest';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { Lab } from '../../deploy/lab/lab.js';
import { findContainer } from './fixture.js';

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, the container operations: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('containers on real hosts', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let host: Host;

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2, storage: ['dir', 'btrfs'], storageSizeMiB: 256 });
    host = cluster.lab.host('server1');
    return () => cluster.down();
  }, 90_000);

  const must = (operation: string, container: string, more: Record<string, string> = {}) =>
    cluster.must(operation, host.name, container, more);
  const refused = async (operation: string, container: string, more: Record<string, string> = {}) => {
    const { status, body } = await cluster.operate(operation, host.name, container, more);
    return `${status} ${String(body['error'])}`;
  };
  const get = async (operation: string, container: string) => {
    const query = { operation, container_pool: host.name, container_name: container };
    const { status, body } = await cluster.request('GET', 'container', { query });
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const sh = (container: string, script: string) => host.lxc('exec', container, '--', 'sh', '-c', script);

  test('restart shuts down cleanly and starts again; kills a container that does not shut down', async () => {
    await cluster.launch(host, 'r1');
    const clean = async () => Number(await sh('r1', 'cat /data/clean-shutdown || echo 0'));
    const before = await clean();
    await must('restart', 'r1');
    expect(await clean()).toBe(before + 1);
    const { pid } = (await host.lxd('/1.0/instances/r1/state')) as { pid: number };
    await host.exec(['kill', '-STOP', String(pid)]);
    await must('restart', 'r1', { stop_timeout: '1' });
    expect(await clean()).toBe(before + 1);
    await must('freeze', 'r1');
    expect(await refused('restart', 'r1')).toBe('409 container "r1" is frozen: unfreeze it first');
    await must('unfreeze', 'r1');
    await must('stop', 'r1');
    expect(await refused('restart', 'r1')).toBe('409 container "r1" is stopped: start it instead');
  });

  test('rename and copy', async () => {
    expect(await refused('rename', 'r1', { new_name: 'r1' })).toMatch(/^409 /);
    await must('start', 'r1');
    expect(await refused('rename', 'r1', { new_name: 'r2' })).toBe(
      '409 container "r1" is running: stop it first',
    );
    await sh('r1', 'echo kept > /kept');
    await must('snapshot', 'r1', { snapshot_name: 's1' });
    await must('copy', 'r1', { new_name: 'r3' });
    await must('stop', 'r1');
    await must('rename', 'r1', { new_name: 'r2' });
    expect(await findContainer(host, 'r1')).toBeUndefined();
    const [renamed, copy] = await Promise.all([findContainer(host, 'r2'), findContainer(host, 'r3')]);
    expect(copy?.status).toBe('Stopped');
    expect(copy?.config['volatile.eth0.hwaddr']).not.toBe(renamed?.config['volatile.eth0.hwaddr']);
    expect(await get('list_snapshots', 'r3')).toEqual({
      snapshots: [{ name: 's1', created_at: expect.any(String) as string }],
    });
    await must('start', 'r3');
    expect(await sh('r3', 'cat /kept')).toBe('kept\n');
    expect(await refused('copy', 'r3', { new_name: 'r2' })).toMatch(/^409 .*"r2" exists/);
  });

  test.each(['server1', 'server2'])('snapshots on %s', async (name) => {
    host = cluster.lab.host(name);
    await cluster.launch(host, 's1');
    await sh('s1', 'echo first > /file');
    await must('snapshot', 's1', { snapshot_name: 'first' });
    expect(await refused('snapshot', 's1', { snapshot_name: 'first' })).toMatch(/^409 .*already/);
    expect(await refused('snapshot', 's1', { snapshot_name: 'copa-x' })).toMatch(/^400 .*COPA's own/);
    await sh('s1', 'echo second > /file');
    await must('restore', 's1', { snapshot_name: 'first' });
    expect((await findContainer(host, 's1'))?.status).toBe('Running');
    expect(await sh('s1', 'cat /file')).toBe('first\n');
    await must('stop', 's1');
    await must('restore', 's1', { snapshot_name: 'first' });
    expect((await findContainer(host, 's1'))?.status).toBe('Stopped');
    expect(await refused('restore', 's1', { snapshot_name: 'none' })).toMatch(/^404 .*no snapshot "none"/);
    await must('delete_snapshot', 's1', { snapshot_name: 'first' });
    expect(await refused('delete_snapshot', 's1', { snapshot_name: 'first' })).toMatch(/^404 /);
    expect(await get('list_snapshots', 's1')).toEqual({ snapshots: [] });
    await must('delete', 's1');
    host = cluster.lab.host('server1');
  });

  test('limits', async () => {
    await must('create', 'l1', { image_type: 'tiny', cpu: '1', memory: '64MiB' });
    const config = async () => {
      const all = (await findContainer(host, 'l1'))?.config;
      return [all?.['limits.cpu'], all?.['limits.memory']];
    };
    expect(await config()).toEqual(['1', '64MiB']);
    await must('start', 'l1');
    await must('limits', 'l1', { memory: '128MiB' });
    expect(await config()).toEqual(['1', '128MiB']);
    await must('limits', 'l1', { cpu: '', memory: '' });
    expect(await config()).toEqual([undefined, undefined]);
    expect(await refused('limits', 'l1')).toMatch(/^400 give cpu or memory/);
    expect(await refused('limits', 'l1', { cpu: 'all' })).toMatch(/^400 cpu "all" is not valid/);
    expect(await refused('limits', 'l1', { memory: '1B' })).toMatch(/^409 .*cannot have these limits: /);
  });

  test('console log', async () => {
    expect(await get('console_log', 'l1')).toEqual({ log: '' });
    await sh('l1', 'echo hello > /dev/console');
    expect(await get('console_log', 'l1')).toEqual({ log: 'hello\r\n' });
    await must('stop', 'l1');
    expect(await get('console_log', 'l1')).toEqual({ log: expect.any(String) as string });
  });
});

// Aim: a client generated from /openapi.json by a public generator controls a container through its whole life, and
// its types match the replies. Method: openapi-fetch with the types that openapi-typescript generates, on a lab;
// compiling this file is half of the test.
import createClient, { type Client } from 'openapi-fetch';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { components, paths } from '../../client/gen/openapi.js';
import { Cluster } from '../../deploy/lab/cluster.js';
import { pythonObstacle } from './examples.js';
import { codeOf } from '../support/documents.js';
import { Lab } from '../../deploy/lab/lab.js';
import { run, waitFor } from '../../deploy/lab/processes.js';

type Order = paths['/REST/container']['post']['requestBody']['content']['application/json'];
type Migration = components['schemas']['Migration'];

const obstacle = await Lab.obstacle();
if (obstacle !== undefined) console.warn(`\n*** NOT TESTED, a generated client: ${obstacle} ***\n`);

describe.skipIf(obstacle !== undefined)('a generated client', { timeout: 60_000 }, () => {
  let cluster: Cluster;
  let client: Client<paths>;

  beforeAll(async () => {
    cluster = await Cluster.up({ hosts: 2, storageSizeMiB: 256, register: false });
    client = createClient<paths>({ baseUrl: cluster.url.replace(/\/REST$/, '') });
    return () => cluster.down();
  }, 90_000);

  const order = async (body: Order) => {
    const { data, error } = await client.POST('/REST/container', { body });
    if (error) throw new Error(error.error);
    return data;
  };
  const at = (name: string, pool = 'server1') => ({ container_pool: pool, container_name: name });
  const states = async (): Promise<string[]> => {
    const { data } = await client.GET('/REST/overview');
    return (data?.pools ?? [])
      .flatMap((pool) => pool.containers.map(({ name, status }) => `${pool.name}:${name} ${status}`))
      .sort();
  };
  const becomes = (...wanted: string[]) =>
    waitFor(`the overview to be ${wanted.join(', ')}`, async () => {
      return JSON.stringify(await states()) === JSON.stringify(wanted);
    });

  test('adds pools', async () => {
    for (const { name, address } of cluster.hosts) {
      const body = { operation: 'add', container_pool: name, ip: address } as const;
      const { data } = await client.POST('/REST/pools', { body });
      expect(data).toEqual({
        container_pool: name,
        local_ip: address,
        success: 'Container pool added Successfully',
      });
    }
    const { data } = await client.GET('/REST/pools');
    expect(data?.pools.map(([name]) => name)).toEqual(['server1', 'server2']);
  });

  test('creates, starts, reads, runs a command, takes a snapshot, limits, restarts', async () => {
    await order({ operation: 'create', ...at('web'), image_type: 'tiny', memory: '64MiB' });
    await order({ operation: 'start', ...at('web') });
    await becomes('server1:web Running');
    const query = { operation: 'information', ...at('web') } as const;
    const information = await client.GET('/REST/container', { params: { query } });
    expect(information.data).toHaveProperty('network.eth0');
    const ran = await order({ operation: 'exec', ...at('web'), command: ['sh', '-c', 'echo hello; exit 3'] });
    if (!('exit_code' in ran)) throw new Error(JSON.stringify(ran));
    expect([ran.exit_code, ran.stdout]).toEqual([3, 'hello\n']);
    await order({ operation: 'snapshot', ...at('web'), snapshot_name: 'before' });
    await order({ operation: 'limits', ...at('web'), memory: '128MiB', cpu: '1' });
    await order({ operation: 'restart', ...at('web') });
    const overview = await client.GET('/REST/overview', { params: { query: { container_pool: 'server1' } } });
    expect(overview.data?.pools[0]?.containers[0]).toMatchObject({ name: 'web', memory_limit: '128MiB' });
  });

  test('gets the problems, and moves it, following the progress', async () => {
    const migrate = { operation: 'migrate', ...at('web'), destination_pool: 'server2' } as const;
    const preflight = await order({ ...migrate, dry_run: true });
    if (!('possible' in preflight)) throw new Error(JSON.stringify(preflight));
    expect(preflight.findings).toEqual([]);
    const begun = await client.POST('/REST/container', {
      body: migrate,
      headers: { Prefer: 'respond-async' },
    });
    expect(begun.response.status).toBe(202);
    if (!begun.data || !('id' in begun.data)) throw new Error(JSON.stringify(begun.error));
    const path = { id: begun.data.id };
    let migration: Migration | undefined;
    while (migration?.state !== 'done') {
      const { data, error } = await client.GET('/REST/migrations/{id}', { params: { path } });
      if (error) throw new Error(error.error);
      migration = data;
      if (!['running', 'done'].includes(migration.state)) throw new Error(String(migration.error));
      await pause(50);
    }
    expect(migration.downtime_ms).toBeGreaterThan(0);
    const { error, response } = await client.DELETE('/REST/migrations/{id}', { params: { path } });
    expect([response.status, response.headers.get('x-copa-error')]).toEqual([409, 'failed_precondition']);
    expect(error?.error).toContain('done');
    await becomes('server2:web Running');
  });

  test.skipIf(pythonObstacle !== undefined)("so does the document's Python", async () => {
    await order({ operation: 'migrate', ...at('web', 'server2'), destination_pool: 'server1' });
    const [code = ''] = codeOf('docs/rest-api.md', 'python').filter((each) => each.includes('respond-async'));
    const there = code.replace('http://127.0.0.1:8000/REST/', `${cluster.url}/`);
    expect(there).not.toBe(code);
    const { stdout } = await run(['/usr/bin/python3', '-c', there]);
    expect(stdout).toMatch(/^web\n\n[a-z]+ \d+ [^]*\ndone \d+\ncontainer\.[^]*\ncontainer\.moved\n$/);
    await order({ operation: 'delete', ...at('spare') });
  });

  test('stops, copies, renames, deletes, and removes pools', async () => {
    await order({ operation: 'stop', ...at('web', 'server2'), stop_timeout: 30 });
    await order({ operation: 'copy', ...at('web', 'server2'), new_name: 'twin' });
    await order({ operation: 'rename', ...at('twin', 'server2'), new_name: 'other' });
    await becomes('server2:other Stopped', 'server2:web Stopped');
    for (const name of ['web', 'other']) await order({ operation: 'delete', ...at(name, 'server2') });
    await becomes();
    const again = await client.POST('/REST/container', {
      body: { operation: 'start', ...at('web', 'server2') },
    });
    expect(again.response.status).toBe(404);
    for (const { name } of cluster.hosts) {
      const { data } = await client.POST('/REST/pools', {
        body: { operation: 'delete', container_pool: name },
      });
      expect(data).toMatchObject({ success: 'Container pool removed successfully.' });
    }
    expect((await client.GET('/REST/pools')).data?.pools).toEqual([]);
  });
});

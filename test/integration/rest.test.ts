// Aim: every operation of the specification returns exactly its documented reply, however its parameters are sent.
// Method: real HTTP to a controller on a real etcd; the hosts are doubles behind real gRPC.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { etcdObstacle } from '../support/etcd.js';
import { Cluster, information, type HostDouble, type Request } from '../support/cluster.js';

const require = createRequire(import.meta.url);

/** The ways of sending parameters, each as the parts of a request. */
const ways: readonly (readonly [string, (parameters: Record<string, string>) => Partial<Request>])[] = [
  ['query', (query) => ({ query })],
  ['form', (form) => ({ form })],
  ['JSON', (json) => ({ json })],
  ['query and JSON', ({ operation = '', ...json }) => ({ query: operation ? { operation } : {}, json })],
];
const slashes = ['', '/'];
const variants = ways.flatMap(([name, send]) =>
  slashes.map((slash) => ({ name: `${name}${slash && ', slash'}`, send, slash })),
);

describe.skipIf(etcdObstacle !== undefined)('the REST API', () => {
  let cluster: Cluster;
  let document: unknown;
  let server1: HostDouble;
  let server2: HostDouble;

  beforeAll(async () => {
    cluster = await Cluster.start(undefined, { joinListen: { host: '127.0.0.1', port: 0 } });
    document = (await cluster.client.ask({ path: '/openapi.json' })).body;
    server1 = await cluster.addHost('server1');
    server2 = await cluster.addHost('server2');
  });
  beforeEach(() => {
    server1.containers.clear();
    server2.containers.clear();
    server1.containers.set('my-container', 'Stopped');
  });
  afterAll(() => cluster.stop());

  const ask = async (request: Request): Promise<unknown> => {
    const { status, body } = await cluster.client.ask(request);
    return status === 200 ? body : { status, body };
  };

  test('the OpenAPI document is valid, without warnings', async () => {
    const file = join(cluster.config.stateDirectory, 'openapi.json');
    await writeFile(file, JSON.stringify(document));
    const linter = [require.resolve('@redocly/cli/bin/cli.js'), 'lint', file, '--extends=recommended-strict'];
    const quiet = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
    const linted = await promisify(execFile)(process.execPath, linter, {
      env: { ...process.env, ...quiet },
    }).catch((error: unknown) => error as { readonly stdout: string; readonly stderr: string });
    expect(`${linted.stdout}${linted.stderr}`).toContain('Your API description is valid.');
  });

  test('reads and operations on tokens answer as documented', async () => {
    for (const path of ['/healthz', '/readyz', '/REST/overview', '/REST/audit', '/REST/ca', '/REST/backup'])
      expect(await ask({ path })).toHaveProperty('success');
    const post = (form: Record<string, string>) => ask({ method: 'POST', path: '/REST/tokens', form });
    await post({ operation: 'create', name: 'reader', role: 'viewer', pools: 'server1' });
    const made = (await post({ operation: 'create', kind: 'join' })) as { id: string };
    const listed = await ask({ path: '/REST/tokens' });
    expect(listed).toMatchObject({ tokens: [{ name: 'reader' }], joins: [{ id: made.id }] });
    for (const name of ['reader', made.id])
      expect(await post({ operation: 'revoke', name })).toEqual({ name, success: 'Token revoked.' });
  });

  describe.each(variants)('by $name', ({ send, slash }) => {
    const get = (path: string, parameters: Record<string, string>) =>
      ask({ path: `/REST/${path}${slash}`, ...send(parameters) });
    const post = (path: string, parameters: Record<string, string>) =>
      ask({ method: 'POST', path: `/REST/${path}${slash}`, ...send(parameters) });
    const one = { container_name: 'my-container', container_pool: 'server1' };

    test('pools are listed, added, and removed under both names', async () => {
      const before = [
        ['server1', cluster.hosts.get('server1')?.agent.address],
        ['server2', cluster.hosts.get('server2')?.agent.address],
      ];
      expect(await get('pools', {})).toEqual({ pools: before, success: 'pools' });
      for (const operation of ['remove', 'delete']) {
        expect(
          await post('pools', { container_pool: 'testServer', ip: '1.1.1.1', operation: 'add' }),
        ).toEqual({
          container_pool: 'testServer',
          local_ip: '1.1.1.1',
          success: 'Container pool added Successfully',
        });
        expect(await get('pools', {})).toEqual({
          pools: [...before, ['testServer', '1.1.1.1']],
          success: 'pools',
        });
        expect(await post('pools', { container_pool: 'testServer', operation })).toEqual({
          container_pool: 'testServer',
          success: 'Container pool removed successfully.',
        });
      }
      expect(await get('pools', {})).toEqual({ pools: before, success: 'pools' });
    });

    test('containers are listed and described', async () => {
      expect(await get('container', { container_pool: 'server1', operation: 'list_containers' })).toEqual({
        containers: ['my-container'],
      });
      expect(await get('container', { ...one, operation: 'information' })).toEqual(information);
      expect(await get('container', { container_pool: 'server1', operation: 'information' })).toEqual({
        'my-container': information,
      });
    });

    test('a container is started when the request says so', async () => {
      const parameters = { ...one, image_type: 'ubuntu', container_name: 'new', operation: 'create' };
      const created = { success: 'Container created successfully.' };
      expect(await post('container', { ...parameters, start: 'true' })).toEqual(created);
      expect(server1.containers.get('new')).toBe('Running');
      server1.containers.clear();
      expect(await post('container', { ...parameters, start: 'false' })).toEqual(created);
      expect(server1.containers.get('new')).toBe('Stopped');
    });

    test('containers are created and driven', async () => {
      const image = { image_type: 'ubuntu' };
      expect(
        await post('container', { ...one, ...image, container_name: 'new', operation: 'create' }),
      ).toEqual({
        success: 'Container created successfully.',
      });
      expect(server1.containers.get('new')).toBe('Stopped');
      const states = {
        start: 'Running',
        freeze: 'Frozen',
        unfreeze: 'Running',
        stop: 'Stopped',
        delete: undefined,
      };
      for (const [operation, state] of Object.entries(states)) {
        expect(await post('container', { ...one, operation })).toEqual({ success: 'Operation successful' });
        expect(server1.containers.get('my-container')).toBe(state);
      }
    });

    test('images are listed', async () => {
      const images = { images: { ubuntu: server1.image.fingerprint }, success: 'Operation successful' };
      expect(await get('image', {})).toEqual(images);
      expect(await get('image', { container_pool: 'server1', operation: 'list_containers' })).toEqual(images);
      expect(await get('image', { image_pool: 'server2' })).toEqual(images);
    });
  });

  describe('beyond the examples', () => {
    const post = (form: Record<string, string>) => ask({ method: 'POST', path: '/REST/container', form });
    const one = { container_name: 'my-container', container_pool: 'server1' };

    test('an operation accepts the parameters that it ignores', async () => {
      const all = { ...one, operation: 'start', destination_pool: 'server2', image_type: '' };
      expect(await post(all)).toEqual({ success: 'Operation successful' });
    });

    test.each([
      ['restart', {}],
      ['rename', { new_name: 'other' }],
      ['copy', { new_name: 'other' }],
      ['limits', { cpu: '2', memory: '' }],
      ['snapshot', { snapshot_name: 's1' }],
      ['restore', { snapshot_name: 's1' }],
      ['delete_snapshot', { snapshot_name: 's1' }],
    ])('%s is done', async (operation, more) => {
      server1.containers.set('my-container', operation === 'restart' ? 'Running' : 'Stopped');
      expect(await post({ ...one, operation, ...more })).toEqual({ success: 'Operation successful' });
      server1.containers.delete('other');
    });

    test("exec, snapshots and the console return the host's data", async () => {
      const json = { ...one, operation: 'exec', command: ['echo', 'a b'] };
      expect(await ask({ method: 'POST', path: '/REST/container', json })).toEqual({
        success: 'Operation successful',
        exit_code: 0,
        stdout: 'echo a b\n',
        stderr: '',
      });
      const get = (operation: string) => ask({ path: '/REST/container', query: { ...one, operation } });
      expect(await get('list_snapshots')).toEqual({
        snapshots: [{ name: 'before', created_at: '2026-01-02T03:04:05.678901234Z' }],
      });
      expect(await get('console_log')).toEqual({ log: 'booted\r\n' });
    });

    test('stop waits 30 s, or the given time', async () => {
      server1.containers.set('my-container', 'Running');
      server1.asked.length = 0;
      await post({ ...one, operation: 'stop' });
      server1.containers.set('my-container', 'Running');
      await ask({
        method: 'POST',
        path: '/REST/container',
        json: { ...one, operation: 'stop', stop_timeout: 3600 },
      });
      expect(server1.asked).toEqual([
        'StopContainer in 30 s my-container',
        'StopContainer in 3600 s my-container',
      ]);
    });

    test("errors are the host's own messages", async () => {
      expect(await post({ ...one, operation: 'stop' })).toEqual({
        status: 409,
        body: { error: 'container "my-container" is Stopped, not Running' },
      });
      expect(await post({ ...one, operation: 'create', container_name: 'c', image_type: 'win' })).toEqual({
        status: 404,
        body: { error: 'there is no image "win"; there is ubuntu' },
      });
    });

    test('HEAD answers as GET, without the body', async () => {
      const { status, body, headers } = await cluster.client.ask({ method: 'HEAD', path: '/REST/pools/' });
      expect({ status, body }).toEqual({ status: 200, body: undefined });
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
    });

    test('lists come in pages on request', async () => {
      for (const name of ['b', 'next']) server1.containers.set(name, 'Stopped');
      const pages = async (path: string) => [
        await ask({ path: `${path}&limit=1` }),
        await ask({ path: `${path}&after=b` }),
      ];
      expect(await pages('/REST/container?container_pool=server1&operation=list_containers')).toEqual([
        { containers: ['b'], next: 'b' },
        { containers: ['my-container', 'next'], next: null },
      ]);
      expect(await pages('/REST/pools?')).toEqual([
        { pools: [expect.arrayContaining(['server1'])], next: 'server1', success: 'pools' },
        { pools: [expect.anything(), expect.anything()], next: null, success: 'pools' },
      ]);
      expect(await ask({ path: '/REST/image?limit=5' })).toEqual({
        images: { ubuntu: server1.image.fingerprint },
        next: null,
        success: 'Operation successful',
      });
      expect(await ask({ path: '/REST/pools?limit=0' })).toMatchObject({ status: 400 });
    });

    test('the container may have the name of a JavaScript property', async () => {
      server1.containers.set('constructor', 'Stopped');
      const all = (await ask({
        path: '/REST/container?container_pool=server1&operation=information',
      })) as object;
      expect(Object.keys(all)).toEqual(['my-container', 'constructor']);
    });
  });

  describe('a pool that does not answer', () => {
    test('is an error for its own requests, a warning among others, and works once it is back', async () => {
      cluster.killAgent('server2');
      const list = { path: '/REST/container?operation=list_containers&container_pool=server2' };
      const [listed, images] = await Promise.all([ask(list), ask({ path: '/REST/image/' })]);
      expect(listed).toMatchObject({
        status: 503,
        body: { error: expect.stringContaining('pool "server2" at 127.0.0.1') as string },
      });
      expect(images).toMatchObject({
        images: { ubuntu: server1.image.fingerprint },
        warning: expect.stringMatching(/^no images of pool "server2": .*does not answer/) as string,
        success: 'Operation successful',
      });
      await cluster.restartAgent('server2');
      expect(await ask(list)).toEqual({ containers: [] });
    });
  });
});

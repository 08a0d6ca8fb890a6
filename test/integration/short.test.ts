// Aim: on the short way a question gets the same answer as on the long one, from its first header to its last byte,
// and whoever or whatever is not plainly right gets nothing there. Method: a whole controller, asked the same twice,
// once with an empty body, with which no question goes the short way.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CopaError } from '../../common/errors.js';
import { etcdObstacle } from '../support/etcd.js';
import { Cluster, type HostDouble } from '../support/cluster.js';

interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

const long = { 'Content-Length': '0' };

describe.skipIf(etcdObstacle !== undefined)('the short way', () => {
  let cluster: Cluster;
  let host: HostDouble;

  beforeAll(async () => {
    cluster = await Cluster.start();
    host = await cluster.addHost('server1');
    host.containers.set('web', 'Running').set('db', 'Stopped');
  });
  afterAll(() => cluster.stop());

  function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const { port } = cluster.controller;
    return new Promise((resolve, reject) => {
      const sent = { 'X-Request-Id': 'mine', ...headers };
      const outgoing = httpRequest(
        { host: '127.0.0.1', port, path, agent: false, headers: sent },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: linesOf(response.rawHeaders), text }),
          );
        },
      );
      outgoing.on('error', reject).end();
    });
  }

  async function counted(): Promise<number> {
    const { text } = await ask('/metrics');
    const line =
      /^copa_http_request_duration_seconds_count\{route="\/REST\/container",method="GET",status="200"\} (\d+)/m;
    return Number(line.exec(text)?.[1] ?? 0);
  }

  const names = '/REST/container?operation=list_containers&container_pool=server1';

  test.each([
    '/REST/pools',
    '/REST/pools/',
    '/REST/pools/?operation=x&ip=',
    names,
    names.replace('?', '/?'),
    `${names}&container_name=&image_type=ubuntu`,
    `${names}&limit=1`,
    `${names}&limit=0`,
    `${names}&container_pool=server1`,
    `${names}#server1`,
    names.replace('server1', 'server%31'),
    names.replace('server1', 'nobody'),
    names.replace('server1', '../x'),
    names.replace('list_containers', 'list'),
    '/REST/container?operation=list_containers',
    '/REST/container//?operation=list_containers&container_pool=server1',
  ])('%s is answered as on the long way', async (path) => {
    expect(await ask(path)).toEqual(await ask(path, long));
  });

  test.each([
    ['a page of another site', { Origin: 'http://evil.example' }, 403],
    ['a name that is not ours', { Host: 'evil.example' }, 403],
    ['a token that is none', { Authorization: 'Bearer copa_x' }, 401],
  ])('%s is refused as on the long way', async (_, headers, status) => {
    const refused = await ask(names, headers);
    expect(refused.status).toBe(status);
    expect(refused).toEqual(await ask(names, { ...headers, ...long }));
  });

  test('a token that is confined to other pools gets no name, and its own pools alone', async () => {
    const form = { operation: 'create', kind: 'api', name: 'few', role: 'viewer', pools: 'server2' };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    const headers = { Authorization: `Bearer ${(body as { token: string }).token}` };
    expect(await ask(names, headers)).toMatchObject({ status: 403 });
    expect(await ask('/REST/pools', headers)).toMatchObject({ text: '{"pools":[],"success":"pools"}' });
  });

  test('each answer shows what was there when it was asked for, and is counted', async () => {
    const before = await counted();
    for (const name of ['one', 'two', 'three']) {
      host.containers.set(name, 'Stopped');
      expect((await ask(names)).text).toContain(`"${name}"`);
      host.containers.delete(name);
      expect((await ask(names)).text).not.toContain(`"${name}"`);
    }
    expect(await counted()).toBe(before + 6);
  });

  test('what fails is asked once, and told as on the long way', async () => {
    let times = 0;
    const broken = await cluster.addHost('broken');
    broken.containers.keys = () => {
      times++;
      throw new CopaError('unavailable', 'the daemon does not answer');
    };
    const path = names.replace('server1', 'broken');
    const failed = await ask(path);
    expect(failed).toMatchObject({ status: 503 });
    expect(times).toBe(1);
    expect(failed).toEqual(await ask(path, long));
  });
});

/** As they stand on the wire; but time passes. */
function linesOf(raw: readonly string[]): string[] {
  const lines = raw.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${raw[index + 1] ?? ''}`] : []));
  return lines.filter((line) => !line.startsWith('Date: '));
}

// Aim: a path in the map of fixed paths gets the same reply as from the router, every request is counted under its
// route, and a read shows the state at the time it was sent. Method: a whole controller over raw HTTP. The tests in access/
// covers authentication and refusals, rest.test.ts the replies.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { CopaError } from '../../common/errors.js';
import { securityHeaders } from '../../controller/http/request/security-headers.js';
import { etcdObstacle } from '../support/etcd.js';
import { Cluster, type HostDouble } from '../support/cluster.js';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const names = '/REST/container?operation=list_containers&container_pool=server1';

describe.skipIf(etcdObstacle !== undefined)('the request pipeline', () => {
  let cluster: Cluster;
  let host: HostDouble;

  beforeAll(async () => {
    cluster = await Cluster.start();
    host = await cluster.addHost('server1');
    host.containers.set('web', 'Running').set('db', 'Stopped');
  });
  afterAll(() => cluster.stop());

  function send(path: string, method = 'GET', sent: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const { port } = cluster.controller;
    const headers = { 'X-Request-Id': 'mine', ...sent };
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        { host: '127.0.0.1', port, path, method, agent: false, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            const { statusCode: status = 0, headers: received } = response;
            resolve({ status, headers: received as Record<string, string>, text });
          });
        },
      );
      outgoing.on('error', reject).end();
    });
  }

  async function counted(route: string, method: string, status: number): Promise<number> {
    const { text } = await send('/metrics');
    const labels = `{route="${route}",method="${method}",status="${status}"} `;
    const line = text.split('\n').find((each) => each.includes(`_duration_seconds_count${labels}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  }

  test.each([
    ['/REST/pools/', '/REST/pools'],
    [names.replace('?', '/?'), names],
    [names.replace('server1', 'server%31'), names],
    [`${names}&container_name=&image_type=ubuntu`, names],
    ['/docs/', '/docs'],
  ])('%s is answered as %s', async (path, as) => {
    const { status, headers, text } = await send(path);
    expect(status).toBe(200);
    const expected = await send(as);
    expect(text).toBe(expected.text);
    expect({ ...headers, date: '' }).toEqual({ ...expected.headers, date: '' });
  });

  test.each(['/REST/pools', '/REST/migrations/x', '/REST/nothing', '/healthz', '/nothing', '/'])(
    'every answer at %s has its request id and the security headers',
    async (path) => {
      const { headers } = await send(path);
      expect(headers['x-request-id']).toBe('mine');
      for (const [name, value] of Object.entries(securityHeaders))
        expect(headers[name.toLowerCase()]).toBe(value);
      if (path.startsWith('/REST')) expect(headers['cache-control']).toBe('no-store');
    },
  );

  test.each([
    ['/REST/pools', 'DELETE', 405, 'none'],
    ['/REST/pools//', 'GET', 404, 'none'],
    ['/rest/pools', 'GET', 404, 'none'],
    ['/REST/pools', 'HEAD', 200, '/REST/pools'],
    ['/REST/pools', 'OPTIONS', 200, 'none'],
    ['/REST/pools/?limit=0', 'GET', 400, '/REST/pools'],
    ['/REST/container?operation=list', 'GET', 400, '/REST/container'],
    ['/REST/migrations/0123456789abcdef', 'GET', 404, '/REST/migrations/:id'],
  ])('%s by %s is %d, and counted under %s', async (path, method, status, route) => {
    const before = await counted(route, method, status);
    expect((await send(path, method)).status).toBe(status);
    expect(await counted(route, method, status)).toBe(before + 1);
  });

  test.each([
    ['in one piece', [0]],
    ['in several', [20, 90, 200, 210]],
  ])('a request that offers HTTP/2 is served as HTTP/1.1, with its body, %s', async (_, cuts) => {
    const body = 'operation=add&container_pool=h2&ip=203.0.113.9';
    const bytes = Buffer.from(
      'POST /REST/pools HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\n' +
        'Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n' +
        `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const socket = connect(cluster.controller.port, '127.0.0.1');
    let received = '';
    socket.setNoDelay(true).setEncoding('utf8');
    socket.on('data', (part: string) => (received += part));
    for (const [index, from] of cuts.entries()) {
      socket.write(bytes.subarray(index === 0 ? 0 : from, cuts[index + 1]));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await vi.waitFor(() => expect(received).toContain('"success":"Container pool added Successfully"'));
    // The connection continues.
    socket.write('DELETE /REST/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await vi.waitFor(() => expect(received).toMatch(/HTTP\/1.1 200 [^]*HTTP\/1.1 404 /));
    socket.destroy();
    const form = { operation: 'remove', container_pool: 'h2' };
    const { status } = await cluster.client.ask({ method: 'POST', path: '/REST/pools', form });
    expect(status).toBe(200);
  });

  test('a token for other pools gets no name, and only its own pools', async () => {
    const form = { operation: 'create', kind: 'api', name: 'few', role: 'viewer', pools: 'server2' };
    const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    const headers = { Authorization: `Bearer ${(body as { token: string }).token}` };
    expect(await send(names, 'GET', headers)).toMatchObject({ status: 403 });
    const pools = await send('/REST/pools', 'GET', headers);
    expect(pools.text).toBe('{"pools":[],"success":"pools"}');
  });

  test('each reply shows the state at the time of its request', async () => {
    const before = await counted('/REST/container', 'GET', 200);
    for (const name of ['one', 'two', 'three']) {
      host.containers.set(name, 'Stopped');
      expect((await send(names)).text).toContain(`"${name}"`);
      host.containers.delete(name);
      expect((await send(names)).text).not.toContain(`"${name}"`);
    }
    expect(await counted('/REST/container', 'GET', 200)).toBe(before + 6);
  });

  test('a read that fails is sent to the host once', async () => {
    let times = 0;
    const broken = await cluster.addHost('broken');
    broken.containers.keys = () => {
      times++;
      throw new CopaError('unavailable', 'the daemon does not answer');
    };
    expect(await send(names.replace('server1', 'broken'))).toMatchObject({ status: 503 });
    expect(times).toBe(1);
  });
});

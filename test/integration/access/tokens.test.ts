// Aim: beyond loopback, access requires TLS and a token. A token is limited to its role and its pools, and ends. The
// audit log has who did what. Method: whole controllers on one etcd, and a client that sends arbitrary requests.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { CertificateAuthority } from '../../../controller/pki/certificate-authority.js';
import { Store } from '../../../controller/store/store.js';
import { etcdObstacle } from '../../support/etcd.js';
import {
  type Form,
  open,
  ask,
  bearer,
  log,
  etcd,
  cluster,
  other,
  server1,
  ca,
  secrets,
  rest,
  elsewhere,
  tokenOf,
  revoke,
  auditOf,
} from './access.js';

describe.skipIf(etcdObstacle !== undefined)('who may use REST', () => {
  describe('over TLS', () => {
    test('without a token, the only reply is that one is required', async () => {
      for (const path of [
        '/REST/pools',
        '/REST/nothing',
        '/REST',
        '/rest/pools',
        '/metrics',
        '/REST/tokens/',
      ])
        expect(await rest(path)).toMatchObject({
          status: 401,
          headers: { 'www-authenticate': 'Bearer' },
          body: { error: 'a token is needed: send the header "Authorization: Bearer TOKEN"' },
        });
      expect((await rest('/healthz')).status).toBe(200);
    });

    test('a token is only accepted in its header', async () => {
      const token = await tokenOf('header', 'viewer');
      expect((await rest('/REST/pools', bearer(token))).status).toBe(200);
      expect((await rest('/REST/pools', { authorization: `bearer  ${token}` })).status).toBe(200);
      for (const path of [`/REST/pools?token=${token}`, `/REST/pools?access_token=${token}`])
        expect((await rest(path)).status).not.toBe(200);
      const basic = Buffer.from(`x:${token}`).toString('base64');
      for (const wrong of [token, `Basic ${basic}`, `Bearer "${token}"`, `Bearer ${token}x`, 'Bearer '])
        expect((await rest('/REST/pools', { authorization: wrong })).status).not.toBe(200);
    });

    test("the server's certificate is from COPA's CA, for the address and each name", async () => {
      for (const servername of ['localhost', 'copa.example.org']) {
        const socket = connectTls({ port: cluster.controller.port, host: '127.0.0.1', ca, servername });
        await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
        expect(socket.authorized).toBe(true);
        expect(['TLSv1.2', 'TLSv1.3']).toContain(socket.getProtocol());
        socket.destroy();
      }
      const { authority } = await CertificateAuthority.create('somebody else');
      const port = cluster.controller.port;
      await expect(ask({ port, path: '/healthz', ca: authority.certificate })).rejects.toThrow(/certificate/);
    });
  });

  describe('a role', () => {
    const start = { operation: 'start', container_name: 'c1', container_pool: 'server1' };
    const addPool = { operation: 'add', container_pool: 'more', ip: '192.0.2.9' };
    const makeToken = { operation: 'create', name: 'made', role: 'admin' };

    test.each([
      ['viewer', [200, 403, 403, 403, 403]],
      ['operator', [200, 200, 403, 403, 403]],
      ['admin', [200, 200, 200, 200, 200]],
    ])('%s', async (role, expected) => {
      server1.containers.set('c1', 'Stopped');
      const headers = bearer(await tokenOf(`role-${role}`, role));
      const statuses = [
        (await rest('/REST/container?operation=list_containers&container_pool=server1', headers)).status,
        (await rest('/REST/container', headers, start)).status,
        (await rest('/REST/pools', headers, addPool)).status,
        (await rest('/REST/tokens', headers, makeToken)).status,
        (await rest('/REST/audit', headers)).status,
      ];
      expect(statuses).toEqual(expected);
      expect(server1.containers.get('c1')).toBe(role === 'viewer' ? 'Stopped' : 'Running');
      if (role !== 'admin') return;
      await rest('/REST/pools', headers, { operation: 'remove', container_pool: 'more' });
      await revoke('made');
    });

    test('names the missing permission', async () => {
      const headers = bearer(await tokenOf('says', 'viewer'));
      expect((await rest('/REST/container', headers, start)).body).toEqual({
        error: 'token "says" has the role viewer: this needs operator',
      });
    });
  });

  describe('a token confined to a pool', () => {
    let headers: Record<string, string>;
    beforeAll(async () => {
      headers = bearer(await tokenOf('confined', 'admin', { pools: 'server1, later' }));
    });
    const one = { container_name: 'c1', container_pool: 'server1' };
    const move = { ...one, operation: 'migrate', destination_pool: 'server2', dry_run: 'true' };

    test('sees only that pool', async () => {
      expect((await rest('/REST/pools', headers)).body['pools']).toEqual([
        ['server1', cluster.hosts.get('server1')?.agent.address],
      ]);
      const { pools } = (await rest('/REST/overview', headers)).body as { pools: { name: string }[] };
      expect(pools.map(({ name }) => name)).toEqual(['server1']);
      expect((await rest('/REST/image', headers)).status).toBe(200);
      expect((await rest('/REST/migrations', headers)).body['migrations']).toEqual([]);
    });

    test.each<[string, string, Form?]>([
      ['containers of another pool', '/REST/container?operation=list_containers&container_pool=server2'],
      ['its picture', '/REST/overview?container_pool=server2'],
      ['its events', '/REST/events?container_pool=server1,server2'],
      ['its images', '/REST/image?image_pool=server2'],
      ['a move out', '/REST/container', move],
      ['a move in', '/REST/container', { ...move, container_pool: 'server2', destination_pool: 'server1' }],
      ['a pool that there is not', '/REST/container?operation=list_containers&container_pool=nothing'],
      ['adding another pool', '/REST/pools', { operation: 'add', container_pool: 'x', ip: '192.0.2.1' }],
      ['removing another pool', '/REST/pools', { operation: 'remove', container_pool: 'server2' }],
      [
        'tokens, as they could be wider',
        '/REST/tokens',
        { operation: 'create', name: 'wide', role: 'admin' },
      ],
      ['the list of tokens', '/REST/tokens'],
      ['the audit log', '/REST/audit'],
      ['the CA', '/REST/ca', { operation: 'rotate' }],
      ['metrics', '/metrics'],
    ])('is refused %s', async (_what, path, form) => {
      expect(await rest(path, headers, form)).toMatchObject({
        status: 403,
        body: { error: expect.stringContaining('confined to') as string },
      });
    });

    test('does not see a pool by naming it twice, in the query and in the body', async () => {
      const twice = '/REST/container?operation=start&container_pool=server1';
      const answer = await rest(twice, headers, { container_pool: 'server2', container_name: 'c1' });
      expect(answer.status).toBe(400);
    });

    test('may do all of its role there', async () => {
      server1.containers.set('c1', 'Stopped');
      expect((await rest('/REST/container', headers, { ...one, operation: 'start' })).status).toBe(200);
    });
  });

  describe('the end of a token', () => {
    const eventsOf = async (headers: Record<string, string>) => {
      const stream = await open({ port: cluster.controller.port, path: '/REST/events', headers, ca });
      expect(stream.statusCode).toBe(200);
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      const ended = new Promise<string>((resolve) => stream.once('close', () => resolve(text)));
      return { stream, ended };
    };

    test('revoked here, it is void here and on the other controller, and its streams end', async () => {
      const token = await tokenOf('stream', 'viewer');
      const headers = bearer(token);
      const { ended } = await eventsOf(headers);
      await vi.waitFor(async () => expect((await elsewhere('/REST/pools', headers)).status).toBe(200));
      expect((await revoke('stream')).status).toBe(200);
      expect((await rest('/REST/pools', headers)).status).not.toBe(200);
      await vi.waitFor(async () => expect((await elsewhere('/REST/pools', headers)).status).not.toBe(200));
      expect(await ended).toContain('event: bye');
    });

    test('revoked elsewhere, its streams here end', async () => {
      const headers = bearer(await tokenOf('stream2', 'viewer'));
      const { ended } = await eventsOf(headers);
      const form = { operation: 'revoke', name: 'stream2' };
      expect((await other.client.ask({ method: 'POST', path: '/REST/tokens', form })).status).toBe(200);
      await ended;
    });

    test('expired, its streams end', async () => {
      const { ended } = await eventsOf(bearer(await tokenOf('short', 'viewer', { ttl: '1s' })));
      await ended;
    });
  });

  test('failed attempts are limited, without locking out who has a token, and hardly seen in the audit log', async () => {
    const headers = bearer(await tokenOf('patient', 'viewer'));
    const before = (await auditOf()).length;
    const wrong = () => rest('/REST/pools', bearer(`copa_${'0'.repeat(16)}_${'A'.repeat(43)}`));
    let last = await wrong();
    for (let number = 0; number < 30; number++) last = await wrong();
    expect(last).toMatchObject({
      status: 429,
      headers: { 'retry-after': expect.stringMatching(/^[1-9][0-9]?$/) as string },
      body: { error: expect.stringMatching(/^too many failed attempts from 127\.0\.0\.1: wait/) as string },
    });
    expect((await rest('/REST/pools', headers)).status).toBe(200);
    expect((await auditOf()).length - before).toBeLessThanOrEqual(11);
  });

  test('a mistake with a token names the parameter', async () => {
    const form = { operation: 'create', name: 'x', role: 'root' };
    const answer = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: 'role "root" is not valid: a role is one of viewer, operator, admin' },
    });
  });

  test('the audit log has who did what, from where and with what outcome, and no secrets', async () => {
    server1.containers.set('c1', 'Stopped');
    const headers = bearer(await tokenOf('audited', 'operator'));
    const form = { operation: 'start', container_name: 'c1', container_pool: 'server1' };
    await rest('/REST/container', headers, form);
    await rest('/REST/container', headers, { ...form, password: secrets[0] ?? '' });
    await rest('/REST/pools', headers, { operation: 'remove', container_pool: 'server1' });
    await rest('/REST/pools', headers);
    const entries = (await auditOf()).filter(({ who }) => who === 'audited');
    const common = { role: 'operator', from: '127.0.0.1', method: 'POST' };
    expect(entries).toMatchObject([
      { ...common, path: '/REST/container', parameters: form, outcome: 'done', status: 200 },
      { ...common, path: '/REST/container', parameters: form, outcome: 'refused', status: 400 },
      { ...common, path: '/REST/pools', outcome: 'refused', status: 403 },
    ]);
    const made = (await auditOf()).find(({ parameters }) => (parameters as Form)['name'] === 'audited');
    expect(made).toMatchObject({ who: 'local', from: 'local', path: '/REST/tokens', outcome: 'done' });

    const file = join(cluster.config.stateDirectory, 'audit.log');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const store = new Store(etcd.endpoints);
    const inEtcd = JSON.stringify(await store.list('/copa/'));
    store.close();
    expect(secrets.length).toBeGreaterThan(10);
    for (const secret of secrets)
      for (const place of [readFileSync(file, 'utf8'), inEtcd, log.join('')])
        expect(place.includes(secret)).toBe(false);
  });
});

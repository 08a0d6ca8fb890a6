// Aim: beyond loopback, access requires TLS and a token; a token is limited to its role and its pools; loopback is
// open to programs but not to web pages. Method: whole controllers on one etcd, and a client that sends arbitrary
// requests.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localSocketName } from '../../controller/http/serve.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { Store } from '../../controller/store/store.js';
import { etcdObstacle, startEtcd, temporaryDirectory } from '../support/etcd.js';
import { Python, pythonObstacle, readExamples } from '../e2e/examples.js';
import { Cluster, type HostDouble } from '../support/cluster.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

type Form = Readonly<Record<string, string>>;

function open(
  options: RequestOptions & { readonly isPlain?: boolean },
  form?: Form,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { isPlain = false, headers, ...rest } = options;
    const body = form && String(new URLSearchParams(form));
    const type = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
    const outgoing = (isPlain ? httpRequest : httpsRequest)(
      {
        host: '127.0.0.1',
        agent: false,
        method: body === undefined ? 'GET' : 'POST',
        ...rest,
        headers: { ...type, ...(headers as Record<string, string>) },
      },
      resolve,
    );
    outgoing.on('error', reject).end(body);
  });
}

async function ask(options: Parameters<typeof open>[0], form?: Form): Promise<Answer> {
  const response = await open(options, form);
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  const body = response.headers['content-type']?.includes('json')
    ? (JSON.parse(text) as Answer['body'])
    : { text };
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** A move needs real hosts. Its permission is checked in the same way. */
const examples = readExamples().filter(({ code }) => !code.includes('"migrate"'));

describe.skipIf(etcdObstacle !== undefined)('who may use REST', () => {
  const log: string[] = [];
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  /** Serves all addresses, so with TLS; and another controller on the same etcd. */
  let cluster: Cluster;
  let other: Cluster;
  let server1: HostDouble;
  let ca: string;
  const secrets: string[] = [];

  beforeAll(async () => {
    etcd = await startEtcd();
    const settings = { host: '0.0.0.0', hostNames: ['copa.example.org'] };
    const collecting = pino({ level: 'trace' }, { write: (line: string) => void log.push(line) });
    cluster = await Cluster.start(etcd.endpoints, settings, undefined, collecting);
    other = await Cluster.start(etcd.endpoints, { requireToken: true }, cluster);
    server1 = await cluster.addHost('server1');
    await cluster.addHost('server2');
    ca = ((await cluster.client.ask({ path: '/REST/ca' })).body as { bundle: string }).bundle;
  });
  afterAll(async () => {
    await other.stop();
    await cluster.stop();
    await etcd.stop();
  });

  const rest = (path: string, headers: Record<string, string> = {}, form?: Form) =>
    ask({ port: cluster.controller.port, path, headers, ca }, form);
  const elsewhere = (path: string, headers: Record<string, string> = {}, form?: Form) =>
    ask({ port: other.controller.port, path, headers, isPlain: true }, form);

  const tokenOf = async (name: string, role: string, more: Form = {}): Promise<string> => {
    const form = { operation: 'create', name, role, ...more };
    const { status, body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
    if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
    const { token } = body as { token: string };
    secrets.push(token, token.slice(22));
    return token;
  };
  const revoke = (name: string) =>
    cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: { operation: 'revoke', name } });
  const auditOf = async (limit = 1000) => {
    const { body } = await cluster.client.ask({ path: `/REST/audit?limit=${limit}` });
    return (body as { audit: Record<string, unknown>[] }).audit;
  };

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

  describe.skipIf(pythonObstacle !== undefined)("the specification's scripts", () => {
    let scripts: Python;
    let added: { headers: Record<string, string>; ca: string };
    beforeAll(async () => {
      scripts = new Python();
      const file = join(cluster.config.stateDirectory, 'for-clients.crt');
      writeFileSync(file, ca);
      added = { headers: bearer(await tokenOf('scripts', 'admin')), ca: file };
    });
    afterAll(() => scripts.end());

    test('over TLS they run with only the base address and a header added', async () => {
      const url = `https://127.0.0.1:${cluster.controller.port}/REST/`;
      server1.containers.clear();
      expect(examples).toHaveLength(8);
      // In the specification's order, a container is read and started before it is created.
      server1.containers.set('my-container', 'Stopped');
      for (const { code } of examples) {
        if (code.includes('"create"')) server1.containers.clear();
        const { result } = await scripts.run(code, url, undefined, added);
        expect(result, code).not.toHaveProperty('error');
      }
      expect([...server1.containers]).toEqual([['my-container', 'Stopped']]);
      const [{ code } = { code: '' }] = examples;
      expect((await scripts.run(code, url, undefined, { ...added, headers: {} })).result).toHaveProperty(
        'error',
      );
      await expect(scripts.run(code, url)).rejects.toThrow(/CERTIFICATE_VERIFY_FAILED/);
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

  describe('a terminal', () => {
    /** The status of a websocket's handshake. */
    const handshake = (options: {
      readonly token?: string;
      readonly headers?: Record<string, string>;
      readonly pool?: string;
    }) =>
      new Promise<number>((resolve, reject) => {
        const { token, headers = {}, pool = 'server1' } = options;
        const url = `wss://127.0.0.1:${cluster.controller.port}/REST/exec?container_pool=${pool}&container_name=c1`;
        const protocols = ['copa.exec', ...(token === undefined ? [] : [`copa.bearer.${token}`])];
        const socket = new WebSocket(url, protocols, { ca, headers });
        socket.on('open', () => {
          resolve(101);
          socket.close();
        });
        socket.on('unexpected-response', (_request, response) => {
          resolve(response.statusCode ?? 0);
          socket.terminate();
        });
        socket.on('error', reject);
      });

    test('goes through the same door, its token a subprotocol, as browsers can send no header', async () => {
      const operator = await tokenOf('terminal', 'operator', { pools: 'server1' });
      const viewer = await tokenOf('looks-on', 'viewer');
      expect(await handshake({})).not.toBe(101);
      expect(await handshake({ token: `${operator}x` })).not.toBe(101);
      expect(await handshake({ token: viewer })).toBe(403);
      expect(await handshake({ token: operator, pool: 'server2' })).toBe(403);
      expect(await handshake({ token: operator, headers: { Origin: 'https://evil.example' } })).not.toBe(101);
      expect(await handshake({ token: operator })).toBe(101);
      expect(await handshake({ headers: bearer(operator) })).toBe(101);
      await vi.waitFor(async () => {
        const outcomes = (await auditOf())
          .filter(({ who }) => who === 'terminal')
          .map(({ outcome }) => outcome);
        expect(outcomes.sort()).toEqual(['closed', 'closed', 'opened', 'opened', 'refused']);
      });
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

  test('every answer has the headers that protect browsers', async () => {
    for (const path of ['/REST/pools', '/healthz', '/nothing', '/'])
      expect((await rest(path)).headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string,
      });
    expect((await rest('/REST/pools')).headers['cache-control']).toBe('no-store');
  });

  describe("the controller's own socket", () => {
    test('is accessible only to its user', () => {
      const { mode } = statSync(join(cluster.config.stateDirectory, localSocketName));
      expect(mode & 0o777).toBe(0o600);
    });

    test('accepts a token as well, and then only its permissions', async () => {
      const token = await tokenOf('by-socket', 'viewer');
      const form = { operation: 'remove', container_pool: 'server1' };
      const answer = await cluster.client.ask({
        method: 'POST',
        path: '/REST/pools',
        form,
        headers: bearer(token),
      });
      expect(answer.status).toBe(403);
    });
  });

  describe('on loopback, open', () => {
    let open: Cluster;
    beforeAll(async () => {
      const stateDirectory = await temporaryDirectory();
      // As a killed controller leaves it.
      writeFileSync(join(stateDirectory, localSocketName), '');
      open = await Cluster.start(etcd.endpoints, { stateDirectory }, cluster);
    });
    afterAll(() => open.stop());
    const local = (headers: Record<string, string>, form?: Form, path = '/REST/pools') =>
      ask({ port: open.controller.port, path, isPlain: true, headers }, form);
    const remove = { operation: 'remove', container_pool: 'nothing' };

    test('scripts are served at any of its addresses and names', async () => {
      for (const host of ['127.0.0.1:1', 'localhost', '[::1]:8000', '192.0.2.1'])
        expect((await local({ host }, remove)).status).toBe(404);
      expect((await local({ authorization: 'Basic eDp5' }, remove)).status).toBe(404);
    });

    test('its own socket has replaced that of a killed controller', async () => {
      expect(statSync(join(open.config.stateDirectory, localSocketName)).isSocket()).toBe(true);
      const socketPath = join(open.config.stateDirectory, localSocketName);
      expect((await ask({ socketPath, path: '/REST/tokens', isPlain: true })).status).toBe(200);
    });

    test('a page that this controller serves may use it', async () => {
      const host = `127.0.0.1:${open.controller.port}`;
      expect(
        (await local({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, remove)).status,
      ).toBe(404);
    });

    test.each<[string, Record<string, string>]>([
      ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['a form of another site in an old browser', { origin: 'https://evil.example' }],
      ['a form of a page on another port', { origin: 'http://127.0.0.1:1' }],
      ['a page whose name was given this address', { host: 'evil.example', origin: 'http://evil.example' }],
      ['the same, just looking', { host: 'evil.example' }],
    ])('%s is refused', async (_what, headers) => {
      for (const form of [undefined, remove]) expect((await local(headers, form)).status).toBe(403);
    });

    test('a given token counts, also where none is required', async () => {
      const headers = bearer(await tokenOf('on-loopback', 'viewer'));
      await vi.waitFor(async () => expect((await local(headers)).status).toBe(200));
      expect((await local(headers, remove)).status).toBe(403);
      expect((await local(bearer('copa_wrong'))).status).not.toBe(200);
    });
  });

  test.each([
    ['', /everyone who reaches 0\.0\.0\.0:0 controls all hosts/, 200],
    ['and with tokens', /network path to 0\.0\.0\.0:0 can read the traffic, tokens included/, 401],
  ])('insecure%s is logged at every start', async (how, message, status) => {
    const lines: string[] = [];
    const warnings = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const settings = { host: '0.0.0.0', insecure: true, requireToken: how !== '' };
    const bed = await Cluster.start(etcd.endpoints, settings, cluster, warnings);
    expect(lines.join('')).toMatch(message);
    expect((await ask({ port: bed.controller.port, path: '/REST/pools', isPlain: true })).status).toBe(
      status,
    );
    await bed.stop();
  });

  test("an operator's certificate is used, and an unusable one prevents the controller's start", async () => {
    const { authority } = await CertificateAuthority.create("the operator's CA");
    const order = { commonName: 'x', names: [{ type: 'ip' as const, value: '127.0.0.1' }] };
    const [one, another] = [await authority.sign(order), await authority.sign(order)];
    const file = (name: string) => join(cluster.config.stateDirectory, name);
    for (const [name, content] of [
      ['cert', one.cert],
      ['key', one.key],
      ['other', another.key],
    ] as const)
      writeFileSync(file(name), content);
    const tls = { cert: file('cert'), key: file('key') };
    const own = await Cluster.start(etcd.endpoints, { host: '0.0.0.0', tls }, cluster);
    const answer = await ask({ port: own.controller.port, path: '/REST/pools', ca: authority.certificate });
    expect(answer.status).toBe(401);
    await own.stop();
    const mixed = { host: '0.0.0.0', tls: { ...tls, key: file('other') } };
    await expect(Cluster.start(etcd.endpoints, mixed, cluster)).rejects.toThrow(/it is not the key of/);
  });
});

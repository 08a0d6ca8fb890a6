// Aim: REST refuses attacks, logs who and why, and continues to serve.
// Method: each row is one attack on a whole controller, with the expected log line. After each a normal request has
// to succeed.
import { createConnection } from 'node:net';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { etcdObstacle } from '../../support/etcd.js';
import { drip, ends, logged, plain, replyOn, secure, type Refusal } from './attack.js';
import { admin, ask, bearer, cluster, create, goesOn, joinAddress, rest } from './controller.js';

const wire = (head: string, body = '') =>
  secure(rest, {}, `${head}\r\nHost: x\r\nAuthorization: Bearer ${admin}\r\n${body}`);

const unknown = `copa_${'0'.repeat(16)}_${'A'.repeat(43)}`;
const form = (more: Record<string, string>) => String(new URLSearchParams(more));
const start = { operation: 'start', container_pool: 'p' };

describe.skipIf(etcdObstacle !== undefined)('REST', () => {
  let slow: Promise<unknown>;

  beforeAll(() => {
    // They are slow, while all the others connect and disconnect.
    const half = Buffer.from([0x16, 3, 1]);
    const tls = (address: string) => connect({ ...ends(address), rejectUnauthorized: false });
    slow = Promise.all([
      replyOn(createConnection(ends(rest)), half),
      replyOn(createConnection(ends(joinAddress)), half),
      drip(tls(rest), 'GET /clock HTTP/1.1 '),
      drip(tls(joinAddress), 'GET /clock HTTP/1.1 '),
    ]);
  });

  test.each<[string, () => Promise<number>, number, Omit<Refusal, 'msg'>]>([
    ['no token', () => ask('/REST/pools'), 401, { reason: /GET \/REST\/pools: 401 a token is needed/ }],
    [
      'a token that nobody made',
      () => ask('/REST/pools', bearer(unknown)),
      401,
      { reason: /401 this token is not valid/ },
    ],
    [
      'a page of another site',
      () => ask('/REST/pools', { ...bearer(admin), Origin: 'https://evil.example' }),
      403,
      { reason: /403 a page of another site/ },
    ],
    [
      'a path that climbs',
      () => ask('/REST/%2e%2e/%2e%2e/etc/passwd', bearer(admin)),
      404,
      { who: 'admin', reason: /%2e%2e.*404 there is nothing at/ },
    ],
    [
      'a path that climbs, of the page',
      () => ask('/assets/..%2f..%2fetc/passwd', bearer(admin)),
      404,
      { reason: /etc\/passwd: 404/ },
    ],
    [
      'a name that is a path',
      () => ask('/REST/container', bearer(admin), form({ ...start, container_name: '../../x' })),
      400,
      { who: 'admin', reason: /400 container_name ".*" is not valid/ },
    ],
    [
      'a name with a line of a log in it',
      () => ask('/REST/container', bearer(admin), form({ ...start, container_name: 'x\n{"level":30}' })),
      400,
      { who: 'admin', reason: /400 container_name/ },
    ],
    [
      'a parameter twice',
      () => ask('/REST/container?container_pool=p', bearer(admin), form({ ...start, container_name: 'x' })),
      400,
      { who: 'admin', reason: /400 .*container_pool/ },
    ],
    [
      'a body that is too long',
      () => ask('/REST/container', bearer(admin), `operation=${'x'.repeat(2_000_000)}`),
      413,
      { who: 'admin', reason: /413/ },
    ],
  ])('REST: %s', async (_name, play, status, refusal) => {
    expect(await play()).toBe(status);
    await logged({ msg: 'refused', ...refusal });
    await goesOn();
  });

  test('REST: a role without the permission', async () => {
    const viewer = await create({ name: 'looks-on', role: 'viewer' });
    const add = form({ operation: 'add', container_pool: 'x', ip: '192.0.2.1' });
    expect(await ask('/REST/pools', bearer(viewer), add)).toBe(403);
    await logged({ msg: 'refused', who: 'looks-on', reason: /403 token "looks-on" has the role viewer/ });
    await goesOn();
  });

  test('REST: an expired token, and a revoked one', async () => {
    const short = await create({ name: 'short', role: 'viewer', ttl: '1s' });
    const revoked = await create({ name: 'revoked', role: 'viewer' });
    const revoke = { operation: 'revoke', name: 'revoked' };
    await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: revoke });
    await vi.waitFor(async () => expect(await ask('/REST/overview', bearer(revoked))).toBeGreaterThan(400));
    await vi.waitFor(
      async () => expect(await ask('/REST/migrations', bearer(short))).toBeGreaterThan(400),
      5000,
    );
    await logged({ msg: 'refused', reason: /\/REST\/overview: 4/ });
    await logged({ msg: 'refused', reason: /\/REST\/migrations: 4/ });
    await goesOn();
  });

  test.each<[string, () => Promise<string>, RegExp, RegExp]>([
    [
      'headers without end',
      () => wire(`GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`),
      /^HTTP\/1.1 431/,
      /headers are too long/,
    ],
    [
      'a header with a line in it',
      () => wire('GET / HTTP/1.1\r\nX: a\rSet-Cookie: b'),
      /^HTTP\/1.1 400/,
      /well-formed/,
    ],
    [
      'two lengths',
      () => wire('POST /REST/pools HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked'),
      /^HTTP\/1.1 400/,
      /well-formed/,
    ],
    ['no TLS', () => plain(rest), /^$/, /^speaks HTTP, and not TLS$/],
    [
      'an old TLS',
      () =>
        replyOn(
          connect({
            ...ends(rest),
            maxVersion: 'TLSv1.1',
            minVersion: 'TLSv1',
            ciphers: 'ALL:@SECLEVEL=0',
            rejectUnauthorized: false,
          }),
          '',
        ),
      /^$/,
      /older TLS/,
    ],
  ])('REST, on the wire: %s', async (_name, play, answer, reason) => {
    expect(await play()).toMatch(answer);
    await logged({ msg: 'refused', reason });
    await goesOn();
  });

  test('slow ones: half a greeting, and headers with a byte per second', async () => {
    await slow;
    const handshake = /^did not finish the TLS handshake in time$/;
    await logged({ msg: 'refused', reason: handshake });
    await logged({ msg: 'a join was refused', reason: handshake });
    await logged({ msg: 'refused', reason: /did not arrive in time/ });
    await logged({ msg: 'a join was refused', reason: /no well-formed HTTP in time/ });
    await goesOn();
  }, 30_000);
});

// Aim: the port on which hosts join refuses attacks, logs why, and continues to serve.
// Method: each row is one attack on a whole controller, with the expected log line.
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, test, vi } from 'vitest';
import { joinController } from '../../../agent/enrollment/join.js';
import { createSigningRequest } from '../../../common/pki/csr.js';
import { decodeJoinToken, encodeJoinToken, type JoinToken } from '../../../common/pki/enrollment.js';
import { etcdObstacle } from '../../support/etcd.js';
import { failureOf } from '../../support/failures.js';
import { ends, logged, plain, replyOn, secure } from './attack.js';
import { cluster, create, directory, goesOn, joinAddress } from './controller.js';

let hosts = 0;

describe.skipIf(etcdObstacle !== undefined)('joining', () => {
  const host = (token: string, name: string | undefined = `host${++hosts}`) =>
    joinController({
      token,
      identity: join(directory, `identity${hosts}`),
      socket: join(directory, 'socket'),
      name,
      address: `127.0.1.${hosts}`,
      port: 8001,
      again: false,
    });
  const edited = (token: string, change: Partial<JoinToken>) =>
    encodeJoinToken({ ...decodeJoinToken(token), ...change });

  test.each<[string, () => Promise<unknown>, RegExp, RegExp]>([
    [
      'a token a second time',
      async () => {
        const token = await create({ kind: 'join' });
        await host(token);
        return host(token);
      },
      /^failed_precondition: .*used already/,
      /used already, by pool "host/,
    ],
    [
      'a token with another secret',
      async () => host(edited(await create({ kind: 'join' }), { secret: 'x'.repeat(43) })),
      /^permission_denied: .*is unknown here/,
      /is unknown here/,
    ],
    [
      'a token that was made for another pool',
      async () => {
        const token = await create({ kind: 'join', container_pool: 'this' });
        return host(edited(token, { pool: 'that' }), 'that');
      },
      /^permission_denied: /,
      /is for pool "this", not for "that"/,
    ],
    [
      'an expired token',
      async () => {
        const token = await create({ kind: 'join', ttl: '1s' });
        await new Promise((resolve) => setTimeout(resolve, 1100));
        return host(token);
      },
      /^failed_precondition: .*expired at/,
      /expired at/,
    ],
  ])('%s', async (_name, play, failure, reason) => {
    expect(await failureOf(play)).toMatch(failure);
    await logged({ msg: 'a join was refused', reason });
    await goesOn();
  });

  test('a request to join that is sent again after its pool was removed', async () => {
    const { id, secret } = decodeJoinToken(await create({ kind: 'join' }));
    const { request } = await createSigningRequest();
    const replayed = JSON.stringify({ id, secret, pool: 'replayed', address: '127.0.9.9', request });
    expect(await post(replayed)).toMatch(/^HTTP\/1.1 200 /);
    // Its host may not have got the answer.
    expect(await post(replayed)).toMatch(/^HTTP\/1.1 200 /);
    const removal = { operation: 'delete', container_pool: 'replayed' };
    const removed = await cluster.client.ask({ method: 'POST', path: '/REST/pools', form: removal });
    expect(removed.status).toBe(200);
    for (let again = 0; again < 2; again++) {
      expect(await post(replayed)).toMatch(/^HTTP\/1.1 409 [^]*used already, by pool \\"replayed\\"/);
    }
    await logged({ msg: 'a join was refused', reason: /used already, by pool "replayed"/ });
    const { body } = await cluster.client.ask({ path: '/REST/pools' });
    expect(JSON.stringify(body)).not.toContain('replayed');
    await goesOn();
  });

  const post = (body: string) =>
    secure(
      joinAddress,
      {},
      `POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );

  test.each<[string, () => Promise<string>, RegExp, RegExp]>([
    [
      'a path that climbs',
      () => secure(joinAddress, {}, 'GET /../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n'),
      /^HTTP\/1.1 404/,
      /hosts join here/,
    ],
    [
      'a name that is a path',
      () =>
        post(
          JSON.stringify({
            id: '0'.repeat(16),
            secret: 'x'.repeat(43),
            pool: '../x',
            address: '1.1.1.1',
            request: '',
          }),
        ),
      /^HTTP\/1.1 400/,
      /pool/,
    ],
    [
      'a body that is too long',
      () => post('x'.repeat(20_000)),
      /^(HTTP\/1.1 400|$)/,
      /more than 16384 bytes/,
    ],
    ['plaintext', () => plain(joinAddress), /^$/, /^speaks HTTP, and not TLS$/],
    [
      'an old TLS',
      () => replyOn(connect({ ...ends(joinAddress), maxVersion: 'TLSv1.2', rejectUnauthorized: false }), ''),
      /^$/,
      /older TLS/,
    ],
  ])('%s', async (_name, play, answer, reason) => {
    expect(await play()).toMatch(answer);
    await logged({ msg: 'a join was refused', reason });
    await goesOn();
  });

  test('guessing: after ten failures the replies explain nothing, and a valid token still works', async () => {
    for (let guess = 0; guess < 12; guess++) await post('{}');
    expect(await post('{}')).toMatch(/^HTTP\/1.1 429 [^]*"code":"resource_exhausted"/);
    await logged({ msg: 'a join was refused', reason: /^too many joins from this address were refused/ });
    expect(await host(await create({ kind: 'join' }))).toMatchObject({ pool: `host${hosts}` });
    await goesOn();
  });

  test('too many connections', async () => {
    const sockets = Array.from({ length: 20 }, () => createConnection(ends(joinAddress)));
    for (const socket of sockets) socket.on('error', () => undefined);
    await logged({ msg: 'a join was refused', reason: /^too many connections at a time$/ });
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(goesOn, { timeout: 5000 });
  });
});

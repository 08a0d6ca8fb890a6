// Aim: an agent refuses connections of strangers on both ports, logs who they are, and continues to serve.
// Method: each row is one attack on a real agent, with the expected log line. After each a normal call has to succeed.
import { createConnection } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { agent, call, goesOn, of } from './agent.js';
import { drip, ends, lines, logged, plain, replyOn, secure, type Refusal } from './attack.js';

let slow: Promise<string[]>;

beforeAll(() => {
  // They are slow, while all the others connect and disconnect.
  const greeting = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaa';
  slow = Promise.all([
    replyOn(createConnection(ends(agent.address)), ''),
    drip(createConnection(ends(agent.streamAddress)), greeting),
    secure(agent.streamAddress, of('three')),
    drip(connect({ ...ends(agent.streamAddress), ...of('two'), rejectUnauthorized: false }), '{"ticket":'),
  ]);
});

describe.each([
  ['gRPC', 'controller', 'connection refused', () => agent.address],
  ['stream', 'two', 'stream refused', () => agent.streamAddress],
] as const)('%s', (_, role, msg, address) => {
  const uri = role === 'controller' ? 'copa://controller/c' : 'copa://agent/two';
  test.each<[string, () => Promise<string>, Omit<Refusal, 'msg'>]>([
    ['no certificate', () => secure(address(), {}, 'x'), { reason: /^shows no certificate$/ }],
    [
      "another CA's certificate",
      () => secure(address(), of(`foreign ${role}`), 'x'),
      { who: `unknown, says ${uri}`, reason: /not from a trusted CA/ },
    ],
    [
      'an expired certificate',
      () => secure(address(), of(`expired ${role}`), 'x'),
      { who: `unknown, says ${uri}`, reason: /the certificate has expired: it was valid until/ },
    ],
    [
      'a certificate of our CA for something else',
      () => secure(address(), of('web server'), 'x\n'),
      { reason: /has no identity of COPA/ },
    ],
    [
      'a revoked certificate',
      () => secure(address(), of('gone'), 'x\n'),
      { who: 'copa://agent/gone', reason: /certificate of copa:\/\/agent\/gone was revoked/ },
    ],
    ['plaintext', () => plain(address()), { reason: /^speaks HTTP, and not TLS$/ }],
    ['plaintext HTTP/2', () => plain(address(), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), { reason: /TLS/ }],
    [
      'an old TLS',
      () => replyOn(connect({ ...ends(address()), maxVersion: 'TLSv1.2', rejectUnauthorized: false }), ''),
      { reason: /older TLS/ },
    ],
  ])('%s', async (_name, play, refusal) => {
    const words = await play();
    // A peer with a certificate of COPA's CA may get the reason, in one line.
    expect(words).toMatch(/^(\{"error":".*"\}\n)?$/);
    await logged({ msg, ...refusal });
    await goesOn();
  });
});

test("gRPC: an agent's certificate used as a controller's", async () => {
  const refused = call(of('two'), 600).call('DescribeHost', {}, { deadlineMs: 5000 });
  expect(await failureOf(() => refused)).toMatch(/^unavailable/);
  const reason = /^only a controller may command this agent/;
  await logged({ msg: 'connection refused', who: 'copa://agent/two', reason });
  await goesOn();
});

test('gRPC: more connections than all controllers need', async () => {
  const sockets: TLSSocket[] = [];
  for (let one = 0; one < 70; one++) {
    const as = { ...of('controller'), ALPNProtocols: ['h2'], rejectUnauthorized: false };
    const socket = connect({ ...ends(agent.address), ...as });
    socket.on('error', () => undefined);
    sockets.push(socket);
    await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
  }
  const reason = /^there are 64 connections already$/;
  await logged({ msg: 'connection refused', who: 'copa://controller/c', reason });
  for (const socket of sockets) socket.destroy();
  await vi.waitFor(goesOn, { timeout: 10_000 });
}, 20_000);

test('endless ones: a greeting without end, and too many connections', async () => {
  expect(await secure(agent.streamAddress, of('two'), 'x'.repeat(5_000))).toMatch(/error/);
  await logged({ msg: 'stream refused', who: 'copa://agent/two', reason: /a line of more than/ });
  for (const [address, msg] of [
    [agent.streamAddress, 'stream refused'],
    [agent.address, 'connection refused'],
  ] as const) {
    const sockets = Array.from({ length: 70 }, () => createConnection(ends(address)));
    for (const each of sockets) each.on('error', () => undefined);
    await logged({ msg, reason: /^too many unauthenticated connections$/ });
    // Clients from elsewhere are served meanwhile.
    const socket = createConnection({ ...ends(address), localAddress: '127.0.0.2' });
    const other = connect({ socket, ...of('two'), rejectUnauthorized: false });
    await new Promise((resolve, reject) => other.once('secureConnect', resolve).once('error', reject));
    other.destroy();
    for (const each of sockets) each.destroy();
    await vi.waitFor(goesOn, { timeout: 5000 });
  }
}, 20_000);

test('slow ones: no data, half of a greeting, no ticket, or a byte per second', async () => {
  expect((await slow).slice(0, 2)).toEqual(['', '']);
  const reason = /^did not finish the TLS handshake in time$/;
  await logged({ msg: 'connection refused', reason });
  await logged({ msg: 'stream refused', reason });
  const silent = /^sent no valid request within 5 s$/;
  for (const name of ['two', 'three']) {
    await logged({ msg: 'stream refused', who: `copa://agent/${name}`, reason: silent });
  }
  await goesOn();
}, 20_000);

test('a hundred times the same refusal is one line', async () => {
  lines.length = 0;
  for (let time = 0; time < 100; time++) await plain(agent.streamAddress);
  expect(lines.filter(({ msg }) => msg === 'stream refused').length).toBeLessThanOrEqual(1);
  await goesOn();
});

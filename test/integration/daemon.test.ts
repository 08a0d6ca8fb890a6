// Aim: whatever a daemon does with a request, the caller gets a reply or an error in time. Method: the client of the
// daemon over a fake LXD that answers, delays or disconnects as the test requires.
import { createServer } from 'node:net';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LxdClient } from '../../agent/lxd/client.js';
import { FakeLxd, failure, sync, type Answering } from '../support/fakes/lxd.js';
import { failureOf } from '../support/failures.js';

let directory: string;
let socket: string;
let lxd: LxdClient;
const undo: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'copa-'));
  socket = join(directory, 'socket');
  lxd = new LxdClient(socket);
});
afterEach(async () => {
  await lxd.close();
  for (const step of undo.splice(0)) await step();
  await rm(directory, { recursive: true });
});

async function serve(answer: Answering): Promise<FakeLxd> {
  const fake = await FakeLxd.start(socket, answer);
  undo.push(() => fake.close());
  return fake;
}

test('a long reply arrives complete, with any characters', async () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `/1.0/instances/ä${index}`);
  await serve(() => sync(names));
  expect(await lxd.get('/1.0/instances')).toEqual(names);
});

test("a request's body arrives", async () => {
  const fake = await serve(() => sync({ id: '1' }));
  await lxd.request('PUT', '/1.0/instances/c1', { body: { config: { a: 'ü' } }, etag: 'x' });
  expect(fake.requests).toEqual([{ method: 'PUT', path: '/1.0/instances/c1', body: { config: { a: 'ü' } } }]);
});

test('its errors have its code and its message', async () => {
  await serve(() => failure(404, 'no such thing'));
  expect(await failureOf(() => lxd.get('/1.0/instances/c1'))).toBe('not_found: no such thing');
});

test('a request times out, and the next one gets its reply', async () => {
  await serve(({ path }) => (path === '/slow' ? undefined : sync('here')));
  expect(await failureOf(() => lxd.get('/slow', 50))).toBe(
    'deadline_exceeded: the daemon took more than 50 ms',
  );
  expect(await lxd.get('/fast')).toBe('here');
});

test('a request without a connection times out too, and is not sent later', async () => {
  const fake = await serve(({ path }) => (path === '/after' ? sync('here') : undefined));
  const ask = (count: number, timeoutMs: number) =>
    Array.from({ length: count }, () => failureOf(() => lxd.get('/slow', timeoutMs)));
  const told = await Promise.all([...ask(64, 300), ...ask(6, 100)]);
  expect([...new Set(told)]).toEqual(
    [300, 100].map((ms) => `deadline_exceeded: the daemon took more than ${ms} ms`),
  );
  expect(await lxd.get('/after')).toBe('here');
  expect(fake.requests.length).toBe(64 + 1);
});

test('a missing daemon, or a broken connection, is unavailable', async () => {
  expect(await failureOf(() => lxd.get('/1.0'))).toMatch(/^unavailable: the daemon at .* does not answer: /);
  const rude = createServer((connection) =>
    connection.once('data', () => connection.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"type":')),
  );
  await once(rude.listen(socket), 'listening');
  undo.push(() => new Promise((resolve) => rude.close(resolve)));
  expect(await failureOf(() => lxd.get('/1.0'))).toMatch(/^unavailable: the daemon at .* does not answer: /);
});

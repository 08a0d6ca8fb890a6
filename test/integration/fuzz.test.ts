// Aim: no input makes the controller fail (500), crash, or change data wrongly. Method: thousands of random requests
// from valid and invalid parts, over persistent connections; the seed is printed, and COPA_FUZZ_SEED repeats a run.
// The same on the wire with random bytes.
import fc from 'fast-check';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { etcdObstacle, startEtcd } from '../support/etcd.js';
import { Cluster, type Answer, type Request } from '../support/cluster.js';

const requests = 10_000;
const seed = Number(process.env['COPA_FUZZ_SEED'] ?? Date.now() % 2 ** 31);
/** Limit on concurrent requests. */
const atOnce = 16;

const names = fc.constantFrom(
  ...['operation', 'container_name', 'container_pool', 'destination_pool', 'image_type', 'ip', 'image_pool'],
  ...[
    'stop_timeout',
    'name',
    'role',
    'ttl',
    'pools',
    'kind',
    'new_name',
    'command',
    'timeout',
    'width',
    'snapshot_name',
    'cpu',
    'memory',
    'live',
    'dry_run',
    'limit',
    '__proto__',
    'constructor',
    'toString',
    'then',
    '',
    'a[b]',
    'a.b',
  ],
);
const operations = fc.constantFrom(
  ...['add', 'delete', 'remove', 'start', 'stop', 'freeze', 'unfreeze', 'create', 'migrate', 'information'],
  ...[
    'exec',
    'restart',
    'rename',
    'copy',
    'limits',
    'snapshot',
    'restore',
    'delete_snapshot',
    'list_snapshots',
  ],
  ...['console_log', 'list_containers', 'ADD', ' add', 'valueOf', '__proto__', 'revoke', ''],
);
/** None of them is an address, so no random request adds a pool. */
const senseless = fc.oneof(
  fc.constantFrom(
    '../..',
    'a/b',
    'a\0b',
    '..',
    '-',
    'x'.repeat(300),
    'пул',
    '💥',
    'a\r\nb: c',
    '%00',
    '1.1.1',
    '1e9',
  ),
  fc.constantFrom(
    '0.0.0.0',
    '255.255.255.255',
    '1.1.1.1:99999',
    '::1',
    'null',
    '{}',
    '[]',
    '-1',
    '3601',
    ' ',
    '\\',
    '"',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => `?${text}`),
);
const values = fc.oneof(
  { arbitrary: senseless, weight: 5 },
  { arbitrary: fc.constantFrom('c1', '5', 'true', 'viewer', 'api', '1s'), weight: 2 },
);
const pair = fc.oneof(
  { arbitrary: fc.tuple(fc.constant('operation'), operations), weight: 3 },
  { arbitrary: fc.tuple(fc.constantFrom('container_pool', 'image_pool'), fc.constant('server1')), weight: 1 },
  { arbitrary: fc.tuple(names, values), weight: 5 },
);
const pairs = fc.array(pair, { maxLength: 6 });
const paths = fc.oneof(
  {
    arbitrary: fc.constantFrom(
      '/REST/pools',
      '/REST/container',
      '/REST/image',
      '/REST/exec',
      '/REST/migrations',
      '/REST/tokens',
      '/REST/audit',
      '/REST/backup',
      '/REST/controllers',
    ),
    weight: 8,
  },
  {
    arbitrary: fc.constantFrom('/', '/REST', '/REST//pools', '/REST/pools/%2e%2e', '/REST/migrations/x', '*'),
    weight: 1,
  },
  { arbitrary: fc.webPath().map((path) => `/${path.replace(/^\//, '')}`), weight: 1 },
);
const methods = fc.oneof(
  { arbitrary: fc.constantFrom('GET', 'POST'), weight: 8 },
  { arbitrary: fc.constantFrom('PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'), weight: 1 },
);

const jsonType = 'application/json';
const formType = 'application/x-www-form-urlencoded';
const nested = fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value));
const bodies: fc.Arbitrary<{ body?: string | Buffer; headers?: Record<string, string> }> = fc.oneof(
  fc.constant({}),
  pairs.map((list) => ({ body: formOf(list), headers: { 'Content-Type': formType } })),
  pairs.map((list) => ({
    body: JSON.stringify(Object.fromEntries(list)),
    headers: { 'Content-Type': jsonType },
  })),
  nested.map((body) => ({ body, headers: { 'Content-Type': jsonType } })),
  fc.record({ key: names, value: nested }).map(({ key, value }) => ({
    body: `{${JSON.stringify(key)}:${value},"operation":"start"}`,
    headers: { 'Content-Type': jsonType },
  })),
  fc.record({ text: nested, cut: fc.nat(20) }).map(({ text, cut }) => ({
    body: text.slice(0, cut),
    headers: { 'Content-Type': jsonType },
  })),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => ({
    body: Buffer.from(bytes),
    headers: { 'Content-Type': formType, 'Content-Encoding': 'gzip' },
  })),
  pairs.map((list) => ({
    body: gzipSync(formOf(list)),
    headers: { 'Content-Type': formType, 'Content-Encoding': 'gzip' },
  })),
  fc
    .record({
      bytes: fc.uint8Array({ maxLength: 200 }),
      type: fc.constantFrom(jsonType, formType, 'text/plain', 'x', '/'),
    })
    .map(({ bytes, type }) => ({ body: Buffer.from(bytes), headers: { 'Content-Type': type } })),
);
/** The parameters of an operation besides its container. */
const more = (operation: string): Record<string, string> => {
  if (operation === 'rename' || operation === 'copy') return { new_name: 'c1' };
  if (operation === 'exec') return { command: 'true' };
  if (operation === 'limits') return { cpu: '1' };
  return ['snapshot', 'restore', 'delete_snapshot'].includes(operation) ? { snapshot_name: 's1' } : {};
};
/** Well-formed, so that random requests also reach the hosts. */
const wellFormed: fc.Arbitrary<Request> = operations.map((operation) => ({
  method: 'POST',
  path: '/REST/container',
  json: {
    operation,
    container_name: 'c1',
    container_pool: 'server1',
    image_type: 'ubuntu',
    ...more(operation),
  },
}));
/** Created, revoked, created again: there are few names, so that they collide. */
const tokenOrder: fc.Arbitrary<Request> = fc
  .record({
    operation: fc.constantFrom('create', 'revoke'),
    name: fc.constantFrom('t1', 't2', 't3'),
    role: fc.constantFrom('viewer', 'admin'),
  })
  .map(({ operation, name, role }) => ({
    method: 'POST',
    path: '/REST/tokens',
    json: operation === 'create' ? { operation, name, role } : { operation, name },
  }));
/** Values in the place of a token. None of them is one. */
const credentials = fc.oneof(
  fc.constantFrom(
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'bearer copa_',
    'Basic eDp5',
    'Bearer copa_',
    'Bearer \u00ff',
  ),
  fc.constant(`Bearer copa_${'0'.repeat(16)}_${'A'.repeat(43)}`),
  fc.webPath().map((text) => `Bearer ${text}`),
);
const withCredentials: fc.Arbitrary<Request> = fc
  .record({ path: paths, Authorization: credentials, method: methods })
  .map(({ path, Authorization, method }) => ({ method, path, headers: { Authorization } }));
const anything: fc.Arbitrary<Request> = fc
  .record({ method: methods, path: paths, slash: fc.constantFrom('', '/'), query: pairs, sent: bodies })
  .map(({ method, path, slash, query, sent }) => ({
    method,
    path: `${path}${path === '*' ? '' : slash}${query.length > 0 ? `?${formOf(query)}` : ''}`,
    ...sent,
  }));

const request = fc.oneof(
  { arbitrary: anything, weight: 16 },
  { arbitrary: wellFormed, weight: 2 },
  { arbitrary: tokenOrder, weight: 1 },
  { arbitrary: withCredentials, weight: 1 },
);

function hasRemovedPool({ status, body }: Answer): boolean {
  const removed = 'Container pool removed successfully.';
  return status === 200 && (body as { success?: string } | undefined)?.success === removed;
}

function formOf(list: readonly (readonly [string, string])[]): string {
  return String(new URLSearchParams(list.map(([name, value]): [string, string] => [name, value])));
}

describe.skipIf(etcdObstacle !== undefined)(`random requests (COPA_FUZZ_SEED=${seed})`, () => {
  let cluster: Cluster;
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  const pools = () => cluster.client.ask({ path: '/REST/pools' });

  beforeAll(async () => {
    etcd = await startEtcd();
    cluster = await Cluster.start(etcd.endpoints);
    const host = await cluster.addHost('server1');
    host.containers.set('c1', 'Stopped');
  });
  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
  });

  test(
    `${requests} of them are answered, none with 500, and only a valid removal changes the pools`,
    { timeout: 120_000 },
    async () => {
      const before = await pools();
      const queue = fc.sample(request, { numRuns: requests, seed }).values();
      const counts = new Map<number, number>();
      let expected = before.body;
      const work = async () => {
        for (const next of queue) {
          const answer = await cluster.client.ask(next).catch((error: unknown) => {
            throw new Error(`no answer to ${JSON.stringify(next)}`, { cause: error });
          });
          counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
          const problem = problemOf(next, answer);
          // Few seeds have such a request: the operation and the pool have to meet.
          if (hasRemovedPool(answer)) expected = { success: 'pools', pools: [] };
          if (problem !== undefined) throw new Error(`${problem}: ${JSON.stringify({ next, answer })}`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, work));
      expect((await pools()).body).toEqual(expected);
      // The parts are valid enough for some to succeed, and for each kind of refusal.
      for (const status of [200, 400, 401, 404, 405, 409, 415, 429])
        expect(counts.get(status) ?? 0).toBeGreaterThan(0);
    },
  );

  test('random bytes on the wire neither hang nor hurt it', { timeout: 60_000 }, async () => {
    const before = await pools();
    const line = fc.constantFrom(
      'GET /REST/pools HTTP/1.1\r\n',
      'POST /REST/pools HTTP/1.1\r\n',
      'GET ',
      '\r\n\r\n',
      'Host: a\r\n',
    );
    const header = fc.constantFrom(
      'Transfer-Encoding: chunked\r\n',
      'Content-Length: 5\r\n',
      'Content-Length: -1\r\n',
      'Connection: upgrade\r\nUpgrade: x\r\n',
    );
    const junk = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const wire = fc
      .array(fc.oneof(line, header, junk), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.join(''));
    const queue = fc.sample(wire, { numRuns: 500, seed }).values();
    const work = async () => {
      for (const bytes of queue) await throwAt(cluster.controller.port, Buffer.from(bytes, 'latin1'));
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    expect(await pools()).toMatchObject({ status: 200, body: before.body });
  });
});

/** The problem of a reply, or undefined. */
function problemOf({ method }: Request, { status, body }: Answer): string | undefined {
  if (status === 500) return 'failed';
  if (status < 400 || method === 'HEAD') return undefined;
  const error = (body as { error?: unknown } | undefined)?.error;
  return typeof error === 'string' && error !== '' && Object.keys(body as object).length === 1
    ? undefined
    : 'an error without its words';
}

/** Writes bytes, ends, and waits until the other side has closed. */
function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.on('error', () => undefined).on('close', () => resolve());
    socket.resume();
  });
}

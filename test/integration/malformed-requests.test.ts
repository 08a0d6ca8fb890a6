// Aim: malformed requests get the right status and a helpful message, and change nothing. Method: real HTTP, and raw
// sockets for what no HTTP client would send; after each request, pools and containers are unchanged.
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { etcdObstacle } from '../support/etcd.js';
import { Cluster, type Answer, type HostDouble, type Request } from '../support/cluster.js';

const pools = '/REST/pools';
const container = '/REST/container';
const start = { operation: 'start', container_name: 'c1', container_pool: 'server1' };
const add = { operation: 'add', container_pool: 'new', ip: '1.1.1.1' };
const jsonType = { 'Content-Type': 'application/json' };
const formType = { 'Content-Type': 'application/x-www-form-urlencoded' };

const post = (path: string, form: Record<string, string>): Request => ({ method: 'POST', path, form });
const body = (text: string | Buffer, headers: Record<string, string> = jsonType): Request => ({
  method: 'POST',
  path: pools,
  body: text,
  headers,
});

/** The request, its status, and the required part of its error. */
const cases: readonly (readonly [string, Request, number, string])[] = [
  ['unknown path', { path: '/nothing' }, 404, '/REST/pools'],
  ['unknown path below', { path: '/REST/pools/server1' }, 404, 'nothing at "/REST/pools/server1"'],
  ['two slashes', { path: '/REST/pools//' }, 404, 'nothing at'],
  ['other case', { path: '/rest/Pools' }, 404, 'nothing at'],
  ['dots in the path', { path: '/REST/x/../pools' }, 404, 'nothing at'],
  ['broken escape in the path', { path: '/REST/%zz' }, 404, 'nothing at'],
  ['wrong method', { method: 'PUT', path: pools }, 405, 'PUT is not possible here'],
  ['wrong method of an image', { method: 'PUT', path: '/REST/image/' }, 405, 'PUT is not possible here'],
  [
    'no operation on many',
    post('/REST/batch', {}),
    400,
    '"operation" is missing: it is one of start, stop, restart, snapshot, delete',
  ],
  [
    'no choice of many',
    post('/REST/batch', { operation: 'stop' }),
    400,
    'give one of these: containers, all',
  ],
  ['no operation on an image', post('/REST/image/', {}), 400, '"operation" is missing: it is one of copy'],
  [
    'no operation on ports',
    post('/REST/ports', {}),
    400,
    '"operation" is missing: it is one of publish, unpublish',
  ],
  [
    'no port',
    post('/REST/ports', {
      operation: 'publish',
      container_pool: 'p',
      container_name: 'c',
      container_port: '0',
    }),
    400,
    'from 1 to 65535',
  ],
  ['unusual method', { method: 'PROPFIND', path: pools }, 405, 'PROPFIND is not possible here'],
  ['unknown migration', { path: '/REST/migrations/00112233445566ff' }, 404, '00112233445566ff'],

  [
    'no operation',
    post(pools, {}),
    400,
    '"operation" is missing: it is one of add, map, unmap, label, limit, test_link, cordon, uncordon, evacuate, drain, restore, delete, remove',
  ],
  ['unknown operation', post(container, { ...start, operation: 'fly' }), 400, 'unknown operation "fly"'],
  [
    'an operation of the prototype',
    post(container, { ...start, operation: 'constructor' }),
    400,
    'unknown operation',
  ],
  [
    'operation of the other method',
    { path: container, query: start },
    400,
    'one of information, list_containers',
  ],
  [
    'missing name',
    post(container, { operation: 'start', container_pool: 'server1' }),
    400,
    '"container_name" is missing',
  ],
  [
    'missing pool',
    post(container, { operation: 'start', container_name: 'c1' }),
    400,
    '"container_pool" is missing',
  ],
  ['missing ip', post(pools, { operation: 'add', container_pool: 'new' }), 400, '"ip" is missing'],
  ['missing image', post(container, { ...start, operation: 'create' }), 400, '"image_type" is missing'],
  [
    'missing destination',
    post(container, { ...start, operation: 'migrate' }),
    400,
    '"destination_pool" is missing',
  ],
  ['unknown parameter', post(container, { ...start, colour: 'red' }), 400, 'unknown parameter "colour"'],
  [
    'stop_timeout elsewhere',
    post(container, { ...start, stop_timeout: '5' }),
    400,
    'unknown parameter "stop_timeout"',
  ],
  [
    'stop_timeout of 0',
    post(container, { ...start, operation: 'stop', stop_timeout: '0' }),
    400,
    '1 to 3600',
  ],
  [
    'stop_timeout of words',
    post(container, { ...start, operation: 'stop', stop_timeout: 'soon' }),
    400,
    '1 to 3600',
  ],
  [
    'a name twice in the query',
    { ...post(container, {}), path: `${container}?operation=start&operation=stop` },
    400,
    'more than once',
  ],
  [
    'a name in query and body',
    { ...post(container, start), query: { operation: 'start' } },
    400,
    '"operation" is given more than once',
  ],
  ['a name twice in JSON', body('{"operation":"add","operation":"add"}'), 400, 'more than once'],
  ['a name twice in a form', body('operation=add&operation=add', formType), 400, 'more than once'],

  ['unknown pool', post(container, { ...start, container_pool: 'none' }), 404, 'there is no pool "none"'],
  ['unknown container', post(container, { ...start, container_name: 'c9' }), 404, 'c9'],
  [
    'unknown pool to remove',
    post(pools, { operation: 'remove', container_pool: 'none' }),
    404,
    'no pool "none"',
  ],
  ['pool that is there', post(pools, { ...add, container_pool: 'server1' }), 409, 'already'],
  [
    'migration within a pool',
    post(container, { ...start, operation: 'migrate', destination_pool: 'server1' }),
    400,
    'server1',
  ],
  [
    'migration to nowhere',
    post(container, { ...start, operation: 'migrate', destination_pool: 'none' }),
    404,
    'none',
  ],
  ['unknown image pool', { path: '/REST/image?image_pool=none' }, 404, 'no pool "none"'],
  ['two image pools', { path: '/REST/image?image_pool=a&container_pool=b' }, 400, 'different pools'],
  ['another operation on images', { path: '/REST/image?operation=start' }, 400, 'list_containers'],

  [
    'slash in a name',
    post(container, { ...start, container_name: 'a/b' }),
    400,
    'container_name "a/b" is not valid',
  ],
  [
    'dots as a name',
    post(container, { ...start, container_name: '..' }),
    400,
    'container_name ".." is not valid',
  ],
  ['way out in a pool', post(pools, { ...add, container_pool: '../../etc' }), 400, 'container_pool'],
  ['NUL in a name', post(container, { ...start, container_name: 'c1\0' }), 400, String.raw`c1\u0000`],
  ['long name', post(container, { ...start, container_name: 'c'.repeat(300) }), 400, 'ccc...'],
  ['another alphabet', post(pools, { ...add, container_pool: 'бассейн' }), 400, 'бассейн'],
  ['empty name', post(container, { ...start, container_name: '' }), 400, 'container_name "" is not valid'],
  ['no address', post(pools, { ...add, ip: 'localhost' }), 400, 'ip "localhost" is not valid'],
  ['broadcast address', post(pools, { ...add, ip: '255.255.255.255' }), 400, 'broadcast'],
  ['address of nobody', post(pools, { ...add, ip: '0.0.0.0' }), 400, '0.0.0.0'],

  ['broken JSON', body('{"operation":'), 400, 'not valid JSON'],
  ['JSON that is no object', body('[]'), 400, 'must be an object'],
  ['JSON that is deep', body('[[['.repeat(10_000)), 400, 'not valid JSON'],
  [
    'JSON that is deep and whole',
    body('{"a":'.repeat(9000) + '1' + '}'.repeat(9000)),
    400,
    '"a" must be a plain value',
  ],
  ['JSON with a list', body('{"operation":["add"]}'), 400, '"operation" must be a plain value, not a list'],
  ['JSON with null', body('{"operation":null}'), 400, 'parameter "operation" is missing'],
  [
    'JSON with a number for a name',
    body('{"operation":"add","container_pool":5,"ip":"1.1.1.1"}'),
    400,
    'text is expected',
  ],
  [
    'JSON with __proto__',
    body('{"operation":"add","container_pool":"x","ip":"1.1.1.1","__proto__":"x"}'),
    400,
    '__proto__',
  ],
  [
    'form with __proto__',
    body('operation=add&container_pool=x&ip=1.1.1.1&__proto__=x', formType),
    400,
    '__proto__',
  ],
  [
    'form with brackets',
    body('operation=add&container_pool[a]=x&ip=1.1.1.1', formType),
    400,
    'container_pool[a]',
  ],
  ['form that is JSON', body(JSON.stringify(add), formType), 400, 'missing'],
  ['body too long', body('x'.repeat(65_537), formType), 413, '65536'],
  ['body of 50 MB', body(Buffer.alloc(50_000_000, 'x'), jsonType), 413, '65536'],
  [
    'long once unpacked',
    body(gzipSync('x'.repeat(10_000_000)), { ...jsonType, 'Content-Encoding': 'gzip' }),
    413,
    '65536',
  ],
  ['no gzip', body('no gzip', { ...jsonType, 'Content-Encoding': 'gzip' }), 400, 'cannot be read'],
  [
    'cut gzip',
    body(gzipSync('{"operation":"add"}').subarray(0, 20), { ...jsonType, 'Content-Encoding': 'gzip' }),
    400,
    'cannot be read',
  ],
  ['unknown encoding', body('{}', { ...jsonType, 'Content-Encoding': 'zip' }), 415, 'zip'],
  ['text', body('operation=add', { 'Content-Type': 'text/plain' }), 415, '"text/plain" is not understood'],
  [
    'multipart',
    body('--x--', { 'Content-Type': 'multipart/form-data; boundary=x' }),
    415,
    'multipart/form-data',
  ],
  ['XML', body('<a/>', { 'Content-Type': 'application/xml' }), 415, 'application/xml'],
  ['no content type', body('operation=add', {}), 415, 'none given'],
  ['broken content type', body('{}', { 'Content-Type': ';;;' }), 415, ';;;'],
  ['another charset', body('{}', { 'Content-Type': 'application/json; charset=utf-16' }), 415, 'utf-16'],
  [
    'bytes that are no UTF-8',
    body(Buffer.from([...Buffer.from('operation='), 0xff, 0xfe]), formType),
    400,
    'unknown operation',
  ],
];

/** Requests that no HTTP client can send. */
const raw: readonly (readonly [string, string | Buffer, number])[] = [
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['TLS', Buffer.from('16030100a5010000a10303', 'hex'), 400],
  ['NUL bytes', '\0'.repeat(100), 400],
  ['line break in the path', 'GET /REST/\npools HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['no host', 'GET /REST/pools HTTP/1.1\r\n\r\n', 400],
  ['long header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
  ['long path', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400],
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['broken chunk', 'POST /REST/pools HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ['tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  [
    'odd expectation',
    'POST /REST/pools HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    417,
  ],
  ['absolute target', 'GET http://[/REST HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
  ['asterisk', 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 404],
];

describe.skipIf(etcdObstacle !== undefined)('malformed requests', () => {
  let cluster: Cluster;
  let host: HostDouble;
  let before: Answer;

  beforeAll(async () => {
    cluster = await Cluster.start();
    host = await cluster.addHost('server1');
    host.containers.set('c1', 'Stopped');
    before = await cluster.client.ask({ path: pools });
  });
  afterEach(async () => {
    const after = await cluster.client.ask({ path: pools });
    expect({ status: after.status, body: after.body }).toEqual({ status: 200, body: before.body });
    expect([...host.containers]).toEqual([['c1', 'Stopped']]);
  });
  afterAll(() => cluster.stop());

  test.each(cases)('%s', async (_name, request, status, message) => {
    const answer = await cluster.client.ask(request);
    expect(answer).toMatchObject({ status, body: { error: expect.stringContaining(message) as string } });
    expect(Object.keys(answer.body as object)).toEqual(['error']);
  });

  test('a wrong method gets the right ones', async () => {
    const { headers } = await cluster.client.ask({ method: 'DELETE', path: '/REST/image' });
    expect(headers['allow']).toBe('HEAD, GET, POST');
  });

  test.each(raw)('on the wire: %s', async (_name, bytes, status) => {
    const answer = await exchange(cluster.controller.port, bytes);
    const [head = '', text = ''] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head.toLowerCase()).toContain('content-type: application/json');
    expect(JSON.parse(text)).toEqual({ error: expect.any(String) as string });
  });

  test('an aborted connection does no harm', async () => {
    const cut = [
      'POST /REST/pools HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"op',
      'GET /RE',
    ];
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => {
        const socket = connect(cluster.controller.port, '127.0.0.1');
        socket.on('error', () => undefined);
        return new Promise((resolve) => {
          socket.write(cut[i % 2] ?? '', () => {
            socket.destroy();
            resolve(undefined);
          });
        });
      }),
    );
  });
});

/** Sends bytes and returns everything until the other side closes. */
function exchange(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (part: string) => (answer += part));
    socket.on('close', () => resolve(answer)).on('error', (error) => answer === '' && reject(error));
    socket.write(bytes);
  });
}

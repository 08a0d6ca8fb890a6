// Aim: a query goes to the address of the setting alone, with its credentials in no message, and whatever the server answers
// is values or an error. Method: a server that answers what the test wants.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { failureOf } from '../support/failures.js';
import { prometheusAt } from '../../controller/prometheus/client.js';

interface Asked {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly form: Readonly<Record<string, string>>;
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function served(answer: (response: ServerResponse) => void) {
  const asked: Asked[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const { authorization } = request.headers;
      asked.push({
        path: request.url ?? '',
        authorization,
        form: Object.fromEntries(new URLSearchParams(text)),
      });
      answer(response);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, port, source: prometheusAt(`http://reader:s%3Acret@127.0.0.1:${port}/sub/`) };
}

const json = (status: number, body: unknown) => (response: ServerResponse) =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
const matrix = (result: unknown) => ({ status: 'success', data: { resultType: 'matrix', result } });
const query = { query: 'up{job="a&b"}', fromMs: 10_000, untilMs: 20_000, stepMs: 5_000 };

test('a query and its values', async () => {
  const metric = { pool: 'a' };
  const values = [
    [10, '1.5'],
    [15, 'NaN'],
    [20.5, '+Inf'],
    [20, '-2e3'],
  ];
  const { source, asked } = await served(json(200, matrix([{ metric, values }])));
  expect(await source.range(query)).toEqual([
    {
      labels: metric,
      points: [
        { atMs: 10_000, value: 1.5 },
        { atMs: 20_000, value: -2000 },
      ],
    },
  ]);
  expect(asked).toEqual([
    {
      path: '/sub/api/v1/query_range',
      authorization: `Basic ${Buffer.from('reader:s:cret').toString('base64')}`,
      form: { query: 'up{job="a&b"}', start: '10', end: '20', step: '5', timeout: '4s' },
    },
  ]);
});

test.each<[string, (response: ServerResponse) => void, string]>([
  [
    'a query with a fault',
    json(400, { status: 'error', errorType: 'bad_data', error: 'parse error' }),
    'refuses the query: parse error',
  ],
  [
    'an error of the server',
    json(503, { status: 'error', error: 'not ready' }),
    'refuses the query: not ready',
  ],
  ['another service', json(200, { hello: 1 }), 'does not answer as Prometheus does'],
  ['a page', (response) => void response.writeHead(401).end('<html>'), 'answers with status 401'],
  [
    'a redirect',
    (response) => void response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(),
    'answers with status 302',
  ],
  ['a connection that breaks', (response) => void response.socket?.destroy(), 'does not answer: '],
  [
    'an answer that is cut',
    (response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('{');
      setTimeout(() => response.socket?.destroy(), 20);
    },
    'does not answer: ',
  ],
  [
    'too long an answer',
    (response) => void response.writeHead(200).end(Buffer.alloc(17 << 20, ' ')),
    'longer than 16 MiB',
  ],
  [
    'too many series',
    json(200, matrix(Array.from({ length: 5001 }, () => ({ metric: {}, values: [] })))),
    '5001 series',
  ],
])('%s is an error without the credentials', async (_, answer, expected) => {
  const { source, asked } = await served(answer);
  const message = await failureOf(() => source.range(query));
  expect(message).toContain(expected);
  expect(message).not.toMatch(/cret|reader/);
  expect(asked).toHaveLength(1);
});

test('a server that is not there, and none that is set', async () => {
  const away = prometheusAt('http://u:p4ss@127.0.0.1:1');
  expect(await failureOf(() => away.range(query))).toMatch(
    /^unavailable: the Prometheus server 127\.0\.0\.1:1 does not answer: .+/,
  );
  expect(await failureOf(() => prometheusAt(undefined).range(query))).toBe(
    'failed_precondition: no Prometheus server is set: copa controller --prometheus',
  );
});

/** Two controllers on one etcd, the first with TLS for all addresses, and a client that sends arbitrary requests. */
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { etcdObstacle, startEtcd } from '../../support/etcd.js';
import { Cluster, type HostDouble } from '../../support/cluster.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

export type Form = Readonly<Record<string, string>>;

export function open(
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

export async function ask(options: Parameters<typeof open>[0], form?: Form): Promise<Answer> {
  const response = await open(options, form);
  let text = '';
  for await (const part of response.setEncoding('utf8')) text += String(part);
  const body = response.headers['content-type']?.includes('json')
    ? (JSON.parse(text) as Answer['body'])
    : { text };
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

export const log: string[] = [];
export let etcd: Awaited<ReturnType<typeof startEtcd>>;
/** Serves all addresses, so with TLS; and another controller on the same etcd. */
export let cluster: Cluster;
export let other: Cluster;
export let server1: HostDouble;
export let ca: string;
export const secrets: string[] = [];

beforeAll(async () => {
  if (etcdObstacle !== undefined) return;
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
  if (etcdObstacle !== undefined) return;
  await other.stop();
  await cluster.stop();
  await etcd.stop();
});

export const rest = (path: string, headers: Record<string, string> = {}, form?: Form) =>
  ask({ port: cluster.controller.port, path, headers, ca }, form);
export const elsewhere = (path: string, headers: Record<string, string> = {}, form?: Form) =>
  ask({ port: other.controller.port, path, headers, isPlain: true }, form);

export const tokenOf = async (name: string, role: string, more: Form = {}): Promise<string> => {
  const form = { operation: 'create', name, role, ...more };
  const { status, body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form });
  if (status !== 200) throw new Error(`no token: ${JSON.stringify(body)}`);
  const { token } = body as { token: string };
  secrets.push(token, token.slice(22));
  return token;
};
export const revoke = (name: string) =>
  cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: { operation: 'revoke', name } });
export const auditOf = async (limit = 1000) => {
  const { body } = await cluster.client.ask({ path: `/REST/audit?limit=${limit}` });
  return (body as { audit: Record<string, unknown>[] }).audit;
};

/** A controller that is attacked. Its REST and the port for joining are reachable from everywhere. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { decodeJoinToken } from '../../../common/pki/enrollment.js';
import { Cluster } from '../../support/cluster.js';
import { etcdObstacle } from '../../support/etcd.js';
import { emptyDaemon } from '../../support/fakes/agent.js';
import { FakeLxd } from '../../support/fakes/lxd.js';
import { ends, log, secure } from './attack.js';

export let cluster: Cluster;
export let directory: string;
let daemon: FakeLxd;
export let admin: string;
let ca: string;
export let rest: string;
export let joinAddress: string;

beforeAll(async () => {
  if (etcdObstacle !== undefined) return;
  // Every port is reachable from everywhere, so REST uses TLS and tokens.
  const settings = { host: '0.0.0.0', joinListen: { host: '127.0.0.1', port: 0 } };
  cluster = await Cluster.start(undefined, settings, undefined, log);
  ca = ((await cluster.client.ask({ path: '/REST/ca' })).body as { bundle: string }).bundle;
  admin = await create({ name: 'admin', role: 'admin' });
  rest = `127.0.0.1:${cluster.controller.port}`;
  joinAddress = decodeJoinToken(await create({ kind: 'join' })).addresses[0] ?? '';
  directory = mkdtempSync(join(tmpdir(), 'copa-attacker-'));
  daemon = await FakeLxd.start(join(directory, 'socket'), emptyDaemon);
});
afterAll(async () => {
  if (etcdObstacle !== undefined) return;
  await daemon.close();
  rmSync(directory, { recursive: true });
  await cluster.stop();
});

/** Creates a token. */
export const create = async (form: Record<string, string>) => {
  const all = { operation: 'create', ...form };
  const { body } = await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: all });
  return (body as { token: string }).token;
};
/** The status of a request. */
export const ask = (path: string, headers: Record<string, string> = {}, body?: string) =>
  new Promise<number>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
    httpsRequest(
      { ...ends(rest), ca, agent: false, path, method, headers: { ...type, ...headers } },
      (answer) => {
        resolve(answer.statusCode ?? 0);
        answer.resume();
      },
    )
      .on('error', reject)
      .end(body);
  });
export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
/** Expects that the controller still serves both ports. */
export const goesOn = async () => {
  expect(await ask('/REST/pools', bearer(admin))).toBe(200);
  expect(await secure(joinAddress, {}, 'GET /clock HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/"time"/);
};

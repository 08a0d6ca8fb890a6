// Aim: the same rules hold for scripts, terminals, the controller's own socket and loopback, and every
// answer protects browsers. Method: whole controllers on one etcd.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localSocketName } from '../../../controller/http/serve.js';
import { etcdObstacle } from '../../support/etcd.js';
import { Python, pythonObstacle, readExamples } from '../../e2e/examples.js';
import { bearer, cluster, server1, ca, rest, tokenOf, auditOf } from './access.js';

/** A move needs real hosts. Its permission is checked in the same way. */
const examples = readExamples().filter(({ code }) => !code.includes('"migrate"'));

describe.skipIf(etcdObstacle !== undefined)('who may use REST', () => {
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

    test('is refused and accepted in the same way, its token a subprotocol, as browsers can send no header', async () => {
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
});

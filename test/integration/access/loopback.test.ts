// Aim: loopback is open to programs but not to web pages. A port without protection is logged, and a certificate of the
// operator is used. Method: whole controllers on one etcd.
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { localSocketName } from '../../../controller/http/serve.js';
import { CertificateAuthority } from '../../../controller/pki/certificate-authority.js';
import { etcdObstacle, temporaryDirectory } from '../../support/etcd.js';
import { Cluster } from '../../support/cluster.js';
import { type Form, ask, bearer, etcd, cluster, tokenOf } from './access.js';

describe.skipIf(etcdObstacle !== undefined)('who may use REST', () => {
  describe('on loopback, open', () => {
    let open: Cluster;
    beforeAll(async () => {
      const stateDirectory = await temporaryDirectory();
      // As a killed controller leaves it.
      writeFileSync(join(stateDirectory, localSocketName), '');
      open = await Cluster.start(etcd.endpoints, { stateDirectory }, cluster);
    });
    afterAll(() => open.stop());
    const local = (headers: Record<string, string>, form?: Form, path = '/REST/pools') =>
      ask({ port: open.controller.port, path, isPlain: true, headers }, form);
    const remove = { operation: 'remove', container_pool: 'nothing' };

    test('scripts are served at any of its addresses and names', async () => {
      for (const host of ['127.0.0.1:1', 'localhost', '[::1]:8000', '192.0.2.1'])
        expect((await local({ host }, remove)).status).toBe(404);
      expect((await local({ authorization: 'Basic eDp5' }, remove)).status).toBe(404);
    });

    test('its own socket has replaced that of a killed controller', async () => {
      expect(statSync(join(open.config.stateDirectory, localSocketName)).isSocket()).toBe(true);
      const socketPath = join(open.config.stateDirectory, localSocketName);
      expect((await ask({ socketPath, path: '/REST/tokens', isPlain: true })).status).toBe(200);
    });

    test('a page that this controller serves may use it', async () => {
      const host = `127.0.0.1:${open.controller.port}`;
      expect(
        (await local({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, remove)).status,
      ).toBe(404);
    });

    test.each<[string, Record<string, string>]>([
      ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
      ['a form of another site in an old browser', { origin: 'https://evil.example' }],
      ['a form of a page on another port', { origin: 'http://127.0.0.1:1' }],
      ['a page whose name was given this address', { host: 'evil.example', origin: 'http://evil.example' }],
      ['the same, just looking', { host: 'evil.example' }],
    ])('%s is refused', async (_what, headers) => {
      for (const form of [undefined, remove]) expect((await local(headers, form)).status).toBe(403);
    });

    test('a given token counts, also where none is required', async () => {
      const headers = bearer(await tokenOf('on-loopback', 'viewer'));
      await vi.waitFor(async () => expect((await local(headers)).status).toBe(200));
      expect((await local(headers, remove)).status).toBe(403);
      expect((await local(bearer('copa_wrong'))).status).not.toBe(200);
    });
  });

  test.each([
    ['', /everyone who reaches 0\.0\.0\.0:0 controls all hosts/, 200],
    ['and with tokens', /network path to 0\.0\.0\.0:0 can read the traffic, tokens included/, 401],
  ])('insecure%s is logged at every start', async (how, message, status) => {
    const lines: string[] = [];
    const warnings = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const settings = { host: '0.0.0.0', insecure: true, requireToken: how !== '' };
    const bed = await Cluster.start(etcd.endpoints, settings, cluster, warnings);
    expect(lines.join('')).toMatch(message);
    expect((await ask({ port: bed.controller.port, path: '/REST/pools', isPlain: true })).status).toBe(
      status,
    );
    await bed.stop();
  });

  test("an operator's certificate is used, and an unusable one prevents the controller's start", async () => {
    const { authority } = await CertificateAuthority.create("the operator's CA");
    const order = { commonName: 'x', names: [{ type: 'ip' as const, value: '127.0.0.1' }] };
    const [one, another] = [await authority.sign(order), await authority.sign(order)];
    const file = (name: string) => join(cluster.config.stateDirectory, name);
    for (const [name, content] of [
      ['cert', one.cert],
      ['key', one.key],
      ['other', another.key],
    ] as const)
      writeFileSync(file(name), content);
    const tls = { cert: file('cert'), key: file('key') };
    const own = await Cluster.start(etcd.endpoints, { host: '0.0.0.0', tls }, cluster);
    const answer = await ask({ port: own.controller.port, path: '/REST/pools', ca: authority.certificate });
    expect(answer.status).toBe(401);
    await own.stop();
    const mixed = { host: '0.0.0.0', tls: { ...tls, key: file('other') } };
    await expect(Cluster.start(etcd.endpoints, mixed, cluster)).rejects.toThrow(/it is not the key of/);
  });
});

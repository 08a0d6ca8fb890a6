// Aim: permissions of roles, protection against browsers, the grouping of failed attempts, and the names in REST's
// certificate: each as a table. Method: the pure parts, and the certificate's files on disk.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { isCrossSite, isOurHost } from '../../controller/http/auth/browser.js';
import {
  keepCertificate,
  orderFor,
  readOperatorCertificate,
} from '../../controller/http/server-certificate.js';
import { authorize, poolsNamedBy } from '../../controller/http/auth/authenticator.js';
import { FailedAttempts, sourceOf } from '../../common/net/failed-attempts.js';
import { permissionOf } from '../../controller/http/auth/permissions.js';
import type { AccessRole, Principal } from '../../controller/model/principal.js';
import { CopaError } from '../../common/errors.js';
import { silentLog } from '../support/etcd.js';
import { failureOf } from '../support/failures.js';

const principal = (role: AccessRole, ...pools: string[]): Principal => ({
  name: 'ci',
  role,
  pools: pools.length > 0 ? new Set(pools) : undefined,
  signal: new AbortController().signal,
});

describe('roles', () => {
  const rows: readonly (readonly [string, string, AccessRole])[] = [
    ['GET', '/REST/pools', 'viewer'],
    ['HEAD', '/REST/pools', 'viewer'],
    ['POST', '/REST/container', 'operator'],
    ['DELETE', '/REST/migrations/:id', 'operator'],
    ['GET', '/REST/exec', 'operator'],
    ['POST', '/REST/pools', 'admin'],
    ['GET', '/REST/tokens', 'admin'],
    ['POST', '/REST/tokens', 'admin'],
    ['GET', '/REST/audit', 'admin'],
    ['GET', '/REST/backup', 'admin'],
    ['POST', '/REST/backup', 'admin'],
    ['GET', '/REST/controllers', 'viewer'],
    ['POST', '/REST/controllers', 'admin'],
    ['GET', '/REST/history', 'viewer'],
  ];
  test.each(rows)('%s %s requires %s', async (method, path, needed) => {
    const roles: readonly AccessRole[] = ['viewer', 'operator', 'admin'];
    for (const role of roles) {
      const may = roles.indexOf(role) >= roles.indexOf(needed);
      expect(await failureOf(() => authorize(principal(role), permissionOf(method, path), []))).toBe(
        may ? 'nothing' : `permission_denied: token "ci" has the role ${role}: this needs ${needed}`,
      );
    }
  });

  test('a route without a row is an error at the start', () => {
    expect(() => permissionOf('GET', '/REST/new')).toThrow(/"GET \/REST\/new" has no row/);
  });
});

describe('pools of a restricted token', () => {
  const may = (need: [string, string], ...pools: string[]) =>
    failureOf(() => authorize(principal('admin', 'a', 'b'), permissionOf(...need), pools));

  test('are the only ones that a request may name, in every parameter', async () => {
    const parameters = new Map([
      ['container_pool', 'a'],
      ['destination_pool', 'b'],
      ['image_pool', 'c,d'],
      ['ip', 'e'],
    ]);
    expect(poolsNamedBy(parameters)).toEqual(['a', 'b', 'c', 'd']);
    expect(await may(['POST', '/REST/container'], 'a', 'b')).toBe('nothing');
    for (const pools of [['c'], ['a', 'c'], ['A'], ['a ']])
      expect(await may(['POST', '/REST/container'], ...pools)).toMatch(
        /^permission_denied: pool ".*" is out of reach of token "ci", which is confined to a, b/,
      );
  });

  test('must be named where the route does not filter by itself', async () => {
    expect(await may(['POST', '/REST/pools'])).toMatch(/^permission_denied.*name one of them/);
    expect(await may(['GET', '/REST/pools'])).toBe('nothing');
    expect(await may(['GET', '/REST/image'], 'c')).toMatch(/^permission_denied/);
  });

  test('keep an admin from tokens and the audit log, which are about all pools', async () => {
    for (const path of ['/REST/tokens', '/REST/audit', '/metrics'])
      expect(await may(['GET', path])).toMatch(/^permission_denied.*about all pools/);
  });
});

describe("a browser's request", () => {
  const host = '127.0.0.1:8000';
  test.each([
    ['a program', {}, false],
    ['the page itself', { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }, false],
    [
      'the page behind a proxy that changes Host',
      { 'sec-fetch-site': 'same-origin', origin: 'https://copa.example' },
      false,
    ],
    ['somebody who types the address', { 'sec-fetch-site': 'none' }, false],
    ['the page, in a browser that says only the origin', { origin: `http://${host}` }, false],
    ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
    ['another host of the same domain', { 'sec-fetch-site': 'same-site' }, true],
    ['an old browser for another site', { origin: 'https://evil.example' }, true],
    ['another port of this machine', { origin: 'http://127.0.0.1:9000' }, true],
    ['a sandboxed frame or a file', { origin: 'null' }, true],
    ['an origin that is none', { origin: 'x' }, true],
    ['a word that no browser says', { 'sec-fetch-site': 'SAME-ORIGIN' }, true],
  ])('for %s: %o', (_who, headers, isRefused) => {
    expect(isCrossSite({ host, ...headers })).toBe(isRefused);
  });

  test.each([
    [undefined, true],
    ['127.0.0.1:8000', true],
    ['127.8.8.8', true],
    ['[::1]:8000', true],
    ['192.0.2.7:9000', true],
    ['localhost:8000', true],
    ['LOCALHOST', true],
    ['localhost.', true],
    ['copa.localhost:8000', true],
    ['copa.example.org', true],
    ['Copa.Example.Org:8000', true],
    ['evil.example:8000', false],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['copa.example.org.evil.example', false],
    ['', false],
    ['[evil]', false],
  ])('to host %o: ours is %s', (name, isOurs) => {
    expect(isOurHost(name, ['copa.example.org'])).toBe(isOurs);
    expect(isOurHost(name, ['*'])).toBe(true);
  });
});

describe('failed attempts', () => {
  test('ten in a minute are explained; the next one says how long to wait, and is recorded once', async () => {
    const failures = new FailedAttempts();
    const counts = [];
    for (let number = 0; number < 14; number++) counts.push(await failures.count('192.0.2.1'));
    expect(counts.map(({ isRecorded }) => isRecorded)).toEqual([
      ...Array<boolean>(11).fill(true),
      false,
      false,
      false,
    ]);
    for (const { retryAfterSeconds } of counts.slice(0, 10)) expect(retryAfterSeconds).toBeUndefined();
    for (const { retryAfterSeconds = 0 } of counts.slice(10)) {
      expect(retryAfterSeconds).toBeGreaterThan(0);
      expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    }
    expect(await failures.count('192.0.2.2')).toEqual({ retryAfterSeconds: undefined, isRecorded: true });
  });

  test('from 1000 addresses take no more memory than there are counters, and none after a minute', async () => {
    vi.useFakeTimers();
    try {
      const failures = new FailedAttempts(100);
      for (let number = 0; number < 1000; number++)
        await failures.count(`10.0.${number >> 8}.${number & 255}`);
      // Each counter has one timer, which ends it.
      expect(vi.getTimerCount()).toBeLessThanOrEqual(100);
      vi.advanceTimersByTime(60_000);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['local', 'local'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (address, source) => expect(sourceOf(address)).toBe(source));
});

describe("REST's certificate", () => {
  const machine = { name: 'Box1', addresses: ['127.0.0.1', '10.0.0.5', 'fe80::1%eth0'] };
  const namesOf = (host: string, hostNames: string[] = []) =>
    orderFor(host, hostNames, machine).names.map(({ type, value }) => `${type}:${value}`);

  test('is valid for the listening address, and this machine', () => {
    expect(namesOf('10.0.0.5', ['copa.example.org', 'box1'])).toEqual([
      'dns:localhost',
      'dns:box1',
      'dns:copa.example.org',
      'ip:127.0.0.1',
      'ip:::1',
      'ip:10.0.0.5',
    ]);
  });

  test('is valid for all addresses of the machine on a wildcard address', () => {
    for (const wildcard of ['0.0.0.0', '::'])
      expect(namesOf(wildcard)).toEqual([
        ...['dns:localhost', 'dns:box1', 'ip:127.0.0.1', 'ip:::1', 'ip:10.0.0.5', 'ip:fe80::1'],
      ]);
  });

  test('is replaced by a later one, and a failure keeps the old one', async () => {
    vi.useFakeTimers();
    const used: string[] = [];
    const answers: (() => string)[] = [
      () => {
        throw new CopaError('unavailable', 'etcd does not answer');
      },
      () => 'one',
      () => {
        throw new Error('disk');
      },
      () => 'two',
    ];
    const make = vi.fn(() => {
      const next = answers.shift();
      if (!next) throw new Error('asked too often');
      return Promise.resolve().then(() => ({ cert: next(), key: 'k' }));
    });
    const end = await keepCertificate(make, ({ cert }) => void used.push(cert), silentLog);
    expect(used).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(used).toEqual(['one']);
    await vi.advanceTimersByTimeAsync(3600_000);
    expect(used).toEqual(['one']);
    await vi.advanceTimersByTimeAsync(3600_000);
    expect(used).toEqual(['one', 'two']);
    end();
    await vi.advanceTimersByTimeAsync(7200_000);
    expect(make).toHaveBeenCalledTimes(4);
    vi.useRealTimers();
  });

  test('that is not available fails at once', async () => {
    const broken = () => Promise.reject(new CopaError('failed_precondition', 'no'));
    expect(await failureOf(() => keepCertificate(broken, () => undefined, silentLog))).toBe(
      'failed_precondition: no',
    );
  });

  describe("of the operator's", () => {
    const directory = mkdtempSync(join(tmpdir(), 'copa-tls-'));
    afterAll(() => rmSync(directory, { recursive: true }));
    const write = (name: string, content: string) => {
      writeFileSync(join(directory, name), content);
      return join(directory, name);
    };

    test('is accepted when its key matches and it has not expired', async () => {
      const { CertificateAuthority } = await import('../../controller/pki/certificate-authority.js');
      const { authority } = await CertificateAuthority.create('somebody');
      const order = orderFor('10.0.0.5', ['copa.example.org'], machine);
      const [one, other] = [await authority.sign(order), await authority.sign(order)];
      const cert = write('cert', one.cert);
      const key = write('key', one.key);
      expect(await readOperatorCertificate({ cert, key })).toEqual({ cert: one.cert, key: one.key });
      expect(new X509Certificate(one.cert).subjectAltName).toContain('DNS:copa.example.org');

      const fails = (files: { cert: string; key: string }, now?: Date) =>
        failureOf(() => readOperatorCertificate(files, now));
      const otherKey = write('other', other.key);
      expect(await fails({ cert, key: otherKey })).toBe(
        `failed_precondition: ${otherKey} cannot be used for TLS: it is not the key of ${cert}`,
      );
      expect(await fails({ cert, key: cert })).toMatch(/holds no private key without a password in PEM/);
      expect(await fails({ cert: key, key })).toMatch(/holds no certificate in PEM/);
      expect(await fails({ cert: '/nowhere', key })).toMatch(
        /^failed_precondition: \/nowhere cannot be used/,
      );
      expect(await fails({ cert, key }, new Date('2100-01-01'))).toMatch(/it expired on/);
    });
  });
});

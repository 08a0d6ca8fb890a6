// Aim: a token lets one host in, once; what removes a pool keeps its host out. Method: the real rules and certificates on a
// store in memory, the clock passed in.
import { randomBytes } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSigningRequest } from '../../common/pki/csr.js';
import { decodeJoinToken } from '../../common/pki/enrollment.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { Enrollment } from '../../controller/enrollment/enrollment.js';
import { firstValue, openAuthorities, type AuthoritySet } from '../../controller/pki/authorities.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { HostCertificates } from '../../controller/pki/host-certificates.js';
import { keys } from '../../controller/store/keys.js';
import { Pools } from '../../controller/usecases/pools.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const start = Date.parse('2026-01-02T03:04:05Z');
let authorities: AuthoritySet;
let request: string;
let now: number;
let store: MemoryStore;
let pools: Pools;
let certificates: HostCertificates;
let enrollment: Enrollment;

beforeAll(async () => {
  const secret = randomBytes(32);
  const value = firstValue(await CertificateAuthority.create('test'), secret, new Date());
  authorities = await openAuthorities(value, secret);
  ({ request } = await createSigningRequest());
});

beforeEach(() => {
  now = start;
  store = new MemoryStore();
  const opened = () => Promise.resolve(authorities);
  const clock = () => new Date(now);
  pools = new Pools(store, 8001, clock);
  certificates = new HostCertificates(store, { opened, lifetimeMs: 86_400_000 }, () => now);
  enrollment = new Enrollment({
    store,
    certificates,
    caStore: { opened, tlsIdentity: new TlsIdentity() },
    addresses: () => ['127.0.0.1:8003'],
    agentPort: 8001,
    now: clock,
  });
});

async function tokenFor(pool: string | null = null) {
  const { text } = await enrollment.create({ pool, ttlSeconds: 600, createdBy: 'test' });
  const { id, secret } = decodeJoinToken(text);
  return { id, secret };
}
const join = (token: { id: string; secret: string }, pool = 'one', by = request) =>
  enrollment.admit({ ...token, pool, address: '10.0.0.1', request: by });

describe('a used token', () => {
  test('lets its host repeat the request whose answer was lost, with the older certificate revoked', async () => {
    const token = await tokenFor();
    await join(token);
    now += 1000;
    await join(token);
    await join(token);
    expect((await pools.list()).map(({ name }) => name)).toEqual(['one']);
    expect(await failureOf(() => join(token, 'two'))).toMatch(/used already, by pool "one"/);
    const { request: other } = await createSigningRequest();
    expect(await failureOf(() => join(token, 'one', other))).toMatch(/used already/);
  });

  test('does not after it expired', async () => {
    const token = await tokenFor();
    await join(token);
    now += 600_000;
    expect(await failureOf(() => join(token))).toMatch(/^failed_precondition: this token expired at/);
  });

  test.each([
    ['was removed', (): Promise<unknown> => Promise.resolve()],
    ['was removed and added again by hand', () => pools.add('one', '10.0.0.1')],
    ['was removed and joined by another token', async () => join(await tokenFor())],
  ])('does not once its pool %s', async (_, next) => {
    const token = await tokenFor();
    await join(token);
    await pools.remove('one');
    await next();
    const before = await pools.list();
    expect(await failureOf(() => join(token))).toMatch(/^failed_precondition: this token was used already/);
    expect(await pools.list()).toEqual(before);
  });
});

describe('removing a pool', () => {
  test('ends the unused tokens for it, and no others', async () => {
    const [own, any, others] = [await tokenFor('one'), await tokenFor(), await tokenFor('two')];
    await join(await tokenFor());
    await pools.remove('one');
    expect(await failureOf(() => join(own))).toMatch(/^permission_denied: this token is unknown here/);
    expect((await enrollment.list()).map(({ id }) => id).sort()).toEqual([any.id, others.id].sort());
  });

  test('is refused when its host joins again at that moment', async () => {
    await join(await tokenFor());
    store.meanwhile = () => store.put(keys.pool('one'), { name: 'one', address: '10.0.0.1', addedAt: '' });
    expect(await failureOf(() => pools.remove('one'))).toMatch(/^aborted/);
    expect(await pools.list()).toHaveLength(1);
  });

  test('gets its host no younger certificate from a controller that does not know it yet', async () => {
    await join(await tokenFor());
    await certificates.renew('one', request);
    store.meanwhile = () => store.remove(keys.pool('one'));
    expect(await failureOf(() => certificates.renew('one', request))).toMatch(/^not_found/);
    expect(await failureOf(() => certificates.renew('one', request))).toMatch(/^not_found/);
  });
});

describe('an address', () => {
  const withPort = (port: number) => new Pools(store, port);

  test('is free after its pool was removed, also when the usual port was changed meanwhile', async () => {
    await pools.add('one', '10.0.0.1');
    const later = withPort(9001);
    await later.remove('one');
    await later.add('two', '10.0.0.1:8001');
    expect(store.keys().filter((key) => key.startsWith(keys.addresses))).toEqual([
      keys.address('10.0.0.1:8001'),
    ]);
  });

  test('is taken by a pool that is reached there now, under whichever key it holds', async () => {
    await pools.add('one', '10.0.0.1');
    const later = withPort(9001);
    expect(await failureOf(() => later.add('two', '10.0.0.1:9001'))).toBe(
      'already_exists: the address 10.0.0.1:9001 belongs to pool "one" already',
    );
    // Nobody is reached there any more.
    await later.add('two', '10.0.0.1:8001');
  });

  test('that an earlier version left behind can be had, also with a value that nobody can read', async () => {
    store.put(keys.address('10.0.0.1:8001'), { pool: 'long gone' });
    store.put(keys.address('10.0.0.2:8001'), 'rubbish');
    await pools.add('one', '10.0.0.1');
    await pools.add('two', '10.0.0.2');
    await pools.remove('one');
    await pools.remove('two');
    expect(store.keys().filter((key) => key.startsWith(keys.addresses))).toEqual([]);
  });
});

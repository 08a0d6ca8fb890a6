// Aim: when a certificate is replaced, which certificates a revocation covers, what decrypts a secret, and that an
// identity directory is consistent after a crash at any moment. Method: pure decisions on tables; real files, crashes
// by hand.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createIdentity,
  installCertificate,
  readIdentity,
  writeNextKey,
} from '../../agent/identity/identity-files.js';
import { CertificateStore } from '../../agent/identity/certificate-store.js';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { seal, unseal } from '../../controller/pki/cluster-secret.js';
import { nextIssuedAtMs, renewalAtMs, revocationOf } from '../../controller/pki/certificate-validity.js';
import { createSigningRequest } from '../../common/pki/csr.js';
import { TlsIdentity } from '../../common/pki/tls-identity.js';
import { silentLog } from '../support/etcd.js';
import { failureOf } from '../support/failures.js';

const dayMs = 24 * 3600_000;

describe('a certificate', () => {
  test.each([
    ['of ninety days is replaced after sixty', 90, 90, 60],
    ['of an earlier version, valid for a year, too', 365, 90, 60],
    ['of a shorter life than is set now, after two thirds of its own', 30, 90, 20],
  ])('%s', (_, lifeDays, lifetimeDays, expectedDays) => {
    const issued = { issuedAtMs: 1000, validUntilMs: 1000 + lifeDays * dayMs, issuer: '' };
    expect(renewalAtMs(issued, lifetimeDays * dayMs)).toBe(1000 + expectedDays * dayMs);
  });

  test('that follows a revocation is younger than all that it covers, also within the same second', () => {
    const now = 1_000_000_500;
    expect(nextIssuedAtMs(undefined, now)).toBe(1_000_000_000);
    const revocation = revocationOf(undefined, undefined, now);
    expect(nextIssuedAtMs(revocation, now)).toBe(1_000_001_000);
    // Another controller's clock is ahead, or this one's went back.
    const ahead = { issuedAtMs: now + 60_000, validUntilMs: now + dayMs, issuer: '' };
    expect(revocationOf(ahead, undefined, now).issuedUntilMs).toBe(now + 60_000);
    expect(revocationOf(undefined, { issuedUntilMs: now + 9 }, now).issuedUntilMs).toBe(now + 9);
  });
});

test('decryption requires the same secret, the same subject, and unchanged data', () => {
  const [secret, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const sealed = seal(secret, 'the key', 'about');
  expect(seal(secret, 'the key', 'about')).not.toBe(sealed);
  expect(unseal(secret, sealed, 'about')).toBe('the key');
  expect(unseal(other, sealed, 'about')).toBeUndefined();
  expect(unseal(secret, sealed, 'else')).toBeUndefined();
  const bytes = Buffer.from(sealed, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  expect(unseal(secret, bytes.toString('base64'), 'about')).toBeUndefined();
  expect(unseal(secret, '', 'about')).toBeUndefined();
});

describe('an identity directory', () => {
  let directory: string;
  let authority: CertificateAuthority;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'copa-identity-'));
    ({ authority } = await CertificateAuthority.create('test'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const host = { role: 'agent', name: 'a' } as const;
  const make = async () => {
    const credentials = await authority.issue(host);
    await createIdentity(directory, credentials);
    return credentials;
  };

  test('is private, and read back completely', async () => {
    const credentials = await make();
    expect(await readIdentity(directory)).toEqual({ credentials, revoked: [] });
    expect(statSync(join(directory, 'identity.key')).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).sort()).toEqual(['ca.crt', 'identity.crt', 'identity.key']);
    expect(await failureOf(() => readIdentity(join(directory, 'none')))).toMatch(
      /^failed_precondition: .*has not joined.*copa agent join/,
    );
  });

  test('holds the old identity until the new certificate is there, and the new one from then on', async () => {
    const old = await make();
    const { key, request } = await createSigningRequest();
    await writeNextKey(directory, key);
    expect((await readIdentity(directory)).credentials).toEqual(old);
    const cert = await authority.certify(host, request);
    // The crash is between the certificate and its key.
    writeFileSync(join(directory, 'identity.crt'), cert);
    expect((await readIdentity(directory)).credentials).toEqual({ ca: old.ca, cert, key });
    expect(readdirSync(directory)).not.toContain('identity.key.next');
    expect((await readIdentity(directory)).credentials.key).toBe(key);
  });

  test('whose parts do not belong together is refused, with what to do', async () => {
    await make();
    writeFileSync(join(directory, 'identity.crt'), (await authority.issue(host)).cert);
    expect(await failureOf(() => readIdentity(directory))).toMatch(/do not belong together: join again/);
    await expect(installCertificate(directory, (await authority.issue(host)).cert)).rejects.toThrow();
  });

  const keeper = async () => {
    const { credentials, revoked } = await readIdentity(directory);
    const tlsIdentity = new TlsIdentity(credentials, revoked);
    return { tlsIdentity, keeper: new CertificateStore(directory, tlsIdentity, silentLog) };
  };

  test('is renewed in place: a key created here, a certificate for it, both on disk before they take effect', async () => {
    const old = await make();
    const { tlsIdentity, keeper: it } = await keeper();
    const [request, again] = [await it.prepare(), await it.prepare()];
    const { ca } = old;
    for (const each of [request, again]) {
      // A repeated request is for the same key.
      const cert = await authority.certify(host, each);
      if (each === again) await it.install(cert, { generation: 1, ca, revoked: [] });
    }
    expect(tlsIdentity.credentials.key).not.toBe(old.key);
    expect((await readIdentity(directory)).credentials).toEqual(tlsIdentity.credentials);
    const late = it.install(await authority.certify(host, request), { generation: 1, ca, revoked: [] });
    expect(await failureOf(() => late)).toMatch(/^aborted: no key of this host waits/);
  });

  test('takes no certificate of another pool, nor of a CA that it would not trust', async () => {
    const old = await make();
    const { tlsIdentity, keeper: it } = await keeper();
    const request = await it.prepare();
    const { authority: other } = await CertificateAuthority.create('other');
    const trust = { generation: 5, ca: old.ca, revoked: [] };
    const foreign = await authority.certify({ role: 'agent', name: 'b' }, request);
    expect(await failureOf(() => it.install(foreign, trust))).toMatch(
      /^invalid_argument: .*pool "b", this is "a"/,
    );
    const controller = await authority.certify({ role: 'controller', name: 'a' }, request);
    expect(await failureOf(() => it.install(controller, trust))).toMatch(
      /^failed_precondition: .*not an agent's/,
    );
    const unknown = await other.certify(host, request);
    expect(await failureOf(() => it.install(unknown, trust))).toMatch(
      /^failed_precondition: .*would lose all connections/,
    );
    expect(await failureOf(() => it.updateTrust({ ...trust, ca: other.certificate }))).toMatch(
      /would lose all connections/,
    );
    expect(tlsIdentity.credentials).toEqual(old);
    const revoked = [{ pool: 'b', issuedUntilMs: Date.now() }];
    await it.updateTrust({ generation: 6, ca: old.ca + other.certificate, revoked });
    expect(await readIdentity(directory)).toEqual({
      credentials: { ...old, ca: old.ca + other.certificate },
      revoked,
    });
  });

  test('never forgets whom it has cut off, nor which CAs are newer, also after a restart', async () => {
    const old = await make();
    const { authority: other } = await CertificateAuthority.create('other');
    const both = old.ca + other.certificate;
    const now = Date.now();
    const b = { pool: 'b', issuedUntilMs: now };
    const first = await keeper();
    await first.keeper.updateTrust({ generation: 5, ca: both, revoked: [b] });

    const { tlsIdentity, keeper: it } = await keeper();
    // A controller that was frozen meanwhile, or one whose etcd came from a backup.
    const stale = { generation: 4, ca: old.ca, revoked: [] };
    expect(await failureOf(() => it.updateTrust(stale))).toMatch(/^aborted: .*newer/);
    await it.updateTrust({ generation: 4, ca: both, revoked: [{ ...b, issuedUntilMs: now - 1 }] });
    await it.updateTrust({ generation: 4, ca: both, revoked: [{ pool: 'a2', issuedUntilMs: now }] });
    expect(tlsIdentity.revoked).toEqual([{ pool: 'a2', issuedUntilMs: now }, b]);
    expect((await readIdentity(directory)).revoked).toEqual(tlsIdentity.revoked);
    const cert = await authority.certify(host, await it.prepare());
    await it.install(cert, { generation: 5, ca: both, revoked: [] });
    expect(tlsIdentity.revoked).toHaveLength(2);

    // Equal CAs with a higher generation count, too.
    await it.updateTrust({ generation: 9, ca: both, revoked: [] });
    const third = await keeper();
    expect(await failureOf(() => third.keeper.updateTrust({ ...stale, generation: 8 }))).toMatch(/^aborted/);
    await third.keeper.updateTrust({ ...stale, generation: 10 });
  });

  test('keeps no revocation of which every certificate has expired', async () => {
    const { ca } = await make();
    const { credentials } = await readIdentity(directory);
    let now = Date.now();
    const tlsIdentity = new TlsIdentity(credentials);
    const it = new CertificateStore(directory, tlsIdentity, silentLog, () => now);
    const [b, c] = ['b', 'c'].map((pool) => ({ pool, issuedUntilMs: now }));
    await it.updateTrust({ generation: 1, ca, revoked: b ? [b] : [] });
    now += 401 * 86_400_000;
    const fresh = { pool: 'c', issuedUntilMs: now };
    await it.updateTrust({ generation: 1, ca, revoked: [fresh, ...(c ? [c] : [])] });
    expect(tlsIdentity.revoked).toEqual([fresh]);
  });
});

describe('a TLS identity', () => {
  const at = (ms: number) => new Date(ms).toUTCString();
  const now = Date.now();
  const shows = (name = 'a', issuedAtMs = now) => ({
    subjectaltname: `URI:copa://agent/${name}`,
    valid_from: at(issuedAtMs - 5 * 60_000),
    valid_to: at(now + 60_000),
  });
  const credentials = { ca: '', cert: '', key: '' };

  test('admits valid identities that are not revoked', async () => {
    const tlsIdentity = new TlsIdentity(credentials, [{ pool: 'b', issuedUntilMs: now }]);
    expect(tlsIdentity.authenticate(shows())).toEqual({ role: 'agent', name: 'a' });
    expect(await failureOf(() => tlsIdentity.authenticate(undefined))).toMatch(/^unauthenticated/);
    expect(await failureOf(() => tlsIdentity.authenticate({ ...shows(), subjectaltname: 'DNS:a' }))).toMatch(
      /has no identity/,
    );
    expect(await failureOf(() => tlsIdentity.authenticate({ ...shows(), valid_to: at(now - 1000) }))).toMatch(
      /expired/,
    );
    expect(await failureOf(() => tlsIdentity.authenticate(shows('b')))).toMatch(
      /^permission_denied: .*agent\/b was revoked/,
    );
    // Joined again after the revocation.
    expect(tlsIdentity.authenticate(shows('b', now + 1000))).toEqual({ role: 'agent', name: 'b' });
  });

  test('closes the connections of revoked peers, and no others', () => {
    const tlsIdentity = new TlsIdentity(credentials);
    const ended: string[] = [];
    for (const name of ['a', 'b']) {
      tlsIdentity.guard({ destroy: () => ended.push(name), once: () => undefined }, shows(name));
    }
    tlsIdentity.change({ credentials, revoked: [{ pool: 'b', issuedUntilMs: now }] });
    expect(ended).toEqual(['b']);
  });
});

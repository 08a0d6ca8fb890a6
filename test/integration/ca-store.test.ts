// Aim: the CA is created once, its key is stored only encrypted, a controller without the cluster secret cannot use
// it, and one command replaces it for every controller. Method: CA stores on a real etcd, whose content is read
// directly.
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { isRotating } from '../../controller/pki/authorities.js';
import { CaStore } from '../../controller/pki/ca-store.js';
import { Store } from '../../controller/store/store.js';
import { keys } from '../../controller/store/keys.js';
import { identityOf } from '../../common/pki/identity.js';
import { failureOf } from '../support/failures.js';
import { etcdObstacle, silentLog, startEtcd, temporaryDirectory } from '../support/etcd.js';

describe.skipIf(etcdObstacle !== undefined)('the CAs', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  let store: Store;
  let directory: string;
  const undo: (() => Promise<void> | void)[] = [];
  beforeAll(async () => {
    etcd = await startEtcd();
    store = new Store(etcd.endpoints);
  });
  afterAll(async () => {
    store.close();
    await etcd.stop();
  });
  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
    await rm(directory, { recursive: true });
    const entries = await store.list('/copa/');
    for (const { key, revision } of entries)
      await store.transact({ expect: [{ key, revision }], remove: [key] });
  });

  const open = async (state: string, lifetimeMs = 3600_000, of = store) => {
    const stateDirectory = join(directory, state);
    const caStore = await CaStore.start({
      store: of,
      stateDirectory,
      name: state,
      lifetimeMs,
      log: silentLog,
    });
    undo.push(() => caStore.close());
    return caStore;
  };
  const copySecret = async (from: string, to: string) => {
    await mkdir(join(directory, to), { recursive: true });
    await writeFile(
      join(directory, to, 'cluster-secret'),
      await readFile(join(directory, from, 'cluster-secret')),
    );
  };
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
  const fingerprints = (caStore: CaStore) => caStore.authorities.all.map(({ fingerprint }) => fingerprint);

  test('are created once, with an encrypted key, and stay the same', async () => {
    const [one, again] = [await open('a'), await open('a')];
    expect(fingerprints(again)).toEqual(fingerprints(one));
    expect(await modeOf(join(directory, 'a/cluster-secret'))).toBe('600');
    expect(await modeOf(join(directory, 'a'))).toBe('700');
    const kept = JSON.stringify((await store.get(keys.authorities))?.value);
    expect(kept).toContain('BEGIN CERTIFICATE');
    expect(kept).not.toContain('PRIVATE');
    const own = new X509Certificate(one.tlsIdentity.credentials.cert);
    expect(identityOf(own.subjectAltName)).toEqual({ role: 'controller', name: 'a' });
    expect(() => one.check()).not.toThrow();
    expect(one.tlsIdentity.credentials.ca).toBe(one.authorities.all[0].certificate);
  });

  test('cannot be opened without the secret, or with another one, and open with a copy of it', async () => {
    const one = await open('a');
    expect(await failureOf(() => open('b'))).toMatch(
      /^failed_precondition: the CA in etcd cannot be opened: there is no .*cluster-secret.*Copy the file/,
    );
    // It must not have left a secret of its own behind.
    expect(await readdir(directory)).toEqual(['a']);
    await mkdir(join(directory, 'b'));
    await writeFile(join(directory, 'b/cluster-secret'), '0'.repeat(64));
    expect(await failureOf(() => open('b'))).toMatch(/^failed_precondition: .*another cluster secret.*Copy/);
    await copySecret('a', 'b');
    expect(fingerprints(await open('b'))).toEqual(fingerprints(one));
  });

  test('of an earlier version move in, so that its hosts are still trusted', async () => {
    const { authority, key } = await CertificateAuthority.create('COPA');
    await mkdir(join(directory, 'a/ca'), { recursive: true });
    await writeFile(join(directory, 'a/ca/ca.crt'), authority.certificate);
    expect(await failureOf(() => open('a'))).toMatch(/^failed_precondition: .* is incomplete/);
    await writeFile(join(directory, 'a/ca/ca.key'), key);
    expect(fingerprints(await open('a'))).toEqual([authority.fingerprint]);
    expect(await readdir(join(directory, 'a'))).toEqual(['cluster-secret']);
  });

  test('are replaced for every controller by one command, with both trusted in between', async () => {
    const one = await open('a');
    await copySecret('a', 'b');
    const other = await open('b');
    const [old] = fingerprints(one);
    await other.rotate();
    await vi.waitFor(() => expect(fingerprints(one)).toHaveLength(2));
    await vi.waitFor(() => expect(one.tlsIdentity.credentials.ca.match(/BEGIN/g)).toHaveLength(2));
    // Hosts that have not received it yet must still accept the controllers.
    const signedByOld = (caStore: CaStore) =>
      new X509Certificate(caStore.tlsIdentity.credentials.cert).verify(
        new X509Certificate(one.authorities.all[0].certificate).publicKey,
      );
    expect([one, other].map(signedByOld)).toEqual([true, true]);
    expect(await failureOf(() => one.rotate())).toMatch(/^failed_precondition: .*--finish/);
    await one.finish();
    await vi.waitFor(() => expect(isRotating(other.authorities)).toBe(false));
    expect(fingerprints(other)).not.toContain(old);
    await vi.waitFor(() => expect(other.tlsIdentity.credentials.ca.match(/BEGIN/g)).toHaveLength(1));
    expect(signedByOld(other)).toBe(true);
    expect(await failureOf(() => one.finish())).toMatch(/^failed_precondition/);
  });

  test('are sent to no host before all revocations are known, because it would drop its own', async () => {
    await open('a');
    const key = keys.revocation('gone');
    await store.transact({
      expect: [{ key, revision: 0 }],
      put: [{ key, value: { issuedUntilMs: Date.now() } }],
    });
    const again = await open('a');
    const revoked = () => again.trust.revoked.map(({ pool }) => pool);
    expect(revoked).toThrow(/^the CA is not open yet/);
    await vi.waitFor(() => expect(revoked()).toEqual(['gone']));
  });

  test('give this controller a new certificate before its old one ends', async () => {
    const caStore = await open('a', 5000);
    const first = caStore.tlsIdentity.credentials.cert;
    await vi.waitFor(() => expect(caStore.tlsIdentity.credentials.cert).not.toBe(first), { timeout: 6000 });
    const [old, fresh] = [first, caStore.tlsIdentity.credentials.cert].map((pem) => new X509Certificate(pem));
    expect(Date.now()).toBeLessThan(Date.parse(old?.validTo ?? ''));
    expect(Date.parse(fresh?.validTo ?? '')).toBeGreaterThan(Date.parse(old?.validTo ?? ''));
  });
});

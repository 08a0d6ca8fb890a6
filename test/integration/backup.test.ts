// Aim: a backup brings back all that a controller had, is readable by its owner alone, and goes nowhere where something
// is. Method: whole controllers on real etcds, with doubles for hosts; the command line's own functions.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { check } from '../../controller/backup/check.js';
import { contentsOf, exportData } from '../../controller/backup/collect.js';
import { pack, unpack, type Contents } from '../../controller/backup/contents.js';
import { decrypt, encrypt, identitiesIn, newKey } from '../../controller/backup/encryption.js';
import { listBackups, writeBackup } from '../../controller/backup/files.js';
import { load } from '../../controller/backup/load.js';
import { rehearse, restore } from '../../controller/backup/restore.js';
import { keys } from '../../controller/store/keys.js';
import { Store } from '../../controller/store/store.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { Cluster } from '../support/cluster.js';
import { etcdctl, etcdObstacle, silentLog, startEtcd, temporaryDirectory } from '../support/etcd.js';

describe.skipIf(etcdObstacle !== undefined)('a backup', () => {
  let etcd: Awaited<ReturnType<typeof startEtcd>>;
  let store: Store;
  let cluster: Cluster;
  let directory: string;
  let contents: Contents;

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await mkdir(join(directory, 'etc'));
    await writeFile(join(directory, 'etc', 'controller.yaml'), 'name: first\n');
    etcd = await startEtcd();
    store = new Store(etcd.endpoints);
    cluster = await Cluster.start(etcd.endpoints, {
      settingsFile: join(directory, 'etc', 'controller.yaml'),
    });
    await cluster.addHost('server1');
    const token = { operation: 'create', name: 'deploy', role: 'operator' };
    expect((await cluster.client.ask({ method: 'POST', path: '/REST/tokens', form: token })).status).toBe(
      200,
    );
    contents = await contentsOf(await exportData(store, 'test'), cluster.config);
  }, 60_000);
  afterAll(async () => {
    await cluster.stop();
    store.close();
    await etcd.stop();
    await rm(directory, { recursive: true });
  });

  test('has everything but what belongs to a process, and is what it was after encryption', async () => {
    const names = contents.entries.map(({ key }) => key);
    expect(names).toEqual(
      expect.arrayContaining([keys.authorities, keys.pool('server1'), keys.token('deploy')]),
    );
    expect(names.filter((key) => key.startsWith(keys.controllers))).toEqual([]);
    expect(contents.settings).toEqual({ 'controller.yaml': 'name: first\n' });
    const { identity, recipient } = await newKey();
    const bytes = await encrypt(await pack(contents), { recipients: [recipient] });
    expect(Buffer.from(bytes).includes(contents.secret)).toBe(false);
    const identities = identitiesIn(`# public key: ${recipient}\n${identity}\n`);
    expect(await unpack(await decrypt(bytes, { identities }))).toEqual(contents);
    const { identity: other } = await newKey();
    await expect(decrypt(bytes, { identities: [other] })).rejects.toThrow('the key is not its recipient');
    await expect(check(contents)).resolves.toMatchObject({ pools: 1, tokens: 1, migrationsRunning: 0 });
  });

  // A passphrase is made slow to guess: it takes seconds of a processor that is free.
  test('also by a passphrase', { timeout: 240_000 }, async () => {
    const bytes = await encrypt(await pack(contents), { passphrase: 'correct horse battery' });
    expect(await unpack(await decrypt(bytes, { passphrase: 'correct horse battery' }))).toEqual(contents);
  });

  test('is never written over a file, and only its owner can read it', async () => {
    const file = join(directory, 'x.age');
    const { recipient } = await newKey();
    const bytes = await encrypt(await pack(contents), { recipients: [recipient] });
    await writeBackup(file, bytes);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await expect(writeBackup(file, Buffer.from('other'))).rejects.toThrow('already');
    expect(await readFile(file)).toEqual(Buffer.from(bytes));
    await writeFile(join(directory, 'other.age'), 'something else');
    expect(await listBackups(directory)).toEqual([expect.objectContaining({ file, bytes: bytes.length })]);
  });

  test('that was damaged, or has another secret, is refused', async () => {
    const { recipient, identity } = await newKey();
    const bytes = Buffer.from(await encrypt(await pack(contents), { recipients: [recipient] }));
    bytes[bytes.length - 20] = (bytes.at(-20) ?? 0) ^ 1;
    await expect(decrypt(bytes, { identities: [identity] })).rejects.toThrow('cannot be decrypted');
    await expect(check({ ...contents, secret: 'ab'.repeat(32) })).rejects.toThrow('does not open its CA');
    const { key, revision } = contents.entries.find((entry) => entry.key === keys.pool('server1')) ?? {
      key: '',
      revision: 0,
    };
    const broken = { key, value: { name: 7 }, revision };
    await expect(check({ ...contents, entries: [...contents.entries, broken] })).rejects.toThrow(key);
  });

  test('whose settings name a path is refused', async () => {
    const evil = { ...contents, settings: { '../cron.d/evil': '* * * * * root true\n' } };
    await expect(unpack(await pack(evil))).rejects.toThrow('not those of a backup');
  });

  test('is restored with its fences, and refused where something is', async () => {
    const other = await startEtcd();
    const filled = new Store(other.endpoints);
    const record = { id: 'a', fenceBase: 1_000 };
    const entries = [
      ...contents.entries,
      { key: keys.migration('a'), value: record, revision: 5_000 },
      { key: keys.evacuation('server1'), value: { id: 'e' }, revision: 5_001 },
      { key: keys.join('used'), value: {}, revision: 5_002 },
    ];
    const now = new Date();
    await load(filled, { ...contents, entries }, now);
    const restored = await filled.get(keys.migration('a'));
    // The fence of the record is what it was.
    expect((restored?.value as typeof record).fenceBase + (restored?.revision ?? 0)).toBe(6_000);
    expect((await filled.get(keys.evacuation('server1')))?.value).toMatchObject({ fenceBase: now.getTime() });
    expect(await filled.get(keys.join('used'))).toBeUndefined();
    expect((await filled.get(keys.restored))?.value).toMatchObject({ isWhole: true, waiting: ['server1'] });
    await expect(load(filled, contents, now)).rejects.toThrow('has data of COPA');
    filled.close();
    await other.stop();
  });

  test('can be tried without a trace', async () => {
    const place = await temporaryDirectory();
    await rehearse(contents, place, silentLog);
    expect(await readdir(place)).toEqual([]);
    await rm(place, { recursive: true });
  });

  test("fills an empty etcd of the user's own, and leaves one alone that has data", async () => {
    const own = await startEtcd();
    const stateDirectory = join(await temporaryDirectory(), 'controller');
    const settingsFile = join(stateDirectory, '..', 'etc', 'controller.yaml');
    const place = { stateDirectory, settingsFile, etcd: own.endpoints, log: silentLog };
    await restore(contents, place);
    expect(await readdir(stateDirectory)).toEqual(['cluster-secret']);
    const filled = new Store(own.endpoints);
    const [pool] = await filled.list(keys.pools);
    expect(pool?.value).toEqual(contents.entries.find(({ key }) => key === pool?.key)?.value);
    await expect(restore(contents, place)).rejects.toThrow('has data of COPA');
    filled.close();
    await own.stop();
    await rm(join(stateDirectory, '..'), { recursive: true });
  });

  test('fills an empty machine, and nothing else', async () => {
    const stateDirectory = join(await temporaryDirectory(), 'controller');
    const settingsFile = join(stateDirectory, '..', 'etc', 'controller.yaml');
    const place = { stateDirectory, settingsFile, etcd: undefined, log: silentLog };
    expect(await restore(contents, place)).toEqual([{ file: settingsFile, outcome: 'written' }]);
    expect((await readdir(stateDirectory)).sort()).toEqual(['cluster-secret', 'etcd']);
    expect((await stat(join(stateDirectory, 'cluster-secret'))).mode & 0o777).toBe(0o600);
    await expect(restore(contents, place)).rejects.toThrow('without a controller');
    await rm(join(stateDirectory, '..'), { recursive: true });
  });

  test('leaves out what COPA has not written, and names it', async () => {
    await etcdctl(etcd.endpoints, 'put', '/copa/pools/foreign', 'not json');
    expect(await exportData(store, 'test')).toMatchObject({ leftOut: ['/copa/pools/foreign'] });
    await etcdctl(etcd.endpoints, 'del', '/copa/pools/foreign');
  });

  test('is made by itself, at once and after the CA has changed, and only the newest are kept', async () => {
    const { recipient, identity } = await newKey();
    const backups = join(await temporaryDirectory(), 'backups');
    const automatic = { directory: backups, recipients: [recipient], everyMs: 3600_000, keep: 1 };
    const other = await Cluster.start(undefined, { backup: automatic });
    const state = async () =>
      (await other.client.ask({ path: '/REST/backup' })).body as {
        last: { file: string } | null;
        failure: string;
      };
    const first = await waitFor('the first one', async () => (await state()).last?.file);
    expect((await stat(first)).mode & 0o777).toBe(0o600);
    const contents = async (file: string) =>
      unpack(await decrypt(await readFile(file), { identities: [identity] }));
    const authorities = async (file: string) =>
      (await contents(file)).entries.find(({ key }) => key === keys.authorities)?.value as {
        authorities: object[];
      };
    expect((await authorities(first)).authorities).toHaveLength(1);
    await writeFile(join(backups, 'mine.age'), await readFile(first));
    await other.client.ask({ method: 'POST', path: '/REST/ca', form: { operation: 'rotate' } });
    const second = await waitFor('the second one', async () => {
      const { last } = await state();
      return last?.file === first ? undefined : last?.file;
    });
    // Without a pool, the replacement ends at once.
    expect(await authorities(second)).not.toEqual(await authorities(first).catch(() => undefined));
    await waitFor('the old one to go', async () => !(await readdir(backups)).includes(basename(first)));
    // What a person has put there stays.
    expect((await readdir(backups)).sort()).toEqual([basename(second), 'mine.age'].sort());
    const { audit } = (await other.client.ask({ path: '/REST/audit' })).body as { audit: { who: string }[] };
    expect(audit.filter(({ who }) => who === 'backup').length).toBeGreaterThanOrEqual(2);
    await other.stop();
    await rm(join(backups, '..'), { recursive: true });
  });

  test('that fails is reported, and does not stop the controller', async () => {
    const { recipient } = await newKey();
    const file = join(directory, 'other.age');
    const automatic = {
      directory: join(file, 'backups'),
      recipients: [recipient],
      everyMs: 3600_000,
      keep: 1,
    };
    const other = await Cluster.start(undefined, { backup: automatic });
    const failure = await waitFor('the failure', async () => {
      const { body } = await other.client.ask({ path: '/REST/backup' });
      return (body as { failure: string | null }).failure ?? undefined;
    });
    expect(failure).toContain(file);
    expect((await other.client.ask({ path: '/readyz' })).status).toBe(200);
    await other.stop();
  });
});

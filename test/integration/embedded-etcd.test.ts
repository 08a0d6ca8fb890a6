// Aim: the embedded etcd keeps its data over restarts, refuses other clients, recovers, and reports what is missing.
// Method: real etcd processes on temporary directories.
import { X509Certificate } from 'node:crypto';
import { mkdir, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CertificateAuthority } from '../../controller/pki/certificate-authority.js';
import { startEmbeddedEtcd } from '../../controller/etcd-process/embedded-etcd.js';
import { SpaceMonitor } from '../../controller/store/space-monitor.js';
import { Store } from '../../controller/store/store.js';
import { Cluster } from '../support/cluster.js';
import type { Endpoints } from '../../controller/store/endpoints.js';
import { failureOf } from '../support/failures.js';
import { etcdObstacle, silentLog, temporaryDirectory } from '../support/etcd.js';

const key = '/test/a';
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** The HTTP status of etcd's health page; the error when TLS refuses the connection. */
function ask(
  { urls }: Endpoints,
  tls: { ca?: string; cert?: string; key?: string },
): Promise<number | string> {
  return new Promise((resolve) => {
    const options = { ...tls, agent: false as const, rejectUnauthorized: tls.ca !== undefined };
    get(`${urls[0] ?? ''}/health`, options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on('error', (error) => resolve(error.message));
  });
}

describe.skipIf(etcdObstacle !== undefined)('the embedded etcd', () => {
  let directory: string;
  const undo: (() => Promise<void> | void)[] = [];

  beforeEach(async () => {
    directory = await temporaryDirectory();
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (log = silentLog) => {
    const etcd = await startEmbeddedEtcd(directory, log);
    undo.push(() => etcd.stop());
    return etcd;
  };
  const storeOn = (endpoints: Endpoints) => {
    const store = new Store(endpoints);
    undo.push(() => store.close());
    return store;
  };

  test('has its data again at the next start, and leaves no process behind', async () => {
    const first = await start();
    const written = await storeOn(first.endpoints).transact({
      expect: [{ key, revision: 0 }],
      put: [{ key, value: 1 }],
    });
    const pid = first.pid() ?? 0;
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    const second = await start();
    expect(await storeOn(second.endpoints).get(key)).toEqual({ key, value: 1, revision: written?.revision });
  });

  test('refuses clients without a certificate of its own CA', async () => {
    const { endpoints } = await start();
    const { ca = '', cert = '', key: clientKey = '' } = endpoints;
    expect(await ask(endpoints, { ca, cert, key: clientKey })).toBe(200);
    expect(await ask(endpoints, { ca })).toMatch(/certificate/);
    const { authority } = await CertificateAuthority.create('somebody else');
    const foreign = await authority.sign({ commonName: 'controller', names: [] });
    expect(await ask(endpoints, { ca, cert: foreign.cert, key: foreign.key })).toMatch(
      /certificate|authority|alert/,
    );
    // A client of COPA would not use another etcd on that port either.
    expect(new X509Certificate(ca).subject).toBe('CN=COPA embedded etcd');
  });

  test('keeps keys and data from other users', async () => {
    await start();
    const mode = async (name: string) => ((await stat(join(directory, name))).mode & 0o777).toString(8);
    expect(await mode('etcd')).toBe('700');
    expect(await mode('etcd-tls')).toBe('700');
    expect(await mode('etcd-tls/server.key')).toBe('600');
    expect(await readdir(join(directory, 'etcd-tls'))).toEqual(['ca.crt', 'server.crt', 'server.key']);
  });

  test('comes back on the same port when it is killed, more than once', async () => {
    const etcd = await start();
    const store = storeOn(etcd.endpoints);
    for (const value of [1, 2]) {
      const pid = etcd.pid() ?? 0;
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(etcd.pid()).not.toBe(pid), { timeout: 10_000 });
      const at = `${key}${value}`;
      expect(
        await store.transact({ expect: [{ key: at, revision: 0 }], put: [{ key: at, value }] }),
      ).toBeDefined();
    }
  });

  test('waits for an earlier one that still has the data open, and logs it', async () => {
    const earlier = await start();
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const later = start(log);
    await vi.waitFor(() => expect(lines.join()).toContain('another etcd still has this data open'), {
      timeout: 10_000,
    });
    expect(await ask(earlier.endpoints, {})).not.toBe(200);
    await storeOn(earlier.endpoints).get(key);
    await earlier.stop();
    await storeOn((await later).endpoints).get(key);
  });

  describe('at the size limit of its database', () => {
    const quotaBytes = 8 * 1024 ** 2;
    const startSmall = async () => {
      const etcd = await startEmbeddedEtcd(directory, silentLog, { quotaBytes });
      undo.push(() => etcd.stop());
      return etcd;
    };
    /** Writes the same key again and again, so that all but the last value can be forgotten. */
    const write = async (store: Store, times: number) => {
      for (let time = 0; time < times; time++) {
        const revision = (await store.get(key))?.revision ?? 0;
        const put = [{ key, value: 'x'.repeat(1024 ** 2) }];
        await store.transact({ expect: [{ key, revision }], put });
      }
    };
    const full = /^resource_exhausted: etcd has reached the size limit .*etcdctl alarm disarm/;

    test('starts again and answers reads, refuses changes in words, and takes them again once space was freed', async () => {
      const first = await startSmall();
      expect(await failureOf(() => write(storeOn(first.endpoints), 20))).toMatch(full);
      await first.stop();
      const etcd = await startSmall();
      const store = storeOn(etcd.endpoints);
      expect(await store.get(key)).toMatchObject({ key });
      expect(await store.space.look()).toMatchObject({ isFull: true });
      expect(await failureOf(() => write(store, 1))).toMatch(full);
      const monitor = new SpaceMonitor({ space: store.space, quotaBytes: etcd.quotaBytes, log: silentLog });
      undo.push(() => monitor.close());
      await monitor.look();
      expect(monitor.state).toMatchObject({ isFull: false });
      await write(store, 1);
    }, 30_000);

    test('frees space by itself, so that nothing is refused', async () => {
      const etcd = await startSmall();
      const store = storeOn(etcd.endpoints);
      const monitor = new SpaceMonitor({ space: store.space, quotaBytes: etcd.quotaBytes, log: silentLog });
      undo.push(() => monitor.close());
      await write(store, 30);
      monitor.check();
    }, 30_000);

    test('with what cannot be forgotten says so, and does not free space all the time', async () => {
      const etcd = await startSmall();
      const store = storeOn(etcd.endpoints);
      let freed = 0;
      const space = {
        look: () => store.space.look(),
        free: () => (freed++, store.space.free()),
        relief: undefined,
      };
      const monitor = new SpaceMonitor({ space, quotaBytes: etcd.quotaBytes, log: silentLog });
      undo.push(() => monitor.close());
      const fill = async () => {
        for (let number = 0; number < 20; number++) {
          const at = `${key}${number}`;
          const put = [{ key: at, value: 'x'.repeat(1024 ** 2) }];
          await store.transact({ expect: [{ key: at, revision: 0 }], put });
        }
      };
      expect(await failureOf(fill)).toMatch(full);
      for (let look = 0; look < 5; look++) await monitor.look();
      expect(freed).toBe(1);
      expect(monitor.state).toMatchObject({ databaseBytes: expect.any(Number) as number });
    }, 30_000);

    test('of somebody else is looked at and left alone, and the controller says so and serves', async () => {
      const etcd = await startSmall();
      const store = storeOn(etcd.endpoints);
      const cluster = await Cluster.start(etcd.endpoints);
      undo.push(() => cluster.stop());
      await cluster.addHost('there');
      expect(await failureOf(() => write(store, 20))).toMatch(full);
      for (const state of ['as it runs', 'after a restart']) {
        if (state !== 'as it runs') await cluster.restartController();
        const add = { operation: 'add', container_pool: 'later', ip: '10.0.0.9' };
        const refused = await cluster.client.ask({ method: 'POST', path: '/REST/pools', form: add });
        expect(refused, state).toMatchObject({
          status: 429,
          body: { error: expect.stringMatching(/alarm NOSPACE.*etcdctl defrag/) as string },
        });
        expect(await cluster.client.ask({ path: '/REST/pools' })).toMatchObject({
          status: 200,
          body: { pools: [['there', expect.anything()]] },
        });
        expect(await cluster.client.ask({ path: '/readyz' })).toMatchObject({
          status: 503,
          body: { error: expect.stringMatching(/^etcd: .*NOSPACE/) as string },
        });
        const { body } = await cluster.client.ask({ path: '/metrics' });
        expect(String(body)).toMatch(/^copa_etcd_out_of_space 1$/m);
        expect(String(body)).toMatch(/^copa_etcd_database_bytes \d{7,}$/m);
      }
      await store.space.free();
      await vi.waitFor(
        async () => {
          const { status, body } = await cluster.client.ask({ path: '/readyz' });
          expect({ status, body }).toMatchObject({
            status: 200,
            body: { success: expect.anything() as string },
          });
        },
        { timeout: 50_000, interval: 200 },
      );
      await cluster.addHost('later');
    }, 90_000);
  });

  test('names the program that is missing, and how to get it', async () => {
    const bin = join(directory, 'bin');
    await mkdir(bin);
    for (const program of ['setpriv', 'flock']) {
      const found = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
      await symlink(found, join(bin, program));
    }
    vi.stubEnv('PATH', bin);
    undo.push(() => void vi.unstubAllEnvs());
    expect(await failureOf(() => startEmbeddedEtcd(directory, silentLog))).toBe(
      'failed_precondition: the embedded etcd needs the program etcd (Debian: apt-get install etcd-server); or use a cluster of yours with --etcd URL',
    );
  });

  test("reports etcd's message when it cannot start", async () => {
    await mkdir(join(directory, 'etcd'));
    await writeFile(join(directory, 'etcd', 'member'), 'a file where etcd wants a directory');
    expect(await failureOf(() => startEmbeddedEtcd(directory, silentLog))).toMatch(
      /^failed_precondition: the embedded etcd ended at once: .+/,
    );
  });
});

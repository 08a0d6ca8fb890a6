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
import { Store } from '../../controller/store/store.js';
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

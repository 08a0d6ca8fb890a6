/**
 * COPA's own etcd: one node, a child of the controller, on loopback, for who has no cluster.
 *
 * Other users of this machine reach loopback too, so both of its ports want a certificate of a CA that is
 * made anew at each start and thrown away with the process. The data stays under the state directory.
 * When the child dies by itself it is started again on the same ports, so that clients find it.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../common/errors.js';
import type { Credentials } from '../../common/pki/identity.js';
import { CertificateAuthority } from '../pki/certificate-authority.js';
import type { Endpoints } from '../store/endpoints.js';
import { Supervisor } from './supervisor.js';

const run = promisify(execFile);

/** An etcd whose controller was killed gets SIGTERM with it and is gone soon after. */
const lockMsMax = 30_000;
/** etcd stops writing at this size of its file. COPA's records are small; compaction frees the old ones. */
const quotaBytes = 2 * 1024 ** 3;
const serverName = 'localhost';

export interface EmbeddedEtcd {
  readonly endpoints: Endpoints;
  /** The process of the moment, for whoever wants to see it die. */
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
}

/**
 * Starts etcd on `STATE/etcd` and waits until it serves. Throws `failed_precondition` with what to install
 * or what is in the way.
 */
export async function startEmbeddedEtcd(stateDirectory: string, log: Logger): Promise<EmbeddedEtcd> {
  const version = await etcdVersion();
  const directories = { data: join(stateDirectory, 'etcd'), tls: join(stateDirectory, 'etcd-tls') };
  await mkdir(directories.data, { recursive: true, mode: 0o700 });
  await waitForLock(join(directories.data, 'member', 'snap', 'db'), log);

  const client = await makeCredentials(directories.tls);
  const ports = await freePorts();
  const supervisor = new Supervisor(flagsFor(version, directories, ports), log);
  const url = `https://127.0.0.1:${ports.client}`;
  try {
    await supervisor.start(() => isHealthy(url, client));
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  log.info({ version, pid: supervisor.pid, url, data: directories.data }, 'own etcd is serving');
  return {
    endpoints: { urls: [url], serverName, ...client },
    pid: () => supervisor.pid,
    stop: () => supervisor.stop(),
  };
}

/** "3.4.23", or the error that says what to install. */
async function etcdVersion(): Promise<string> {
  for (const [program, packageName] of [
    ['setpriv', 'util-linux'],
    ['flock', 'util-linux'],
    ['etcd', 'etcd-server'],
  ] as const) {
    try {
      const { stdout } = await run(program, ['--version']);
      const version = /etcd Version: (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
      if (program === 'etcd' && version) return version;
    } catch (cause) {
      throw new CopaError(
        'failed_precondition',
        `the embedded etcd needs the program ${program} (Debian: apt-get install ${packageName}); or use a cluster of yours with --etcd URL`,
        { cause },
      );
    }
  }
  throw new CopaError('failed_precondition', 'the version of the installed etcd is unknown');
}

/** The flags of etcd 3.3 to 3.6, which differ in how one asks for the check of the data at start, and for few words. */
function flagsFor(
  version: string,
  directories: { data: string; tls: string },
  ports: { client: number; peer: number },
): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const checkData =
    major > 3 || minor >= 6
      ? '--feature-gates=InitialCorruptCheck=true'
      : '--experimental-initial-corrupt-check';
  const logging =
    major === 3 && minor < 4
      ? ['--log-output', 'stderr']
      : ['--logger', 'zap', '--log-outputs', 'stderr', '--log-level', 'warn'];
  const clientUrl = `https://127.0.0.1:${ports.client}`;
  const peerUrl = `https://127.0.0.1:${ports.peer}`;
  const [ca, cert, key] = ['ca.crt', 'server.crt', 'server.key'].map((file) => join(directories.tls, file));
  return [
    ...['--name', 'copa', '--data-dir', directories.data],
    ...['--listen-client-urls', clientUrl, '--advertise-client-urls', clientUrl],
    ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
    ...['--initial-cluster', `copa=${peerUrl}`],
    ...[`--trusted-ca-file=${ca}`, `--cert-file=${cert}`, `--key-file=${key}`, '--client-cert-auth'],
    ...[`--peer-trusted-ca-file=${ca}`, `--peer-cert-file=${cert}`, `--peer-key-file=${key}`],
    '--peer-client-cert-auth',
    // A single node has nobody to be late for: it is its own leader 0.2 s after the start.
    ...['--heartbeat-interval', '10', '--election-timeout', '100'],
    ...['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '1h'],
    ...['--quota-backend-bytes', String(quotaBytes)],
    ...logging,
    checkData,
  ];
}

/** Writes what etcd needs of a fresh CA, and returns what its client needs; the CA's key is forgotten. */
async function makeCredentials(directory: string): Promise<Credentials> {
  const { authority } = await CertificateAuthority.create('COPA embedded etcd');
  // Its own gateway dials it by address, we by name, as TLS wants no address for one.
  const names = [
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: serverName },
  ] as const;
  // Made again at every start, so it only has to outlive one run.
  const lifetimeMs = 3650 * 24 * 3600_000;
  const server = await authority.sign({ commonName: 'etcd', names }, { lifetimeMs });
  const client = await authority.sign({ commonName: 'controller', names }, { lifetimeMs });
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'server.key'), server.key, { mode: 0o600 });
  await writeFile(join(directory, 'server.crt'), server.cert, { mode: 0o600 });
  await writeFile(join(directory, 'ca.crt'), server.ca, { mode: 0o600 });
  return client;
}

/** Waits until nobody else has the data open: a second etcd would wait there silently. */
async function waitForLock(file: string, log: Logger): Promise<void> {
  const end = Date.now() + lockMsMax;
  for (let reported = false; await isLocked(file); reported = true) {
    if (!reported) log.warn({ file }, 'another etcd still has this data open, waiting for it to end');
    if (Date.now() > end) {
      throw new CopaError(
        'failed_precondition',
        `another etcd keeps ${file} open: is another controller running on this state directory?`,
      );
    }
    await delay(100);
  }
}

async function isLocked(file: string): Promise<boolean> {
  const exists = await stat(file).then(
    () => true,
    () => false,
  );
  if (!exists) return false;
  const held = 75;
  try {
    await run('flock', ['--nonblock', '--conflict-exit-code', String(held), file, 'true']);
    return false;
  } catch (error) {
    if ((error as { code?: unknown }).code === held) return true;
    throw new CopaError('failed_precondition', `cannot look at ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Two ports that nobody listens on at the moment. */
async function freePorts(): Promise<{ client: number; peer: number }> {
  const servers = [createServer(), createServer()];
  const ports = await Promise.all(
    servers.map(async (server) => {
      await once(server.listen(0, '127.0.0.1'), 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return { client: ports[0] ?? 0, peer: ports[1] ?? 0 };
}

function isHealthy(url: string, { ca, cert, key }: Credentials): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { ca, cert, key, agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

/**
 * The embedded etcd: one node as a child process of the controller, on loopback, for installations without a cluster.
 *
 * Other users of this machine can reach loopback, too. Therefore both of its ports require a certificate of a CA that
 * is created at each start and exists only as long as the process. The data is stored below the state directory. If
 * the child exits by itself, it is started again on the same ports, so that clients reach it.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../common/errors.js';
import type { Credentials } from '../../common/pki/identity.js';
import { CertificateAuthority } from '../pki/certificate-authority.js';
import type { Endpoints } from '../store/endpoints.js';
import { quietPorts } from './quiet-ports.js';
import { Supervisor } from './supervisor.js';

const run = promisify(execFile);

/** When a controller is killed, its etcd gets SIGTERM and exits soon after. */
const lockMsMax = 30_000;
/**
 * Limit on the size of etcd's file; etcd then stops writing. COPA's records are small, and compaction frees old ones.
 */
const usualQuotaBytes = 2 * 1024 ** 3;
const serverName = 'localhost';

export interface EmbeddedEtcd {
  readonly endpoints: Endpoints;
  /** At this size of its database it takes no changes any more. */
  readonly quotaBytes: number;
  /** The PID of the current process, for tests. */
  readonly pid: () => number | undefined;
  stop(): Promise<void>;
}

/**
 * Starts etcd on `STATE/etcd` and waits until it serves. Throws `failed_precondition` with what to install or what
 * prevents the start.
 */
export async function startEmbeddedEtcd(
  stateDirectory: string,
  log: Logger,
  { quotaBytes = usualQuotaBytes }: { readonly quotaBytes?: number } = {},
): Promise<EmbeddedEtcd> {
  const version = await etcdVersion();
  const directories = { data: join(stateDirectory, 'etcd'), tls: join(stateDirectory, 'etcd-tls') };
  await mkdir(directories.data, { recursive: true, mode: 0o700 });
  await waitForLock(join(directories.data, 'member', 'snap', 'db'), log);

  const client = await makeCredentials(directories.tls);
  const [clientPort = 0, peerPort = 0] = await quietPorts(2);
  const ports = { client: clientPort, peer: peerPort };
  const quota = ['--quota-backend-bytes', String(quotaBytes)];
  const supervisor = new Supervisor([...flagsFor(version, directories, ports), ...quota], log);
  const url = `https://127.0.0.1:${ports.client}`;
  try {
    await supervisor.start(() => isServing(`${url}${rangePath(version)}`, client));
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  log.info({ version, pid: supervisor.pid, url, data: directories.data }, 'the embedded etcd is serving');
  return {
    endpoints: { urls: [url], serverName, ...client },
    quotaBytes,
    pid: () => supervisor.pid,
    stop: () => supervisor.stop(),
  };
}

/** "3.4.23", or an error that names the package to install. */
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

/** The flags for etcd 3.3 to 3.6. They differ in the options for checking the data at the start and for logging. */
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
    // A single node needs no long election time-out. It is its own leader 0.2 s after the start.
    ...['--heartbeat-interval', '10', '--election-timeout', '100'],
    ...['--auto-compaction-mode', 'periodic', '--auto-compaction-retention', '1h'],
    ...logging,
    checkData,
  ];
}

/** Writes the files that etcd needs of a new CA, and returns the client's. The CA's key is not kept. */
async function makeCredentials(directory: string): Promise<Credentials> {
  const { authority } = await CertificateAuthority.create('COPA embedded etcd');
  // etcd's own gateway connects by address. The controller connects by name, because TLS forbids an address as server
  // name.
  const names = [
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: serverName },
  ] as const;
  // Created at every start, so it has to be valid only for one run.
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

/** Waits until no other process has the data open. A second etcd would wait silently. */
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
    throw new CopaError('failed_precondition', `cannot examine ${file}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Where the gateway of this version takes a read. */
function rangePath(version: string): string {
  return version.startsWith('3.3.') ? '/v3beta/kv/range' : '/v3/kv/range';
}

/**
 * Whether it answers a linearizable read, as it does once it is its own leader. Its health page would not do: it says that
 * an etcd without space is ill, and that one serves all reads and can be helped.
 */
function isServing(url: string, { ca, cert, key }: Credentials): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { method: 'POST', ca, cert, key, agent: false, timeout: 1000 } as const;
    const request = httpsRequest(url, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
    request.end(JSON.stringify({ key: Buffer.from('/').toString('base64') }));
  });
}

/**
 * The embedded etcd: a child process of the controller. It is alone, or a member of the cluster that several controllers
 * make (membership.ts).
 *
 * Its clients' port is on loopback. Other users of this machine can reach that, too. Therefore it requires a certificate
 * of a CA that is created at each start and exists only as long as the process. Other members reach the peers' port with
 * certificates of the controllers' CA (peer-identity.ts). The data is stored below the state directory. If the child
 * exits by itself, it is started again on the same ports, so that clients reach it.
 */
import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../common/errors.js';
import type { Credentials } from '../../common/pki/identity.js';
import { CertificateAuthority, lifetimeMsDefault } from '../pki/certificate-authority.js';
import type { Endpoints } from '../store/endpoints.js';
import { EtcdGateway } from './gateway.js';
import { readMembership, removeMembership, writeMembership, type Membership } from './membership.js';
import { PeerIdentity } from './peer-identity.js';
import { etcdVersion, flagsFor } from './program.js';
import { quietPorts } from './quiet-ports.js';
import { Supervisor } from './supervisor.js';

const run = promisify(execFile);

/** When a controller is killed, its etcd gets SIGTERM and exits soon after. */
const lockMsMax = 30_000;
/**
 * Limit on the size of etcd's file; etcd then stops writing. COPA's records are small, and compaction frees old ones.
 */
const usualQuotaBytes = 2 * 1024 ** 3;
/** How long a start waits for other members, before the controller starts without its etcd. */
const memberMsMax = 3_000;
const serverName = 'localhost';

export interface EmbeddedEtcd {
  readonly endpoints: Endpoints;
  /** At this size of its database it takes no changes any more. */
  readonly quotaBytes: number;
  readonly gateway: EtcdGateway;
  /** Undefined: it listens for no other members. */
  readonly membership: () => Membership | undefined;
  /**
   * No other process can write to it: it has no other members, and its clients' CA exists only in this process. It
   * stays so until this process adds a member.
   */
  readonly isAlone: boolean;
  /** Throws `failed_precondition` when the other members have removed it. */
  check(): void;
  /** The PID of the current process, for tests. */
  readonly pid: () => number | undefined;
  /** Restarts it as the first member of a cluster. Clients see a short pause. When it throws, all is as before. */
  openFor(membership: Membership): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  readonly quotaBytes?: number;
  /** Of its certificate for other members. */
  readonly lifetimeMs?: number;
  /** Forget all other members: for `copa controller recover`. */
  readonly forceNewCluster?: boolean;
}

/**
 * Starts etcd on `STATE/etcd`. Alone, it serves when this returns. With other members it may need them first: callers
 * then wait for it like for any etcd. Throws `failed_precondition` with what to install or what prevents the start.
 */
export async function startEmbeddedEtcd(
  stateDirectory: string,
  log: Logger,
  { quotaBytes = usualQuotaBytes, lifetimeMs = lifetimeMsDefault, forceNewCluster = false }: Options = {},
): Promise<EmbeddedEtcd> {
  const version = await etcdVersion();
  const directories = { data: join(stateDirectory, 'etcd'), tls: join(stateDirectory, 'etcd-tls') };
  await mkdir(directories.data, { recursive: true, mode: 0o700 });
  await waitForLock(join(directories.data, 'member', 'snap', 'db'), log);

  const client = await makeCredentials(directories.tls);
  const [clientPort = 0, peerPort = 0] = await quietPorts(2);
  const ports = { client: clientPort, peer: peerPort };
  const url = `https://127.0.0.1:${ports.client}`;
  const gateway = new EtcdGateway({ url, version, credentials: client });
  let membership = await readMembership(stateDirectory);
  let identity: PeerIdentity | undefined;
  const flags = async (): Promise<string[]> => {
    identity?.close();
    identity = membership && (await PeerIdentity.start({ stateDirectory, membership, lifetimeMs, log }));
    const peers = membership && identity && { ...membership, ...identity.files };
    return flagsFor({ version, directories, ports, quotaBytes, peers, forceNewCluster });
  };
  const isReady = () => gateway.isServing();
  /** Without other members. They are to find it where it listens now. */
  const isOnly = async (): Promise<boolean> => {
    const [own, ...others] = await gateway.members();
    if (!own || others.length > 0) return false;
    if (membership && own.address !== membership.address) await gateway.move(own.id, membership.address);
    return true;
  };
  const supervisor = new Supervisor(await flags(), log);
  const stop = async () => {
    identity?.close();
    await supervisor.stop();
  };
  const isMember = membership !== undefined && !forceNewCluster;
  try {
    const serves = await supervisor.start(isReady, isMember ? memberMsMax : undefined);
    const isAlone = serves && (await isOnly());
    const about = { version, pid: supervisor.pid, url, data: directories.data };
    if (serves) log.info(about, 'the embedded etcd is serving');
    else log.warn(about, 'the embedded etcd waits for the other controllers');
    return {
      endpoints: { urls: [url], serverName, ...client },
      ...{ quotaBytes, gateway, isAlone, stop },
      membership: () => membership,
      pid: () => supervisor.pid,
      check: () => {
        if (supervisor.isRemoved) throw removed();
      },
      openFor: async (opened) => {
        membership = opened;
        try {
          await writeMembership(stateDirectory, opened);
          await supervisor.restart(await flags(), isReady);
          await isOnly();
        } catch (error) {
          membership = undefined;
          await removeMembership(stateDirectory);
          await supervisor.restart(await flags(), isReady);
          throw error;
        }
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function removed(): CopaError {
  return new CopaError(
    'failed_precondition',
    'the other controllers have removed this one: stop it, or let it join again ("copa controller join TOKEN --again")',
  );
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

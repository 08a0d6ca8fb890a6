/** The checks of a host for its agent, for `copa doctor`. They change nothing. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:net';
import {
  examineClock,
  ok,
  problem,
  warning,
  type Check,
  type Finding,
} from '../../common/diagnostics/findings.js';
import { isCopaError, messageOf } from '../../common/errors.js';
import { formatAddress, parseAddress } from '../../common/net/address.js';
import { probeTls } from '../../common/net/tls-probe.js';
import { identityOf, sameIdentity, type Identity } from '../../common/pki/identity.js';
import { usualPort, type AgentConfig } from '../config/settings.js';
import { examineController, examineIdentity, statusHere } from './identity.js';
import { examineNetworks } from './networks.js';
import { examineRemains, type AskFate } from './remains.js';
import { readIdentity } from '../identity/identity-files.js';
import { LxdClient } from '../lxd/client.js';
import { describeDaemon, findSocket } from '../lxd/daemon.js';
import type { DaemonRoot } from '../lxd/daemon-root.js';
import { spaceOf } from '../lxd/storage.js';
import type { StoragePool } from '../lxd/types.js';
import { canMakeExact } from '../migration/changed-files.js';
import { Encryptor } from '../networks/encryption/encryptor.js';
import { KeyFiles } from '../networks/encryption/keys.js';
import { runProgram } from '../networks/programs.js';
import { networksDirectory, StateFile, stateFileIn } from '../networks/state-file.js';

/** Extensions of the daemon's API, and what is not possible without them. Every daemon since LXD 5.0 has them. */
const extensionsNeeded: Readonly<Record<string, string>> = {
  container_incremental_copy: 'copying while a container runs',
  resources: 'reporting free space before a move',
  container_protection_delete: 'keeping a container from being deleted during a move',
};

/** Less free space than this, in bytes, is a warning. */
const freeBytesMin = 1024 ** 3;

/** `peers` are other agents' addresses, each as it would be added as a pool. */
export function agentChecks(
  config: AgentConfig,
  peers: readonly string[],
  remains: { readonly repair: boolean; readonly fateOf: AskFate },
): Record<string, Check> {
  return {
    identity: () => examineIdentity(config.identity),
    controller: () => examineController(config.identity),
    daemon: () => examineDaemon(config.socket),
    migrations: () => examineMigrations(config, remains),
    networks: () => examineNetworksHere(config, remains.repair),
    clock: examineClock,
    port: () => examinePorts(config),
    ...Object.fromEntries(peers.map((peer) => [`peer ${peer}`, () => examinePeer(config, peer)])),
  };
}

async function examineDaemon(configured: string | undefined): Promise<Finding[]> {
  const socket = findSocket(configured);
  const refusal = await knock(socket);
  if (refusal === 'EACCES') {
    return [
      problem('socket', `${socket} cannot be opened by this user`, 'run this as root, as the agent runs'),
    ];
  }
  if (refusal !== undefined) {
    return [
      problem('socket', `nothing answers at ${socket}: ${refusal}`, 'start the daemon, and see its log'),
    ];
  }
  const lxd = new LxdClient(socket);
  try {
    const daemon = await describeDaemon(lxd);
    const missing = Object.entries(extensionsNeeded).filter(([extension]) => !daemon.has(extension));
    const pools = await lxd.get<StoragePool[]>('/1.0/storage-pools?recursion=1');
    return [
      ok('socket', socket),
      ...examineFiles(await lxd.root()),
      missing.length === 0
        ? ok('daemon', `${daemon.kind} ${daemon.version}, with all features that COPA needs`)
        : problem(
            'daemon',
            `${daemon.kind} ${daemon.version} lacks ${missing.map(([name, why]) => `${name} (${why})`).join(', ')}`,
            'upgrade it to LXD 5.0 or later, or to Incus',
          ),
      ...(pools.length === 0
        ? [problem('storage', 'the daemon has no storage pool', 'make one: lxd init, or incus admin init')]
        : await Promise.all(pools.map((pool) => examineStorage(lxd, pool)))),
    ];
  } finally {
    await lxd.close();
  }
}

/** Only a daemon with mounts of its own is worth a line. */
function examineFiles({ prefix, problem: why }: DaemonRoot): Finding[] {
  if (why !== undefined) {
    const advice = 'run agent and daemon on the same host, and let systemd give the agent CAP_SYS_PTRACE';
    return [warning('files', `if the daemon has mounts of its own, they are not reached: ${why}`, advice)];
  }
  return prefix === ''
    ? []
    : [ok('files', `the daemon has mounts of its own, which are reached by ${prefix}`)];
}

/** A daemon that does not answer is reported elsewhere. */
async function examineMigrations(
  { socket, identity }: AgentConfig,
  remains: Parameters<typeof examineRemains>[2],
): Promise<Finding[]> {
  const path = findSocket(socket);
  if ((await knock(path)) !== undefined) return [];
  const lxd = new LxdClient(path);
  try {
    return await examineRemains(lxd, identity, remains);
  } finally {
    await lxd.close();
  }
}

async function examineNetworksHere(config: AgentConfig, repair: boolean): Promise<readonly Finding[]> {
  const path = findSocket(config.socket);
  if ((await knock(path)) !== undefined) return [];
  const lxd = new LxdClient(path);
  try {
    return await examineNetworks({
      ...{ lxd, repair, run: runProgram, file: new StateFile(stateFileIn(config.identity)) },
      encryptor: new Encryptor(runProgram, new KeyFiles(networksDirectory(config.identity))),
      status: () => statusHere(config.identity),
      agentAnswers: async () => (await examinePorts(config)).some(({ verdict }) => verdict === 'ok'),
    });
  } finally {
    await lxd.close();
  }
}

/** Why a unix socket does not take a connection; undefined when it does. */
function knock(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

async function examineStorage(lxd: LxdClient, pool: StoragePool): Promise<Finding> {
  const about = `storage ${pool.name}`;
  const { freeBytes: free } = await spaceOf(lxd, pool.name);
  const space = `${pool.driver}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free < freeBytesMin) {
    return warning(about, `${space}: a container that does not fit is not moved here`, 'make room');
  }
  const alike = { storageDriver: pool.driver, sendsDifferences: true, namesChangedFiles: true };
  if (await canMakeExact(lxd, pool, alike)) return ok(about, space);
  return warning(
    about,
    `${space}; containers are stopped before they are copied here, as the agent does not see their files`,
    'for short stops, use a storage pool of btrfs or zfs on both hosts, or of dir',
  );
}

async function examinePorts({ host, port, streamPort, identity }: AgentConfig): Promise<Finding[]> {
  const { credentials } = await readIdentity(identity);
  const own = identityOf(new X509Certificate(credentials.cert).subjectAltName);
  const address = host === '0.0.0.0' ? '127.0.0.1' : host;
  return Promise.all(
    [port, streamPort].map(async (each): Promise<Finding> => {
      const about = `port ${each}`;
      try {
        const { identity: other } = await probeTls({ host: address, port: each }, credentials);
        if (own && sameIdentity(other, own)) return ok(about, 'this agent answers');
        return problem(
          about,
          `${nameOf(other)} answers instead of this agent`,
          'choose another port, or stop it',
        );
      } catch (error) {
        if (!isCopaError(error, 'unavailable')) throw error;
        const log = 'systemctl start copa-agent; journalctl -u copa-agent shows why it ends';
        return problem(about, `the agent does not answer: ${messageOf(error)}`, log);
      }
    }),
  );
}

/** Both ports of another agent, as reached from this host. The second one accepts containers. */
async function examinePeer(config: AgentConfig, peer: string): Promise<Finding[]> {
  const { credentials } = await readIdentity(config.identity);
  const address = parseAddress(peer, usualPort);
  if (!address) return [problem(`peer ${peer}`, 'this is not an address', 'give IP or IP:PORT')];
  const { host, port } = address;
  // Only the controller knows another host's stream port. By default it is the next port.
  return Promise.all(
    [port, port + 1].map(async (each): Promise<Finding> => {
      const about = `peer ${formatAddress({ host, port: each })}`;
      try {
        const { identity } = await probeTls({ host, port: each }, credentials);
        return ok(about, `${nameOf(identity)} answers`);
      } catch (error) {
        const advice = 'open the port in the firewalls between; without 8002, the controller relays';
        return problem(about, `is unreachable: ${messageOf(error)}`, advice);
      }
    }),
  );
}

function nameOf(identity: Identity | undefined): string {
  return identity === undefined
    ? 'a server without a certificate of COPA'
    : `${identity.role} "${identity.name}"`;
}

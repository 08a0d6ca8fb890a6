/** The checks of the controller's machine for `copa doctor`. They change nothing. */
import { execFile } from 'node:child_process';
import { stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import {
  examineClock,
  ok,
  problem,
  validityOf,
  warning,
  type Check,
  type Finding,
} from '../../common/diagnostics/findings.js';
import { messageOf } from '../../common/errors.js';
import { formatAddress, parseAddress } from '../../common/net/address.js';
import { probeTls } from '../../common/net/tls-probe.js';
import { sameIdentity } from '../../common/pki/identity.js';
import type { Config } from '../config/settings.js';
import { examineControllers, examineNetworks, type ClusterRest } from './cluster-checks.js';

/** How to send REST requests: as the command line does, with its token and its CA. */
interface Rest extends ClusterRest {
  readiness(): Promise<unknown>;
  pools(): Promise<unknown>;
  backupState(): Promise<unknown>;
}

interface Settings extends Pick<Config, 'stateDirectory' | 'agentPort'> {
  /** An external etcd, not the embedded one. */
  readonly usesCluster: boolean;
}

/** etcd stops writing when its disk is full, and then nothing works any more. */
const freeBytesMin = 1024 ** 3;

export function controllerChecks(config: Settings, rest: Rest): Record<string, Check> {
  return {
    'state directory': () => examineState(config.stateDirectory),
    etcd: () => examineEtcd(config.usesCluster),
    clock: examineClock,
    controller: () => examineReadiness(rest),
    controllers: () => examineControllers(rest),
    pools: () => examinePools(config.agentPort, rest),
    networks: () => examineNetworks(rest),
    backups: () => examineBackups(rest),
  };
}

async function examineState(directory: string): Promise<Finding[]> {
  const about = 'state directory';
  const start = 'systemctl start copa-controller; it creates it at its first start';
  const status = await stat(directory).catch(() => undefined);
  if (!status?.isDirectory()) return [problem(about, `${directory} does not exist`, start)];
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const space = `${directory}, ${(free / 1024 ** 3).toFixed(1)} GiB free`;
  return [
    status.mode & 0o077
      ? problem(about, `users other than its owner can read ${directory}`, `chmod 700 ${directory}`)
      : ok(about, 'only its owner can read it'),
    free < freeBytesMin ? warning('space', space, 'make room') : ok('space', space),
  ];
}

async function examineEtcd(usesCluster: boolean): Promise<Finding> {
  if (usesCluster) return ok('etcd', 'your own etcd; whether it answers is reported below');
  try {
    const { stdout } = await promisify(execFile)('etcd', ['--version'], { timeout: 10_000 });
    return ok('etcd', `the program is installed: ${stdout.split('\n')[0] ?? ''}`);
  } catch {
    return problem('etcd', 'the program etcd is not installed', 'apt-get install etcd-server, or use --etcd');
  }
}

const readiness = z.object({ checks: z.record(z.string(), z.string()) });

async function examineReadiness(rest: Rest): Promise<Finding[]> {
  const advice = 'journalctl -u copa-controller shows more';
  const answer = readiness.safeParse(
    await rest.readiness().catch((error: unknown) => ({ failure: messageOf(error) })),
  );
  if (!answer.success) {
    return [problem('controller', 'REST does not answer', `systemctl start copa-controller; ${advice}`)];
  }
  return [
    ok('controller', 'REST answers'),
    ...Object.entries(answer.data.checks).map(([name, state]) =>
      state === 'ok' ? ok(name, 'all dependencies of the controller work') : problem(name, state, advice),
    ),
  ];
}

const backups = z.object({
  automatic: z.object({ every_seconds: z.number() }).nullable(),
  last: z.object({ made_at: z.string() }).nullable(),
  failure: z.string().nullable(),
  restored: z.object({ waiting: z.array(z.string()) }).nullable(),
});

async function examineBackups(rest: Rest): Promise<Finding[]> {
  const about = 'backups';
  const answer = backups.safeParse(await rest.backupState().catch(() => undefined));
  if (!answer.success) return [warning(about, 'their state is unknown', 'copa backup status shows why')];
  const { automatic, last, failure, restored } = answer.data;
  const waiting = restored?.waiting.join(', ') ?? '';
  const open =
    waiting === ''
      ? []
      : [
          warning(
            'restore',
            `these hosts have not reported yet: ${waiting}`,
            'bring them back, or remove their pools',
          ),
        ];
  if (!automatic) {
    const advice = 'set backup_dir and backup_recipient ("copa backup key FILE" makes a key)';
    return [
      warning(about, 'none are made: without one, a lost disk means that every host joins again', advice),
      ...open,
    ];
  }
  if (failure !== null)
    return [problem(about, `the last one failed: ${failure}`, 'the log shows more'), ...open];
  if (last) return [ok(about, `the newest is of ${last.made_at}`), ...open];
  return [warning(about, 'none has been made yet', 'look again in a minute'), ...open];
}

const poolList = z.object({ pools: z.array(z.tuple([z.string(), z.string()])) });

async function examinePools(agentPort: number, rest: Rest): Promise<Finding[]> {
  const answer = poolList.safeParse(await rest.pools().catch(() => undefined));
  if (!answer.success) {
    return [
      problem('pools', 'cannot be listed', 'copa pool list shows why; beyond loopback a token is required'),
    ];
  }
  const { pools } = answer.data;
  if (pools.length === 0) {
    return [warning('pools', 'there are none yet', 'copa token create, and copa agent join on a host')];
  }
  return Promise.all(pools.map(([pool, address]) => examinePool(pool, address, agentPort)));
}

/** The identity in the certificate that a host's agent shows, and when it expires. */
async function examinePool(pool: string, address: string, agentPort: number): Promise<Finding> {
  const about = `pool ${pool}`;
  const dialled = parseAddress(address, agentPort);
  if (!dialled) return problem(about, `its address ${address} is not valid`, 'add the pool again');
  try {
    const answerer = await probeTls(dialled);
    if (!sameIdentity(answerer.identity, { role: 'agent', name: pool })) {
      const who = answerer.identity
        ? `${answerer.identity.role} "${answerer.identity.name}"`
        : 'somebody else';
      return problem(
        about,
        `${who} answers at ${formatAddress(dialled)}`,
        'is the address right? add the pool again',
      );
    }
    return validityOf(about, answerer, `on the host: copa doctor, or join it again`, Date.now());
  } catch (error) {
    const advice = 'on the host: copa doctor; between: is the port open in the firewalls?';
    return problem(about, `the agent is unreachable: ${messageOf(error)}`, advice);
  }
}

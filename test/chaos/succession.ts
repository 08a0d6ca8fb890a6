// Two controllers on one etcd: the one that runs migrations hangs, and the other takes them over. When the first one
// resumes, it must not act on migrations that it has lost.
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, freePort, request, type Reply, type Send } from '../../deploy/lab/cluster.js';
import { program } from '../../deploy/lab/lab.js';
import { waitFor } from '../../deploy/lab/processes.js';
import type { Driver } from '../../deploy/lab/storage.js';
import { Failpoints } from './failpoints.js';
import { judge } from './judge.js';
import { begin, told, untilEnded, type Rest } from './migrations.js';
import type { Result } from './report.js';
import { makeSubject, portrait, prepare } from './subject.js';
import { Witness } from './witness.js';

/** The first controller is silent for 10 s before it counts as gone. */
const endWithinMs = 120_000;

/** Long enough for the first controller to finish all its pending work. */
const lateMs = 8_000;

const phases = ['accepted', 'copied', 'stopped', 'verified', 'switched'] as const;

export async function runSuccession(storage: Driver): Promise<Omit<Result, 'name' | 'seconds'>> {
  const failpoints = new Failpoints(`/tmp/copa-chaos-${process.pid}-succession`);
  const directory = join(failpoints.directory, 'etcd');
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const etcd = startEtcd(directory, clientPort, peerPort);
  const url = `http://127.0.0.1:${clientPort}`;
  let cluster: Cluster | undefined;
  let second: Second | undefined;
  try {
    await waitFor('etcd to serve', async () => (await fetch(`${url}/health`)).ok);
    const env = { COPA_TEST_FAILPOINTS: failpoints.directory };
    cluster = await Cluster.up({ storage, storageSizeMiB: 1024, flags: ['--etcd', url], env });
    await cluster.liftLimits();
    second = await Second.start(cluster, url, failpoints.directory);
    return await succeed(cluster, second, failpoints);
  } finally {
    second?.kill();
    await cluster?.down();
    etcd.kill('SIGKILL');
    failpoints.remove();
  }
}

async function succeed(
  cluster: Cluster,
  second: Second,
  failpoints: Failpoints,
): Promise<Omit<Result, 'name' | 'seconds'>> {
  const [source, destination] = [cluster.lab.host('server1'), cluster.lab.host('server2')];
  await prepare(source);
  const witness = new Witness(cluster.hosts);
  try {
    const subjects = [];
    for (const phase of phases) {
      const container = `heir${phase}`;
      await makeSubject(source, container, { running: true, doomed: false, autostart: true });
      const before = await portrait(source, container);
      const failpoint = { container, phase, when: 'before' } as const;
      failpoints.set(failpoint);
      const id = await begin(cluster, { container, source: source.name, destination: destination.name });
      await waitFor(`${container} to come there`, () => failpoints.isReached(failpoint), 60_000);
      subjects.push({ container, before, failpoint, id });
    }
    const ids = subjects.map(({ id }) => id);
    await cluster.kill('controller', 'SIGSTOP');
    const ends = await untilEnded(second, ids, endWithinMs);
    // It continues in the middle of a step whose deadline has passed.
    for (const { failpoint } of subjects) failpoints.release(failpoint);
    await cluster.kill('controller', 'SIGCONT');
    await pause(lateMs);

    const problems: string[] = [];
    for (const { container, before, id } of subjects) {
      const end = ends.get(id);
      if (end?.endedAt === undefined) {
        problems.push(`${container}: nobody took it to its end: ${end ? told(end.view) : ''}`);
        continue;
      }
      const expected = { container, source, destination, running: true, before };
      const wrong = await judge(cluster, witness, expected, end.view);
      problems.push(...wrong.map((each) => `${container}: ${each}`));
    }
    const agreed = await untilEnded(cluster, ids, 5_000);
    if (ids.some((id) => agreed.get(id)?.view.phase !== ends.get(id)?.view.phase)) {
      problems.push('the controllers do not agree on how it ended');
    }
    return { outcome: 'taken over', problems };
  } finally {
    await witness.end();
  }
}

function startEtcd(directory: string, clientPort: number, peerPort: number): ChildProcess {
  const [client, peer] = [clientPort, peerPort].map((port) => `http://127.0.0.1:${port}`) as [string, string];
  const argv = [
    ...['--name', 'copa', '--data-dir', directory, '--log-level', 'error'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    ...['--initial-cluster', `copa=${peer}`],
  ];
  return spawn('setpriv', ['--pdeathsig', 'KILL', 'etcd', ...argv], { stdio: 'ignore' });
}

/** Another controller of the same COPA: the same etcd, the same cluster secret, its own identity. */
class Second implements Rest {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(cluster: Cluster, etcd: string, directory: string): Promise<Second> {
    const state = join(directory, 'second');
    mkdirSync(state, { recursive: true, mode: 0o700 });
    cpSync(join(cluster.stateDirectory, 'cluster-secret'), join(state, 'cluster-secret'));
    const port = await freePort();
    const argv = ['--listen', `127.0.0.1:${port}`, '--state-dir', state, '--etcd', etcd, '--name', 'second'];
    const log = openSync(join(directory, 'second.log'), 'a');
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', process.execPath, program(), 'controller', ...argv],
      { stdio: ['ignore', log, log] },
    );
    const second = new Second(child, `http://127.0.0.1:${port}/REST`);
    await waitFor('the second controller to serve', async () => (await fetch(`${second.url}/pools`)).ok);
    return second;
  }

  request(method: string, path: string, send: Send = {}): Promise<Reply> {
    return request(this.url, method, path, send);
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

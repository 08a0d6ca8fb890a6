// Moves PostgreSQL under a committing client between four kinds of hosts, while something is killed or cut off in most
// moves. Every acknowledged commit must be there after each move.
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster } from '../../deploy/lab/cluster.js';
import type { Host } from '../../deploy/lab/host.js';
import { subnet } from '../../deploy/lab/network.js';
import { waitFor } from '../../deploy/lab/processes.js';
import { Committer } from './commits.js';
import { databaseImage } from './database-image.js';
import { begin, told, untilEnded } from './migrations.js';
import type { Random } from './random.js';
import type { Result } from './report.js';
import { findContainer } from './subject.js';

const container = 'database';
const endWithinMs = 180_000;
const answersWithinMs = 60_000;
/** A move takes some 15 s. */
const strikeWithinMs = 15_000;
/** Of ten moves, those with a fault. */
const hurtOfTen = 7;

interface Route {
  readonly cluster: Cluster;
  readonly from: Host;
  readonly to: Host;
}
type Fault = (route: Route, lastsMs: number) => Promise<void>;

const killed =
  (side: 'from' | 'to', part: 'agent' | 'lxd'): Fault =>
  async (route, lastsMs) => {
    await route[side].kill(part);
    await pause(lastsMs);
    await route[side].restart(part);
  };

const cut =
  (side: 'from' | 'to'): Fault =>
  async (route, lastsMs) => {
    await route[side].link.cut();
    await pause(lastsMs);
    await route[side].link.heal();
  };

const faults = {
  'source agent killed': killed('from', 'agent'),
  'destination agent killed': killed('to', 'agent'),
  'source daemon killed': killed('from', 'lxd'),
  'destination daemon killed': killed('to', 'lxd'),
  'source cut off': cut('from'),
  'destination cut off': cut('to'),
  'hosts cut off from each other': async ({ cluster, from, to }, lastsMs) => {
    await cluster.lab.partition(from, to);
    await pause(lastsMs);
    await cluster.lab.healPartition(from, to);
  },
  'controller killed': async ({ cluster }, lastsMs) => {
    await cluster.kill('controller');
    await pause(lastsMs);
    await cluster.startController();
  },
  'etcd killed': async ({ cluster }) => {
    await waitFor('etcd to run', () => cluster.pid('etcd'));
    await cluster.kill('etcd');
  },
} satisfies Record<string, Fault>;

export async function runDatabase(
  moves: number,
  random: Random,
  progress: (text: string) => void,
): Promise<Omit<Result, 'name' | 'seconds'>> {
  const cluster = await Cluster.up({
    hosts: 4,
    daemon: ['lxd', 'incus', 'lxd', 'incus'],
    storage: ['dir', 'btrfs', 'btrfs', 'dir'],
    storageSizeMiB: 2048,
  });
  let committer: Committer | undefined;
  try {
    let home = cluster.lab.host('server1');
    const image = await databaseImage(subnet(cluster.lab.index));
    await home.lxc('image', 'import', image.tarball, '--alias', 'database');
    await home.lxc('launch', 'database', container);
    committer = new Committer(image.client, await home.containerAddress(container));
    await committer.start();
    const outcomes = new Map<string, number>();
    let done = 0;
    for (let move = 1; done < moves && move <= 2 * moves; move++) {
      const to = random.pick(cluster.hosts.filter((host) => host !== home));
      const route = { cluster, from: home, to };
      const { name, end } = await moveUnderFault(route, random);
      const what = `move ${move}, ${home.name} to ${to.name}, ${name}: ${end ? told(end) : 'no record'}`;
      if (!end || end.state === 'running') return { outcome: 'stuck', problems: [what] };
      outcomes.set(end.state, (outcomes.get(end.state) ?? 0) + 1);
      if (end.state === 'done') [home, done] = [to, done + 1];
      const problems = await judgeDatabase(cluster, home, committer);
      if (problems.length > 0) return { outcome: end.state, problems, detail: what };
      const downtime = end.downtime_ms === null ? '' : `, down ${(end.downtime_ms / 1000).toFixed(1)} s`;
      const why = end.error === null ? '' : ` (${end.error})`;
      progress(
        `     move ${move}, ${route.from.name} to ${to.name}, ${name}: ${end.state}${why}${downtime}; ` +
          `${committer.acknowledged.size} commits`,
      );
    }
    const summary = [...outcomes].map(([state, count]) => `${count} ${state}`).join(', ');
    const problems = done < moves ? [`only ${done} of ${moves} moves arrived: ${summary}`] : [];
    return { outcome: `${summary}; ${committer.acknowledged.size} commits`, problems };
  } finally {
    await committer?.end();
    await cluster.down();
  }
}

async function moveUnderFault(route: Route, random: Random) {
  const { cluster, from, to } = route;
  const name =
    random.next() * 10 < hurtOfTen ? random.pick(Object.keys(faults) as (keyof typeof faults)[]) : 'no fault';
  const id = await begin(cluster, { container, source: from.name, destination: to.name });
  await pause(random.between(0, strikeWithinMs));
  if (name !== 'no fault') await faults[name](route, random.between(0, 8_000));
  return { name, end: (await untilEnded(cluster, [id], endWithinMs)).get(id)?.view };
}

async function judgeDatabase(cluster: Cluster, home: Host, committer: Committer): Promise<string[]> {
  const problems: string[] = [];
  const running = cluster.hosts.filter((host) => host.runningContainers().includes(container));
  if (running.length !== 1 || running[0] !== home) {
    problems.push(
      `it runs on ${running.map(({ name }) => name).join(' and ') || 'no host'}, not on ${home.name}`,
    );
  }
  for (const host of cluster.hosts.filter((each) => each !== home))
    if (await findContainer(host, container)) problems.push(`a copy is on ${host.name}`);
  const acknowledged = [...committer.acknowledged];
  const rows = new Set((await committer.ask('SELECT n FROM log', answersWithinMs)).map(Number));
  const lost = acknowledged.filter((n) => !rows.has(n));
  if (lost.length > 0)
    problems.push(`${lost.length} of ${acknowledged.length} commits are lost, as ${lost[0]}`);
  if (!(await committer.another(answersWithinMs))) problems.push('the client commits no more');
  return problems;
}

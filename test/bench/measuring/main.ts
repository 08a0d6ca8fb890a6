// `npm run bench:measuring`: the processor time that measuring costs one host: itself, 50 containers, and a probe a second to and
// from each of 19 peers. The agent's own code measures processes that have the control groups and networks of containers. User
// and system time are counted, with the programs that it runs, so other load matters little. It ends with 1 when the cost
// without the counting of traffic, which is off by default, is more than 1% of a core.
import { Command } from 'commander';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../../deploy/lab/processes.js';
import { aligned } from '../figures.js';
import { cpuSeconds } from '../usage.js';
import type { Setup } from './agent.js';

const goalPercent = 1;
/** A start costs more. */
const warmUpSeconds = 20;
const program = join(import.meta.dirname, 'agent.js');
const name = `copa-measuring-${process.pid}`;

const flags = new Command('bench:measuring')
  .option('--containers <n>', 'containers of the host', '50')
  .option('--peers <n>', 'other hosts', '19')
  .option('--seconds <n>', 'how long is measured', '180')
  .parse()
  .opts<{ containers: string; peers: string; seconds: string }>();

const children: ChildProcess[] = [];
const groups: string[] = [];
const directory = mkdtempSync(join(tmpdir(), 'copa-measuring-'));
process.exitCode = await main().finally(async () => {
  for (const child of children) child.kill('SIGKILL');
  await delay(500);
  for (const group of groups.reverse()) rmdirSync(group);
  await run(['ip', 'netns', 'delete', name], { check: false });
  rmSync(directory, { recursive: true });
});

async function main(): Promise<number> {
  await run(['ip', 'netns', 'add', name]);
  await run(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
  const pids: Record<string, number> = {};
  for (let index = 0; index < Number(flags.containers); index++) pids[`c${index}`] = container(`c${index}`);
  const [plain, counting] = [0, 1].map((index) => host(index, pids)) as [number, number];
  await delay(warmUpSeconds * 1000);
  const before = [plain, counting].map(cpuSeconds);
  const start = performance.now();
  await delay(Number(flags.seconds) * 1000);
  const seconds = (performance.now() - start) / 1000;
  const percents = [plain, counting].map(
    (pid, index) => (100 * (cpuSeconds(pid) - (before[index] ?? 0))) / seconds,
  ) as [number, number];
  const cell = (percent: number) => `${percent.toFixed(2)}%`;
  console.log(
    aligned([
      [`a host with ${flags.containers} containers and ${flags.peers} peers`, 'of a core', 'goal'],
      ['measures all', cell(percents[0]), `${goalPercent}%`],
      ['and counts traffic (--count-traffic)', cell(percents[1]), ''],
    ]),
  );
  console.log(
    `measured for ${Math.round(seconds)} s; load of the machine: ${loadavg()[0]?.toFixed(1) ?? '?'}`,
  );
  return percents[0] > goalPercent ? 1 : 0;
}

/** A process with its own network and control groups; its PID. */
function container(called: string): number {
  const child = start(['unshare', '--net', 'sleep', 'infinity']);
  const root = '/sys/fs/cgroup';
  const hierarchies = existsSync(`${root}/cgroup.controllers`)
    ? [root]
    : ['cpuacct', 'memory', 'blkio'].map((each) => join(root, each));
  for (const hierarchy of hierarchies) {
    for (const group of [join(hierarchy, name), join(hierarchy, name, `lxc.payload.${called}`)]) {
      if (existsSync(group)) continue;
      mkdirSync(group);
      groups.push(group);
      const control = join(group, 'cgroup.subtree_control');
      if (existsSync(control) && !group.includes('payload')) writeFileSync(control, '+cpu +memory +io');
    }
    writeFileSync(join(hierarchy, name, `lxc.payload.${called}`, 'cgroup.procs'), String(child));
  }
  return child;
}

/** An agent, and another process with all its peers; the agent's PID. */
function host(index: number, pids: Setup['pids']): number {
  const address = (peer: number) => `127.${index + 1}.0.${peer + 1}`;
  const peers = Array.from({ length: Number(flags.peers) }, (_, peer) => ({
    ...{ pool: `peer${peer + 1}`, address: address(peer + 1), key: randomBytes(32).toString('hex') },
  }));
  const shared = { pool: 'server', address: address(0), peers, pids, countsTraffic: index === 1 };
  const setup = { ...shared, directory: join(directory, String(index)) };
  const started = (role: Setup['role']) => {
    const text = JSON.stringify({ ...setup, role } satisfies Setup);
    // Not ip netns exec, which hides the control groups.
    return start(['nsenter', `--net=/run/netns/${name}`, process.execPath, program, text]);
  };
  started('peers');
  return started('agent');
}

function start([file = '', ...words]: readonly string[]): number {
  const child = spawn(file, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${file} cannot be started`);
  return child.pid;
}

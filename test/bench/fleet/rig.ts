// A controller as its own process, on a state of its own, and processes of simulated hosts that are its fleet.
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, request } from '../../../deploy/lab/cluster.js';
import { program } from '../../../deploy/lab/lab.js';
import { childrenOf, waitFor } from '../../../deploy/lab/processes.js';
import { asked } from './request.js';
import { poolAddress, poolName } from './names.js';
import type { Order, Part, Report } from './simulator.js';

/** The usage of a process since the last sample. */
export interface Spent {
  readonly cpuPercent: number;
  readonly rssMegabytes: number;
}

export interface Spending {
  readonly controller: Spent;
  readonly etcd: Spent;
  readonly hosts: Spent;
  readonly seconds: number;
}

export interface Totals {
  readonly pools: Readonly<Record<'up' | 'down' | 'unknown', number>>;
  readonly containers: number;
}

/** Hosts per process. With more of them, the measurement would show this process's event loop. */
const hostsPerProcess = 1250;

export class Rig {
  readonly directory = mkdtempSync(join(tmpdir(), 'copa-fleet-'));
  readonly simulators: ChildProcess[] = [];
  #controller: ChildProcess | undefined;
  #port = 0;

  /** `flags`: more of the controller's. */
  constructor(private readonly flags: readonly string[] = []) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}/REST`;
  }

  get controllerPid(): number {
    return this.#controller?.pid ?? 0;
  }

  /** Starts it on its existing state; returns when REST is served. */
  async startController(nodeFlags: readonly string[] = []): Promise<void> {
    this.#port ||= await freePort();
    const log = openSync(join(this.directory, 'controller.log'), 'a');
    const argv = [
      'controller',
      '--listen',
      `127.0.0.1:${this.#port}`,
      '--state-dir',
      join(this.directory, 'state'),
      ...this.flags,
    ];
    const flags = [
      '--pdeathsig',
      'KILL',
      process.execPath,
      ...serviceFlags(),
      ...nodeFlags,
      program(),
      ...argv,
    ];
    this.#controller = spawn('setpriv', [...flags, '--log-level', 'warn'], { stdio: ['ignore', log, log] });
    await waitFor(
      'the controller to serve',
      async () => (await fetch(`${this.url}/overview?limit=1`)).ok,
      60_000,
    );
  }

  async stopController(signal: NodeJS.Signals): Promise<void> {
    const child = this.#controller;
    if (!child) return;
    this.#controller = undefined;
    const etcd = childrenOf(child.pid ?? 0);
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
    await waitFor('etcd to end', () => etcd.every((pid) => !isThere(pid)), 20_000);
  }

  /** Starts hosts from a number on, in as few processes as will do; they listen when it returns. */
  async startHosts(
    first: number,
    count: number,
    containers: number,
    network?: Part['network'],
  ): Promise<void> {
    const parts: Part[] = [];
    for (let from = first; from < first + count; from += hostsPerProcess) {
      const size = Math.min(hostsPerProcess, first + count - from);
      parts.push({ url: this.url, first: from, count: size, containers, ...(network ? { network } : {}) });
    }
    const children = parts.map(() =>
      fork(new URL('simulator.js', import.meta.url), { serialization: 'json' }),
    );
    this.simulators.push(...children);
    await Promise.all(children.map((child, index) => order(child, parts[index] as Part)));
  }

  async orderAll(what: Order): Promise<void> {
    await Promise.all(this.simulators.map((child) => order(child, what)));
  }

  /** Calls back with each report of all processes of simulated hosts. */
  onReport(take: (report: Report) => void): void {
    for (const child of this.simulators) child.on('message', (report: Report) => take(report));
  }

  /** Registers hosts with the controller, 16 at a time. */
  async register(first: number, count: number): Promise<void> {
    let next = first;
    const worker = async () => {
      while (next < first + count) {
        const index = next++;
        const form = { operation: 'add', container_pool: poolName(index), ip: poolAddress(index) };
        await asked(`pool ${poolName(index)}`, this.url, 'pools', form);
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  }

  async totals(): Promise<Totals> {
    return (await request(this.url, 'GET', 'overview', { query: { limit: '1' } })).body['totals'] as Totals;
  }

  /** The time until the totals match, in seconds. */
  async until(what: string, wanted: (totals: Totals) => boolean, timeoutMs = 120_000): Promise<number> {
    const started = performance.now();
    await waitFor(what, async () => wanted(await this.totals()), timeoutMs);
    return (performance.now() - started) / 1000;
  }

  /** The usage of the controller, its etcd and all simulated hosts during `work`. */
  async spending(work: () => Promise<void>): Promise<Spending> {
    // Sampled at both ends, because the work may start the controller.
    const pids = () => [
      [this.controllerPid],
      childrenOf(this.controllerPid).slice(0, 1),
      this.simulators.map(({ pid = 0 }) => pid),
    ];
    const used = () => pids().map((all) => sum(all.map(cpuMs)));
    const [startedAt, before] = [performance.now(), used()];
    await work();
    const ms = performance.now() - startedAt;
    const there = pids();
    const [controller, etcd, hosts] = used().map((now, index) => ({
      cpuPercent: ((now - (before[index] ?? 0)) / ms) * 100,
      rssMegabytes: sum((there[index] ?? []).map(rssMegabytes)),
    }));
    if (!controller || !etcd || !hosts) throw new Error('nothing was measured');
    return { controller, etcd, hosts, seconds: ms / 1000 };
  }

  /** The size of etcd's database in bytes. */
  get etcdBytes(): number {
    return statSync(join(this.directory, 'state', 'etcd', 'member', 'snap', 'db')).size;
  }

  async down(): Promise<void> {
    for (const child of this.simulators) child.kill('SIGKILL');
    await this.stopController('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function order(child: ChildProcess, what: Order): Promise<void> {
  const answered = new Promise<void>((resolve, reject) => {
    const ended = () => reject(new Error('a process of simulated hosts ended'));
    const take = (report: Report) => {
      if (report !== 'done') return;
      child.off('message', take).off('exit', ended);
      resolve();
    };
    child.on('message', take).once('exit', ended);
  });
  child.send(what);
  await answered;
}

/** Node's, as the controller's service has them. */
function serviceFlags(): string[] {
  const unit = new URL('../../../../deploy/systemd/copa-controller.service', import.meta.url);
  const [, flags] =
    /^ExecStart=\/usr\/lib\/copa\/node (.*) \/usr\/lib\/copa\/dist/m.exec(readFileSync(unit, 'utf8')) ?? [];
  if (flags === undefined) throw new Error(`${unit.pathname} gives Node no flags`);
  return flags.split(' ');
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

function isThere(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processor time of a process with its threads; 0 when it does not exist. */
function cpuMs(pid: number): number {
  if (!isThere(pid)) return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function rssMegabytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib ?? 0) / 1024;
}

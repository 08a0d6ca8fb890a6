// The machines of controllers: each is in namespaces of its own on a lab's network, with a state directory of limited
// size and a clock of its own. As systemd does, a machine starts its controller again when it has ended.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Lab } from '../../../deploy/lab/lab.js';
import { program } from '../../../deploy/lab/lab.js';
import { Fabric, Link, subnet } from '../../../deploy/lab/network.js';
import { childrenOf, run, signalPid, waitFor, type RunResult } from '../../../deploy/lab/processes.js';
import { clockEnvironment, setClock } from './clocks.js';

/** After those of the hosts. */
const firstIndex = 100;

/** RestartSec= of the unit. */
const restartMs = 5_000;

/** etcd reserves 64 MB for each piece of its log. */
const stateMiB = 512;

const restPort = 8000;

/** A real-time process never waits for usual ones. */
const realTime = ['chrt', '--rr', '1'];

/** Gives this process, but not those that it starts, the same. */
export async function goFirst(): Promise<void> {
  await run(['chrt', '--all-tasks', '--reset-on-fork', '--rr', '--pid', '1', String(process.pid)]);
}

export class Machine {
  readonly address: string;
  readonly link: Link;
  /** On this machine's disk: logs and what it mounts. */
  readonly directory: string;
  readonly #wired: { name: string; address: string; index: number; pid: number | undefined };
  #holder: ChildProcess | undefined;
  #controller: ChildProcess | undefined;
  #supervising: Promise<void> | undefined;
  #isToRun = false;
  /** How often the controller was started. */
  starts = 0;

  constructor(
    lab: Lab,
    /** Counted from 1. */
    readonly number: number,
    /** Its controller and etcd go before all else on this machine. */
    private readonly isRealTime: boolean,
  ) {
    const index = firstIndex + number;
    this.address = `${subnet(lab.index)}.0.${10 + index}`;
    this.directory = join(lab.directory, this.name);
    this.#wired = { name: this.name, address: this.address, index, pid: undefined };
    this.link = new Link(new Fabric(lab.index), this.#wired);
    mkdirSync(join(this.directory, 'state'), { recursive: true });
    writeFileSync(this.#settings, '');
  }

  get name(): string {
    return `c${this.number}`;
  }

  get url(): string {
    return `https://${this.address}:${restPort}`;
  }

  get state(): string {
    return join(this.directory, 'state');
  }

  get logFile(): string {
    return join(this.directory, 'controller.log');
  }

  /** Boots it, with an empty state directory. */
  async powerOn(): Promise<void> {
    const script = `mount -t tmpfs -o size=${stateMiB}m,mode=700 state "$1" && mount -t tmpfs shm /dev/shm &&
      mount -t proc proc /proc && hostname "$2" && ip link set lo up && echo ready && exec sleep infinity`;
    const namespaces = ['--mount', '--net', '--pid', '--uts', '--fork', '--kill-child=KILL'];
    const argv = ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', '-c', script, 'sh'];
    const holder = spawn('setpriv', [...argv, this.state, this.name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#holder = holder;
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve());
      holder.once('exit', () => reject(new Error(`${this.name} did not boot`)));
    });
    this.#wired.pid = childrenOf(holder.pid ?? 0)[0];
    await this.link.attach();
    setClock(this.#clock, 0);
  }

  /** Runs a command on the machine, as its administrator does. */
  exec(argv: readonly string[], check = true): Promise<RunResult> {
    const env = { ...process.env, COPA_STATE_DIR: this.state, COPA_CONFIG: this.#settings, LANG: 'C.UTF-8' };
    return run(this.#inside(argv), { env, check, timeoutMs: 120_000 });
  }

  /** Runs COPA's command line there. */
  async copa(...args: string[]): Promise<string> {
    return (await this.exec([process.execPath, program(), ...args])).stdout.trim();
  }

  /** Starts the controller, and again whenever it ends, until `stop`. */
  start(): void {
    this.#isToRun = true;
    this.#supervising ??= this.#supervise().finally(() => (this.#supervising = undefined));
  }

  async stop(): Promise<void> {
    this.#isToRun = false;
    this.signal('controller', 'SIGCONT');
    this.signal('etcd', 'SIGCONT');
    this.signal('controller', 'SIGTERM');
    await this.#supervising;
  }

  /** The PID of the controller or its etcd; undefined while it does not run. */
  pid(which: 'controller' | 'etcd'): number | undefined {
    // nsenter stays as the parent of what it runs in the other process namespace.
    const controller = this.#controller?.pid === undefined ? undefined : childrenOf(this.#controller.pid)[0];
    if (controller === undefined || which === 'controller') return controller;
    return childrenOf(controller).find((pid) => commandOf(pid) === 'etcd');
  }

  /** False when there is no such process at the moment. */
  signal(which: 'controller' | 'etcd', signal: NodeJS.Signals): boolean {
    const pid = this.pid(which);
    const isDone = pid !== undefined && signalPid(pid, signal);
    // nsenter stops itself together with what it runs.
    const outer = this.#controller?.pid;
    if (signal === 'SIGCONT' && outer !== undefined) signalPid(outer, signal);
    return isDone;
  }

  /** How long its controller has waited for a processor since it started, in milliseconds; undefined: it does not run. */
  waitedMs(): number | undefined {
    const pid = this.pid('controller');
    const delayNs = pid === undefined ? undefined : read(`/proc/${pid}/schedstat`).split(' ')[1];
    return delayNs === undefined ? undefined : Number(delayNs) / 1e6;
  }

  /** How far its controller's clock is off, in seconds. It takes effect within a second. */
  turnClock(seconds: number): void {
    setClock(this.#clock, seconds);
  }

  /** Leaves no byte free in the state directory. */
  async fillDisk(): Promise<void> {
    const fill = `cd "$1"; cat /dev/zero > .fill 2>/dev/null; cat /dev/zero > .fill2 2>/dev/null; true`;
    await this.exec(['sh', '-c', fill, 'sh', this.state]);
  }

  async freeDisk(): Promise<void> {
    await this.exec(['sh', '-c', 'rm -f "$1"/.fill*', 'sh', this.state]);
  }

  async down(): Promise<void> {
    this.#isToRun = false;
    this.#holder?.kill('SIGKILL');
    const pid = this.#wired.pid;
    if (pid !== undefined) signalPid(pid, 'SIGKILL');
    await this.#supervising;
  }

  get #settings(): string {
    return join(this.directory, 'controller.yaml');
  }

  get #clock(): string {
    return join(this.directory, 'clock');
  }

  #inside(argv: readonly string[]): string[] {
    const { pid } = this.#wired;
    if (pid === undefined) throw new Error(`${this.name} is off`);
    return ['nsenter', '--target', String(pid), '--mount', '--net', '--pid', '--uts', '--', ...argv];
  }

  async #supervise(): Promise<void> {
    while (this.#isToRun) {
      const log = openSync(this.logFile, 'a');
      const where = ['--listen', `${this.address}:${restPort}`, '--state-dir', this.state];
      const more = ['--name', this.name, '--join-listen', `${this.address}:8003`];
      const scheduling = this.isRealTime ? realTime : [];
      const argv = this.#inside([
        ...scheduling,
        process.execPath,
        program(),
        'controller',
        ...where,
        ...more,
      ]);
      const env = { ...process.env, ...clockEnvironment(this.#clock), COPA_CONFIG: this.#settings };
      const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', log, log], env });
      this.#controller = child;
      this.starts++;
      await new Promise((resolve) => child.once('exit', resolve));
      writeFileSync(log, `--- ended with ${child.exitCode ?? child.signalCode}\n`);
      await pause(restartMs);
    }
  }
}

/** Waits until the controllers answer that they are ready. */
export async function untilReady(machines: readonly Machine[], timeoutMs = 60_000): Promise<void> {
  for (const machine of machines) {
    await waitFor(
      `${machine.name} to be ready`,
      async () => {
        const socket = join(machine.state, 'rest.sock');
        const url = 'http://localhost/readyz';
        const { code } = await machine.exec(['curl', '-sf', '-m', '3', '--unix-socket', socket, url], false);
        return code === 0;
      },
      timeoutMs,
    );
  }
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

// One host of a lab: its power, its processes, its cable and its disk. A test can interrupt each of them.
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Cgroup } from './cgroups.js';
import { configureLxd, lxd, isReady, type LxdRequest } from './lxd.js';
import { besideDaemon } from './daemon-mounts.js';
import { daemons, type Daemon, type DaemonName } from './daemons.js';
import { inBackground, inside, powerUp } from './namespaces.js';
import { containerAddress, Link, subnet, type Fabric } from './network.js';
import {
  identify,
  isAlive,
  isStopped,
  pidOf,
  run,
  signalPid,
  waitFor,
  type ProcessId,
  type RunOptions,
  type RunResult,
} from './processes.js';
import { createPool, fillScript, freeScript, poolDirectory, type Storage } from './storage.js';
import { treeOf } from './trees.js';

interface HostSetup {
  readonly lab: number;
  /** Counted from 1. */
  readonly index: number;
  /** This host's own directory on the machine. */
  readonly directory: string;
  readonly storage: Storage;
  readonly daemon: DaemonName;
  /** Whether its containers have other user ids on the machine than those of the other hosts. */
  readonly ownIds: boolean;
  /** Whether the host lives on when this process ends. */
  readonly outlive: boolean;
  readonly agentCommand: (host: Host) => string[];
}

interface Service {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** The port of a host's agent. */
export const agentPort = 8001;

const common = { HOME: '/root', LANG: 'C.UTF-8' };

export class Host {
  readonly name: string;
  readonly index: number;
  readonly address: string;
  readonly directory: string;
  readonly daemon: Daemon;
  /** Its daemon's socket as seen by this process. */
  readonly lxdSocket: string;
  /** The same socket as a process on the host sees it. */
  readonly lxdSocketInside: string;
  readonly link: Link;
  readonly #cgroup: Cgroup;
  readonly #services = new Map<string, Service>();

  constructor(
    private readonly setup: HostSetup,
    fabric: Fabric,
  ) {
    this.index = setup.index;
    this.name = `server${setup.index}`;
    this.address = `${subnet(setup.lab)}.0.${10 + setup.index}`;
    this.directory = setup.directory;
    this.daemon = daemons[setup.daemon];
    this.lxdSocket = join(setup.directory, 'lxd', 'unix.socket');
    this.lxdSocketInside = join(this.daemon.directory, 'unix.socket');
    this.link = new Link(fabric, this);
    this.#cgroup = new Cgroup(`${fabric.name}-${this.name}`);
    const env = { ...common, PATH: daemons.lxd.env['PATH'] };
    const argv = this.daemon.ownMounts ? besideDaemon(this.daemon.argv) : this.daemon.argv;
    this.#services.set('lxd', { argv, env: { ...env, ...this.daemon.env } });
    this.#services.set('agent', {
      argv: setup.agentCommand(this),
      // The machine's own settings are not this host's.
      env: { ...process.env, ...env, COPA_CONFIG: '/dev/null', LXD_DIR: undefined },
    });
  }

  /** Creates the host and powers it on. `image` is the tarball to import as `tiny`. */
  async create(image: string | undefined): Promise<void> {
    await mkdir(join(this.directory, 'lxd'), { recursive: true });
    const base = this.setup.ownIds ? this.index : 1;
    await writeFile(join(this.directory, 'subids'), `root:${base}000000:1000000\n`);
    const pool = await createPool(this.directory, this.setup.storage);
    await this.powerOn();
    const source = pool === undefined ? undefined : poolDirectory;
    await configureLxd(this.lxdSocket, { driver: this.setup.storage.driver, source, image });
  }

  /** One request to this host's LXD, waiting for the operation that it starts; see `lxd`. */
  lxd(path: string, options: LxdRequest = {}): Promise<unknown> {
    return lxd(this.lxdSocket, path, options);
  }

  /** Runs a command on the host, in `/`, and waits for it. Throws as `run` does. */
  async exec(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const conf = join(this.directory, 'lxc');
    const env = { ...common, ...this.daemon.env, LXD_CONF: conf, INCUS_CONF: conf };
    return run(inside(this.#powered(), this.#cgroup, argv), {
      env,
      title: `${argv.join(' ')} (on ${this.name})`,
      ...options,
    });
  }

  /** As `exec`, where the daemon runs: it may have mounts that the host does not see. */
  execBesideDaemon(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return this.exec(this.daemon.ownMounts ? besideDaemon(argv) : argv, options);
  }

  /** Runs `lxc` (or `incus`) on the host and returns what it printed. Throws when it fails or takes 10 minutes. */
  async lxc(...args: string[]): Promise<string> {
    const argv = [this.daemon.client, ...args];
    const options = { timeoutMs: 600_000 };
    // The client of another release needs that release's libraries.
    const isForeign = this.daemon.ownMounts?.tree !== undefined;
    return (await (isForeign ? this.execBesideDaemon(argv, options) : this.exec(argv, options))).stdout;
  }

  /** The address that a container of the image `tiny` has, on whichever host. */
  async containerAddress(name: string): Promise<string> {
    const mac = (await this.lxc('config', 'get', name, 'volatile.eth0.hwaddr')).trim();
    return containerAddress(this.setup.lab, mac);
  }

  /**
   * Starts a process that lives on the host until it ends or the power fails. It writes to NAME.log in `directory`.
   * `kill` and `restart` take its name. Throws when it already runs.
   */
  async spawn(
    name: string,
    argv: readonly string[],
    options: { env?: NodeJS.ProcessEnv } = {},
  ): Promise<void> {
    if (this.isRunning(name)) throw new Error(`${name} runs on ${this.name} already`);
    const service = { argv, env: options.env ?? { ...common, PATH: daemons.lxd.env['PATH'] } };
    this.#services.set(name, service);
    const log = join(this.directory, `${name}.log`);
    const command = inside(this.#powered(), this.#cgroup, inBackground(log, argv));
    const inner = (await run(command, { env: service.env })).stdout.trim();
    // No error if it has ended before it was found: it may have finished its work.
    const pid = this.#cgroup.processes().find((each) => numberInside(each) === inner);
    await writeFile(this.#file(name), (pid === undefined ? undefined : identify(pid)) ?? '');
  }

  /** Starts the agent by the lab's `agentCommand` and waits until it listens on `agentPort`. */
  async startAgent(timeoutMs = 20_000): Promise<void> {
    if (this.isRunning('agent')) throw new Error(`The agent runs on ${this.name} already`);
    await this.restart('agent', timeoutMs);
  }

  /** Kills the agent, and starts another release's. */
  async replaceAgent(program: string): Promise<void> {
    const { argv, env } = this.#services.get('agent') as Service;
    const [node = '', , ...flags] = argv;
    this.#services.set('agent', { argv: [node, program, ...flags], env });
    await this.restart('agent');
  }

  /**
   * Sends a signal to one process, not to its children: containers survive LXD. SIGKILL waits for its end, SIGSTOP
   * until all of its threads stand still.
   * @throws Error when it does not run.
   */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const id = this.#running(name);
    if (id === undefined) throw new Error(`${name} does not run on ${this.name}`);
    signalPid(pidOf(id), signal);
    if (signal === 'SIGSTOP') await waitFor(`${name} on ${this.name} to stand still`, () => isStopped(id));
    if (signal === 'SIGKILL') await waitFor(`${name} on ${this.name} to die`, () => !isAlive(id));
  }

  isRunning(name: string): boolean {
    return this.#running(name) !== undefined;
  }

  /** Restarts the process of this name, killing it first if it still runs. Waits until it is ready. */
  async restart(name: string, timeoutMs = 60_000): Promise<void> {
    const service = this.#services.get(name);
    if (service === undefined) throw new Error(`${name} was never started on ${this.name}`);
    if (this.isRunning(name)) await this.kill(name);
    await this.spawn(name, service.argv, service);
    const probe = { lxd: () => isReady(this.lxdSocket), agent: () => listens(this.address, agentPort) }[name];
    if (probe === undefined) return;
    const settled = async (): Promise<boolean> => {
      if (this.isRunning(name)) await probe();
      return true;
    };
    await waitFor(`${name} on ${this.name} to be ready`, settled, timeoutMs);
    if (!this.isRunning(name)) throw new Error(`${name} ended on ${this.name}:\n${this.logTail(name)}`);
  }

  /** Kills everything on the host at once, with its network. What LXD wrote stays. */
  async powerOff(): Promise<void> {
    const init = this.#running('init');
    if (init !== undefined) signalPid(pidOf(init), 'SIGKILL');
    await this.#cgroup.destroy();
    await waitFor(`${this.name} to power off`, () => !this.isRunning('init'));
    await this.link.detached();
  }

  /** Boots the host: LXD starts, and by its own rules its containers; then the agent, if it was running before. */
  async powerOn(): Promise<void> {
    if (this.isRunning('init')) throw new Error(`${this.name} is powered on already`);
    const agent = existsSync(this.#file('agent'));
    this.#cgroup.create();
    const init = await powerUp({
      name: this.name,
      cgroup: this.#cgroup,
      daemon: { outside: join(this.directory, 'lxd'), inside: this.daemon.directory },
      subids: join(this.directory, 'subids'),
      directory: this.directory,
      outlive: this.setup.outlive,
      ...(await this.#ownMounts()),
      ...(existsSync(this.#pool) ? { pool: this.#pool } : {}),
    });
    await writeFile(this.#file('init'), init);
    await this.link.attach();
    await this.restart('lxd');
    if (agent) await this.restart('agent');
  }

  /** Freezes every process of the host, like a machine that hangs. Its network still answers a ping. */
  freeze(): void {
    this.#cgroup.freeze(true);
  }

  thaw(): void {
    this.#cgroup.freeze(false);
  }

  /**
   * Fills the storage pool completely.
   * @throws Error when the pool is a directory of the machine's own disk, which must not be filled.
   */
  async fillDisk(): Promise<void> {
    if (!existsSync(this.#pool))
      throw new Error(`${this.name} has a storage pool without limit: bring the lab up with storageSizeMiB`);
    await this.execBesideDaemon(['sh', '-c', fillScript]);
  }

  /** Undoes `fillDisk`. */
  async freeDisk(): Promise<void> {
    await this.execBesideDaemon(['sh', '-c', freeScript]);
  }

  /**
   * The running containers according to the kernel, also while LXD is dead or hangs. Their names must not end in a
   * hyphen and a number.
   */
  runningContainers(): string[] {
    return this.#cgroup.containers();
  }

  /**
   * A path on the host as seen by this process, including the host's own mounts. Below the daemon's directory it
   * includes the daemon's own mounts, while the daemon runs.
   */
  path(path: string): string {
    const daemon = this.#running('lxd');
    const isDaemons = this.daemon.ownMounts && path.startsWith(`${this.daemon.directory}/`);
    const process = isDaemons && daemon !== undefined ? pidOf(daemon) : this.#powered();
    return join(`/proc/${process}/root`, path);
  }

  /** The path of a volume of the storage pool `default`, as the daemon sees it. */
  volume(name: string, kind: 'containers' | 'containers-snapshots' = 'containers'): string {
    return join(this.daemon.directory, 'storage-pools/default', kind, name);
  }

  /** The last lines of output of a process of the host, for messages. */
  logTail(name: string, lines = 20): string {
    const text = read(join(this.directory, `${name}.log`)) ?? '';
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }

  /** The PID of the host's first process on the machine; undefined while it is powered off. */
  get pid(): number | undefined {
    const init = this.#running('init');
    return init === undefined ? undefined : pidOf(init);
  }

  async #ownMounts(): Promise<{ ownMounts?: { tree?: string } }> {
    const { ownMounts } = this.daemon;
    if (!ownMounts) return {};
    return { ownMounts: ownMounts.tree ? { tree: await treeOf(ownMounts.tree) } : {} };
  }

  #powered(): number {
    if (this.pid === undefined) throw new Error(`${this.name} is powered off`);
    return this.pid;
  }

  #running(name: string): ProcessId | undefined {
    const id = read(this.#file(name));
    return id !== undefined && isAlive(id) ? id : undefined;
  }

  get #pool(): string {
    return join(this.directory, 'pool.img');
  }

  /** On disk rather than in memory, so that another process can operate the lab too. */
  #file(name: string): string {
    return join(this.directory, `${name}.pid`);
  }
}

/** Throws while nothing listens. */
function listens(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, address, () => resolve(void socket.destroy()));
    socket.setTimeout(1_000, () => socket.destroy(new Error('No answer')));
    socket.on('error', reject);
  });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The PID on the host of a process of the host. A third number, if any, is the PID in a container. */
function numberInside(pid: number): string | undefined {
  return /^NSpid:\t\d+\t(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
}

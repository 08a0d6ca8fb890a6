// A whole COPA on a lab: a controller process on this machine, an agent on each host, all pools registered, and a
// client for the REST API. It runs the built program.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Host } from './host.js';
import { Lab, program, type LabOptions } from './lab.js';
import { childrenOf, run, signalPid, waitFor } from './processes.js';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly ms: number;
}

/** What a request may carry; `form` and `json` exclude each other. */
export interface Send {
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface ClusterOptions extends LabOptions {
  /** Where REST is served; a free port by default, and the same one again after each restart. */
  readonly port?: number;
  /** More flags for the controller. */
  readonly flags?: readonly string[];
  /** More environment for the controller. */
  readonly env?: Readonly<Record<string, string>>;
  /** The program of controller and agents: COPA's own by default (see `program`). */
  readonly program?: string;
  /** Gives each host its identity and starts its agent; true by default. */
  readonly agents?: boolean;
  /** Makes each host known to the controller as a pool of its name; true by default. */
  readonly register?: boolean;
  /** Called as soon as a part is up, with its name. */
  readonly report?: (part: 'hosts' | 'controller' | 'agents', cluster: Cluster) => void;
  /** The directory to which all logs are copied when a part does not come up, before the lab is removed. */
  readonly logsTo?: string;
}

export class Cluster {
  #controller: ChildProcess | undefined;
  #program: string;

  private constructor(
    readonly lab: Lab,
    readonly port: number,
    private readonly settings: Pick<ClusterOptions, 'flags' | 'env' | 'program'>,
  ) {
    this.#program = settings.program ?? program();
  }

  /** Starts everything. @throws Error when a part does not come up; everything is then removed. */
  static async up(options: ClusterOptions = {}): Promise<Cluster> {
    const { port = await freePort(), register = true, report = () => undefined, logsTo } = options;
    const lab = await Lab.up(options);
    const cluster = new Cluster(lab, port, options);
    try {
      report('hosts', cluster);
      await cluster.startController();
      report('controller', cluster);
      if (options.agents ?? true) await Promise.all(lab.hosts.map((host) => cluster.#join(host)));
      report('agents', cluster);
      if (register) await Promise.all(lab.hosts.map((host) => cluster.#register(host)));
      return cluster;
    } catch (error) {
      if (logsTo !== undefined) cluster.copyLogs(logsTo);
      await cluster.down();
      throw error;
    }
  }

  get hosts(): readonly Host[] {
    return this.lab.hosts;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/REST`;
  }

  get stateDirectory(): string {
    return join(this.lab.directory, 'controller');
  }

  /** The controller's log so far. */
  get log(): string {
    return readFileSync(join(this.lab.directory, 'controller.log'), 'utf8');
  }

  /** Copies the existing logs of the controller, the agents and the daemons. */
  copyLogs(directory: string): void {
    mkdirSync(directory, { recursive: true });
    const copy = (from: string, to: string) => {
      if (existsSync(from)) copyFileSync(from, join(directory, to));
    };
    copy(join(this.lab.directory, 'controller.log'), 'controller.log');
    for (const host of this.hosts)
      for (const name of ['agent', 'lxd', 'init'])
        copy(join(host.directory, `${name}.log`), `${host.name}-${name}.log`);
  }

  /** The PID of the controller, or of its etcd. Undefined while it is not running. */
  pid(which: 'controller' | 'etcd'): number | undefined {
    const controller = this.#controller?.exitCode === null ? this.#controller.pid : undefined;
    if (controller === undefined || which === 'controller') return controller;
    return childrenOf(controller)[0];
  }

  /** Sends a signal. SIGKILL to the controller waits for its end. */
  async kill(which: 'controller' | 'etcd', signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const pid = this.pid(which);
    if (pid === undefined) throw new Error(`${which} does not run`);
    const ended = which === 'controller' && signal === 'SIGKILL' && this.#controller;
    signalPid(pid, signal);
    if (ended && ended.signalCode === null) await once(ended, 'exit');
  }

  /**
   * Starts the controller, which must not be running, and waits until it `serves`. Flags given here override earlier
   * ones.
   */
  async startController(
    flags: readonly string[] = [],
    serves = async () => (await fetch(`${this.url}/pools`)).ok,
  ): Promise<void> {
    mkdirSync(this.stateDirectory, { recursive: true, mode: 0o700 });
    const log = openSync(join(this.lab.directory, 'controller.log'), 'a');
    const argv = [
      'controller',
      '--listen',
      `127.0.0.1:${this.port}`,
      '--state-dir',
      this.stateDirectory,
      ...(this.settings.flags ?? []),
      ...flags,
    ];
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, this.#program, ...argv], {
      stdio: ['ignore', log, log],
      env: { ...process.env, COPA_CONFIG: '/dev/null', ...this.settings.env },
    });
    this.#controller = child;
    await waitFor(
      'the controller to serve',
      async () => {
        if (child.exitCode !== null) return true;
        return serves();
      },
      60_000,
    );
    if (child.exitCode !== null) throw new Error(`the controller ended:\n${this.log.slice(-2000)}`);
  }

  /** Kills the controller, and starts another release's. */
  async replaceController(program: string): Promise<void> {
    await this.kill('controller');
    this.#program = program;
    await this.startController();
  }

  /** One request. Never throws for a status; does for no answer within `timeoutMs` (10 minutes by default). */
  request(method: string, path: string, send: Send = {}): Promise<Reply> {
    return request(this.url, method, path, send);
  }

  /** A container operation, form-encoded as old scripts send it. */
  operate(
    operation: string,
    pool: string,
    container: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const form = { operation, container_pool: pool, container_name: container, ...more };
    return this.request('POST', 'container', { form });
  }

  /** As `operate`. @throws Error with the reply when it is not a success. */
  async must(
    operation: string,
    pool: string,
    container: string,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const reply = await this.operate(operation, pool, container, more);
    if (reply.status >= 300) throw new Error(`${operation} of ${container}: ${JSON.stringify(reply.body)}`);
    return reply;
  }

  /** Creates and starts a container of the image `tiny`; returns its address. */
  async launch(pool: Host, container: string): Promise<string> {
    await this.must('create', pool.name, container, { image_type: 'tiny' });
    await this.must('start', pool.name, container);
    return pool.containerAddress(container);
  }

  /** Lets moves copy and cut over without waiting for each other's slots, for tests that hold many at once. */
  async liftLimits(): Promise<void> {
    for (const { name } of this.hosts) {
      const form = { operation: 'limit', container_pool: name, copies: '100', cutovers: '100' };
      const { status, body } = await this.request('POST', 'pools', { form });
      if (status !== 200) throw new Error(`the limits of ${name}: ${JSON.stringify(body)}`);
    }
  }

  /** Removes everything, the lab included. */
  async down(): Promise<void> {
    const child = this.#controller;
    if (child && child.exitCode === null && child.signalCode === null) {
      const etcd = this.pid('etcd');
      child.kill('SIGKILL');
      await once(child, 'exit');
      if (etcd !== undefined) signalPid(etcd, 'SIGKILL');
    }
    await this.lab.down();
  }

  /** Gives a host its identity and starts its agent. */
  async #join(host: Host): Promise<void> {
    const out = join(host.directory, 'identity');
    rmSync(out, { recursive: true, force: true });
    const env = { ...process.env, COPA_ADDR: `http://127.0.0.1:${this.port}` };
    await run([process.execPath, this.#program, 'ca', 'issue', host.name, '--out', out], { env });
    await host.replaceAgent(this.#program);
  }

  /** Registers a host as a pool of its name. */
  async #register(host: Host): Promise<void> {
    const form = { operation: 'add', container_pool: host.name, ip: host.address };
    const { status, body } = await this.request('POST', 'pools', { form });
    if (status !== 200) throw new Error(`adding ${host.name}: ${JSON.stringify(body)}`);
  }
}

/** One request to the REST API at `base`, as `Cluster.request`, for any controller. */
export async function request(base: string, method: string, path: string, send: Send = {}): Promise<Reply> {
  const { query = {}, form, json, headers = {}, timeoutMs = 600_000 } = send;
  const url = new URL(`${base}/${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, value);
  const body = form ? new URLSearchParams(form).toString() : json ? JSON.stringify(json) : null;
  const type = form ? 'application/x-www-form-urlencoded' : json ? 'application/json' : undefined;
  const started = performance.now();
  const response = await fetch(url, {
    method,
    body,
    headers: { ...(type ? { 'content-type': type } : {}), ...headers },
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  // What is not a test has other things to do.
  if (process.env['VITEST'] !== undefined) {
    const { checkAnswer } = await import('./openapi-check.js');
    const operation = json?.['operation'] ?? form?.['operation'] ?? query['operation'];
    checkAnswer({
      method,
      path: url.pathname,
      operation: typeof operation === 'string' ? operation : undefined,
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      body: answer,
    });
  }
  return {
    status: response.status,
    headers: response.headers,
    body: answer,
    ms: performance.now() - started,
  };
}

/** An unused port of 127.0.0.1: any, or the given one. Rejects when the given one is in use. */
export async function freePort(wanted = 0): Promise<number> {
  const server = createServer();
  await once(server.listen(wanted, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

/** A whole controller on a real etcd, with gRPC doubles as hosts, and a client that sends anything. */
import { copyFile, rm } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { Config } from '../../controller/config/settings.js';
import type { Logger } from 'pino';
import { join } from 'node:path';
import { isOpen, localSocketName } from '../../controller/http/serve.js';
import { startController, type Controller } from '../../controller/compose.js';
import type { Endpoints } from '../../controller/store/endpoints.js';
import { CopaError } from '../../common/errors.js';
import type { Credentials } from '../../common/pki/identity.js';
import { createSigningRequest } from '../../common/pki/csr.js';
import { AgentDouble, type Streams } from './agent-double.js';
import { silentLog, temporaryDirectory } from './etcd.js';
import type { Answers } from './agents.js';
import { checkAnswer } from '../../deploy/lab/openapi-check.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Parsed JSON, or the text of another type; undefined when there is no body. */
  readonly body: unknown;
}

export interface Request {
  readonly method?: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Sent unchanged. */
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends requests over persistent connections. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 });

  /** By a unix socket where one is given. */
  constructor(
    readonly port: number,
    readonly socketPath?: string,
  ) {}

  ask({ method = 'GET', path, query, form, json, body, headers = {} }: Request): Promise<Answer> {
    const sent =
      body ?? (form ? String(new URLSearchParams(form)) : json === undefined ? '' : JSON.stringify(json));
    const type = form
      ? 'application/x-www-form-urlencoded'
      : json === undefined
        ? undefined
        : 'application/json';
    const target = query ? `${path}?${String(new URLSearchParams(query))}` : path;
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          ...(this.socketPath === undefined ? { port: this.port } : { socketPath: this.socketPath }),
          agent: this.#agent,
          method,
          path: target,
          headers: {
            ...(sent.length > 0 ? { 'Content-Length': Buffer.byteLength(sent) } : {}),
            ...(type ? { 'Content-Type': type } : {}),
            ...headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('error', reject).on('end', () => {
            const { statusCode: status = 0, headers: answered } = response;
            try {
              const contentType = answered['content-type'] ?? '';
              // The page and metrics are text.
              const isJson = contentType.startsWith('application/json');
              const body: unknown = isJson && text !== '' ? JSON.parse(text) : text || undefined;
              const operation = operationIn(target, sent);
              checkAnswer({ method, path: target, operation, status, type: contentType, body });
              resolve({ status, headers: answered, body });
            } catch (cause) {
              reject(new Error(`${method} ${target} was answered with ${status} ${text}`, { cause }));
            }
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(sent);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The operation of a request, wherever it is given. */
function operationIn(target: string, body: string | Buffer): string | undefined {
  const [, inBody] = /operation"?[=:] ?"?(\w+)/.exec(String(body)) ?? [];
  return new URLSearchParams(target.split('?')[1]).get('operation') ?? inBody;
}

const emptyManifest = {
  ...{ container: '', status: '', architecture: 'x86_64', description: '', ephemeral: false, config: {} },
  ...{ devices: {}, expandedDevices: {}, profiles: [], snapshots: [], storageDriver: 'dir', usedBytes: 1000 },
  ...{ server: 'lxd', findings: [], inspectedAtMs: 0, sendsDifferences: false, snapshotsCreatedAtMs: [] },
  ...{ expandedConfig: {}, snapshotSettings: [], use: null, warnings: [], namesChangedFiles: true },
  ...{ changes: null },
  ...{ suspects: false, profileSettings: {}, volumes: [] },
};

/** A host with one image, whose containers only have a state. */
export class HostDouble {
  readonly containers = new Map<string, string>();
  readonly image = {
    fingerprint: '315bedd32580c3fb79fd2003746245b9fe6a8863fc9dd990c3a2dc90f4930039',
    aliases: ['ubuntu'],
    ...{ size: 1000, architecture: 'x86_64', type: 'container', properties: {} },
  };
  /** The calls it received, as `Method container`. */
  readonly asked: string[] = [];

  readonly answers: Answers = {
    DescribeHost: () => ({
      pool: '',
      server: 'lxd',
      serverVersion: '5.0',
      streamFeatures: [],
      clockMs: 0,
      streamPort: 1,
      architectures: ['x86_64'],
    }),
    ListContainers: () => ({ names: [...this.containers.keys()] }),
    GetInformation: ({ container = '' }) => ({
      next: '',
      containers: [...this.containers.keys()]
        .filter((name) => container === '' || name === container)
        .map(informationOf),
    }),
    ListImages: () => ({ images: [this.image] }),
    CreateContainer: ({ container = '', image = '' }) => {
      if (this.containers.has(container))
        throw new CopaError('already_exists', `there is a container "${container}" already`);
      if (!this.image.aliases.includes(image))
        throw new CopaError('not_found', `there is no image "${image}"; there is ubuntu`);
      this.#becomes('CreateContainer', container, 'Stopped');
      return {};
    },
    StartContainer: ({ container = '' }) => this.#change('StartContainer', container, 'Stopped', 'Running'),
    StopContainer: ({ container = '', timeoutSeconds = 0 }) =>
      this.#change(`StopContainer in ${timeoutSeconds} s`, container, 'Running', 'Stopped'),
    FreezeContainer: ({ container = '' }) => this.#change('FreezeContainer', container, 'Running', 'Frozen'),
    UnfreezeContainer: ({ container = '' }) =>
      this.#change('UnfreezeContainer', container, 'Frozen', 'Running'),
    DeleteContainer: ({ container = '' }) => {
      this.#change('DeleteContainer', container, 'Stopped', '');
      this.containers.delete(container);
      return {};
    },
    RestartContainer: ({ container = '' }) =>
      this.#change('RestartContainer', container, 'Running', 'Running'),
    RenameContainer: ({ container = '', newName = '' }) => {
      this.#change(`RenameContainer to ${newName}`, container, 'Stopped', '');
      this.containers.delete(container);
      this.containers.set(newName, 'Stopped');
      return {};
    },
    CopyContainer: ({ container = '', newName = '' }) => {
      this.#known(container);
      this.#becomes(`CopyContainer of ${container}`, newName, 'Stopped');
      return {};
    },
    SetLabels: ({ container = '', set, removed, rules }) =>
      this.#did(
        `SetLabels ${JSON.stringify({ set, removed, ...(hasAny(rules) ? { rules } : {}) })}`,
        container,
      ),
    SetLimits: ({ container = '', limits }) => this.#did(`SetLimits ${JSON.stringify(limits)}`, container),
    InspectSource: ({ container = '' }) => ({ ...emptyManifest, container, status: this.#known(container) }),
    ParkContainer: ({ container = '' }) => {
      this.#known(container);
      this.#becomes('ParkContainer', container, 'Stopped');
      return {};
    },
    UnparkContainer: ({ container = '', run = false }) => {
      this.#known(container);
      this.#becomes('UnparkContainer', container, run ? 'Running' : 'Stopped');
      return {};
    },
    Execute: ({ container = '', command = [] }) => {
      this.#known(container);
      return {
        exitCode: 0,
        stdout: Buffer.from(`${command.join(' ')}\n`),
        stderr: Buffer.alloc(0),
        truncated: false,
      };
    },
    GetConsoleLog: ({ container = '' }) => {
      this.#known(container);
      return { log: Buffer.from('booted\r\n') };
    },
    ListSnapshots: ({ container = '' }) => {
      this.#known(container);
      return { snapshots: [{ name: 'before', createdAt: '2026-01-02T03:04:05.678901234Z' }] };
    },
    CreateSnapshot: ({ container = '', snapshot = '' }) => this.#did(`CreateSnapshot ${snapshot}`, container),
    RestoreSnapshot: ({ container = '', snapshot = '', timeoutSeconds = 0 }) =>
      this.#did(`RestoreSnapshot ${snapshot} in ${timeoutSeconds} s`, container),
    DeleteSnapshot: ({ container = '', snapshot = '' }) => this.#did(`DeleteSnapshot ${snapshot}`, container),
  };

  #known(container: string): string {
    const state = this.containers.get(container);
    if (state === undefined) throw new CopaError('not_found', `there is no container "${container}"`);
    return state;
  }

  #did(method: string, container: string): Record<string, never> {
    this.#becomes(method, container, this.#known(container));
    return {};
  }

  #change(method: string, container: string, from: string, to: string): Record<string, never> {
    const state = this.#known(container);
    if (state !== from)
      throw new CopaError('failed_precondition', `container "${container}" is ${state}, not ${from}`);
    this.#becomes(method, container, to);
    return {};
  }

  #becomes(method: string, container: string, state: string): void {
    this.asked.push(`${method} ${container}`);
    this.containers.set(container, state);
  }
}

/** As the specification prints it, with an LXD that does not report the CPU time. */
export const information = {
  disk: {},
  memory: { usage: 141582336, usage_peak: 141582336, swap_usage: 0, swap_usage_peak: 0 },
  network: {
    eth0: {
      addresses: [{ family: 'inet', address: '192.168.122.14', netmask: '24', scope: 'global' }],
      counters: { bytes_received: 9684, bytes_sent: 558, packets_received: 129, packets_sent: 7 },
      hwaddr: '00:16:3e:ed:a5:bf',
      host_name: 'veth8WD1SA',
      mtu: 1500,
      state: 'up',
      type: 'broadcast',
    },
  },
  warning: "'ContainerState' object has no attribute 'cpu'",
};

function informationOf(container: string) {
  const json = (value: unknown) => JSON.stringify(value);
  const { disk, memory, network } = information;
  return {
    container,
    diskJson: json(disk),
    memoryJson: json(memory),
    networkJson: json(network),
    cpuJson: '',
  };
}

export class Cluster {
  readonly hosts = new Map<string, { readonly host: HostDouble; agent: AgentDouble }>();
  controller: Controller;
  client: Client;

  private constructor(
    readonly config: Config,
    controller: Controller,
  ) {
    this.controller = controller;
    this.client = clientOf(config, controller);
  }

  /** With an embedded etcd unless one is given. `like` is another controller on that etcd. */
  static async start(
    etcd?: Endpoints,
    settings: Partial<Config> = {},
    like?: Cluster,
    log: Logger = silentLog,
  ): Promise<Cluster> {
    const config: Config = {
      host: '127.0.0.1',
      port: 0,
      stateDirectory: await temporaryDirectory(),
      etcd,
      name: 'test',
      insecure: false,
      requireToken: false,
      tls: undefined,
      hostNames: [],
      createStarts: false,
      rebalanceEveryMs: undefined,
      prometheus: undefined,
      logLevel: 'silent',
      agentPort: 8001,
      joinListen: undefined,
      linkPairs: 'auto',
      certificateLifetimeMs: 90 * 24 * 3600_000,
      networkKeyLifetimeMs: 7 * 24 * 3600_000,
      backup: undefined,
      settingsFile: '/nonexistent/controller.yaml',
      ...settings,
    };
    if (like) {
      const [from, to] = [like.config, config].map((each) => join(each.stateDirectory, 'cluster-secret'));
      await copyFile(from ?? '', to ?? '');
    }
    return new Cluster(config, await startController(config, log));
  }

  /** Starts a host's agent and registers it as a pool. `more` is what it answers besides a host's. */
  async addHost(name: string, streams: Streams = {}, more: Answers = {}): Promise<HostDouble> {
    const host = new HostDouble();
    const identity = await this.identityOf(name);
    const agent = await AgentDouble.start(identity, { ...host.answers, ...more }, { streams });
    this.hosts.set(name, { host, agent });
    const form = { operation: 'add', container_pool: name, ip: agent.address };
    const { status, body } = await this.client.ask({ method: 'POST', path: '/REST/pools', form });
    if (status !== 200) throw new Error(`cannot add ${name}: ${JSON.stringify(body)}`);
    return host;
  }

  killAgent(name: string): void {
    this.hosts.get(name)?.agent.kill();
  }

  /** On its previous port. */
  async restartAgent(name: string): Promise<void> {
    const entry = this.hosts.get(name);
    if (!entry) return;
    const { port } = entry.agent;
    entry.agent = await AgentDouble.start(await this.identityOf(name), entry.host.answers, { port });
  }

  /** Stops the controller and starts it with the same state. */
  async restartController(): Promise<void> {
    this.client.close();
    await this.controller.stop();
    this.controller = await startController(this.config, silentLog);
    this.client = clientOf(this.config, this.controller);
  }

  /** A new identity for a pool, as `copa ca issue` makes it. */
  async identityOf(pool: string): Promise<Credentials> {
    const { key, request } = await createSigningRequest();
    const form = { operation: 'issue', container_pool: pool, request };
    const { status, body } = await this.client.ask({ method: 'POST', path: '/REST/ca', form });
    if (status !== 200) throw new Error(`no identity for ${pool}: ${JSON.stringify(body)}`);
    const { certificate: cert, ca } = body as { certificate: string; ca: string };
    return { key, cert, ca };
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.controller.stop();
    for (const { agent } of this.hosts.values()) agent.kill();
    await rm(this.config.stateDirectory, { recursive: true, force: true });
  }
}

/** A required token is created through the controller's own socket, as an administrator on its machine does. */
function clientOf(config: Config, { port }: Controller): Client {
  return isOpen(config) ? new Client(port) : new Client(port, join(config.stateDirectory, localSocketName));
}

const hasAny = (values: object | undefined) => Object.keys(values ?? {}).length > 0;

// A model of LXD: the part of its API that a migration uses, with operations that take time, fail, and end with the
// daemon. Containers outlive their daemon. After a restart, a daemon starts the same containers as LXD
// (lxd/instances.go, `instancesStart`).
import { CopaError } from '../../common/errors.js';
import type { Random } from '../chaos/random.js';
import type { Container, Instance } from './containers.js';
import { Operation } from './operation.js';
import { Process, type Timeline } from './time.js';
import { Volumes } from './volumes.js';
import type { Wires } from './wires.js';

export interface DaemonBehavior {
  /** The probability that a container ignores a shutdown request. */
  stubborn: number;
  /** It fails to start any container. */
  startsFail: boolean;
}

export interface DaemonRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly etag?: string | undefined;
}

/** A driver that sends differences, and whose files are not visible on this machine. */
const storagePool = { name: 'default', driver: 'zfs', config: {} };
const profile = { config: {}, devices: { root: { type: 'disk', path: '/', pool: 'default' } } };

export class Daemon {
  process: Process;
  readonly instances = new Map<string, Instance>();
  readonly operations = new Map<string, Operation>();
  readonly volumes = new Volumes(this, (description, name) =>
    this.#open(undefined, description, name, { control: 'secret' }),
  );
  /** Called with the name of each container that somebody has stopped. */
  readonly onStopped = new Set<(name: string) => void>();
  #operations = 0;

  constructor(
    readonly host: string,
    readonly timeline: Timeline,
    readonly random: Random,
    readonly behavior: DaemonBehavior,
    readonly wires: Wires,
  ) {
    this.process = new Process(timeline);
  }

  /** Running containers continue without it; its operations do not. */
  kill(): void {
    this.process.kill();
    for (const operation of this.operations.values()) operation.vanish();
    this.operations.clear();
  }

  /** Starts, after the host itself if `isReboot`, and starts the containers that ran when it last saw them. */
  start(isReboot = false): void {
    if (isReboot) {
      for (const instance of this.instances.values()) instance.container.stop(instance, undefined);
    }
    this.process = new Process(this.timeline);
    for (const instance of this.instances.values()) {
      const { config, status, container } = instance;
      const autostart = config['boot.autostart'] ?? '';
      const isWanted =
        autostart === 'true' || (autostart === '' && config['volatile.last_state.power'] === 'RUNNING');
      const isStartable = !('linux.kernel_modules' in config) && !('raw.lxc' in config);
      if (status === 'Stopped' && isWanted && isStartable && instance.data >= 0) {
        this.process.after(this.random.between(100, 900), () => {
          if (instance.status === 'Stopped' && container.copies.has(instance)) container.start(instance);
        });
      }
    }
  }

  handle({ method, path, body, etag }: DaemonRequest): unknown {
    const [plain = '', query = ''] = path.split('?');
    const [, , kind = '', name = '', rest = '', last = ''] = plain.split('/').map(decodeURIComponent);
    switch (kind) {
      case '':
        return server;
      case 'storage-pools':
        if (name === '') return [storagePool];
        if (rest === 'volumes') return this.volumes.handle({ method, path, body, etag });
        return rest === 'resources' ? { space: { used: 0, total: 1e12 } } : storagePool;
      case 'profiles':
        return name === '' ? [{ name: 'default', ...profile }] : profile;
      case 'networks':
        return [];
      case 'operations':
        return this.#operation(method, name, rest, query);
      case 'instances':
        if (method === 'GET' && name === '') return [...this.instances.values()].map(shownInstance);
        if (method === 'POST' && name === '') return this.#receive(body as ReceiveBody);
        return this.#instance(this.get(name), { method, body, etag, path }, rest, last);
    }
    throw new Error(`the model of a daemon knows no ${method} ${path}`);
  }

  get(name: string): Instance {
    const found = this.instances.get(name);
    if (found) return found;
    throw new CopaError('not_found', 'Instance not found');
  }

  /** As its API shows an instance. */
  shown(name: string): object {
    return shownInstance(this.get(name));
  }

  add(
    container: Container,
    status: Instance['status'],
    data: number,
    config: Instance['config'] = {},
  ): Instance {
    const instance = container.copy(this.host, status, data, {
      'volatile.uuid': `${container.name} on ${this.host}`,
      ...config,
    });
    this.instances.set(instance.name, instance);
    return instance;
  }

  drop(instance: Instance): void {
    if (this.instances.get(instance.name) === instance) this.instances.delete(instance.name);
    instance.container.delete(instance);
  }

  #instance(instance: Instance, request: DaemonRequest, part: string, snapshot: string): unknown {
    const { method, body } = request;
    if (part === 'state' && method === 'GET')
      return { status: instance.status, disk: { root: { usage: 1e6 } } };
    if (part === 'state') return this.#changeState(instance, body as StateBody);
    if (part === 'backups') return [];
    if (part === 'snapshots') return this.#snapshots(instance, request, snapshot);
    if (method === 'GET') return shownInstance(instance);
    if (method === 'PUT') return this.#update(instance, body as UpdateBody, request.etag);
    if (method === 'DELETE') return this.#delete(instance);
    if ('migration' in (body as object)) return this.#send(instance);
    return this.#rename(instance, (body as { name: string }).name);
  }

  #update(instance: Instance, change: UpdateBody, etag: string | undefined): unknown {
    if (etag !== String(instance.etag)) throw new CopaError('aborted', 'Precondition failed');
    return this.#begin(instance, 'Updating instance', 30, () => {
      instance.config = { ...change.config };
      instance.devices = { ...change.devices };
      instance.ephemeral = change.ephemeral;
      instance.etag++;
    });
  }

  #changeState(instance: Instance, { action, timeout, force }: StateBody): unknown {
    const { container } = instance;
    const isRight = {
      start: ['Stopped'],
      stop: ['Running', 'Frozen'],
      freeze: ['Running'],
      unfreeze: ['Frozen'],
    };
    if (!isRight[action].includes(instance.status)) {
      throw new CopaError('failed_precondition', `The instance is already ${instance.status.toLowerCase()}`);
    }
    this.#checkIdle(instance);
    if (action === 'start') {
      checkStartable(instance.config);
      return this.#begin(instance, 'Starting instance', 600, () => {
        if (this.behavior.startsFail || instance.data < 0)
          throw new CopaError('internal', 'Failed to run: lxd forkstart');
        if (!container.copies.has(instance)) throw new CopaError('not_found', 'Instance not found');
        container.start(instance);
      });
    }
    if (action === 'freeze' || action === 'unfreeze') {
      return this.#begin(instance, `${action} instance`, 20, () => {
        instance.status = action === 'freeze' ? 'Frozen' : 'Running';
      });
    }
    return this.#stop(instance, timeout, force);
  }

  /** The container shuts down by itself, independent of its daemon. */
  #stop(instance: Instance, timeoutSeconds: number, force: boolean): unknown {
    const { container } = instance;
    const operation = this.#open(instance, 'Stopping instance');
    const obeys = force || this.random.next() >= this.behavior.stubborn;
    const daemon = this.process;
    if (obeys) {
      this.timeline.after(force ? 50 : this.random.between(200, 2_000), () => {
        container.stop(instance, daemon.isAlive ? 'STOPPED' : undefined);
        daemon.after(20, () => operation.end());
        if (daemon.isAlive) for (const notify of this.onStopped) notify(instance.name);
      });
    } else {
      const failure = new CopaError(
        'internal',
        'Failed shutting down instance, status is "Running": timeout',
      );
      daemon.after(timeoutSeconds * 1000, () => operation.end(failure));
    }
    return operation.shown();
  }

  #delete(instance: Instance): unknown {
    if (instance.status !== 'Stopped') throw new CopaError('failed_precondition', 'Instance is running');
    if (instance.config['security.protection.delete'] === 'true') {
      throw new CopaError('internal', 'Instance is protected');
    }
    this.#checkIdle(instance);
    return this.#begin(instance, 'Deleting instance', 200, () => this.drop(instance));
  }

  #named(instance: Instance, name: string): Instance {
    this.instances.delete(instance.name);
    instance.name = name;
    this.instances.set(name, instance);
    return instance;
  }

  #rename(instance: Instance, to: string): unknown {
    if (instance.status !== 'Stopped')
      throw new CopaError('failed_precondition', 'Renaming of running instance not allowed');
    if (this.instances.has(to)) throw new CopaError('already_exists', `Instance "${to}" already exists`);
    return this.#begin(instance, 'Renaming instance', 50, () => {
      this.#named(instance, to);
      instance.etag++;
      if (to.includes('-failed-')) instance.container.setAside(instance);
    });
  }

  #snapshots(instance: Instance, { method, body, path }: DaemonRequest, snapshot: string): unknown {
    const base = `/1.0/instances/${instance.name}/snapshots`;
    const { name } = (body ?? {}) as { name?: string };
    if (method === 'POST' && name !== undefined) {
      return this.#begin(instance, 'Snapshotting instance', 60, () => {
        if (instance.snapshots.includes(name))
          throw new CopaError('internal', `Snapshot "${name}" already exists`);
        instance.snapshots = [...instance.snapshots, name];
      });
    }
    if (method === 'DELETE') {
      if (!instance.snapshots.includes(snapshot)) throw new CopaError('not_found', 'Snapshot not found');
      return this.#begin(instance, 'Deleting snapshot', 40, () => {
        instance.snapshots = instance.snapshots.filter((each) => each !== snapshot);
      });
    }
    if (!path.includes('recursion=1')) return instance.snapshots.map((each) => `${base}/${each}`);
    const created_at = '2026-01-01T00:00:00Z';
    return instance.snapshots.map((each) => ({ name: each, created_at, config: {}, devices: {} }));
  }

  #send(instance: Instance): unknown {
    const operation = this.#open(instance, 'Migrating instance', instance.name, { control: 'secret' });
    this.wires.offer({
      operation,
      daemon: this,
      sent: {
        container: instance.container,
        get snapshots() {
          return instance.snapshots;
        },
        isMoving: instance.status === 'Running',
        data: () => instance.data,
        exists: () => instance.container.copies.has(instance),
      },
    });
    return operation.shown();
  }

  #receive({ name, config, source }: ReceiveBody): unknown {
    const there = this.instances.get(name);
    if (there && !source.refresh) throw new CopaError('already_exists', `Instance "${name}" already exists`);
    if (there && there.status !== 'Stopped')
      throw new CopaError('failed_precondition', 'Instance is running');
    if (there) this.#checkIdle(there);
    const operation = this.#open(undefined, 'Creating instance', name, { control: 'secret' });
    this.wires.accept({
      operation,
      daemon: this,
      isRefresh: there !== undefined,
      // The record is created before the first byte arrives.
      begin: (container) => {
        const copy = there ?? this.#named(this.add(container, 'Stopped', -1, { ...config }), name);
        copy.data = -1;
        return {
          exists: () => copy.container.copies.has(copy),
          become: (data, snapshots) => {
            copy.data = data;
            copy.snapshots = [...snapshots];
            copy.etag++;
          },
          drop: () => this.drop(copy),
        };
      },
    });
    return operation.shown();
  }

  #operation(method: string, id: string, part: string, query: string): unknown {
    if (id === '') {
      const running = [...this.operations.values()].filter(({ status }) => status === 'Running');
      return { running: running.map((each) => each.shown()) };
    }
    const operation = this.operations.get(id);
    if (!operation) throw new CopaError('not_found', 'Operation not found');
    if (method === 'DELETE') operation.end(new CopaError('internal', 'cancelled'));
    if (part !== 'wait') return operation.shown();
    const seconds = Number(/timeout=(\d+)/.exec(query)?.[1] ?? 30);
    return operation.wait(this.process, seconds * 1000);
  }

  /** One at a time per container. */
  #checkIdle(instance: Instance): void {
    const busy = [...this.operations.values()].find(
      (each) => each.status === 'Running' && each.instance === instance,
    );
    if (busy) throw new CopaError('internal', `Instance is busy running a "${busy.description}" operation`);
  }

  #begin(instance: Instance, description: string, ms: number, work: () => void): unknown {
    const operation = this.#open(instance, description);
    this.process.after(this.random.between(ms / 3, ms), () => {
      try {
        work();
        operation.end();
      } catch (error) {
        operation.end(error as Error);
      }
    });
    return operation.shown();
  }

  #open(
    instance: Instance | undefined,
    description: string,
    name = instance?.name ?? '',
    secrets: Operation['secrets'] = null,
  ): Operation {
    const id = `${this.host}-${++this.#operations}`;
    const operation = new Operation(id, description, name, instance, secrets);
    this.operations.set(operation.id, operation);
    return operation;
  }
}

/** What makes a start fail in LXD at once: a module that no host has, or a hook that does not exist. */
function checkStartable(config: Instance['config']): void {
  const modules = (config['linux.kernel_modules'] ?? '').split(',').filter((module) => module !== '');
  if (modules.length > 0)
    throw new CopaError('internal', `Failed to load kernel module "${modules[0] ?? ''}"`);
  if ((config['raw.lxc'] ?? '').includes('/dev/null/'))
    throw new CopaError('internal', 'Failed to run: lxd forkstart');
}

function shownInstance(instance: Instance): object {
  const { name, status, ephemeral, config, devices } = instance;
  return {
    name,
    status,
    ephemeral,
    type: 'container',
    architecture: 'x86_64',
    description: '',
    stateful: false,
    profiles: ['default'],
    config: { ...config },
    devices: { ...devices },
    expanded_config: { ...config },
    expanded_devices: { ...profile.devices, ...devices },
  };
}

const server = {
  api_extensions: ['container_incremental_copy'],
  environment: { server: 'lxd', server_version: '5.0.2', architectures: ['x86_64'] },
};

interface UpdateBody {
  readonly config: Record<string, string>;
  readonly devices: Record<string, Record<string, string>>;
  readonly ephemeral: boolean;
}

interface StateBody {
  readonly action: 'start' | 'stop' | 'freeze' | 'unfreeze';
  readonly timeout: number;
  readonly force: boolean;
}

interface ReceiveBody {
  readonly name: string;
  readonly config: Record<string, string>;
  readonly source: { readonly refresh?: boolean };
}

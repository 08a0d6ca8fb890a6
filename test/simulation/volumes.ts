// The custom volumes of a model daemon. Each belongs to a container, which writes to it whenever it starts and stops: its
// data is then that of the container.
import { CopaError } from '../../common/errors.js';
import type { Container, Instance } from './containers.js';
import type { Daemon, DaemonRequest } from './daemon.js';
import type { Operation } from './operation.js';

/** The device that attaches a container's volume. */
export const volumeDevice = 'data';

export interface Volume {
  readonly name: string;
  readonly container: Container;
  config: Record<string, string>;
  /** Below 0 after an interrupted pass. */
  data: number;
  etag: number;
}

interface ReceiveBody {
  readonly name: string;
  readonly config: Record<string, string>;
  readonly source: { readonly refresh?: boolean };
}

type Open = (description: string, name: string) => Operation;

export class Volumes {
  readonly all = new Map<string, Volume>();

  constructor(
    private readonly daemon: Daemon,
    private readonly open: Open,
  ) {}

  /** Gives a container its volume, with the container's data. */
  add(instance: Instance): void {
    const { container, data } = instance;
    const name = `${container.name}-${volumeDevice}`;
    this.all.set(name, { name, container, config: {}, data, etag: 1 });
    instance.devices = {
      ...instance.devices,
      [volumeDevice]: { type: 'disk', pool: 'default', source: name, path: '/data' },
    };
  }

  /** The volume that a copy of a container attaches. */
  of(instance: Instance): Volume | undefined {
    return this.all.get(instance.devices[volumeDevice]?.['source'] ?? '');
  }

  etagOf(path: string): string {
    return String(this.all.get(nameIn(path))?.etag ?? '');
  }

  handle({ method, path, body, etag }: DaemonRequest): unknown {
    const name = nameIn(path);
    if (name === '') {
      if (method === 'POST') return this.#receive(body as ReceiveBody);
      return [...this.all.values()].map((volume) => this.#shown(volume));
    }
    const volume = this.all.get(name);
    if (!volume) throw new CopaError('not_found', 'Storage volume not found');
    if (path.includes('/snapshots')) return [];
    if (method === 'GET') return this.#shown(volume);
    if (method === 'POST') return this.#send(volume);
    if (method === 'PUT') {
      if (etag !== String(volume.etag)) throw new CopaError('aborted', 'Precondition failed');
      volume.config = { ...(body as { config: Record<string, string> }).config };
      volume.etag++;
      return null;
    }
    if (this.#users(volume).length > 0) throw new CopaError('failed_precondition', 'The volume is in use');
    this.all.delete(name);
    return null;
  }

  #users(volume: Volume): string[] {
    return [...this.daemon.instances.values()]
      .filter((instance) => this.of(instance) === volume)
      .map(({ name }) => `/1.0/instances/${name}`);
  }

  #shown(volume: Volume): object {
    const { name, config } = volume;
    const used_by = this.#users(volume);
    return {
      name,
      type: 'custom',
      content_type: 'filesystem',
      description: '',
      config: { ...config },
      used_by,
    };
  }

  #send(volume: Volume): unknown {
    const operation = this.open('Migrating storage volume', volume.name);
    this.daemon.wires.offer({
      operation,
      daemon: this.daemon,
      sent: {
        container: volume.container,
        snapshots: [],
        isMoving: false,
        data: () => volume.data,
        exists: () => this.all.get(volume.name) === volume,
      },
    });
    return operation.shown();
  }

  #receive({ name, config, source }: ReceiveBody): unknown {
    const there = this.all.get(name);
    if (there && !source.refresh) throw new CopaError('already_exists', 'Storage volume already exists');
    const operation = this.open('Creating storage volume', name);
    this.daemon.wires.accept({
      operation,
      daemon: this.daemon,
      isRefresh: there !== undefined,
      begin: (container) => {
        const volume = there ?? { name, container, config: { ...config }, data: -1, etag: 1 };
        volume.data = -1;
        this.all.set(name, volume);
        return {
          exists: () => this.all.get(name) === volume,
          become: (data) => (volume.data = data),
          drop: () => {
            if (this.all.get(name) === volume) this.all.delete(name);
          },
        };
      },
    });
    return operation.shown();
  }
}

/** The volume's name in `/1.0/storage-pools/POOL/volumes/custom/NAME`. */
function nameIn(path: string): string {
  return decodeURIComponent(path.split('?')[0]?.split('/')[6] ?? '');
}

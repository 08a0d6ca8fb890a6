/**
 * The rules of containers: whom to ask, what a name may be, and that a container under migration is left
 * alone. Each operation reads the store once and makes one call to the host.
 */
import { CopaError } from '../../proto/errors.js';
import {
  checkName,
  containerNamePattern,
  containerNameRule,
  imageNamePattern,
  imageNameRule,
} from '../../proto/names.js';
import type { AgentCaller, ReplyOf } from '../agents/client.js';
import type { Store } from '../store/etcd.js';
import { keys } from '../store/keys.js';
import type { Pool } from './pool.js';
import { busyMessage, checkPoolName, existingPool } from './pools.js';

/** Where a container is: its pool, and its name there. */
interface ContainerAddress {
  readonly pool: string;
  readonly container: string;
}

/** The daemon's own words; `cpu` only when it tells, else the warning that old scripts know. */
interface ContainerInformation {
  readonly disk: unknown;
  readonly memory: unknown;
  readonly network: unknown;
  readonly cpu?: unknown;
  readonly warning?: string;
}

/** Who can be asked about a pool's containers. */
export interface Agents {
  host(pool: Pool): AgentCaller;
}

/** What one is told of a container whose daemon does not tell its CPU time, word for word. */
const noCpuWarning = "'ContainerState' object has no attribute 'cpu'";

/** How long each call may take on the host; beyond it the outcome is unknown. */
const deadlineMs = {
  read: 30_000,
  change: 120_000,
  /** Unpacking an image and deleting a big container are the storage's work. */
  storage: 900_000,
  /** On top of the time that the container itself has for shutting down. */
  stopMargin: 60_000,
} as const;

export class Containers {
  readonly #store: Pick<Store, 'getMany'>;
  readonly #agents: Agents;

  constructor(store: Pick<Store, 'getMany'>, agents: Agents) {
    this.#store = store;
    this.#agents = agents;
  }

  async list(pool: string): Promise<string[]> {
    const host = await this.#hostOf(pool);
    return (await host.call('ListContainers', {}, { deadlineMs: deadlineMs.read })).names;
  }

  /** Of one container. Throws `not_found` when there is none of that name. */
  async information({ pool, container }: ContainerAddress): Promise<ContainerInformation> {
    checkContainerName(container);
    const [found] = await this.#askInformation(pool, container);
    if (!found) throw noSuchContainer(pool, container);
    return informationFrom(found);
  }

  /** Of every container of a pool, by name; the host asks its daemon once. */
  async allInformation(pool: string): Promise<Record<string, ContainerInformation>> {
    const containers = await this.#askInformation(pool, '');
    return Object.fromEntries(containers.map((found) => [found.container, informationFrom(found)]));
  }

  /** Leaves the container stopped, as the daemon makes it. */
  async create(address: ContainerAddress, image: string): Promise<void> {
    checkName('image_type', image, imageNamePattern, imageNameRule);
    const host = await this.#hostToChange(address);
    const request = { container: address.container, image };
    await host.call('CreateContainer', request, { deadlineMs: deadlineMs.storage });
  }

  start(address: ContainerAddress): Promise<void> {
    return this.#change('StartContainer', address, deadlineMs.change);
  }

  /** Shuts down cleanly; forced only when that has not worked within `timeoutSeconds`. */
  async stop(address: ContainerAddress, timeoutSeconds: number): Promise<void> {
    const host = await this.#hostToChange(address);
    const request = { container: address.container, timeoutSeconds };
    await host.call('StopContainer', request, { deadlineMs: timeoutSeconds * 1000 + deadlineMs.stopMargin });
  }

  freeze(address: ContainerAddress): Promise<void> {
    return this.#change('FreezeContainer', address, deadlineMs.change);
  }

  unfreeze(address: ContainerAddress): Promise<void> {
    return this.#change('UnfreezeContainer', address, deadlineMs.change);
  }

  delete(address: ContainerAddress): Promise<void> {
    return this.#change('DeleteContainer', address, deadlineMs.storage);
  }

  async #change(
    method: 'StartContainer' | 'FreezeContainer' | 'UnfreezeContainer' | 'DeleteContainer',
    address: ContainerAddress,
    deadline: number,
  ): Promise<void> {
    const host = await this.#hostToChange(address);
    await host.call(method, { container: address.container }, { deadlineMs: deadline });
  }

  async #askInformation(pool: string, container: string): Promise<ReplyOf<'GetInformation'>['containers']> {
    const host = await this.#hostOf(pool);
    const reply = await host.call('GetInformation', { container }, { deadlineMs: deadlineMs.read });
    return reply.containers;
  }

  async #hostOf(pool: string): Promise<AgentCaller> {
    checkPoolName('container_pool', pool);
    const [entry] = await this.#store.getMany([keys.pool(pool)]);
    return this.#agents.host(existingPool(pool, entry));
  }

  /** The host of a container that no migration holds; the host's agent checks that once more by itself. */
  async #hostToChange({ pool, container }: ContainerAddress): Promise<AgentCaller> {
    checkPoolName('container_pool', pool);
    checkContainerName(container);
    const [entry, busy] = await this.#store.getMany([keys.pool(pool), keys.busy(pool, container)]);
    const host = this.#agents.host(existingPool(pool, entry));
    if (busy) throw new CopaError('failed_precondition', busyMessage(container, busy.value));
    return host;
  }
}

function checkContainerName(name: string): void {
  checkName('container_name', name, containerNamePattern, containerNameRule);
}

function noSuchContainer(pool: string, container: string): CopaError {
  return new CopaError('not_found', `there is no container "${container}" on pool "${pool}"`);
}

function informationFrom(told: ReplyOf<'GetInformation'>['containers'][number]): ContainerInformation {
  const information = {
    disk: JSON.parse(told.diskJson) as unknown,
    memory: JSON.parse(told.memoryJson) as unknown,
    network: JSON.parse(told.networkJson) as unknown,
  };
  if (told.cpuJson === '') return { ...information, warning: noCpuWarning };
  return { ...information, cpu: JSON.parse(told.cpuJson) as unknown };
}

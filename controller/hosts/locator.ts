/**
 * Finds the host of a container with one read of the store, which also shows whether a migration holds the container.
 * The host's agent checks that again.
 */
import { CopaError } from '../../common/errors.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import { checkContainerName, checkPoolName } from '../../common/names.js';
import type { AgentCaller, ReplyOf, RequestOf, UnaryMethod } from './methods.js';
import type { Store } from '../store/store.js';
import { keys } from '../store/keys.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { Host } from '../model/host.js';
import { busyMessage } from '../model/migration.js';
import { checkIsOpen } from '../model/scheduling.js';
import { registeredHost } from './registered-host.js';

/** Methods of calls about a pool's containers. */
export interface HostConnections<Agent = AgentCaller> {
  host(host: Host): Agent;
  /**
   * The last known record of a pool, which may be outdated; undefined when there is none. Its host is being
   * connected.
   */
  lastSeen(name: string): Host | undefined;
}

/** Calls that change nothing on the host. They may be made in vain, and concurrent equal calls share one reply. */
export const reads = [
  'ListContainers',
  'GetInformation',
  'ListImages',
  'ListSnapshots',
  'GetConsoleLog',
] as const satisfies readonly UnaryMethod[];

/** Time limit of each call on the host. After it, the outcome is unknown. */
export const deadlineMs = {
  read: 30_000,
  change: 120_000,
  /** Unpacking an image and deleting a large container depend on the storage. */
  storage: 900_000,
  /** On storage without shared blocks, every file of a container is copied. */
  copy: 3_660_000,
  /** Added to the container's own time for shutting down. */
  stopMargin: 60_000,
} as const;

export class HostLocator<Agent extends AgentCaller = AgentCaller> {
  readonly #store: Pick<Store, 'getMany'>;
  readonly #agents: HostConnections<Agent>;

  constructor(store: Pick<Store, 'getMany'>, agents: HostConnections<Agent>) {
    this.#store = store;
    this.#agents = agents;
  }

  /**
   * Reads from a pool. The call goes to the last known host at the same time as etcd is read. Its reply counts only
   * if etcd confirms that host. The result is then the same as if etcd had been read first.
   */
  async read<M extends (typeof reads)[number]>(
    name: string,
    method: M,
    request: RequestOf<M>,
  ): Promise<ReplyOf<M>> {
    checkPoolName('container_pool', name);
    const options = { deadlineMs: deadlineMs.read };
    const id = currentRequestId();
    const last = this.#agents.lastSeen(name);
    const guess = last && this.#agents.host(last).call(method, request, options);
    // If the reply is not needed, its failure is not needed either.
    guess?.catch(() => undefined);
    const [entry] = await this.#store.getMany([keys.pool(name)]);
    const pool = registeredHost(name, entry);
    if (guess && last.address === pool.address) return guess;
    return carryingRequestId(id, () => this.#agents.host(pool).call(method, request, options));
  }

  /** The host of a container, if no migration holds the container or the name that it or its copy will get. */
  async toChange(container: ContainerRef, newName?: string): Promise<Agent> {
    return this.#agents.host(await this.#freeOn(container, newName));
  }

  /** The same for a new container or a copy. Throws `failed_precondition` when the pool takes none. */
  async toCreate(container: ContainerRef, newName?: string): Promise<Agent> {
    const host = await this.#freeOn(container, newName);
    checkIsOpen(host);
    return this.#agents.host(host);
  }

  async #freeOn({ host, name }: ContainerRef, newName?: string): Promise<Host> {
    checkPoolName('container_pool', host);
    checkContainerName('container_name', name);
    if (newName !== undefined) checkContainerName('new_name', newName);
    const names = newName === undefined ? [name] : [name, newName];
    const [entry, ...busy] = await this.#store.getMany([
      keys.pool(host),
      ...names.map((name) => keys.busy(host, name)),
    ]);
    const registered = registeredHost(host, entry);
    for (const [index, held] of busy.entries()) {
      if (held) throw new CopaError('failed_precondition', busyMessage(names[index] ?? '', held.value));
    }
    return registered;
  }
}

/**
 * From a container's address to the host that has it: one read of the store, which also tells whether a
 * migration holds a name there. The host's agent checks that once more by itself.
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
import { registeredHost } from './registered-host.js';

/** Who can be asked about a pool's containers. */
export interface HostConnections<Agent = AgentCaller> {
  host(host: Host): Agent;
  /** A pool as it was last seen, which may be over; undefined when it was not. Its host is being connected. */
  lastSeen(name: string): Host | undefined;
}

/** What changes nothing on the host, so that it may be asked in vain, and one answer does for all who ask at a time. */
export const reads = [
  'ListContainers',
  'GetInformation',
  'ListImages',
  'ListSnapshots',
  'GetConsoleLog',
] as const satisfies readonly UnaryMethod[];

/** How long each call may take on the host; beyond it the outcome is unknown. */
export const deadlineMs = {
  read: 30_000,
  change: 120_000,
  /** Unpacking an image and deleting a big container are the storage's work. */
  storage: 900_000,
  /** Where the storage cannot share blocks, every file of a container is copied. */
  copy: 3_660_000,
  /** On top of the time that the container itself has for shutting down. */
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
   * Reads something of a pool. The host that the pool was last seen at is asked at the same time as etcd is
   * asked where the pool is now, and its answer counts only if that is the same: then it is the one that would
   * have been given had etcd been asked first.
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
    // Who does not need its answer needs its failure even less.
    guess?.catch(() => undefined);
    const [entry] = await this.#store.getMany([keys.pool(name)]);
    const pool = registeredHost(name, entry);
    if (guess && last.address === pool.address) return guess;
    return carryingRequestId(id, () => this.#agents.host(pool).call(method, request, options));
  }

  /** The host of a container that no migration holds, nor the name that it or a copy of it is to have. */
  async toChange({ host, name }: ContainerRef, newName?: string): Promise<Agent> {
    checkPoolName('container_pool', host);
    checkContainerName('container_name', name);
    if (newName !== undefined) checkContainerName('new_name', newName);
    const names = newName === undefined ? [name] : [name, newName];
    const [entry, ...busy] = await this.#store.getMany([
      keys.pool(host),
      ...names.map((name) => keys.busy(host, name)),
    ]);
    const agent = this.#agents.host(registeredHost(host, entry));
    for (const [index, held] of busy.entries()) {
      if (held) throw new CopaError('failed_precondition', busyMessage(names[index] ?? '', held.value));
    }
    return agent;
  }
}

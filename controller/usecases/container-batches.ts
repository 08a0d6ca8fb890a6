/**
 * One operation on many containers: those of a list, all of some pools, or those with labels. A bounded number is changed
 * at a time. Each container has its own outcome, and the failure of one does not stop the others.
 */
import { Semaphore } from '../../common/async/semaphore.js';
import { CopaError, isCopaError } from '../../common/errors.js';
import { matches, type LabelCondition } from '../../common/labels.js';
import { shown } from '../../common/names.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import type { Inventory } from '../inventory/inventory.js';
import type { ContainerRef } from '../model/container-ref.js';
import { checkReach, mayReach, type Principal } from '../model/principal.js';
import type { Containers } from './containers.js';
import { eachAtMost } from '../../common/async/each-at-most.js';
import type { Snapshots } from './snapshots.js';

export const batchVerbs = ['start', 'stop', 'restart', 'snapshot', 'delete'] as const;
export type BatchVerb = (typeof batchVerbs)[number];

/** Limit on the containers of a request, because its answer has an entry for each. */
export const batchMax = 10_000;

/** How many changes of all requests are in progress in this controller. Each host bounds its own as well. */
const atOnceMax = 64;

export interface BatchOrder {
  readonly verb: BatchVerb;
  /** These, whatever their state. */
  readonly containers?: readonly ContainerRef[] | undefined;
  /** Only those of these pools; undefined: of all that the requester may reach. */
  readonly pools?: readonly string[] | undefined;
  readonly labels?: readonly LabelCondition[] | undefined;
  readonly parallel: number;
  readonly stopTimeoutSeconds: number;
  /** For `snapshot`. */
  readonly snapshot?: string | undefined;
  readonly principal: Principal;
  /** Aborts when the requester has gone: nothing more begins. */
  readonly signal: AbortSignal;
}

export interface BatchEntry {
  readonly container: ContainerRef;
  /** Skipped: it is in the wanted state already, or cannot get into it. */
  readonly outcome: 'done' | 'failed' | 'skipped';
  readonly error?: CopaError | undefined;
}

interface Parts {
  readonly containers: Pick<Containers, 'start' | 'stop' | 'restart' | 'delete'>;
  readonly snapshots: Pick<Snapshots, 'create'>;
  readonly inventory: Pick<Inventory, 'all' | 'get'>;
}

/** The states of chosen containers to which a verb applies. Incus calls a container that has reported so Ready. */
const applies: Readonly<Record<BatchVerb, (status: string) => boolean>> = {
  start: (status) => status === 'Stopped',
  stop: (status) => status !== 'Stopped',
  restart: (status) => status === 'Running' || status === 'Ready',
  snapshot: () => true,
  delete: (status) => status === 'Stopped',
};

interface Chosen {
  readonly container: ContainerRef;
  readonly isSkipped: boolean;
}

export class ContainerBatches {
  readonly #places = new Semaphore(atOnceMax);

  constructor(private readonly parts: Parts) {}

  /** The outcome of each container, in the order of the list, or of pools and names. */
  async run(order: BatchOrder): Promise<readonly BatchEntry[]> {
    const chosen = this.#choose(order);
    if (chosen.length > batchMax) {
      const message = `these are ${chosen.length} containers, and ${batchMax} is the limit of one request`;
      throw new CopaError('invalid_argument', message);
    }
    const entries: BatchEntry[] = [];
    const id = currentRequestId();
    await eachAtMost(order.parallel, chosen, async ({ container, isSkipped }, index) => {
      const change = () => this.#change(order, container);
      entries[index] = isSkipped ? { container, outcome: 'skipped' } : await carryingRequestId(id, change);
    });
    return entries;
  }

  #choose({ verb, containers, pools, labels, principal }: BatchOrder): readonly Chosen[] {
    if (containers) {
      for (const { host } of containers) checkReach(principal, host);
      return containers.map((container) => ({ container, isSkipped: false }));
    }
    for (const pool of pools ?? []) {
      checkReach(principal, pool);
      if (!this.parts.inventory.get(pool)) {
        throw new CopaError('not_found', `there is no pool ${shown(pool)}`);
      }
    }
    const hosts = this.parts.inventory
      .all()
      .filter(({ name }) => (pools ? pools.includes(name) : mayReach(principal, name)));
    return hosts.flatMap((host) =>
      host.containers
        .all()
        .filter((container) => !labels || matches(container.labels, labels))
        .map(({ name, status }) => ({
          container: { host: host.name, name },
          isSkipped: !applies[verb](status),
        })),
    );
  }

  async #change(order: BatchOrder, container: ContainerRef): Promise<BatchEntry> {
    const release = await this.#places.acquire();
    try {
      if (order.signal.aborted) throw new CopaError('cancelled', 'the client has gone');
      await this.#act(order, container);
      return { container, outcome: 'done' };
    } catch (error) {
      if (!isCopaError(error)) throw error;
      return { container, outcome: 'failed', error };
    } finally {
      release();
    }
  }

  #act({ verb, stopTimeoutSeconds, snapshot = '' }: BatchOrder, container: ContainerRef): Promise<void> {
    const { containers, snapshots } = this.parts;
    switch (verb) {
      case 'start':
        return containers.start(container);
      case 'stop':
        return containers.stop(container, stopTimeoutSeconds);
      case 'restart':
        return containers.restart(container, stopTimeoutSeconds);
      case 'snapshot':
        return snapshots.create(container, snapshot);
      case 'delete':
        return containers.delete(container);
    }
  }
}

/**
 * Places containers by the live inventory. What was placed is counted until the inventory shows it, so that several
 * requests at once do not all choose the same pool.
 */
import { CopaError, isCopaError, isUnknownOutcome } from '../../common/errors.js';
import type { Inventory } from '../inventory/inventory.js';
import type { HostState } from '../inventory/host-state.js';
import type { ContainerRef } from '../model/container-ref.js';
import { closedReason } from '../model/scheduling.js';
import { place, type PlacementAnswer, type PlacementRequest } from './place.js';
import type { PlacementHost, Reservation, Snapshot } from './snapshot.js';

/** How many pools an error explains. */
const explainedMax = 20;

/**
 * How long a placed container counts after its host shows it: it may be started next, and only then use its memory.
 * Raising it spreads more evenly, and leaves more room unused.
 */
const settleMs = 30_000;

const noNetworks = { membersOf: () => new Set<string>() };
const nowhere: ReadonlyMap<string, string> = new Map();

interface Held extends Reservation {
  readonly pool: string;
  /** When the work was done; undefined while it is in progress. */
  doneAtMs: number | undefined;
}

export class Placer {
  readonly #held = new Set<Held>();

  constructor(
    private readonly inventory: Pick<Inventory, 'all' | 'get'>,
    private readonly now: () => number = Date.now,
    /** What else is on its way to hosts, by host. */
    private readonly coming: () => ReadonlyMap<string, readonly Reservation[]> = () => new Map(),
    /** Networks over several hosts, with their pools. */
    private readonly networks: { membersOf(network: string): ReadonlySet<string> } = noNetworks,
  ) {}

  /** The pools that are not in the networks of a container, with the reason. */
  outside({ host, name }: ContainerRef): ReadonlyMap<string, string> {
    const interfaces = this.inventory.get(host)?.containers.interfaces.get(name) ?? [];
    return this.outsideOf(interfaces.map(({ network }) => network));
  }

  /** The pools that are not in all of these networks, with the reason. */
  outsideOf(networks: readonly string[]): ReadonlyMap<string, string> {
    if (networks.length === 0) return nowhere;
    const known = networks.map((network) => ({ network, members: this.networks.membersOf(network) }));
    return new Map(
      this.inventory.all().flatMap(({ name }): (readonly [string, string])[] => {
        const missing = known.find(({ members }) => !members.has(name));
        return missing ? [[name, `it is not in network "${missing.network}"`]] : [];
      }),
    );
  }

  /** The pool that a container would get now, and why. */
  explain(request: PlacementRequest): PlacementAnswer {
    return place(this.snapshot(), request);
  }

  /**
   * Chooses a pool and works there. What it needs counts as used from the choice on. Throws `failed_precondition` with the
   * reasons when no pool is possible.
   */
  async within<Result>(
    request: PlacementRequest,
    work: (pool: string) => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly answer: PlacementAnswer; readonly pool: string }> {
    const answer = this.explain(request);
    if (!answer.chosen) throw noPool(answer);
    const { pool } = answer.chosen;
    const held: Held = {
      ...{ pool, name: request.name ?? '', labels: request.labels },
      ...{ need: request.need, rules: request.rules },
      doneAtMs: undefined,
    };
    this.#held.add(held);
    try {
      const result = await work(pool);
      held.doneAtMs = this.now();
      return { result, answer, pool };
    } catch (error) {
      // With an unknown outcome it may be there.
      if (isCopaError(error) && isUnknownOutcome(error)) held.doneAtMs = this.now();
      else this.#held.delete(held);
      throw error;
    }
  }

  /** The fleet now, with all that is on its way. */
  snapshot(): Snapshot {
    const reserved = new Map<string, Reservation[]>();
    for (const [pool, coming] of this.coming()) {
      reserved.set(
        pool,
        coming.map((each) => this.#unseen({ ...each, pool })),
      );
    }
    const now = this.now();
    for (const held of this.#held) {
      if (held.doneAtMs !== undefined && held.doneAtMs + settleMs < now) this.#held.delete(held);
      else reserved.set(held.pool, [...(reserved.get(held.pool) ?? []), this.#unseen(held)]);
    }
    return { hosts: this.inventory.all().map(hostOf), reserved };
  }

  /** Only its need, once the inventory shows it with its name and labels. */
  #unseen(held: Reservation & { readonly pool: string }): Reservation {
    const isSeen = this.inventory.get(held.pool)?.containers.get(held.name) !== undefined;
    return isSeen ? { name: '', labels: {}, need: held.need } : held;
  }
}

function hostOf(host: HostState): PlacementHost {
  const { name, labels, capacity, containers } = host;
  return { name, labels, closed: closedReasonOf(host), capacity, containers };
}

/** Why a pool takes no container now; undefined: it takes some. */
export function closedReasonOf(host: HostState): string | undefined {
  const { state, reason } = host;
  if (state === 'down') return `it is down: ${reason ?? ''}`;
  return state === 'unknown' ? 'it was not reached yet' : closedReason(host);
}

function noPool({ others, othersTotal }: PlacementAnswer): CopaError {
  const some = others(explainedMax).map(({ pool, reason }) => `${pool}: ${reason}`);
  const more = othersTotal > explainedMax ? `; and ${othersTotal - explainedMax} more` : '';
  const why = some.length === 0 ? 'there is none of that name' : some.join('; ');
  return new CopaError('failed_precondition', `no pool can take it: ${why}${more}`);
}

/** The live picture of all pools, by name. Nothing of it is durable: each controller makes its own. */
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import type { Host } from '../model/host.js';
import { Statuses } from './containers.js';
import type { FleetEvent } from '../model/event.js';
import { HostState, type HostStatus } from './host-state.js';

/** For metrics: how many of what there are. */
export interface InventoryCounts {
  readonly pools: Readonly<Record<HostStatus, number>>;
  /** By status, of all pools; those of pools that are down as they were last seen. */
  readonly containers: ReadonlyMap<string, number>;
}

export class Inventory {
  readonly #pictures = new Map<string, HostState>();
  readonly #statuses = new Statuses();
  /** In the order of the names; undefined when it has to be made anew. */
  #sorted: readonly HostState[] | undefined;

  constructor(
    private readonly tell: (event: FleetEvent) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** A pool that is new, or has another address than before; false when it is known as it is. */
  add({ name, address }: Host): boolean {
    const known = this.#pictures.get(name);
    if (known?.address === address) return false;
    if (known) this.remove(name);
    this.#pictures.set(name, new HostState(name, address, this.#statuses, this.now()));
    this.#sorted = undefined;
    this.tell({ type: 'pool.added', pool: name, ip: address });
    return true;
  }

  remove(name: string): void {
    const picture = this.#pictures.get(name);
    if (!picture) return;
    this.#pictures.delete(name);
    picture.containers.clear();
    this.#sorted = undefined;
    this.tell({ type: 'pool.removed', pool: name });
  }

  hear(name: string, event: WatchEvent): void {
    this.#pictures.get(name)?.hear(event, this.now(), this.tell);
  }

  lost(name: string, reason: string): void {
    this.#pictures.get(name)?.lost(reason, this.now(), this.tell);
  }

  get size(): number {
    return this.#pictures.size;
  }

  get(name: string): HostState | undefined {
    return this.#pictures.get(name);
  }

  /** By name. */
  all(): readonly HostState[] {
    this.#sorted ??= [...this.#pictures.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  counts(): InventoryCounts {
    const pools = { up: 0, down: 0, unknown: 0 };
    for (const { state } of this.#pictures.values()) pools[state]++;
    return { pools, containers: this.#statuses.counts };
  }
}

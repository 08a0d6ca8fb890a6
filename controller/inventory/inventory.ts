/** The live state of all pools, by name. It is not stored: each controller builds its own. */
import type { WatchEvent__Output as WatchEvent } from '../../proto/gen/copa/agent/v1/WatchEvent.js';
import { isDeepStrictEqual } from 'node:util';
import { noLabels, type Labels } from '../../common/labels.js';
import type { Host } from '../model/host.js';
import { noTranslations, type Translations } from '../model/mapping.js';
import type { Scheduling } from '../model/scheduling.js';
import { Statuses } from './containers.js';
import type { InventoryEvent } from '../model/event.js';
import { HostState, type HostStatus } from './host-state.js';

/** Counts for metrics. */
export interface InventoryCounts {
  readonly pools: Readonly<Record<HostStatus, number>>;
  /** Containers by status, of all pools. Pools that are down count with their last known containers. */
  readonly containers: ReadonlyMap<string, number>;
}

export class Inventory {
  readonly #hosts = new Map<string, HostState>();
  readonly #statuses = new Statuses();
  /** Sorted by name; undefined when it has to be sorted again. */
  #sorted: readonly HostState[] | undefined;

  constructor(
    private readonly emit: (event: InventoryEvent) => void,
    private readonly now: () => number = Date.now,
  ) {}

  /** Adds a pool that is new or has a new address. Returns false when it is known with this address. */
  add({
    name,
    address,
    translations = noTranslations,
    labels = noLabels,
    scheduling = 'active',
  }: Host): boolean {
    const known = this.#hosts.get(name);
    if (known?.address === address) {
      this.#translate(known, translations);
      this.#label(known, labels);
      this.#schedule(known, scheduling);
      return false;
    }
    if (known) this.remove(name);
    const host = new HostState(name, address, this.#statuses, this.now());
    host.translations = translations;
    host.labels = labels;
    host.scheduling = scheduling;
    this.#hosts.set(name, host);
    this.#sorted = undefined;
    this.emit({ type: 'pool.added', pool: name, ip: address });
    return true;
  }

  #translate(host: HostState, translations: Translations): void {
    if (isDeepStrictEqual(host.translations, translations)) return;
    host.translations = translations;
    this.emit({ type: 'pool.translated', pool: host.name, translations });
  }

  #label(host: HostState, labels: Labels): void {
    if (isDeepStrictEqual(host.labels, labels)) return;
    host.labels = labels;
    this.emit({ type: 'pool.labelled', pool: host.name, labels });
  }

  #schedule(host: HostState, scheduling: Scheduling): void {
    if (host.scheduling === scheduling) return;
    host.scheduling = scheduling;
    const type = scheduling === 'active' ? 'pool.uncordoned' : (`pool.${scheduling}` as const);
    this.emit({ type, pool: host.name });
  }

  remove(name: string): void {
    const host = this.#hosts.get(name);
    if (!host) return;
    this.#hosts.delete(name);
    host.containers.clear();
    this.#sorted = undefined;
    this.emit({ type: 'pool.removed', pool: name });
  }

  apply(name: string, event: WatchEvent): void {
    this.#hosts.get(name)?.apply(event, this.now(), this.emit);
  }

  lost(name: string, reason: string): void {
    this.#hosts.get(name)?.lost(reason, this.now(), this.emit);
  }

  get size(): number {
    return this.#hosts.size;
  }

  get(name: string): HostState | undefined {
    return this.#hosts.get(name);
  }

  /** The pools that answer, and the containers there that carry the mark of a migration. */
  marked() {
    const pools = this.all().filter(({ state }) => state === 'up');
    const places = pools.flatMap(({ name: pool, containers }) =>
      containers.marked().flatMap((line) => {
        const { name: container, migration } = line.toJSON();
        return migration === null ? [] : [{ pool, container, migration }];
      }),
    );
    return { pools: pools.map(({ name }) => name), places };
  }

  /** Sorted by name. */
  all(): readonly HostState[] {
    this.#sorted ??= [...this.#hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.#sorted;
  }

  counts(): InventoryCounts {
    const pools = { up: 0, down: 0, unknown: 0 };
    for (const { state } of this.#hosts.values()) pools[state]++;
    return { pools, containers: this.#statuses.counts };
  }
}

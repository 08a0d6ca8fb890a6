/**
 * Keeps one stream open to the agent of each pool, which feeds the inventory, and detects broken and silent streams.
 * It retries pools that do not answer with growing delays and limited concurrency.
 */
import { CopaError, messageOf } from '../../common/errors.js';
import type { AgentClient } from '../hosts/client.js';
import type { Host } from '../model/host.js';
import type { Inventory } from './inventory.js';
import { Semaphore } from '../../common/async/semaphore.js';
import { HostWatch, tickMs } from './host-watch.js';

/**
 * Limit on the streams that are being opened. Each costs a handshake, and a thousand at once would starve all of
 * them.
 */
const openingMax = 256;

interface Parts {
  readonly inventory: Inventory;
  readonly host: (pool: Host) => Pick<AgentClient, 'stream'>;
}

export class HostWatches {
  readonly #watches = new Map<string, HostWatch>();
  readonly #semaphore = new Semaphore(openingMax);
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly parts: Parts) {
    // One timer for all pools.
    this.#timer = setInterval(() => {
      for (const watch of this.#watches.values()) watch.tick();
    }, tickMs).unref();
  }

  /** Watches a pool, unless it is already watched at this address. */
  add(pool: Host): void {
    const { inventory, host } = this.parts;
    if (!inventory.add(pool)) return;
    this.#watches.get(pool.name)?.close();
    const watch = new HostWatch({
      host: () => host(pool),
      semaphore: this.#semaphore,
      heartbeatMs: () => heartbeatMs(inventory.size),
      onEvent: (event) => inventory.apply(pool.name, event),
      onLost: (error) => inventory.lost(pool.name, reasonOf(pool, error)),
    });
    this.#watches.set(pool.name, watch);
    void watch.run();
  }

  remove(name: string): void {
    this.#watches.get(name)?.close();
    this.#watches.delete(name);
    this.parts.inventory.remove(name);
  }

  /** Watches exactly these pools. */
  retain(pools: readonly Host[]): void {
    const names = new Set(pools.map((pool) => pool.name));
    for (const name of [...this.#watches.keys()]) if (!names.has(name)) this.remove(name);
    for (const pool of pools) this.add(pool);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const watch of this.#watches.values()) watch.close();
    this.#watches.clear();
  }
}

/**
 * The heartbeat interval of each agent: 2 s, and more in a fleet of thousands, so that all agents together send at
 * most a thousand heartbeats per second. A dead host is detected within 2.5 intervals.
 */
export function heartbeatMs(pools: number): number {
  return Math.min(5_000, Math.max(2_000, pools));
}

/** Why a pool is unreachable, without the pool's name, which the context shows. */
function reasonOf({ name }: Host, error: unknown): string {
  if (!(error instanceof CopaError)) return messageOf(error);
  return error.message.replace(`pool "${name}" at `, '');
}

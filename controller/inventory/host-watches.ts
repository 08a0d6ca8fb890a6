/**
 * Keeps one stream open with the agent of each pool, from which the picture lives, and notices when it
 * breaks or falls silent. Pools that do not answer are tried again, ever more rarely, and never all at once.
 */
import { CopaError, messageOf } from '../../common/errors.js';
import type { AgentClient } from '../hosts/client.js';
import type { Host } from '../model/host.js';
import type { Inventory } from './inventory.js';
import { Semaphore } from '../../common/async/semaphore.js';
import { HostWatch, tickMs } from './host-watch.js';

/** Streams that are being opened at a time: each costs a handshake, and a thousand at once would starve all. */
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
    // One timer for all.
    this.#timer = setInterval(() => {
      for (const watch of this.#watches.values()) watch.tick();
    }, tickMs).unref();
  }

  /** Watches a pool, if it is not watched at this address already. */
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

  /** Watches these pools and no others. */
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
 * Each agent shows so often that it lives: 2 s, and more in a fleet of thousands, so that what all of them
 * say when nothing happens stays within a thousand messages a second. A dead host is noticed after 2.5 times
 * this at the latest.
 */
export function heartbeatMs(pools: number): number {
  return Math.min(5_000, Math.max(2_000, pools));
}

/** Why a pool is not heard, without what everybody knows: which pool it is. */
function reasonOf({ name }: Host, error: unknown): string {
  if (!(error instanceof CopaError)) return messageOf(error);
  return error.message.replace(`pool "${name}" at `, '');
}

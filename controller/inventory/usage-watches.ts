/**
 * The usage of hosts and containers, streamed from the agents only while somebody views it. There is one stream per
 * viewed pool for any number of viewers.
 */
import { z } from 'zod';
import type { Usage__Output as Usage } from '../../proto/gen/copa/agent/v1/Usage.js';
import type { AgentClient } from '../hosts/client.js';
import type { ReplyOf } from '../model/reply.js';
import type { Inventory } from './inventory.js';

/** A viewer of some pools, or of all. */
export interface UsageViewer {
  readonly pools: ReadonlySet<string> | undefined;
  readonly show: (pool: string, usage: PoolUsage) => void;
}

const rate = z.number();
export const usageSchema = z.object({
  load: z
    .object({
      cpus: z.number(),
      load1: z.number(),
      memory_total: z.number(),
      memory_used: z.number(),
      rx_bytes_per_second: rate,
      tx_bytes_per_second: rate,
    })
    .meta({ id: 'Load' }),
  containers: z.record(
    z.string(),
    z
      .object({
        cpu_percent: z.number().describe('100 is one processor.'),
        memory: z.number(),
        rx_bytes_per_second: rate,
        tx_bytes_per_second: rate,
      })
      .meta({ id: 'ContainerUsage' }),
  ),
});

export type PoolUsage = ReplyOf<typeof usageSchema>;

interface Parts {
  readonly inventory: Pick<Inventory, 'all' | 'get'>;
  /** Undefined when the pool no longer exists. */
  readonly host: (pool: string) => Pick<AgentClient, 'stream'> | undefined;
}

/** The agents' measuring interval. */
const intervalMs = 2_000;

/** How soon a newly viewed pool, or one that is up again, gets its stream. */
const reviewMs = 500;

/** Limit on the pools of one viewer: those of a screen, not a fleet of thousands. */
export const poolsMax = 200;

export class UsageWatches {
  readonly #viewers = new Set<UsageViewer>();
  readonly #streams = new Map<string, AbortController>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: Parts) {}

  /** Sends usage until the returned function is called. */
  view(viewer: UsageViewer): () => void {
    this.#viewers.add(viewer);
    this.#timer ??= setInterval(() => this.#review(), reviewMs).unref();
    this.#review();
    return () => {
      this.#viewers.delete(viewer);
      this.#review();
    };
  }

  close(): void {
    this.#viewers.clear();
    this.#review();
  }

  /** Opens the missing streams and closes those without a viewer. */
  #review(): void {
    const wanted = new Set([...this.#viewers].flatMap((viewer) => this.#poolsOf(viewer)));
    for (const [name, stream] of this.#streams) if (!wanted.has(name)) stream.abort();
    for (const name of wanted) if (!this.#streams.has(name)) void this.#follow(name);
    if (this.#viewers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #poolsOf({ pools }: UsageViewer): string[] {
    const { inventory } = this.parts;
    const all = pools ? [...pools].flatMap((name) => inventory.get(name) ?? []) : inventory.all();
    return all
      .slice(0, poolsMax)
      .filter(({ state }) => state === 'up')
      .map(({ name }) => name);
  }

  /** Runs until nobody views the pool or the stream breaks. A later review opens it again. */
  async #follow(name: string): Promise<void> {
    const host = this.parts.host(name);
    if (!host) return;
    const stream = new AbortController();
    this.#streams.set(name, stream);
    try {
      const onEvent = (usage: Usage) => this.#show(name, poolUsage(usage));
      await host.stream('WatchUsage', { intervalMs }, { signal: stream.signal, onEvent });
    } catch {
      // The watch reports whether the pool is down. An agent without this call just has no usage.
    } finally {
      this.#streams.delete(name);
    }
  }

  #show(pool: string, usage: PoolUsage): void {
    for (const { pools, show } of this.#viewers) if (!pools || pools.has(pool)) show(pool, usage);
  }
}

function poolUsage({ containers, ...host }: Usage): PoolUsage {
  return {
    load: {
      cpus: host.cpus,
      load1: round(host.load1, 100),
      memory_total: host.memoryTotal,
      memory_used: host.memoryUsed,
      rx_bytes_per_second: round(host.rxBytesPerSecond),
      tx_bytes_per_second: round(host.txBytesPerSecond),
    },
    containers: Object.fromEntries(
      containers.map((each) => [
        each.name,
        {
          cpu_percent: round(each.cpuPercent, 10),
          memory: each.memory,
          rx_bytes_per_second: round(each.rxBytesPerSecond),
          tx_bytes_per_second: round(each.txBytesPerSecond),
        },
      ]),
    ),
  };
}

function round(value: number, parts = 1): number {
  return Math.round(value * parts) / parts;
}

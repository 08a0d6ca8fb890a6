/** Records what happens during a run: events as they arrive, and at the end the measurements of its pools. */
import type { Connection, CopaEvent, Migration } from '../../client/index.js';
import { isCopaError } from '../../common/errors.js';

export interface RecordedEvent {
  readonly atMs: number;
  readonly event: CopaEvent;
}

export interface LinkValue {
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  /** Null: nobody counted it. */
  readonly throughput: number | null;
  readonly latencyMs: number;
  readonly jitterMs: number;
}

export interface HostValue {
  readonly atMs: number;
  readonly pool: string;
  readonly cpu: number;
  readonly memory: number;
}

/** Rows that are read of each pool at the end; 24 hours have 17,280. */
const rowsMax = 20_000;

export class Recorder {
  readonly events: RecordedEvent[] = [];
  /** The newest addresses of containers. */
  readonly addresses = new Map<string, string>();
  readonly #stopped = new AbortController();
  /** The controller's clock minus this machine's: the most of all events, as each is on its way for a while. */
  #clockAheadMs = -Infinity;
  #startedAt = Date.now();
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly rest: Connection) {}

  /** Resolves when every later event will be recorded. */
  async start(): Promise<void> {
    const { event_id: lastEventId } = await this.rest.overview({ limit: 1 });
    this.#reading = this.#read(lastEventId).catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) throw error;
    });
    // A failure is thrown by `stop`.
    this.#reading.catch(() => undefined);
  }

  /** What arrives from now on is part of the run. */
  begin(): void {
    this.#startedAt = Date.now();
    this.events.length = 0;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#reading;
  }

  /** Of the controller or an agent, after the start of the run. */
  sinceStart(iso: string): number {
    const ahead = Number.isFinite(this.#clockAheadMs) ? this.#clockAheadMs : 0;
    return Date.parse(iso) - ahead - this.#startedAt;
  }

  /** The moves that began during the run, by time. */
  async moves(): Promise<Migration[]> {
    const ids = this.events.flatMap(({ event }) =>
      'migration' in event && typeof event.migration === 'object' ? [event.migration.id] : [],
    );
    const found: Migration[] = [];
    for (const id of new Set(ids)) found.push(await this.rest.migration(id));
    return found.sort((a, b) => (a.started_at < b.started_at ? -1 : 1));
  }

  async links(pools: readonly string[], untilMs: number): Promise<LinkValue[]> {
    const rows: LinkValue[] = [];
    for (const locus of pools) {
      const { measurements } = await this.rest
        .network('kpilink', { locus, last: rowsMax })
        .catch(withoutRows);
      for (const row of measurements) {
        const atMs = this.sinceStart(row.timestamp);
        if (atMs < 0 || atMs > untilMs) continue;
        rows.push({
          atMs,
          from: row.locus1_id,
          to: row.locus2_id,
          throughput: row.throughput_measured === false ? null : row.throughput,
          latencyMs: row.latency_median_1to2,
          jitterMs: row.jitter_1to2,
        });
      }
    }
    return rows.sort((a, b) => a.atMs - b.atMs);
  }

  async hosts(pools: readonly string[], untilMs: number): Promise<HostValue[]> {
    const rows: HostValue[] = [];
    for (const locus of pools) {
      const { measurements } = await this.rest
        .network('kpiresource', { locus, last: rowsMax })
        .catch(withoutRows);
      for (const { timestamp, CPU: cpu, memory } of measurements) {
        const atMs = this.sinceStart(timestamp);
        if (atMs >= 0 && atMs <= untilMs) rows.push({ atMs, pool: locus, cpu, memory });
      }
    }
    return rows.sort((a, b) => a.atMs - b.atMs);
  }

  async #read(lastEventId: string): Promise<void> {
    for await (const event of this.rest.events({ lastEventId, signal: this.#stopped.signal })) {
      const now = Date.now();
      if ('at' in event) this.#clockAheadMs = Math.max(this.#clockAheadMs, Date.parse(event.at) - now);
      this.events.push({ atMs: now - this.#startedAt, event });
      if ('container' in event && typeof event.container === 'object' && 'addresses' in event.container) {
        const [address] = event.container.addresses;
        if (address !== undefined) this.addresses.set(event.container.name, address);
      }
    }
  }
}

/** A pool that measures nothing, or does not answer, has no rows. */
function withoutRows(error: unknown): { readonly measurements: readonly never[] } {
  if (isCopaError(error, 'unimplemented', 'unavailable', 'not_found')) return { measurements: [] };
  throw error;
}

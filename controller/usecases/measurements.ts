/**
 * Measurements of pools and links. Each pool's agent keeps its own: rows are appended there, and read from there in
 * pages. The controller stores none.
 */
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import {
  idsPerMs,
  rowsMax,
  type MeasurementKind,
  type PostedKind,
  type RowOf,
} from '../../common/measurements.js';
import { poolNamePattern } from '../../common/names.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import type { HostConnections } from '../hosts/locator.js';
import type { Host } from '../model/host.js';
import { eachAtMost } from '../../common/async/each-at-most.js';
import { aheadMsMax, rowsIn, type MeasuredRow } from './measured-rows.js';

interface Parts {
  readonly pools: { get(name: string): Promise<Host>; list(): Promise<readonly Host[]> };
  readonly agents: HostConnections;
  readonly now?: () => number;
}

export interface RowQuery {
  readonly aboveId?: number;
  readonly belowId?: number;
  readonly ageMsMax?: number;
  readonly subject?: string;
  readonly coarse?: boolean;
}

/** A value is null where nothing was measured. */
export interface Summary {
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly throughput: number | null;
}

/** What several pools returned, and which ones did not. */
export interface FromAll<T> {
  /** All that were wanted, sorted by name. */
  readonly pools: readonly string[];
  readonly results: ReadonlyMap<string, T>;
  readonly failures: readonly string[];
}

/** How much is read, and until when: a requester that has gone needs no more. */
export interface Limits {
  readonly max: number;
  readonly signal?: AbortSignal | undefined;
}

interface Deadline {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Rows of one answer. Raising it costs memory and time of the agent and the controller. */
export const answerRowsMax = 10_000;

const deadlineMs = 10_000;
/** A dashboard is read every few seconds, so it does not wait for a pool that does not answer. */
const dashboardDeadlineMs = 1_500;
/** How long a pool that did not answer a dashboard is left out. */
const leftOutMs = 10_000;
const poolsAtOnceMax = 64;

export class Measurements {
  readonly #parts: Parts;
  readonly #now: () => number;
  #highestId = 0;
  readonly #leftOutUntilMs = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Throws `not_found` with the specification's text. */
  async pool(name: string): Promise<Host> {
    const unknown = new CopaError('not_found', 'Pool not registered');
    if (!poolNamePattern.test(name)) throw unknown;
    try {
      return await this.#parts.pools.get(name);
    } catch (error) {
      throw isCopaError(error, 'not_found') ? unknown : error;
    }
  }

  /** The names of all pools, sorted. */
  async pools(): Promise<string[]> {
    return (await this.#parts.pools.list()).map(({ name }) => name);
  }

  async append<Kind extends PostedKind>(
    kind: Kind,
    pool: string,
    rows: readonly RowOf<Kind>[],
  ): Promise<void> {
    const host = await this.pool(pool);
    const request = { kind, rowsJson: rows.map((row) => JSON.stringify(row)), idFloor: this.#idFloor() };
    const { lastId } = await this.#parts.agents
      .host(host)
      .call('AppendMeasurements', request, { deadlineMs });
    this.#sawId(lastId);
  }

  /** The newest rows first: `last` of them, or as many as one answer may have. */
  async read<Kind extends MeasurementKind>(
    kind: Kind,
    pool: string,
    last = answerRowsMax,
    query: RowQuery = {},
  ): Promise<{ readonly rows: MeasuredRow<Kind>[]; readonly isCut: boolean }> {
    const host = await this.pool(pool);
    const wanted = Math.min(last, answerRowsMax);
    const { rows, isCut } = await this.#rows(host, kind, query, { max: wanted, deadlineMs });
    return { rows, isCut: isCut && last > wanted };
  }

  /** The rows of each wanted pool that answers in time, the newest first, and `max` of each pool at most. Throws what aborted its signal. */
  async readAll<Kind extends MeasurementKind>(
    kind: Kind,
    isWanted: (pool: string) => boolean,
    queryOf: (pool: string) => RowQuery,
    limits: Limits,
  ): Promise<FromAll<readonly MeasuredRow<Kind>[]>> {
    const options = { ...limits, deadlineMs: dashboardDeadlineMs };
    return this.#fromAll(
      { isWanted, signal: limits.signal },
      async (host) => (await this.#rows(host, kind, queryOf(host.name), options)).rows,
    );
  }

  /** As `read`, up to `max` rows, however many these are. Throws `resource_exhausted` when there are more. */
  async history<Kind extends MeasurementKind>(
    kind: Kind,
    pool: string,
    query: RowQuery,
    limits: Limits,
  ): Promise<MeasuredRow<Kind>[]> {
    const host = await this.pool(pool);
    const { rows, isCut } = await this.#rows(host, kind, query, { ...limits, deadlineMs });
    if (!isCut) return rows;
    throw new CopaError(
      'resource_exhausted',
      `pool "${pool}" has more than ${limits.max} ${kind} rows of that time`,
    );
  }

  /** The means of the last `ageMsMax` of each pool that answers in time. */
  async summaries(
    isWanted: (pool: string) => boolean,
    ageMsMax: number,
    signal?: AbortSignal,
  ): Promise<FromAll<Summary>> {
    return this.#fromAll({ isWanted, signal }, async (host) => {
      const options = { deadlineMs: dashboardDeadlineMs, ...(signal ? { signal } : {}) };
      const reply = await this.#parts.agents.host(host).call('SummarizeMeasurements', { ageMsMax }, options);
      const valueOf = (value: number | undefined) => (Number.isFinite(value) ? (value as number) : null);
      return {
        cpu: valueOf(reply.cpu),
        memory: valueOf(reply.memory),
        throughput: valueOf(reply.throughput),
      };
    });
  }

  /** The rows of links that have the pool at either end, of each pool that answers in time. */
  async linksOf(
    pool: string,
    isWanted: (pool: string) => boolean,
    query: { readonly aboveId: number; readonly ageMsMax: number },
    signal?: AbortSignal,
  ): Promise<FromAll<readonly MeasuredRow<'link'>[]>> {
    return this.#fromAll({ isWanted, signal }, async (host) => {
      const subject = host.name === pool ? {} : { subject: pool };
      const request = { ...query, ...subject, limit: rowsMax, belowId: 0 };
      return (await this.#page(host, 'link', request, { deadlineMs: dashboardDeadlineMs, signal })).rows;
    });
  }

  /** Page by page. */
  async #rows<Kind extends MeasurementKind>(
    host: Host,
    kind: Kind,
    query: RowQuery,
    { max, deadlineMs, signal }: Limits & { readonly deadlineMs: number },
  ): Promise<{ readonly rows: MeasuredRow<Kind>[]; readonly isCut: boolean }> {
    const id = currentRequestId();
    const rows: MeasuredRow<Kind>[] = [];
    let belowId = query.belowId ?? 0;
    while (rows.length < max) {
      const limit = Math.min(rowsMax, max - rows.length);
      const page = await carryingRequestId(id, () =>
        this.#page(host, kind, { ...query, limit, belowId }, { deadlineMs, signal }),
      );
      for (const row of page.rows) rows.push(row);
      belowId = page.next;
      if (belowId === 0) return { rows, isCut: false };
    }
    return { rows, isCut: true };
  }

  async #page<Kind extends MeasurementKind>(
    host: Host,
    kind: Kind,
    query: RowQuery & { readonly limit: number; readonly belowId: number },
    { deadlineMs, signal }: Deadline,
  ): Promise<{ readonly rows: MeasuredRow<Kind>[]; readonly next: number }> {
    const request = { kind, ...query, idFloor: this.#idFloor() };
    const reply = await this.#parts.agents
      .host(host)
      .call('ReadMeasurements', request, { deadlineMs, ...(signal ? { signal } : {}) });
    const rows = rowsIn(kind, host.name, reply, { limit: query.limit, nowMs: this.#now() });
    this.#sawId(rows[0]?.id ?? 0);
    // A page that does not go on would be read for ever.
    const isOn = query.belowId === 0 || reply.next < query.belowId;
    return { rows, next: isOn ? reply.next : 0 };
  }

  async #fromAll<T>(
    { isWanted, signal }: { isWanted: (pool: string) => boolean; signal: AbortSignal | undefined },
    read: (host: Host) => Promise<T>,
  ): Promise<FromAll<T>> {
    const id = currentRequestId();
    const hosts = (await this.#parts.pools.list()).filter(({ name }) => isWanted(name));
    const results = new Map<string, T>();
    const failures: string[] = [];
    await eachAtMost(poolsAtOnceMax, hosts, async (host) => {
      if ((this.#leftOutUntilMs.get(host.name) ?? 0) > this.#now()) {
        failures.push(`pool "${host.name}" did not answer`);
        return;
      }
      signal?.throwIfAborted();
      try {
        results.set(host.name, await carryingRequestId(id, () => inTime(host.name, read(host))));
        this.#leftOutUntilMs.delete(host.name);
      } catch (error) {
        if (!isCopaError(error)) throw error;
        signal?.throwIfAborted();
        if (isCopaError(error, 'unavailable', 'deadline_exceeded'))
          this.#leftOutUntilMs.set(host.name, this.#now() + leftOutMs);
        failures.push(messageOf(error));
      }
    });
    return { pools: hosts.map(({ name }) => name), results, failures };
  }

  #idFloor(): number {
    return Math.max(this.#highestId, this.#now() * idsPerMs);
  }

  /** One that is far in the future would go to all other agents, and is none that an honest agent gives. */
  #sawId(id: number): void {
    if (!(id < (this.#now() + aheadMsMax) * idsPerMs)) return;
    this.#highestId = Math.max(this.#highestId, id);
  }
}

/** Connecting has a longer limit of its own. */
async function inTime<T>(pool: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new CopaError('deadline_exceeded', `pool "${pool}" did not answer in time`);
    timer = setTimeout(() => reject(error), dashboardDeadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The measurements of this host: rows of the last day, and means over five minutes of the last 30 days. Ids grow with
 * each row, also when the clock goes back.
 */
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';
import {
  idsPerMs,
  keptMs,
  meansIntervalMs,
  measurementKinds,
  rowsMax,
  subjectField,
  type MeasurementKind,
  type RowOf,
} from '../../common/measurements.js';
import { meansOf } from '../../common/measurement-means.js';
import { RowDatabase } from './row-database.js';

export interface Query {
  readonly kind: MeasurementKind;
  readonly limit: number;
  readonly belowId?: number;
  readonly aboveId?: number;
  readonly ageMsMax?: number;
  readonly subject?: string;
  readonly isCoarse?: boolean;
}

export interface StoredRow {
  readonly id: number;
  readonly atMs: number;
  readonly json: string;
}

export interface Page {
  readonly rows: readonly StoredRow[];
  /** The `belowId` of the next page; 0: this is the last one. */
  readonly next: number;
}

interface Options {
  readonly directory: string;
  readonly bytesMax: number;
  readonly log: Logger;
  readonly now?: () => number;
}

/** Kinds of which means are made. A station or a command has none. */
const kindsWithMeans = ['link', 'resource', 'container'] as const;

/** Entries that one page reads at most, when it looks for few among many. */
const visitedMax = 20_000;

/** How long after the end of an interval its rows have certainly come. */
const lateMs = 10_000;
const tidyEveryMs = 60_000;

const meansTable = (kind: MeasurementKind) => `${kind}-means`;

export class MeasurementStore {
  readonly #database: RowDatabase;
  readonly #log: Logger;
  readonly #now: () => number;
  #lastId: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTidying = false;
  /** The end of the last interval whose means were made, by kind. */
  readonly #madeUpToMs = new Map<MeasurementKind, number>();

  constructor({ directory, bytesMax, log, now = Date.now }: Options) {
    const tables = [...measurementKinds, ...kindsWithMeans.map(meansTable)];
    this.#database = new RowDatabase({ directory, bytesMax, log }, tables);
    this.#log = log;
    this.#now = now;
  }

  /** Makes means and removes old rows from now on. */
  start(): void {
    this.#timer = setInterval(() => void this.#tidyOnce(), tidyEveryMs).unref();
    void this.#tidyOnce();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#database.close();
  }

  /** Ids from now on are higher. */
  async raiseIds(floor: number): Promise<void> {
    this.#lastId = Math.max(await this.#highestId(), floor);
  }

  /** Stores rows. Returns the id of the last one. Throws `unavailable` or `resource_exhausted` when it cannot. */
  async append<Kind extends MeasurementKind>(kind: Kind, rows: readonly RowOf<Kind>[]): Promise<number> {
    await this.#highestId();
    const atMs = this.#now();
    // Without a wait in between, no two rows get the same id.
    const entries = rows.map((row) => ({
      id: this.#nextId(atMs),
      value: valueOf(atMs, JSON.stringify(row)),
    }));
    await this.#database.put(kind, entries);
    return entries.at(-1)?.id ?? 0;
  }

  /** The newest rows first. */
  async read({
    kind,
    limit,
    belowId = 0,
    aboveId = 0,
    ageMsMax = 0,
    subject,
    isCoarse,
  }: Query): Promise<Page> {
    const table = isCoarse ? meansTable(kind) : kind;
    const oldestMs = ageMsMax === 0 ? 0 : this.#now() - ageMsMax;
    const isWanted = isAbout(kind, subject);
    const rows: StoredRow[] = [];
    let [visited, lastId, isMore] = [0, 0, false];
    await this.#database.visit(
      table,
      { above: aboveId, below: belowId || Number.MAX_SAFE_INTEGER },
      ({ id, value }) => {
        if (rows.length === limit || visited === visitedMax) {
          isMore = true;
          return false;
        }
        visited++;
        lastId = id;
        const row = rowIn(id, value);
        if (row.atMs < oldestMs) return false;
        if (isWanted(row.json)) rows.push(row);
        return true;
      },
    );
    return { rows, next: isMore ? lastId : 0 };
  }

  /** The values of the rows of the last `ageMsMax`, parsed. */
  async recent<Kind extends MeasurementKind>(kind: Kind, ageMsMax: number): Promise<RowOf<Kind>[]> {
    const { rows } = await this.read({ kind, limit: rowsMax, ageMsMax });
    return rows.map(({ json }) => JSON.parse(json) as RowOf<Kind>);
  }

  /** Makes the means of all intervals that have ended, and removes what is too old. */
  async tidy(): Promise<void> {
    const nowMs = this.#now();
    const lastStartMs = Math.floor((nowMs - lateMs) / meansIntervalMs) * meansIntervalMs - meansIntervalMs;
    for (const kind of kindsWithMeans) {
      const firstMs = Math.floor((nowMs - keptMs.rows) / meansIntervalMs) * meansIntervalMs;
      let startMs = Math.max(firstMs, await this.#meansEnd(kind));
      for (; startMs <= lastStartMs; startMs += meansIntervalMs) await this.#makeMeans(kind, startMs);
      this.#madeUpToMs.set(kind, startMs);
      await this.#database.removeBelow(meansTable(kind), (nowMs - keptMs.means) * idsPerMs);
    }
    for (const kind of measurementKinds)
      await this.#database.removeBelow(kind, (nowMs - keptMs.rows) * idsPerMs);
  }

  async #meansEnd(kind: MeasurementKind): Promise<number> {
    const known = this.#madeUpToMs.get(kind);
    if (known !== undefined) return known;
    const lastMs = (await this.#database.lastId(meansTable(kind))) / idsPerMs;
    return lastMs === 0 ? 0 : Math.floor(lastMs / meansIntervalMs + 1) * meansIntervalMs;
  }

  async #makeMeans(kind: MeasurementKind, startMs: number): Promise<void> {
    const rows: Record<string, unknown>[] = [];
    const range = { above: startMs * idsPerMs - 1, below: (startMs + meansIntervalMs) * idsPerMs };
    await this.#database.visit(kind, range, ({ id, value }) => {
      rows.push(JSON.parse(rowIn(id, value).json) as Record<string, unknown>);
      return true;
    });
    const means = meansOf(kind, rows.reverse());
    const entries = means.map((row, index) => ({
      id: startMs * idsPerMs + index,
      value: valueOf(startMs, JSON.stringify(row)),
    }));
    if (entries.length > 0) await this.#database.put(meansTable(kind), entries);
  }

  async #tidyOnce(): Promise<void> {
    if (this.#isTidying) return;
    this.#isTidying = true;
    try {
      await this.tidy();
    } catch (error) {
      this.#log.debug({ reason: messageOf(error) }, 'measurements cannot be tidied up now');
    } finally {
      this.#isTidying = false;
    }
  }

  async #highestId(): Promise<number> {
    if (this.#lastId !== undefined) return this.#lastId;
    const ids = await Promise.all(measurementKinds.map((kind) => this.#database.lastId(kind)));
    // Another call may have been faster.
    return (this.#lastId ??= Math.max(...ids));
  }

  #nextId(atMs: number): number {
    return (this.#lastId = Math.max((this.#lastId ?? 0) + 1, atMs * idsPerMs));
  }
}

/** The time and the row, so that neither the age nor the row needs the other to be parsed. */
function valueOf(atMs: number, json: string): string {
  return `${atMs} ${json}`;
}

function rowIn(id: number, value: string): StoredRow {
  const space = value.indexOf(' ');
  return { id, atMs: Number(value.slice(0, space)), json: value.slice(space + 1) };
}

function isAbout(kind: MeasurementKind, subject: string | undefined): (json: string) => boolean {
  const field = subjectField[kind];
  if (subject === undefined || field === undefined) return () => true;
  // Names and addresses need no escapes in JSON.
  const part = `${JSON.stringify(field)}:${JSON.stringify(subject)}`;
  return (json) => json.includes(part);
}

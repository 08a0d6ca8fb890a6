/**
 * The embedded database of this host's measurements, in a directory that never grows beyond a bound. Its failures
 * concern nobody else: a call fails with `unavailable`, the database is closed, and the next call some seconds later
 * opens it again. So an agent whose disk was full, or whose files are damaged, goes on.
 *
 * Each row survives the end of the process at once. A power failure costs the rows of the last seconds, because only
 * every twelfth write waits for the disk.
 */
import { ClassicLevel } from 'classic-level';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { CopaError, messageOf } from '../../common/errors.js';

export interface Entry {
  readonly id: number;
  readonly value: string;
}

/** Ids between the bounds, without them. */
export interface Range {
  readonly above: number;
  readonly below: number;
}

interface Options {
  readonly directory: string;
  readonly bytesMax: number;
  readonly log: Logger;
}

type Level = ClassicLevel;

const idDigits = 16;
const reopenAfterMs = 5_000;
const syncEvery = 12;

/** Raising these saves work on the disk and costs memory. */
const sizes = { cacheSize: 2 << 20, writeBufferSize: 1 << 20, maxOpenFiles: 64 } as const;

/** The directory is measured after each so many bytes. Compaction needs space, too, and what remains is for that. */
const measureEveryBytes = 2 << 20;
const fullPart = 0.75;
/** Each trimming removes this part of the oldest rows of the largest table. */
const trimPart = 0.1;
const trimsMax = 50;
const entriesAtOnce = 256;

/** Not an entry's fault: the database is as it was. */
class Refusal extends CopaError {}

export class RowDatabase {
  readonly #options: Options;
  #db: Promise<Level> | undefined;
  #reopenAtMs = -Infinity;
  #isClosed = false;
  #writes = 0;
  #grownBytes = Infinity;
  #trimming: Promise<void> | undefined;
  readonly #tables = new Set<string>();

  /** `tables` are the names of all tables. */
  constructor(options: Options, tables: readonly string[]) {
    this.#options = options;
    for (const table of tables) this.#tables.add(table);
  }

  async put(table: string, entries: readonly Entry[]): Promise<void> {
    const bytes = entries.reduce((sum, { value }) => sum + value.length + table.length + idDigits, 0);
    this.#grownBytes += bytes;
    if (this.#grownBytes > measureEveryBytes) await this.#keepBound();
    const sync = ++this.#writes % syncEvery === 0;
    await this.#use((db) =>
      db.batch(
        entries.map(({ id, value }) => ({ type: 'put', key: keyOf(table, id), value })),
        { sync },
      ),
    );
  }

  /** Visits entries, the highest id first, until `visit` returns false. */
  async visit(table: string, { above, below }: Range, visit: (entry: Entry) => boolean): Promise<void> {
    await this.#use(async (db) => {
      const iterator = db.iterator({ reverse: true, gt: keyOf(table, above), lt: keyOf(table, below) });
      try {
        for (;;) {
          const entries = await iterator.nextv(entriesAtOnce);
          if (entries.length === 0) return;
          for (const [key, value] of entries) if (!visit({ id: idIn(key), value })) return;
        }
      } finally {
        await iterator.close();
      }
    });
  }

  /** The highest id of a table; 0 when it is empty. */
  async lastId(table: string): Promise<number> {
    let last = 0;
    await this.visit(table, { above: 0, below: Number.MAX_SAFE_INTEGER }, ({ id }) => {
      last = id;
      return false;
    });
    return last;
  }

  /** Removes the entries with lower ids. */
  async removeBelow(table: string, id: number): Promise<void> {
    await this.#use((db) => db.clear({ gte: keyOf(table, 0), lt: keyOf(table, id) }));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#closeDatabase();
  }

  async #use<T>(work: (db: Level) => Promise<T>): Promise<T> {
    const opened = this.#opened();
    try {
      return await work(await opened);
    } catch (cause) {
      if (cause instanceof Refusal) throw cause;
      // Another call may have opened it again already.
      if (this.#db === opened) await this.#fail(cause);
      throw unusable(cause);
    }
  }

  #opened(): Promise<Level> {
    if (this.#isClosed) throw new Refusal('unavailable', 'the agent stops');
    if (!this.#db) {
      if (performance.now() < this.#reopenAtMs)
        throw new Refusal('unavailable', 'the measurements of this host cannot be stored at the moment');
      this.#db = this.#open();
    }
    return this.#db;
  }

  async #open(): Promise<Level> {
    const { directory, log } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    try {
      return await openLevel(directory);
    } catch (error) {
      if (!isDamage(error)) throw error;
      log.warn(
        { directory, reason: messageOf(error) },
        'the stored measurements are damaged: repairing them',
      );
    }
    await ClassicLevel.repair(directory);
    return openLevel(directory);
  }

  async #fail(cause: unknown): Promise<void> {
    const { directory, log } = this.#options;
    log.error({ directory, reason: reasonOf(cause) }, 'measurements cannot be stored: trying again');
    this.#reopenAtMs = performance.now() + reopenAfterMs;
    await this.#closeDatabase();
  }

  async #closeDatabase(): Promise<void> {
    const db = this.#db;
    this.#db = undefined;
    // One that could not be opened need not be closed.
    await db?.then((opened) => opened.close()).catch(() => undefined);
  }

  /** Throws `resource_exhausted` when the directory stays too large. */
  async #keepBound(): Promise<void> {
    this.#trimming ??= this.#trim().finally(() => (this.#trimming = undefined));
    await this.#trimming;
  }

  async #trim(): Promise<void> {
    const { directory, bytesMax } = this.#options;
    for (let trims = 0; trims < trimsMax; trims++) {
      const bytes = await this.#use(() => bytesIn(directory));
      if (bytes <= bytesMax * fullPart) {
        this.#grownBytes = 0;
        return;
      }
      await this.#use((db) => trimLargest(db, [...this.#tables]));
    }
    throw new Refusal('resource_exhausted', `the measurements of this host take more than ${bytesMax} bytes`);
  }
}

async function openLevel(directory: string): Promise<Level> {
  const db = new ClassicLevel(directory, { ...sizes, keyEncoding: 'utf8', valueEncoding: 'utf8' });
  await db.open();
  return db;
}

/** Removes the oldest rows of the table that takes most space. */
async function trimLargest(db: Level, tables: readonly string[]): Promise<void> {
  const ends = (table: string) => [keyOf(table, 0), keyOf(table, Number.MAX_SAFE_INTEGER)] as const;
  const sized = await Promise.all(
    tables.map(async (table) => ({ table, bytes: await db.approximateSize(...ends(table)) })),
  );
  const [largest] = sized.sort((one, other) => other.bytes - one.bytes);
  if (!largest) return;
  const [start, end] = ends(largest.table);
  const [first] = await db.keys({ gte: start, lt: end, limit: 1 }).all();
  const [last] = await db.keys({ gte: start, lt: end, limit: 1, reverse: true }).all();
  if (first !== undefined && last !== undefined) {
    const [from, to] = [idIn(first), idIn(last)];
    const cut = keyOf(largest.table, from + Math.ceil((to - from) * trimPart) + 1);
    await db.clear({ gte: start, lt: cut });
  }
  await db.compactRange(start, end);
}

async function bytesIn(directory: string): Promise<number> {
  const sizesOf = (await readdir(directory)).map(async (name) => {
    try {
      return (await stat(join(directory, name))).size;
    } catch (error) {
      // The database removes files at any time.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  });
  return (await Promise.all(sizesOf)).reduce((sum, bytes) => sum + bytes, 0);
}

function keyOf(table: string, id: number): string {
  return `${table}/${String(id).padStart(idDigits, '0')}`;
}

function idIn(key: string): number {
  return Number(key.slice(-idDigits));
}

/** The library's errors have the database's own error as their cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}

function isDamage(error: unknown): boolean {
  const { code, cause } = error as { readonly code?: string; readonly cause?: { readonly code?: string } };
  return [code, cause?.code].includes('LEVEL_CORRUPTION');
}

function unusable(cause: unknown): CopaError {
  const message = `the measurements of this host cannot be stored or read: ${reasonOf(cause)}`;
  return new CopaError('unavailable', message, { cause });
}

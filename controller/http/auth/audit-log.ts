/**
 * The audit log: who did what, when, from where and with what outcome, a line of JSON each, in files of this
 * controller's state directory that its user alone reads. What a line may hold is listed here: no secret and
 * no message gets in by chance.
 */
import { chmod, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AccessRole } from '../../model/principal.js';

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** The token's name; null when nobody showed a valid one. */
  readonly who: string | null;
  readonly role: AccessRole | null;
  /** The address it came from, or `local` for the controller's own socket. */
  readonly from: string;
  readonly method: string;
  readonly path: string;
  /** The parameters of `recorded` that the request had. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly outcome: 'done' | 'refused' | 'failed' | 'opened' | 'closed';
  /** HTTP's. */
  readonly status: number;
  readonly ms?: number;
  /** Why the door did not open. */
  readonly reason?: string;
}

/** A command is not among them: people write passwords on command lines. */
const recorded = [
  ...['operation', 'kind', 'name', 'role', 'ttl', 'pools', 'container_pool', 'container_name', 'ip'],
  ...['destination_pool', 'image_type', 'new_name', 'snapshot_name', 'stop_timeout', 'force', 'live'],
  ...['dry_run', 'keep_source_as', 'cpu', 'memory', 'pool'],
];
const valueLengthMax = 200;

/** With `filesMax` of them, how much of the past there is, and how much disk it takes. */
const fileBytesMax = 10 * 1024 * 1024;
const filesMax = 5;

export class AuditLog {
  readonly #path: string;
  readonly #log: Logger;
  readonly #bytesMax: number;
  #file: FileHandle | undefined;
  #size = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(path: string, log: Logger, bytesMax = fileBytesMax) {
    this.#path = path;
    this.#log = log;
    this.#bytesMax = bytesMax;
  }

  /** Resolves when the line is written, or its loss is in the log: a full disk must not end all work. */
  write(entry: AuditEntry): Promise<void> {
    this.#last = this.#last
      .then(() => this.#append(`${JSON.stringify(entry)}\n`))
      .catch((error: unknown) => this.#log.error({ err: error, entry }, 'the audit log cannot be written'));
    return this.#last;
  }

  /** The last `count` lines, the newest last. */
  async last(count: number): Promise<AuditEntry[]> {
    await this.#last;
    let lines: string[] = [];
    for (let age = 0; age < filesMax && lines.length < count; age++) {
      const text = await readFile(this.#pathOf(age), 'utf8').catch(() => '');
      lines = [...text.split('\n').filter(Boolean), ...lines];
    }
    return lines.slice(-count).flatMap(entryIn);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #append(line: string): Promise<void> {
    if (this.#file && this.#size + line.length > this.#bytesMax) await this.#rotate();
    this.#file ??= await this.#open();
    await this.#file.write(line);
    this.#size += Buffer.byteLength(line);
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.#path, 'a', 0o600);
    // One that was there keeps its mode otherwise.
    await chmod(this.#path, 0o600);
    this.#size = (await file.stat()).size;
    return file;
  }

  async #rotate(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    for (let age = filesMax - 2; age >= 0; age--) {
      await rename(this.#pathOf(age), this.#pathOf(age + 1)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
  }

  #pathOf(age: number): string {
    return age === 0 ? this.#path : `${this.#path}.${age}`;
  }
}

/** Of a request's parameters, those that a line may hold. */
export function recordedOf(parameters: ReadonlyMap<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    recorded.flatMap((name) => {
      const value = parameters.get(name);
      if (typeof value === 'string') return [[name, printable(value)]];
      return typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [];
    }),
  );
}

/** A text that a client sent, as a line may hold it: not too long, and without the token that it put there by mistake. */
export function printable(text: string): string {
  const safe = text.replace(/copa_[A-Za-z0-9_-]+/g, 'copa_...');
  return safe.length > valueLengthMax ? `${safe.slice(0, valueLengthMax - 3)}...` : safe;
}

/** A line that a crash cut short is left out. */
function entryIn(line: string): AuditEntry[] {
  try {
    return [JSON.parse(line) as AuditEntry];
  } catch {
    return [];
  }
}

/**
 * The audit log: who did what, when, from where and with which outcome. Each entry is a line of JSON, in files of this
 * controller's state directory that only its user can read. An entry has only what is listed here, so that no secret
 * and no message gets in by accident.
 */
import { chmod, open, readFile, rename, type FileHandle } from 'node:fs/promises';
import type { Logger } from 'pino';
import type { AccessRole } from '../../model/principal.js';

export interface AuditEntry {
  /** ISO 8601. */
  readonly at: string;
  /** The token's name; null without a valid token. */
  readonly who: string | null;
  readonly role: AccessRole | null;
  /** The address it came from, or `local` for the controller's own socket. */
  readonly from: string;
  readonly method: string;
  readonly path: string;
  /** The parameters of `recorded` that the request had. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly outcome: 'done' | 'refused' | 'failed' | 'opened' | 'closed';
  /** The HTTP status. */
  readonly status: number;
  readonly ms?: number;
  /** Why authentication failed. */
  readonly reason?: string;
}

/** The parameters that are recorded. Not a command: people write passwords on command lines. */
const recorded = [
  ...['operation', 'kind', 'name', 'role', 'ttl', 'pools', 'container_pool', 'container_name', 'ip'],
  ...['destination_pool', 'image_type', 'new_name', 'snapshot_name', 'stop_timeout', 'force', 'live'],
  ...['dry_run', 'keep_source_as', 'cpu', 'memory', 'pool', 'storage', 'network', 'profile'],
  ...['destination_storage', 'destination_network', 'profiles'],
];
const valueLengthMax = 200;

/** With `filesMax`, it bounds how far back the log goes, and the disk space that it takes. */
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

  /** Resolves when the line is written, or when its loss is logged: a full disk must not stop all work. */
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
    // An existing file would keep its mode.
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

/** The parameters of a request that an entry may have. */
export function recordedOf(parameters: ReadonlyMap<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    recorded.flatMap((name) => {
      const value = parameters.get(name);
      if (typeof value === 'string') return [[name, printable(value)]];
      return typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [];
    }),
  );
}

/** A client's text, as a line may have it: not too long, and without a token that the client put there by mistake. */
export function printable(text: string): string {
  const safe = text.replace(/copa_[A-Za-z0-9_-]+/g, 'copa_...');
  return safe.length > valueLengthMax ? `${safe.slice(0, valueLengthMax - 3)}...` : safe;
}

/** Empty for a line that a crash cut short. */
function entryIn(line: string): AuditEntry[] {
  try {
    return [JSON.parse(line) as AuditEntry];
  } catch {
    return [];
  }
}

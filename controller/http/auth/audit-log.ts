/**
 * The audit log: who did what, when, from where and with which outcome. Each entry is a line of JSON, in files of this
 * controller's state directory that only its user can read. An entry has only what is listed here, so that no secret
 * and no message gets in by accident.
 */
import type { Logger } from 'pino';
import type { AccessRole } from '../../model/principal.js';
import { RotatedLines } from './rotated-lines.js';

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
  ...[
    'destination_pool',
    'image_type',
    'image_pool',
    'containers',
    'all',
    'labels',
    'new_name',
    'snapshot_name',
    'stop_timeout',
    'force',
    'live',
  ],
  ...['subnet', 'device', 'port', 'container_port', 'protocol', 'address', 'alone'],
  ...['dry_run', 'keep_source_as', 'cpu', 'memory', 'pool', 'storage', 'network', 'profile'],
  ...['moves', 'downtime', 'destination_storage', 'destination_network', 'profiles', 'start'],
  ...['locus', 'locus1', 'locus2', 'delegation_mode', 'auto_delegation_type'],
];
const valueLengthMax = 200;

/** With the number of files, it bounds how far back the log goes, and the disk space that it takes. */
const fileBytesMax = 10 * 1024 * 1024;

/**
 * What was refused before anybody was authenticated is in files of its own, so that nobody without a token can displace
 * what those with one did.
 */
export class AuditLog {
  readonly #done: RotatedLines;
  readonly #refused: RotatedLines;
  readonly #log: Logger;

  constructor(path: string, log: Logger, bytesMax = fileBytesMax) {
    this.#log = log;
    this.#done = new RotatedLines(path, bytesMax);
    this.#refused = new RotatedLines(`${path}.refused`, bytesMax);
  }

  /** Resolves when the line is written, or when its loss is logged: a full disk must not stop all work. */
  async write(entry: AuditEntry): Promise<void> {
    const lines = entry.who === null ? this.#refused : this.#done;
    await lines
      .append(`${JSON.stringify(entry)}\n`)
      .catch((error: unknown) => this.#log.error({ err: error, entry }, 'the audit log cannot be written'));
  }

  /** The last `count` lines, the newest last. */
  async last(count: number): Promise<AuditEntry[]> {
    const both = await Promise.all([this.#done.last(count), this.#refused.last(count)]);
    const entries = both.flatMap((lines) => lines.flatMap(entryIn));
    // Stable, so that lines of one moment stay in their order.
    return entries.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(-count);
  }

  async close(): Promise<void> {
    await Promise.all([this.#done.close(), this.#refused.close()]);
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

/** Revocations as etcd keeps them. One that nobody can read must not let in whom it keeps out. */
import type { Revocation } from '../../common/pki/tls-identity.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { lastPart } from '../store/keys.js';
import { revocationIn, type RevocationValue } from './certificate-validity.js';

/** What cannot be read may have revoked everything that was issued until now. */
export function revocationOrNow(entry: Entry, nowMs: number): RevocationValue {
  return unreadableValues.attempt(entry, revocationIn)?.value ?? { issuedUntilMs: nowMs };
}

/** By key. */
export class Revocations {
  #known = new Map<string, Revocation>();

  constructor(private readonly now: () => number = Date.now) {}

  all(): Revocation[] {
    return [...this.#known.values()];
  }

  /** These are all. */
  reset(entries: readonly Entry[]): void {
    this.#known = new Map(entries.map((entry) => [entry.key, this.#read(entry)]));
  }

  put(entry: Entry): void {
    this.#known.set(entry.key, this.#read(entry));
  }

  remove(key: string): void {
    this.#known.delete(key);
  }

  /** One that cannot be read any more stays as it was. */
  #read(entry: Entry): Revocation {
    const readable = unreadableValues.attempt(entry, revocationIn)?.value;
    const pool = lastPart(entry.key);
    if (readable) return { pool, ...readable };
    return this.#known.get(entry.key) ?? { pool, ...revocationOrNow(entry, this.now()) };
  }
}

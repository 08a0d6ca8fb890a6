/** The revocations in etcd. One that cannot be read must not admit the hosts that it excludes. */
import type { Revocation } from '../../common/pki/tls-identity.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { lastPart } from '../store/keys.js';
import { revocationIn, type RevocationValue } from './certificate-validity.js';

/** An unreadable record may have revoked everything that was issued until now. */
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

  /** Replaces all of them. */
  reset(entries: readonly Entry[]): void {
    this.#known = new Map(entries.map((entry) => [entry.key, this.#read(entry)]));
  }

  put(entry: Entry): void {
    this.#known.set(entry.key, this.#read(entry));
  }

  remove(key: string): void {
    this.#known.delete(key);
  }

  /** One that can no longer be read keeps its last value. */
  #read(entry: Entry): Revocation {
    const readable = unreadableValues.attempt(entry, revocationIn)?.value;
    const pool = lastPart(entry.key);
    if (readable) return { pool, ...readable };
    return this.#known.get(entry.key) ?? { pool, ...revocationOrNow(entry, this.now()) };
  }
}

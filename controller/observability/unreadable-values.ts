/**
 * Values in etcd that nobody can read: put there by hand, by another program, or by a later version. Each is left out by
 * itself, so that it keeps none of the others from being known, and is reported: once in the log, and in a metric for as
 * long as it stands.
 */
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';

/** Who writes rubbish without end fills no memory with it. */
const keysMax = 10_000;

export class UnreadableValues {
  readonly #reasons = new Map<string, string>();
  #log: Pick<Logger, 'error' | 'info'> | undefined;

  /** From now on they are logged, those that are known already at once. */
  reportTo(log: Pick<Logger, 'error' | 'info'>): void {
    this.#log = log;
    for (const [key, reason] of this.#reasons) this.#report(key, reason);
  }

  get count(): number {
    return this.#reasons.size;
  }

  note(key: string, error: unknown): void {
    const reason = messageOf(error);
    if (this.#reasons.get(key) === reason || this.#reasons.size >= keysMax) return;
    this.#reasons.set(key, reason);
    this.#report(key, reason);
  }

  /** Somebody has put it right, or removed it. */
  forget(key: string): void {
    if (this.#reasons.delete(key)) this.#log?.info({ key }, 'a value in etcd can be read again, or is gone');
  }

  /** What is made of each entry that can be read; the others are noted. */
  each<From extends { readonly key: string }, To>(
    entries: readonly From[],
    decode: (entry: From) => To,
  ): To[] {
    return entries.flatMap((entry) => {
      const found = this.attempt(entry, decode);
      return found === undefined ? [] : [found.value];
    });
  }

  /** What is made of one; undefined, and noted, when it cannot be read. */
  attempt<From extends { readonly key: string }, To>(
    entry: From,
    decode: (entry: From) => To,
  ): { readonly value: To } | undefined {
    try {
      const value = decode(entry);
      if (this.#reasons.size > 0) this.forget(entry.key);
      return { value };
    } catch (error) {
      this.note(entry.key, error);
      return undefined;
    }
  }

  #report(key: string, reason: string): void {
    this.#log?.error(
      { key, reason },
      'a value in etcd cannot be read and is left out: put it right, or remove it with etcdctl',
    );
  }
}

export const unreadableValues = new UnreadableValues();

/**
 * Values in etcd that cannot be read: written by hand, by another program, or by a later version. Each is ignored, so
 * that the others can be loaded, and is reported: once in the log, and in a metric as long as it exists.
 */
import type { Logger } from 'pino';
import { messageOf } from '../../common/errors.js';

/** Limit on reported values, so that a writer of invalid data cannot fill the memory. */
const keysMax = 10_000;

export class UnreadableValues {
  readonly #reasons = new Map<string, string>();
  #log: Pick<Logger, 'error' | 'info'> | undefined;

  /** From now on they are logged. Those known already are logged at once. */
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

  /** The value was corrected or removed. */
  forget(key: string): void {
    if (this.#reasons.delete(key)) this.#log?.info({ key }, 'a value in etcd can be read again, or is gone');
  }

  /** Decodes each readable entry, and records the others. */
  each<From extends { readonly key: string }, To>(
    entries: readonly From[],
    decode: (entry: From) => To,
  ): To[] {
    return entries.flatMap((entry) => {
      const found = this.attempt(entry, decode);
      return found === undefined ? [] : [found.value];
    });
  }

  /** Decodes one entry; undefined when it cannot be read, which is recorded. */
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

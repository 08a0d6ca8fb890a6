/**
 * Reads from etcd that a token is still there, where another controller may have revoked it. The watch is not enough for that: it
 * delivers nothing to a controller that is cut off from etcd. A token that etcd has confirmed is valid for half a second
 * without another read, so a busy client costs two reads a second.
 */
import type { Store } from '../store/store.js';

/** Raising it makes a revoked token valid for longer at a controller that is cut off. */
const confirmedMs = 500;

interface Confirmation {
  /** When its read began. */
  readonly atMs: number;
  readonly isThere: Promise<boolean>;
}

export class TokenConfirmations<Subject extends object> {
  readonly #last = new WeakMap<Subject, Confirmation>();

  constructor(
    private readonly store: Pick<Store, 'isShared'>,
    /** Whether etcd has the token now. Throws `unavailable` when etcd does not answer. */
    private readonly read: (subject: Subject) => Promise<boolean>,
    /** Milliseconds of a clock that nobody sets back. */
    private readonly now = () => performance.now(),
  ) {}

  /** Concurrent requests share a read. A read that failed confirms nothing, so the next request begins another one. */
  confirm(subject: Subject): Promise<boolean> {
    if (!this.store.isShared) return Promise.resolve(true);
    const last = this.#last.get(subject);
    const atMs = this.now();
    if (last && atMs - last.atMs < confirmedMs) return last.isThere;
    const isThere = this.read(subject);
    const confirmation = { atMs, isThere };
    this.#last.set(subject, confirmation);
    isThere.catch(() => {
      if (this.#last.get(subject) === confirmation) this.#last.delete(subject);
    });
    return isThere;
  }
}

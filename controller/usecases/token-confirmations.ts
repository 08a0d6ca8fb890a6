/**
 * Reads from etcd that a token is still there, where another controller may have revoked it. The watch is not enough for that: it
 * delivers nothing to a controller that is cut off from etcd. A token that etcd has confirmed is valid for half a second
 * without another read, so a busy client costs two reads a second. While something is open for it, it is read five times a
 * second.
 */
import type { Store } from '../store/store.js';

/** Raising it makes a revoked token valid for longer at a controller that is cut off. */
const confirmedMs = 500;
/** How often the tokens of what is open are read. */
const tickMs = 200;
/**
 * What is open has to be confirmed by one of so many reads. They are counted, because a controller that was too busy to read
 * is not cut off. Raising it makes a revoked token valid for longer, and lets etcd be slower.
 */
const ticksMax = 4;

/** `unconfirmed`: etcd does not answer. `revoked`: it no longer has the token. */
export type Confirmed = 'confirmed' | 'unconfirmed' | 'revoked';

interface Confirmation {
  /** When its read began. */
  readonly atMs: number;
  readonly isThere: Promise<boolean>;
}

interface Watched {
  readonly listeners: Set<(state: Confirmed) => void>;
  /** The tick of the last read that confirmed it. */
  confirmedAt: number;
  state: Confirmed;
}

export class TokenConfirmations<Subject extends object> {
  readonly #last = new WeakMap<Subject, Confirmation>();
  readonly #watched = new Map<Subject, Watched>();
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;

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
    return last && this.now() - last.atMs < confirmedMs ? last.isThere : this.#begin(subject);
  }

  /** Calls the listener whenever the state of a token that was confirmed changes, until the returned function is called. */
  watch(subject: Subject, listener: (state: Confirmed) => void): () => void {
    const ageMs = this.now() - (this.#last.get(subject)?.atMs ?? this.now());
    const watched: Watched = this.#watched.get(subject) ?? {
      listeners: new Set(),
      confirmedAt: this.#tick - Math.min(ticksMax - 1, Math.floor(ageMs / tickMs)),
      state: 'confirmed',
    };
    this.#watched.set(subject, watched);
    watched.listeners.add(listener);
    this.#timer ??= setInterval(() => this.tick(), tickMs).unref();
    if (watched.state !== 'confirmed') listener(watched.state);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0) this.#watched.delete(subject);
      if (this.#watched.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Each interval. Public, so that a test needs no time. */
  tick(): void {
    const tick = ++this.#tick;
    for (const [subject, watched] of this.#watched) {
      if (!this.store.isShared) {
        watched.confirmedAt = tick;
        continue;
      }
      if (tick - watched.confirmedAt >= ticksMax) change(watched, 'unconfirmed');
      this.#begin(subject).then(
        (isThere) => {
          if (!isThere) {
            change(watched, 'revoked');
            return;
          }
          watched.confirmedAt = Math.max(watched.confirmedAt, tick);
          if (this.#tick - watched.confirmedAt < ticksMax) change(watched, 'confirmed');
        },
        () => undefined,
      );
    }
  }

  #begin(subject: Subject): Promise<boolean> {
    const isThere = this.read(subject);
    const confirmation = { atMs: this.now(), isThere };
    this.#last.set(subject, confirmation);
    isThere.catch(() => {
      if (this.#last.get(subject) === confirmation) this.#last.delete(subject);
    });
    return isThere;
  }
}

/** A token that was revoked stays revoked. */
function change(watched: Watched, state: Confirmed): void {
  if (watched.state === state || watched.state === 'revoked') return;
  watched.state = state;
  for (const listener of [...watched.listeners]) listener(state);
}

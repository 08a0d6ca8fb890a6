/** The tokens that are valid now. Each has a signal that aborts when the token is removed, replaced or expired. */
import { setMaxListeners } from 'node:events';
import { CopaError } from '../../common/errors.js';
import type { Principal } from '../model/principal.js';
import { hasExpired, type Token } from '../model/token.js';

interface Valid {
  readonly token: Token;
  readonly principal: Principal;
  readonly ending: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/** Timers count milliseconds in 31 bits. A longer one would fire at once. */
const timerMsMax = 2 ** 31 - 1;

export class ValidTokens {
  readonly #now: () => Date;
  readonly #byName = new Map<string, Valid>();
  readonly #byId = new Map<string, Valid>();
  /**
   * The revision of the last known change of each name, because a watch may deliver this controller's own changes
   * late.
   */
  readonly #revisions = new Map<string, number>();
  #known = false;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Throws `unavailable` until the tokens are known. */
  find(id: string, isRight: (token: Token) => boolean): Principal | undefined {
    if (!this.#known)
      throw new CopaError('unavailable', 'the valid tokens have not been read from etcd yet: try again');
    const valid = this.#byId.get(id);
    // The timer may be late, for example after the machine was suspended.
    if (!valid || !isRight(valid.token) || hasExpired(valid.token, this.#now())) return undefined;
    return valid.principal;
  }

  get(id: string): Token | undefined {
    return this.#byId.get(id)?.token;
  }

  /** Replaces all tokens. */
  reset(entries: readonly { readonly token: Token; readonly revision: number }[]): void {
    this.#revisions.clear();
    const names = new Set(entries.map(({ token }) => token.name));
    for (const name of [...this.#byName.keys()]) if (!names.has(name)) this.#end(name);
    for (const { token, revision } of entries) this.put(token, revision);
    this.#known = true;
  }

  /**
   * `revision` is the revision of etcd that wrote it. An older one than the known revision of that name changes
   * nothing.
   */
  put(token: Token, revision: number): void {
    if (!this.#isNewer(token.name, revision)) return;
    // A repeated record, as from a restarted watch, is the same token.
    if (this.#byName.get(token.name)?.token.sha256 === token.sha256) return;
    this.#end(token.name);
    if (hasExpired(token, this.#now())) return;
    const ending = new AbortController();
    // One listener per stream that is open for it.
    setMaxListeners(0, ending.signal);
    const { name, role, pools } = token;
    const principal = { name, role, pools: pools ? new Set(pools) : undefined, signal: ending.signal };
    const valid: Valid = { token, principal, ending, timer: undefined };
    this.#byName.set(name, valid);
    this.#byId.set(token.id, valid);
    this.#await(valid);
  }

  remove(name: string, revision: number): void {
    if (this.#isNewer(name, revision)) this.#end(name);
  }

  clear(): void {
    for (const { timer } of this.#byName.values()) clearTimeout(timer);
  }

  #isNewer(name: string, revision: number): boolean {
    if (revision <= (this.#revisions.get(name) ?? 0)) return false;
    this.#revisions.set(name, revision);
    return true;
  }

  #end(name: string): void {
    const valid = this.#byName.get(name);
    if (!valid) return;
    clearTimeout(valid.timer);
    this.#byName.delete(name);
    this.#byId.delete(valid.token.id);
    valid.ending.abort(new CopaError('unauthenticated', `token "${name}" is no longer valid`));
  }

  #await(valid: Valid): void {
    const leftMs = Date.parse(valid.token.expiresAt) - this.#now().getTime();
    if (leftMs <= 0) this.#end(valid.token.name);
    else valid.timer = setTimeout(() => this.#await(valid), Math.min(leftMs, timerMsMax)).unref();
  }
}

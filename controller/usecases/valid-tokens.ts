/**
 * The tokens that are valid at this moment, each with the signal that ends what goes on in its name. Removed,
 * replaced or expired, a token's signal aborts.
 */
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

/** Timers count milliseconds in 31 bits: a longer one would fire at once. */
const timerMsMax = 2 ** 31 - 1;

export class ValidTokens {
  readonly #now: () => Date;
  readonly #byName = new Map<string, Valid>();
  readonly #byId = new Map<string, Valid>();
  /** Of the last change known of each name: a watch may tell late what this controller did itself. */
  readonly #revisions = new Map<string, number>();
  #known = false;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /** Throws `unavailable` as long as nobody has said which tokens there are. */
  find(id: string, isRight: (token: Token) => boolean): Principal | undefined {
    if (!this.#known)
      throw new CopaError('unavailable', 'etcd has not said yet which tokens are valid: try again');
    const valid = this.#byId.get(id);
    // The timer may be late, as when the machine slept.
    if (!valid || !isRight(valid.token) || hasExpired(valid.token, this.#now())) return undefined;
    return valid.principal;
  }

  /** These are all. */
  reset(entries: readonly { readonly token: Token; readonly revision: number }[]): void {
    this.#revisions.clear();
    const names = new Set(entries.map(({ token }) => token.name));
    for (const name of [...this.#byName.keys()]) if (!names.has(name)) this.#end(name);
    for (const { token, revision } of entries) this.put(token, revision);
    this.#known = true;
  }

  /** `revision` is that of etcd which wrote it; what is older than what is known of the name changes nothing. */
  put(token: Token, revision: number): void {
    if (!this.#isNewer(token.name, revision)) return;
    // Told again, as by a watch that begins anew, it is no other one.
    if (this.#byName.get(token.name)?.token.sha256 === token.sha256) return;
    this.#end(token.name);
    if (hasExpired(token, this.#now())) return;
    const ending = new AbortController();
    // As many as there are streams open in its name.
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
    valid.ending.abort(new CopaError('unauthenticated', `token "${name}" is not valid any more`));
  }

  #await(valid: Valid): void {
    const leftMs = Date.parse(valid.token.expiresAt) - this.#now().getTime();
    if (leftMs <= 0) this.#end(valid.token.name);
    else valid.timer = setTimeout(() => this.#await(valid), Math.min(leftMs, timerMsMax)).unref();
  }
}

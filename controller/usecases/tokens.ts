/**
 * The rules of tokens, and the tokens that are valid now. A watch of etcd keeps them current, so that a check costs
 * nothing, and a token that is revoked on one controller becomes invalid on all of them with etcd's event.
 */
import { CopaError } from '../../common/errors.js';
import { checkPoolName, checkName, poolNamePattern, poolNameRule } from '../../common/names.js';
import type { Entry } from '../store/entry.js';
import type { Store } from '../store/store.js';
import { keys } from '../store/keys.js';
import type { Watch, WatchHandlers } from '../store/watch.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { AccessRole, Principal } from '../model/principal.js';
import { decodeToken, drawToken, hasExpired, isSecretOf, parseToken, type Token } from '../model/token.js';
import { TokenConfirmations, type Confirmed } from './token-confirmations.js';
import { ValidTokens } from './valid-tokens.js';

interface TokenStore extends Pick<Store, 'list' | 'getMany' | 'transact' | 'isShared'> {
  watch(prefix: string, handlers: WatchHandlers): Pick<Watch, 'close'>;
}

export interface TokenOrder {
  readonly name: string;
  readonly role: AccessRole;
  readonly pools: readonly string[] | null;
  readonly ttlSeconds: number;
  /** The principal that orders it. */
  readonly createdBy: string;
}

/** Limit on tokens, so that no script fills etcd and the controllers' memory. */
const tokensMax = 1000;
const poolsMax = 100;
/** How long an expired token is still listed. After that, creating a token deletes it. */
const expiredKeptMs = 7 * 86_400_000;
/** Limit on tokens deleted at once, because an etcd transaction has at most 128 operations. */
const sweptAtOnceMax = 50;

export class Tokens {
  readonly #store: TokenStore;
  readonly #now: () => Date;
  readonly #valid: ValidTokens;
  readonly #watch: Pick<Watch, 'close'>;
  readonly #confirmations: TokenConfirmations<Token>;

  /** `checkTrust` throws for a token that cannot be accepted yet. */
  constructor(
    store: TokenStore,
    now = () => new Date(),
    private readonly checkTrust: (token: Token) => void = () => undefined,
  ) {
    this.#store = store;
    this.#now = now;
    this.#valid = new ValidTokens(now);
    this.#confirmations = new TokenConfirmations(store, async ({ name, id }) => {
      const [entry] = await store.getMany([keys.token(name)]);
      return entry !== undefined && readable(entry).some((token) => token.id === id);
    });
    this.#watch = store.watch(keys.tokens, {
      onReset: (entries) =>
        this.#valid.reset(
          entries.flatMap((entry) => readable(entry).map((token) => ({ token, revision: entry.revision }))),
        ),
      onEvent: (change) => {
        const { revision } = change;
        const [token] = change.type === 'put' ? readable(change) : [];
        // A token that nobody can read any more is valid no longer.
        if (token) this.#valid.put(token, revision);
        else this.#valid.remove(change.key.slice(keys.tokens.length), revision);
      },
    });
  }

  /**
   * The principal of a token's text; undefined when it is not a valid token. Throws `unavailable` until etcd has
   * answered.
   */
  principalOf(text: string): Principal | undefined {
    const parsed = parseToken(text);
    if (!parsed) return undefined;
    return this.#valid.find(parsed.id, (token) => {
      if (!isSecretOf(token, parsed.secret)) return false;
      this.checkTrust(token);
      return true;
    });
  }

  /**
   * Whether a token that has a principal is still there: in etcd, where other controllers may have revoked it. Throws
   * `unavailable` when etcd does not answer then.
   */
  async confirm(text: string): Promise<boolean> {
    const parsed = parseToken(text);
    const token = parsed && this.#valid.get(parsed.id);
    return token !== undefined && (await this.#confirmations.confirm(token));
  }

  /**
   * Follows whether etcd confirms a token, for as long as something is open for it, until the returned function is called.
   * `revoked` may come later here than the end of its principal.
   */
  watch(text: string, listener: (state: Confirmed) => void): () => void {
    const parsed = parseToken(text);
    const token = parsed && this.#valid.get(parsed.id);
    if (token) return this.#confirmations.watch(token, listener);
    listener('revoked');
    return () => undefined;
  }

  /** Sorted by name, with expired ones. */
  async list(): Promise<Token[]> {
    return (await this.#store.list(keys.tokens)).flatMap(readable);
  }

  /** Only the reply contains its text. Throws `already_exists` for the name of a valid token. */
  async create(order: TokenOrder): Promise<{ token: Token; text: string }> {
    const { name, role, pools, createdBy } = order;
    checkTokenName(name);
    checkPools(pools);
    const key = keys.token(name);
    const now = this.#now();
    const entries = await this.#store.list(keys.tokens);
    const namesake = entries.find((entry) => entry.key === key);
    if (namesake && readable(namesake).some((token) => !hasExpired(token, now))) {
      throw new CopaError(
        'already_exists',
        `there is a token "${name}" already: revoke it, or choose another name`,
      );
    }
    const swept = entries
      .filter((entry) => entry !== namesake && isForgotten(entry, now))
      .slice(0, sweptAtOnceMax);
    if (entries.length - swept.length >= tokensMax) {
      throw new CopaError('resource_exhausted', `there are ${tokensMax} tokens already: revoke some`);
    }

    const { text, id, sha256 } = drawToken();
    const expiresAt = new Date(now.getTime() + order.ttlSeconds * 1000).toISOString();
    const token = { name, id, sha256, role, pools, createdAt: now.toISOString(), createdBy, expiresAt };
    const written = await this.#store.transact({
      expect: [
        { key, revision: namesake?.revision ?? 0 },
        ...swept.map(({ key: old, revision }) => ({ key: old, revision })),
      ],
      put: [{ key, value: token }],
      remove: swept.map(({ key: old }) => old),
    });
    if (!written) throw changed(name);
    // The watch delivers it, too, but the client may use the token before that.
    this.#valid.put(token, written.revision);
    return { token, text };
  }

  /** When this returns, the token is invalid here. Other controllers follow with etcd's event. */
  async revoke(name: string): Promise<void> {
    checkTokenName(name);
    const key = keys.token(name);
    const [entry] = await this.#store.getMany([key]);
    if (!entry) throw new CopaError('not_found', `there is no token "${name}"`);
    const [token] = readable(entry);
    // Hosts keep it, so that a backup does not bring the token back.
    const kept = token && keys.revokedToken(token.id);
    const value = token && { revokedAtMs: this.#now().getTime(), untilMs: Date.parse(token.expiresAt) };
    const removed = await this.#store.transact({
      expect: [{ key, revision: entry.revision }, ...(kept ? [{ key: kept, revision: 0 }] : [])],
      put: kept ? [{ key: kept, value }] : [],
      remove: [key],
    });
    if (!removed) throw changed(name);
    this.#valid.remove(name, removed.revision);
  }

  async close(): Promise<void> {
    await this.#watch.close();
    this.#valid.clear();
  }
}

function checkTokenName(name: string): void {
  checkName('name', name, poolNamePattern, poolNameRule.replace('pool', 'token'));
}

function checkPools(pools: readonly string[] | null): void {
  if (!pools) return;
  for (const pool of pools) checkPoolName('pools', pool);
  if (pools.length > poolsMax) {
    throw new CopaError('invalid_argument', `pools names ${pools.length} pools: ${poolsMax} are the most`);
  }
}

/** Ignores an invalid record, so that the other tokens can be loaded. */
function readable(entry: Entry): Token[] {
  return unreadableValues.each([entry], ({ value }) => decodeToken(value));
}

function isForgotten(entry: Entry, now: Date): boolean {
  const threshold = new Date(now.getTime() - expiredKeptMs);
  return readable(entry).some((token) => hasExpired(token, threshold));
}

function changed(name: string): CopaError {
  return new CopaError('aborted', `token "${name}" was changed by another request at this moment: try again`);
}

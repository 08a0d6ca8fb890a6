// Aim: a token has the rights of its record, until it expires, and no record reveals its secret. Method: the service
// on a store in memory, with a clock of the test.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hasExpired, isSecretOf, parseToken } from '../../controller/model/token.js';
import { Tokens, type TokenOrder } from '../../controller/usecases/tokens.js';
import { CopaError } from '../../common/errors.js';
import { ttlSeconds } from '../../common/config/duration.js';
import { keys } from '../../controller/store/keys.js';
import { failureOf } from '../support/failures.js';
import { MemoryStore } from '../support/memory-store.js';

const day = 86_400;
const order = (more: Partial<TokenOrder> = {}): TokenOrder => ({
  name: 'ci',
  role: 'operator',
  pools: null,
  ttlSeconds: 90 * day,
  createdBy: 'loopback',
  ...more,
});

describe('tokens', () => {
  let store: MemoryStore;
  let tokens: Tokens;

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-01-01T00:00:00Z') });
    store = new MemoryStore();
    tokens = new Tokens(store);
    store.ready();
  });
  afterEach(() => void vi.useRealTimers());

  test('a new one has its principal', async () => {
    const { text, token } = await tokens.create(order({ pools: ['a', 'b'] }));
    expect(text).toMatch(/^copa_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
    expect(token).toMatchObject({ expiresAt: '2026-04-01T00:00:00.000Z', createdBy: 'loopback' });
    const principal = tokens.principalOf(text);
    expect(principal).toMatchObject({ name: 'ci', role: 'operator', pools: new Set(['a', 'b']) });
    expect(principal?.signal.aborted).toBe(false);
  });

  test('etcd confirms it every half second, where another controller may have revoked it', async () => {
    const { text, token } = await tokens.create(order());
    store.reads = 0;
    expect(await tokens.confirm(text)).toBe(true);
    expect(store.reads).toBe(0);
    store.isShared = true;
    expect(await Promise.all([tokens.confirm(text), tokens.confirm(text)])).toEqual([true, true]);
    expect(store.reads).toBe(1);
    // The watch of this controller is cut off: it delivers no event.
    store.forget(keys.token(token.name));
    vi.advanceTimersByTime(499);
    expect(await tokens.confirm(text)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(tokens.principalOf(text)).toBeDefined();
    expect(await tokens.confirm(text)).toBe(false);
    store.meanwhileReading = () => {
      throw new CopaError('unavailable', 'etcd does not answer');
    };
    vi.advanceTimersByTime(500);
    await expect(tokens.confirm(text)).rejects.toThrow('etcd does not answer');
    // Of what failed, nothing is kept.
    store.meanwhileReading = undefined;
    expect(await tokens.confirm(text)).toBe(false);
  });

  test('what is open for it is told when etcd stops to confirm it, and when it is revoked elsewhere', async () => {
    const { text, token } = await tokens.create(order());
    store.isShared = true;
    expect(await tokens.confirm(text)).toBe(true);
    const states: string[] = [];
    const unwatch = tokens.watch(text, (state) => states.push(state));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(states).toEqual([]);
    store.meanwhileReading = () => {
      throw new CopaError('unavailable', 'etcd does not answer');
    };
    // It may have been revoked right after the last read.
    await vi.advanceTimersByTimeAsync(599);
    expect(states).toEqual([]);
    await vi.advanceTimersByTimeAsync(401);
    expect(states).toEqual(['unconfirmed']);
    store.meanwhileReading = undefined;
    await vi.advanceTimersByTimeAsync(200);
    expect(states).toEqual(['unconfirmed', 'confirmed']);
    // The watch of this controller is cut off: it delivers no event.
    store.forget(keys.token(token.name));
    await vi.advanceTimersByTimeAsync(200);
    expect(states).toEqual(['unconfirmed', 'confirmed', 'revoked']);
    unwatch();
    store.reads = 0;
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.reads).toBe(0);
  });

  test('what is opened with an old confirmation is open for no longer', async () => {
    const { text } = await tokens.create(order());
    store.isShared = true;
    expect(await tokens.confirm(text)).toBe(true);
    store.meanwhileReading = () => {
      throw new CopaError('unavailable', 'etcd does not answer');
    };
    await vi.advanceTimersByTimeAsync(499);
    const states: string[] = [];
    tokens.watch(text, (state) => states.push(state));
    await vi.advanceTimersByTimeAsync(500);
    expect(states).toEqual(['unconfirmed']);
  });

  test('an etcd that nobody else writes to is not asked', async () => {
    const { text } = await tokens.create(order());
    store.reads = 0;
    tokens.watch(text, () => undefined);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.reads).toBe(0);
  });

  test('the store has only the hash of the secret', async () => {
    const { text } = await tokens.create(order());
    const [entry] = await store.list(keys.tokens);
    const secret = parseToken(text)?.secret ?? '';
    expect(secret).toHaveLength(43);
    expect(JSON.stringify(entry)).not.toContain(secret);
    expect(isSecretOf(entry?.value as { sha256: string }, secret)).toBe(true);
    expect(isSecretOf(entry?.value as { sha256: string }, `${secret.slice(0, -1)}_`)).toBe(false);
  });

  test.each([
    ['nothing', () => ''],
    ['half of it', (text: string) => text.slice(0, 40)],
    ['more than it', (text: string) => `${text}x`],
    ['another secret', (text: string) => `${text.slice(0, 22)}${'A'.repeat(43)}`],
    ['another ID', (text: string) => text.replace(/copa_.{16}/, `copa_${'0'.repeat(16)}`)],
    ['the hash', () => JSON.stringify(store.keys())],
  ])('%s is not a token', async (_what, wrong) => {
    const { text } = await tokens.create(order());
    expect(tokens.principalOf(wrong(text))).toBeUndefined();
  });

  test('it is invalid from its expiry on, and its work is aborted, even beyond the range of a timer', async () => {
    const { text } = await tokens.create(order());
    const signal = tokens.principalOf(text)?.signal;
    vi.advanceTimersByTime(90 * day * 1000 - 1);
    expect(tokens.principalOf(text)).toBeDefined();
    expect(signal?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(tokens.principalOf(text)).toBeUndefined();
    expect(signal?.aborted).toBe(true);
  });

  test('it is invalid at its expiry although the timer is late', async () => {
    const { text } = await tokens.create(order());
    vi.setSystemTime('2026-04-01T00:00:00Z');
    expect(tokens.principalOf(text)).toBeUndefined();
  });

  test('revoked, it is invalid at once, here and on other controllers', async () => {
    const elsewhere = new Tokens(store);
    store.ready();
    const { text } = await tokens.create(order());
    const signals = [tokens, elsewhere].map((each) => each.principalOf(text)?.signal);
    await tokens.revoke('ci');
    for (const each of [tokens, elsewhere]) expect(each.principalOf(text)).toBeUndefined();
    for (const signal of signals) expect(signal?.aborted).toBe(true);
    expect(await failureOf(() => tokens.revoke('ci'))).toBe('not_found: there is no token "ci"');
  });

  test('a late event of a watch does not revive a revoked token', async () => {
    const { text } = await tokens.create(order());
    const [entry] = await store.list(keys.tokens);
    if (!entry) throw new Error('it was stored');
    await tokens.revoke('ci');
    store.tell({ type: 'put', ...entry });
    expect(tokens.principalOf(text)).toBeUndefined();
  });

  test('one that was removed while etcd was unreachable is invalid when it is back; the others stay valid', async () => {
    const [gone, kept] = [await tokens.create(order()), await tokens.create(order({ name: 'kept' }))];
    const signal = tokens.principalOf(kept.text)?.signal;
    store.forget(keys.token('ci'));
    expect(tokens.principalOf(gone.text)).toBeDefined();
    store.ready();
    expect(tokens.principalOf(gone.text)).toBeUndefined();
    expect(tokens.principalOf(kept.text)?.signal).toBe(signal);
    expect(signal?.aborted).toBe(false);
  });

  test('before the first list from etcd, none counts as invalid', () => {
    const early = new Tokens(new MemoryStore());
    expect(() => early.principalOf(`copa_${'0'.repeat(16)}_${'A'.repeat(43)}`)).toThrow(
      /have not been read from etcd yet/,
    );
  });

  test('a name is in use as long as its token is valid, and free again after that', async () => {
    const first = await tokens.create(order({ ttlSeconds: 60 }));
    expect(await failureOf(() => tokens.create(order()))).toMatch(/^already_exists: there is a token "ci"/);
    vi.advanceTimersByTime(60_000);
    const second = await tokens.create(order());
    expect(tokens.principalOf(first.text)).toBeUndefined();
    expect(tokens.principalOf(second.text)).toBeDefined();
  });

  test('expired ones are listed for a week, and deleted when another is created', async () => {
    await tokens.create(order({ name: 'old', ttlSeconds: 1 }));
    vi.advanceTimersByTime(6 * day * 1000);
    await tokens.create(order({ name: 'new' }));
    expect((await tokens.list()).map(({ name }) => name)).toEqual(['new', 'old']);
    vi.advanceTimersByTime(2 * day * 1000);
    await tokens.create(order({ name: 'newer' }));
    const left = await tokens.list();
    expect(left.map(({ name }) => name)).toEqual(['new', 'newer']);
    expect(left.some((token) => hasExpired(token, new Date()))).toBe(false);
  });

  test('their number is limited', async () => {
    for (let number = 0; number < 1000; number++) {
      const token = { ...(await stored()), name: `t${number}`, id: String(number).padStart(16, '0') };
      store.put(keys.token(token.name), token);
    }
    expect(await failureOf(() => tokens.create(order({ name: 'more' })))).toMatch(/^resource_exhausted/);
  });

  test.each([
    [{ name: '../x' }, 'name "../x" is not valid: a token name has'],
    [{ name: '' }, 'name "" is not valid'],
    [{ pools: ['a', 'b/c'] }, 'pools "b/c" is not valid: a pool name has'],
    [{ pools: Array.from({ length: 101 }, () => 'a') }, 'pools names 101 pools: 100 are the most'],
  ])('%o is refused', async (more, message) => {
    expect(await failureOf(() => tokens.create(order(more)))).toContain(`invalid_argument: ${message}`);
    expect(store.keys()).toEqual([]);
  });

  async function stored(): Promise<object> {
    const existing = (await store.list(keys.tokens))[0]?.value;
    return (existing as object | undefined) ?? (await tokens.create(order({ name: 't0' }))).token;
  }
});

describe('a time to live', () => {
  test.each([
    ['90d', 90 * day],
    ['12h', 43_200],
    ['30m', 1800],
    ['1s', 1],
  ])('%s', (text, seconds) => expect(ttlSeconds('ttl', text, 3650 * day)).toBe(seconds));

  test.each(['', '0d', '90', '-1d', '1.5h', '1w', '3651d', '9999999s', ' 1d', '1D', '1e3s'])(
    '%o is refused',
    async (text) => {
      expect(await failureOf(() => ttlSeconds('ttl', text, 3650 * day))).toMatch(
        /^invalid_argument: ttl ".*" is not valid: give a time as 90d, 12h, 30m or 45s, of 3650d at most/,
      );
    },
  );
});

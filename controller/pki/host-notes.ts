/** The notes that this controller sends to all hosts with their trust data: revocations, and the newest pools. */
import { z } from 'zod';
import type { Revocation } from '../../common/pki/tls-identity.js';
import { decodeHost, type Host } from '../model/host.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import type { Entry } from '../store/entry.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';
import { makeNote, type Note, type NoteContent } from './notes.js';

const dayMs = 24 * 3600_000;
/** No certificate lives longer. */
const revocationKeptMs = 400 * dayMs;
/** A backup that is restored is younger than this. */
const poolKeptMs = 60 * dayMs;
/** Every host gets the notes about these pools, so their number bounds the messages of a large fleet. */
const poolsMax = 100;

/** How soon all hosts know a new pool. A hundred that join within this time are one visit of each host. */
const poolsApartMs = 3_000;

/** What the store has of a revoked token, until the token would have expired. */
export const revokedTokenSchema = z.object({ revokedAtMs: z.number(), untilMs: z.number() });
type RevokedToken = z.infer<typeof revokedTokenSchema>;

interface Parts {
  readonly store: Pick<Store, 'watch' | 'transact'>;
  readonly caStore: { readonly secret: Buffer; readonly trust: { readonly revoked: readonly Revocation[] } };
}

export class HostNotes {
  readonly #tokens = new Map<string, RevokedToken>();
  readonly #pools = new Map<string, Host>();
  /** To encrypt a note once is enough. */
  #made = new Map<string, Note>();
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  readonly #watches: { close(): Promise<void> }[];

  constructor(private readonly parts: Parts) {
    this.#watches = [
      parts.store.watch(keys.revokedTokens, {
        onReset: (entries) => {
          this.#tokens.clear();
          for (const entry of entries) this.#noteToken(entry);
          this.#changed();
        },
        onEvent: (change) => {
          if (change.type === 'put') this.#noteToken(change);
          else this.#tokens.delete(lastPart(change.key));
          this.#changed();
        },
      }),
      parts.store.watch(keys.pools, {
        onReset: (entries) => {
          this.#pools.clear();
          for (const host of unreadableValues.each(entries, decodeHost)) this.#pools.set(host.name, host);
        },
        onEvent: (change) => {
          if (change.type === 'remove') this.#pools.delete(lastPart(change.key));
          else for (const host of unreadableValues.each([change], decodeHost)) this.#notePool(host);
        },
      }),
    ];
  }

  /** Throws `unavailable` until the CAs are open. */
  all(nowMs = Date.now()): Note[] {
    const { secret, trust } = this.parts.caStore;
    const before = this.#made;
    this.#made = new Map();
    const note = (content: NoteContent, atMs: number, untilMs: number) => {
      const id = `${atMs} ${JSON.stringify(content)}`;
      const made = before.get(id) ?? makeNote(secret, content, atMs, untilMs);
      this.#made.set(id, made);
      return made;
    };
    const revoked = trust.revoked.map(({ pool, issuedUntilMs }) =>
      note({ kind: 'pool revoked', pool, issuedUntilMs }, issuedUntilMs, issuedUntilMs + revocationKeptMs),
    );
    const tokens = [...this.#tokens].map(([id, { revokedAtMs, untilMs }]) =>
      note({ kind: 'token revoked', id, untilMs }, revokedAtMs, untilMs),
    );
    const pools = [...this.#pools.values()]
      .map((host) => ({ ...host, addedAtMs: Date.parse(host.addedAt) }))
      .filter(({ addedAtMs }) => addedAtMs > nowMs - poolKeptMs)
      .sort((a, b) => b.addedAtMs - a.addedAtMs)
      .slice(0, poolsMax)
      .map(({ name: pool, address, addedAtMs }) =>
        note({ kind: 'pool added', pool, address, addedAtMs }, addedAtMs, addedAtMs + poolKeptMs),
      );
    return [...revoked, ...tokens, ...pools];
  }

  /** Calls `listener` when hosts should be visited, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#watches.map((watch) => watch.close()));
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Records of pools change often, and only a new place is news for the hosts. Several at once become one. */
  #notePool(host: Host): void {
    const known = this.#pools.get(host.name);
    this.#pools.set(host.name, host);
    if (known?.address === host.address && known.addedAt === host.addedAt) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#changed();
    }, poolsApartMs).unref();
  }

  #noteToken(entry: Entry): void {
    const token = unreadableValues.attempt(entry, ({ value }) => revokedTokenSchema.parse(value))?.value;
    if (!token) return;
    if (token.untilMs > Date.now()) this.#tokens.set(lastPart(entry.key), token);
    else this.#forget(entry);
  }

  /** Another controller may do the same. One that fails tries again at its next start. */
  #forget({ key, revision }: Entry): void {
    this.parts.store.transact({ expect: [{ key, revision }], remove: [key] }).catch(() => undefined);
  }
}

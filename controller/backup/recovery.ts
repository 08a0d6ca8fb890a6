/**
 * After a restore, this controller first learns from the hosts what its backup does not have: which pools and tokens were
 * revoked since, and which pools were added. Until more than half of the hosts of the backup have reported, it sends them no other
 * call, and accepts no token of the backup. The machine's own socket needs no token, so its administrator is never locked
 * out. It goes on until all hosts have reported.
 */
import type { Logger } from 'pino';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError, isCopaError, messageOf } from '../../common/errors.js';
import type { AgentCaller } from '../hosts/methods.js';
import { decodeHost, type Host } from '../model/host.js';
import { decodeRestored, isSettled, type Restored } from '../model/restored.js';
import { decodeToken, type Token } from '../model/token.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import { revocationOrNow } from '../pki/revocations.js';
import { openNote, type NoteContent } from '../pki/notes.js';
import type { Entry } from '../store/entry.js';
import { keys, lastPart } from '../store/keys.js';
import type { Store } from '../store/store.js';

interface Parts {
  readonly store: Pick<Store, 'get' | 'list' | 'transact'>;
  readonly caStore: { readonly secret: Buffer };
  readonly host: (host: Host) => AgentCaller;
  readonly log: Logger;
  readonly clock?: Clock;
}

const roundMs = 2_000;
/** The same while etcd has not said whether there is anything to recover: calls to hosts wait for that. */
const unknownMs = 200;
const deadlineMs = 5_000;

type State =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'over' }
  | { readonly kind: 'open'; readonly mark: Restored };

export class Recovery {
  #state: State = { kind: 'unknown' };
  readonly #clock: Clock;
  readonly #stopping = new AbortController();
  #done: Promise<void> = Promise.resolve();

  constructor(private readonly parts: Parts) {
    this.#clock = parts.clock ?? systemClock;
  }

  /** Throws `failed_precondition` when a restore was interrupted. Goes on in the background while it is open. */
  async start(): Promise<void> {
    await this.#look().catch((error: unknown) => {
      if (isCopaError(error, 'failed_precondition')) throw error;
    });
    if (this.#state.kind === 'open') {
      const { madeAt, pools } = this.#state.mark;
      this.parts.log.warn(
        { madeAt, pools: pools.length },
        'restored from a backup: the hosts are asked what was revoked since',
      );
    }
    if (this.#state.kind !== 'over') this.#done = this.#run();
  }

  /** Throws `unavailable` while hosts are not trusted yet. */
  checkHost(): void {
    if (this.#state.kind === 'over') return;
    if (this.#state.kind === 'open' && isSettled(this.#state.mark)) return;
    throw this.#notYet();
  }

  /** Throws `unavailable` for a token of the backup while those are not trusted yet. */
  checkToken({ createdAt }: Pick<Token, 'createdAt'>): void {
    if (this.#state.kind === 'open' && createdAt > this.#state.mark.restoredAt) return;
    this.checkHost();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  /** A function, because the compiler would narrow the property permanently. */
  #isOver(): boolean {
    return this.#state.kind === 'over';
  }

  #notYet(): CopaError {
    if (this.#state.kind !== 'open')
      return new CopaError('unavailable', 'etcd has not answered yet: try again');
    const { pools, waiting } = this.#state.mark;
    const have = `${pools.length - waiting.length} of ${pools.length} hosts have`;
    return new CopaError(
      'unavailable',
      `this controller was restored from a backup, and ${have} reported what was revoked since: more than half of them have to ("copa backup status" on its machine)`,
    );
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    for (let logged = ''; !this.#isOver() && !signal.aborted;) {
      try {
        await this.#round();
      } catch (error) {
        if (messageOf(error) !== logged)
          this.parts.log.warn({ reason: messageOf(error) }, 'the recovery waits');
        logged = messageOf(error);
      }
      const pauseMs = this.#state.kind === 'unknown' ? unknownMs : roundMs;
      if (!this.#isOver()) await this.#clock.delay(pauseMs, signal);
    }
  }

  async #look(): Promise<Entry | undefined> {
    const entry = await this.parts.store.get(keys.restored);
    if (!entry) {
      this.#state = { kind: 'over' };
      return undefined;
    }
    const mark = decodeRestored(entry.value);
    if (!mark.isWhole) {
      throw new CopaError(
        'failed_precondition',
        'the restore into this etcd was interrupted: "etcdctl del --prefix /copa/", and restore again',
      );
    }
    this.#state = { kind: 'open', mark };
    return entry;
  }

  async #round(): Promise<void> {
    const { store, log } = this.parts;
    const entry = await this.#look();
    if (!entry) return;
    const mark = decodeRestored(entry.value);
    const hosts = unreadableValues.each(await store.list(keys.pools), decodeHost);
    const present = new Map(hosts.map((host) => [host.name, host]));
    // Who was removed since the restore is not waited for.
    const pools = mark.pools.filter((pool) => present.has(pool));
    const asked = mark.waiting.flatMap((pool) => present.get(pool) ?? []);
    const answers = await Promise.all(asked.map((host) => this.#ask(host)));
    const learned = answers.flatMap((answer) => answer ?? []);
    const added = await this.#learn(learned, mark, present);
    const waiting = asked.filter((_, index) => !answers[index]).map(({ name }) => name);
    const found = [...new Map([...mark.found, ...added].map((each) => [each.pool, each])).values()].filter(
      ({ pool }) => !present.has(pool),
    );
    const key = keys.restored;
    const expect = [{ key, revision: entry.revision }];
    if (waiting.length === 0 && found.length === 0) {
      if (await store.transact({ expect, remove: [key] }))
        log.info('all hosts have reported after the restore');
    } else if (
      JSON.stringify([pools, waiting, found]) !== JSON.stringify([mark.pools, mark.waiting, mark.found])
    ) {
      await store.transact({ expect, put: [{ key, value: { ...mark, pools, waiting, found } }] });
    } else return;
    await this.#look();
  }

  /** Undefined: it did not report. A host with a revoked certificate does not either, once that is known. */
  async #ask(host: Host): Promise<NoteContent[] | undefined> {
    const { caStore, log } = this.parts;
    try {
      const reply = await this.parts
        .host(host)
        .call('DescribeIdentity', { notes: true }, { deadlineMs, signal: this.#stopping.signal });
      if (!reply.keepsNotes) {
        log.warn({ pool: host.name }, 'the agent keeps no notes: update it');
        return undefined;
      }
      return reply.notes.flatMap((note) => openNote(caStore.secret, note) ?? []);
    } catch (error) {
      log.debug({ pool: host.name, reason: messageOf(error) }, 'a host has not reported yet');
      return undefined;
    }
  }

  /** Writes what is new of revocations, and returns the pools that the backup does not have. */
  async #learn(notes: readonly NoteContent[], mark: Restored, present: ReadonlyMap<string, Host>) {
    const revokedMs = new Map<string, number>();
    for (const note of notes) {
      if (note.kind === 'pool revoked') {
        revokedMs.set(note.pool, Math.max(note.issuedUntilMs, revokedMs.get(note.pool) ?? 0));
      }
    }
    for (const [pool, issuedUntilMs] of revokedMs) await this.#revokePool(pool, issuedUntilMs);
    const tokens = new Map(
      notes.flatMap((note) => (note.kind === 'token revoked' ? [[note.id, note.untilMs]] : [])),
    );
    await this.#revokeTokens(tokens);
    return notes.flatMap((note) => {
      if (note.kind !== 'pool added' || present.has(note.pool)) return [];
      // In the backup, and removed since the restore; or removed again before it.
      if (mark.pools.includes(note.pool) || (revokedMs.get(note.pool) ?? 0) >= note.addedAtMs) return [];
      if (!mark.found.some(({ pool }) => pool === note.pool)) {
        this.parts.log.warn(
          { pool: note.pool, address: note.address },
          'a pool is not in the backup: add it again',
        );
      }
      return [{ pool: note.pool, address: note.address }];
    });
  }

  async #revokePool(pool: string, issuedUntilMs: number): Promise<void> {
    const { store, log } = this.parts;
    const key = keys.revocation(pool);
    const entry = await store.get(key);
    if (entry && revocationOrNow(entry, Date.now()).issuedUntilMs >= issuedUntilMs) return;
    const written = await store.transact({
      expect: [{ key, revision: entry?.revision ?? 0 }],
      put: [{ key, value: { issuedUntilMs } }],
    });
    if (!written) throw new CopaError('aborted', `the revocation of ${pool} was changed at this moment`);
    log.warn({ pool }, 'the certificates of this pool were revoked after the backup');
  }

  async #revokeTokens(revoked: ReadonlyMap<string, number>): Promise<void> {
    const { store, log } = this.parts;
    if (revoked.size === 0) return;
    for (const entry of await store.list(keys.tokens)) {
      const token = unreadableValues.attempt(entry, ({ value }) => decodeToken(value))?.value;
      const untilMs = token && revoked.get(token.id);
      if (!token || untilMs === undefined) continue;
      const { key, revision } = entry;
      const kept = keys.revokedToken(token.id);
      const value = { revokedAtMs: Date.now(), untilMs };
      const written = await store.transact({
        expect: [
          { key, revision },
          { key: kept, revision: 0 },
        ],
        put: [{ key: kept, value }],
        remove: [key],
      });
      if (!written) throw new CopaError('aborted', `token ${lastPart(key)} was changed at this moment`);
      log.warn({ token: token.name }, 'this token was revoked after the backup');
    }
  }
}

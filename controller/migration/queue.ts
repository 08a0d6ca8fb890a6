/**
 * The queue of migrations for slots of their hosts. It is not stored beside the records: who waits, and which slots are
 * taken, follows from the open records of all controllers. Nothing polls: each change of a record or a limit is looked at.
 */
import type { Clock } from '../../common/async/clock.js';
import { decodeHost } from '../model/host.js';
import { hasEnded, type MigrationRecord } from '../model/migration.js';
import { defaultLimits, slotKinds, type Limits, type SlotKind } from '../model/slots.js';
import { unreadableValues } from '../observability/unreadable-values.js';
import { keys, lastPart } from '../store/keys.js';
import type { MigrationRepository, MigrationStore } from './repository.js';
import { turnsOf, type Turn, type Waiting } from './turns.js';

interface Parts {
  readonly records: Pick<MigrationRepository, 'all' | 'isListed' | 'learn' | 'onChange'>;
  readonly clock: Pick<Clock, 'now' | 'after'>;
}

export class MigrationQueue {
  readonly #limits = new Map<string, Limits>();
  #hasLimits = false;
  /** Runners of this controller, from the question until their write. */
  readonly #asking = new Map<string, Waiting>();
  readonly #wakers = new Set<() => void>();
  /** Slots that were taken although no known record has them. */
  readonly #avoided = new Set<string>();
  #turns: ReadonlyMap<string, Turn> | undefined;

  constructor(private readonly parts: Parts) {
    parts.records.onChange(() => {
      this.#avoided.clear();
      this.#changed();
    });
  }

  /** Follows the limits of the hosts until the returned function is called. */
  follow(store: Pick<MigrationStore, 'watch'>): () => Promise<void> {
    const note = (entry: Parameters<typeof decodeHost>[0]) => {
      const host = unreadableValues.attempt(entry, decodeHost)?.value;
      if (host?.limits) this.#limits.set(host.name, host.limits);
      else this.#limits.delete(lastPart(entry.key));
    };
    const watch = store.watch(keys.pools, {
      onReset: (entries) => {
        this.#limits.clear();
        for (const entry of entries) note(entry);
        this.#hasLimits = true;
        this.#changed();
      },
      onEvent: (change) => {
        if (change.type === 'put') note(change);
        else this.#limits.delete(lastPart(change.key));
        this.#changed();
      },
    });
    return () => watch.close();
  }

  /** How many of each kind a host has. */
  limitsOf(pool: string): Limits {
    return this.#limits.get(pool) ?? defaultLimits;
  }

  /** What a record waits for; undefined when it does not wait for slots. */
  turnOf({ id }: Pick<MigrationRecord, 'id'>): Turn | undefined {
    return this.#all().get(id);
  }

  /** How many wait for each kind of slot. */
  lengths(): (readonly [kind: SlotKind, count: number])[] {
    const turns = [...this.#all().values()];
    return slotKinds.map((kind) => [kind, turns.filter((turn) => turn.kind === kind).length]);
  }

  /** Waits until it is the migration's turn. False when the time is over, or `signal` aborts. */
  wait(asked: Waiting, signal: AbortSignal, patienceMs?: number): Promise<boolean> {
    this.#asking.set(asked.id, asked);
    this.#turns = undefined;
    return new Promise((resolve) => {
      const settle = (isIts: boolean) => {
        stopTimer?.();
        this.#wakers.delete(look);
        signal.removeEventListener('abort', end);
        resolve(isIts);
      };
      const end = () => settle(false);
      const look = () => {
        if (this.pick(asked.id)) settle(true);
      };
      const stopTimer = patienceMs === undefined ? undefined : this.parts.clock.after(patienceMs, end);
      this.#wakers.add(look);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      else look();
    });
  }

  /** The slots that the migration, which asked before, may take now. */
  pick(id: string): readonly string[] | undefined {
    return this.parts.records.isListed && this.#hasLimits ? this.#all().get(id)?.slots : undefined;
  }

  /** The migration has its slots, or asks for none any more. */
  leave(id: string): void {
    if (this.#asking.delete(id)) this.#changed();
  }

  /** A record that this controller has written. */
  wrote(record: MigrationRecord, revision: number): void {
    this.parts.records.learn(record, revision);
    this.#changed();
  }

  /** These slots are taken, whatever the records say. Until the next change of a record, others are taken. */
  avoid(slots: readonly string[]): void {
    for (const slot of slots) this.#avoided.add(slot);
    this.#turns = undefined;
  }

  #changed(): void {
    this.#turns = undefined;
    for (const look of [...this.#wakers]) look();
  }

  #all(): ReadonlyMap<string, Turn> {
    return (this.#turns ??= this.#computed());
  }

  #computed(): ReadonlyMap<string, Turn> {
    const waiting = new Map<string, Waiting>();
    const taken = new Set(this.#avoided);
    for (const { record } of this.parts.records.all()) {
      if (hasEnded(record.phase)) continue;
      for (const key of record.slots?.keys ?? []) taken.add(key);
      const kind = waitsFor(record);
      if (kind) waiting.set(record.id, waitingIn(record, kind));
    }
    for (const [id, asked] of this.#asking) waiting.set(id, asked);
    const limitsOf = (pool: string) => this.limitsOf(pool);
    const state = { waiting: [...waiting.values()], taken, limitsOf, nowMs: this.parts.clock.now() };
    return new Map(turnsOf(state).map((turn) => [turn.id, turn]));
  }
}

/** A migration as the queue sees it. */
export function waitingIn(record: MigrationRecord, kind: SlotKind): Waiting {
  const { id, source, destination, options, createdAt, readyAt } = record;
  const since = kind === 'copy' ? createdAt : readyAt;
  const sinceMs = since === undefined ? Infinity : Date.parse(since);
  return { id, kind, source, destination, priority: options.priority ?? 0, sinceMs };
}

/** While its copy is refreshed, it does not keep others from their turn. */
function waitsFor({ phase, slots, readyAt, copy }: MigrationRecord): SlotKind | undefined {
  if (phase === 'accepted' && !slots) return 'copy';
  return phase === 'claimed' && readyAt !== undefined && copy !== 'suspect' ? 'cutover' : undefined;
}

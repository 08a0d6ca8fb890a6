/**
 * Whose turn it is to take slots: a pure function of the migrations that wait, and of the slots that are taken. A
 * migration takes the slots of both ends at once, so two hosts that move to each other cannot block each other. Copy
 * slots are kept while a migration waits for its cut-over, and never the other way round, so there is no circle.
 */
import { keys } from '../store/keys.js';
import type { Limits, SlotKind } from '../model/slots.js';

export interface Waiting {
  readonly id: string;
  readonly kind: SlotKind;
  readonly source: string;
  readonly destination: string;
  /** The higher one goes first. */
  readonly priority: number;
  readonly sinceMs: number;
}

export interface QueueState {
  readonly waiting: readonly Waiting[];
  /** The keys of the slots that are taken. */
  readonly taken: ReadonlySet<string>;
  readonly limitsOf: (pool: string) => Limits;
  readonly nowMs: number;
}

export interface Turn extends Waiting {
  /** The slots to take now; undefined: it has to wait. */
  readonly slots: readonly string[] | undefined;
  /** Its place among those that wait for the same hosts, from 1. */
  readonly place: number;
  /** The pools without a free slot. */
  readonly full: readonly string[];
}

/**
 * A migration whose one end is free while the other is not may be overtaken by others for this long. Then the free end
 * is reserved for it. Raising it uses hosts better, and makes the wait of such a migration longer.
 */
const overtakenMsMax = 30_000;

/** The turns of all that wait, in their order. */
export function turnsOf({ waiting, taken, limitsOf, nowMs }: QueueState): Turn[] {
  const hosts = new Map<string, HostSlots>();
  const slotsOf = (pool: string, kind: SlotKind) => {
    const name = `${kind} ${pool}`;
    const known = hosts.get(name) ?? new HostSlots(pool, kind, limitsOf(pool)[kind], taken);
    hosts.set(name, known);
    return known;
  };
  return [...waiting].sort(inOrder).map((each) => {
    const ends = [slotsOf(each.source, each.kind), slotsOf(each.destination, each.kind)];
    const full = ends.filter((end) => end.next === undefined);
    const place = Math.max(...ends.map((end) => ++end.waiting));
    if (full.length === 0) return { ...each, place, full: [], slots: ends.map((end) => end.take()) };
    if (nowMs - each.sinceMs > overtakenMsMax) for (const end of ends) if (!full.includes(end)) end.take();
    return { ...each, place, full: full.map(({ pool }) => pool), slots: undefined };
  });
}

function inOrder(a: Waiting, b: Waiting): number {
  return b.priority - a.priority || a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1);
}

/** The slots of one kind of one host while turns are given. */
class HostSlots {
  /** How many wait for this host, in front of the next one. */
  waiting = 0;
  readonly #free: string[];

  constructor(
    readonly pool: string,
    kind: SlotKind,
    limit: number,
    taken: ReadonlySet<string>,
  ) {
    const all = Array.from({ length: limit }, (_, index) => keys.slot(pool, kind, index));
    const free = all.filter((key) => !taken.has(key));
    // A limit that was lowered counts those beyond it, too.
    const prefix = keys.slots(pool, kind);
    const beyond = [...taken].filter((key) => key.startsWith(prefix) && !all.includes(key)).length;
    this.#free = free.slice(0, Math.max(0, free.length - beyond));
  }

  /** Undefined: all are taken. */
  get next(): string | undefined {
    return this.#free[0];
  }

  take(): string {
    return this.#free.shift() as string;
  }
}

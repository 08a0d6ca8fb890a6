/**
 * The last events of this controller, numbered. Readers come here for what they have not seen; whoever is so
 * far behind that it is gone has to read the overview again. One event costs one entry, however many read it.
 */
import { randomBytes } from 'node:crypto';
import type { InventoryEvent } from '../model/event.js';

/** What a reader may still come back for. 20,000 are some 5 MB, and 4 s of 5,000 hosts that never rest. */
const entriesMax = 20_000;

/** Readers are told of events that come within so long together. */
const gatherMs = 20;

export class EventLog {
  /** Another one after each start: numbers of an earlier process mean nothing here. */
  readonly epoch = randomBytes(4).toString('hex');
  /** Of the event of each number its place is the rest of the division by `max`. */
  readonly #events: InventoryEvent[] = [];
  readonly #atMs: Float64Array;
  /** As they go over the wire; each is made for the first reader that wants it. */
  readonly #frames: (string | undefined)[] = [];
  readonly #listeners = new Set<() => void>();
  #next = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly max = entriesMax,
    private readonly now: () => number = Date.now,
  ) {
    this.#atMs = new Float64Array(max);
  }

  add(event: InventoryEvent): void {
    const place = this.#next++ % this.max;
    this.#events[place] = event;
    this.#atMs[place] = this.now();
    this.#frames[place] = undefined;
    if (this.#listeners.size > 0 && !this.#timer) {
      this.#timer = setTimeout(() => this.#notifyListeners(), gatherMs);
    }
  }

  /** The number that the next event will have. */
  get next(): number {
    return this.#next;
  }

  /** The oldest number that is still here. */
  get oldest(): number {
    return Math.max(1, this.#next - this.max);
  }

  /** The event of a number from `oldest` to before `next`. */
  event(number: number): InventoryEvent | undefined {
    const isHere = number >= this.oldest && number < this.#next;
    return isHere ? this.#events[number % this.max] : undefined;
  }

  /** What to resume with to get all that comes from now on. */
  get id(): string {
    return this.idOf(this.#next - 1);
  }

  idOf(number: number): string {
    return `${this.epoch}-${number}`;
  }

  /** The number to go on with after an id; undefined when what came after it is not known here any more. */
  after(id: string): number | undefined {
    const [epoch, digits = ''] = id.split('-');
    if (epoch !== this.epoch || !/^\d{1,15}$/.test(digits)) return undefined;
    const number = Number(digits) + 1;
    return number >= this.oldest && number <= this.#next ? number : undefined;
  }

  /** The event of a number from `oldest` to before `next`, as an event stream carries it. */
  frame(number: number): string {
    const place = number % this.max;
    const event = this.event(number);
    if (!event) return '';
    return (this.#frames[place] ??= frame({
      id: this.idOf(number),
      type: event.type,
      data: { at: new Date(this.#atMs[place] ?? 0).toISOString(), ...event },
    }));
  }

  /** Has `listener` called soon after something was added, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #notifyListeners(): void {
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
  }
}

export function frame({ id, type, data }: { id?: string; type: string; data: unknown }): string {
  const line = id === undefined ? '' : `id: ${id}\n`;
  return `${line}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

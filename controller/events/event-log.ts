/**
 * The last events of this controller, numbered. Readers fetch the events that they have not seen. A reader whose next
 * event is no longer kept has to read the overview again. An event is stored once for all readers.
 */
import { randomBytes } from 'node:crypto';
import type { InventoryEvent } from '../model/event.js';

/**
 * Limit on the kept events. 20,000 need about 5 MB, and last 4 s in a fleet of 5,000 hosts under permanent change.
 */
const entriesMax = 20_000;

/** Readers are notified of the events of this interval together. */
const gatherMs = 20;

export class EventLog {
  /** Different after each start, because numbers of an earlier process are not valid. */
  readonly epoch = randomBytes(4).toString('hex');
  /** A ring: event N is at index N modulo `max`. */
  readonly #events: InventoryEvent[] = [];
  readonly #atMs: Float64Array;
  /** The serialized events. Each is created for its first reader. */
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

  /** The number of the next event. */
  get next(): number {
    return this.#next;
  }

  /** The oldest number that is kept. */
  get oldest(): number {
    return Math.max(1, this.#next - this.max);
  }

  /** The event of a number, from `oldest` to before `next`. */
  event(number: number): InventoryEvent | undefined {
    const isHere = number >= this.oldest && number < this.#next;
    return isHere ? this.#events[number % this.max] : undefined;
  }

  /** The id with which a reader resumes to get all events from now on. */
  get id(): string {
    return this.idOf(this.#next - 1);
  }

  idOf(number: number): string {
    return `${this.epoch}-${number}`;
  }

  /** The number after an id; undefined when the following events are no longer kept. */
  after(id: string): number | undefined {
    const [epoch, digits = ''] = id.split('-');
    if (epoch !== this.epoch || !/^\d{1,15}$/.test(digits)) return undefined;
    const number = Number(digits) + 1;
    return number >= this.oldest && number <= this.#next ? number : undefined;
  }

  /** The serialized event of a number, from `oldest` to before `next`. */
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

  /** Calls `listener` soon after new events, until the returned function is called. */
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

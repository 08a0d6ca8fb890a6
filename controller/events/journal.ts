/**
 * The last events of this controller, numbered. Readers come here for what they have not seen; whoever is so
 * far behind that it is gone has to read the overview again. One event costs one entry, however many read it.
 */
import { randomBytes } from 'node:crypto';
import type { FleetEvent } from '../fleet/event.js';

export interface Entry {
  readonly number: number;
  readonly event: FleetEvent;
  readonly atMs: number;
  /** As it goes over the wire; made for the first reader that wants it. */
  frame: string | undefined;
}

/** What a reader may still come back for. 20,000 are some 10 MB, and 4 s of 5,000 hosts that never rest. */
const entriesMax = 20_000;

/** Readers are told of events that come within so long together. */
const gatherMs = 20;

export class Journal {
  /** Another one after each start: numbers of an earlier process mean nothing here. */
  readonly epoch = randomBytes(4).toString('hex');
  readonly #entries: Entry[] = [];
  readonly #listeners = new Set<() => void>();
  #next = 1;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly max = entriesMax,
    private readonly now: () => number = Date.now,
  ) {}

  add(event: FleetEvent): void {
    const number = this.#next++;
    this.#entries[number % this.max] = { number, event, atMs: this.now(), frame: undefined };
    if (this.#listeners.size > 0 && !this.#timer) {
      this.#timer = setTimeout(() => this.#tellListeners(), gatherMs);
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
  entry(number: number): Entry | undefined {
    const entry = this.#entries[number % this.max];
    return entry?.number === number ? entry : undefined;
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

  /** An entry as an event stream carries it. */
  frameOf(entry: Entry): string {
    entry.frame ??= frame({
      id: this.idOf(entry.number),
      type: entry.event.type,
      data: { at: new Date(entry.atMs).toISOString(), ...entry.event },
    });
    return entry.frame;
  }

  /** Has `listener` called soon after something was added, until the returned function is called. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tellListeners(): void {
    this.#timer = undefined;
    for (const listener of this.#listeners) listener();
  }
}

export function frame({ id, type, data }: { id?: string; type: string; data: unknown }): string {
  const line = id === undefined ? '' : `id: ${id}\n`;
  return `${line}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
}

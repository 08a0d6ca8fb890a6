/** The event streams that are open, and what they have in common: their number, their pulse and their end. */
import { CopaError } from '../../proto/errors.js';
import type { EventFilter } from './filter.js';
import type { Journal } from './journal.js';
import { EventReader } from './reader.js';

/** Idle streams hear something so often, so that no proxy between takes them for dead. */
const pulseMs = 15_000;

/** A reader that has taken nothing for so many pulses, while there was more, is sent away. */
const stalledPulsesMax = 4;

const readersMax = 1_000;

export class EventStreams {
  readonly #readers = new Set<EventReader>();
  readonly #pulse: NodeJS.Timeout;

  constructor(
    private readonly journal: Journal,
    private readonly max = readersMax,
  ) {
    this.#pulse = setInterval(() => {
      for (const reader of this.#readers) reader.tick(stalledPulsesMax);
    }, pulseMs).unref();
  }

  /** Throws `resource_exhausted` when there are too many. `resume` is the last id that the reader has seen. */
  open(filter: EventFilter, resume: string | undefined): EventReader {
    if (this.#readers.size >= this.max) {
      throw new CopaError(
        'resource_exhausted',
        `${this.max} event streams are open already: try again later`,
      );
    }
    const reader = new EventReader(this.journal, filter, resume);
    this.#readers.add(reader);
    reader.once('close', () => this.#readers.delete(reader));
    return reader;
  }

  close(): void {
    clearInterval(this.#pulse);
    for (const reader of this.#readers) reader.leave('the controller stops');
  }
}

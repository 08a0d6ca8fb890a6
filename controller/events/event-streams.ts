/** The event streams that are open, and what they have in common: their number, their pulse and their end. */
import { CopaError } from '../../common/errors.js';
import type { UsageWatches } from '../inventory/usage-watches.js';
import type { EventFilter } from './filter.js';
import { frame, type EventLog } from './event-log.js';
import { EventReader } from './event-reader.js';

/** Idle streams hear something so often, so that no proxy between takes them for dead. */
const pulseMs = 15_000;

/** A reader that has taken nothing for so many pulses, while there was more, is sent away. */
const stalledPulsesMax = 4;

const readersMax = 1_000;

export interface StreamOrder {
  readonly filter: EventFilter;
  /** The last id that the reader has seen; undefined: it wants what comes from now on. */
  readonly resume: string | undefined;
  /** Also tell, every 2 s, what pools use; undefined ones are all. */
  readonly usage: Pick<EventFilter, 'pools'> | undefined;
}

export class EventStreams {
  readonly #readers = new Set<EventReader>();
  readonly #pulse: NodeJS.Timeout;

  constructor(
    private readonly eventLog: EventLog,
    private readonly usage: Pick<UsageWatches, 'view'>,
    private readonly max = readersMax,
  ) {
    this.#pulse = setInterval(() => {
      for (const reader of this.#readers) reader.tick(stalledPulsesMax);
    }, pulseMs).unref();
  }

  /** Throws `resource_exhausted` when there are too many. */
  open({ filter, resume, usage }: StreamOrder): EventReader {
    if (this.#readers.size >= this.max) {
      throw new CopaError(
        'resource_exhausted',
        `${this.max} event streams are open already: try again later`,
      );
    }
    const reader = new EventReader(this.eventLog, filter, resume);
    this.#readers.add(reader);
    const close = usage ? this.#showUsage(reader, usage) : () => undefined;
    reader.once('close', () => {
      this.#readers.delete(reader);
      close();
    });
    return reader;
  }

  /** Figures have no number: who was not there has missed nothing that he needs now. */
  #showUsage(reader: EventReader, { pools }: Pick<EventFilter, 'pools'>): () => void {
    return this.usage.view({
      pools,
      show: (pool, usage) => {
        const data = { type: 'usage', at: new Date().toISOString(), pool, ...usage };
        reader.sendLatest(pool, frame({ type: 'usage', data }));
      },
    });
  }

  close(): void {
    clearInterval(this.#pulse);
    for (const reader of this.#readers) reader.leave('the controller stops');
  }
}

/** The open event streams: their limit, their keepalive and their end. */
import { CopaError } from '../../common/errors.js';
import type { UsageWatches } from '../inventory/usage-watches.js';
import type { EventFilter } from './filter.js';
import { frame, type EventLog } from './event-log.js';
import { EventReader } from './event-reader.js';

/** The keepalive interval of idle streams, so that no proxy closes them. */
const pulseMs = 15_000;

/** A reader that has read nothing for this many intervals, although there was data, is disconnected. */
const stalledPulsesMax = 4;

const readersMax = 1_000;

export interface StreamOrder {
  readonly filter: EventFilter;
  /** The last id that the reader has seen; undefined: it wants only new events. */
  readonly resume: string | undefined;
  /** Also send the usage of these pools every 2 s; undefined elements mean all pools. */
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

  /** Usage has no number, because only the latest values matter. */
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

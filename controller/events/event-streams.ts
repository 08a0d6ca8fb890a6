/** The open event streams: their limit, their keepalive and their end. */
import { CopaError } from '../../common/errors.js';
import type { UsageWatches } from '../inventory/usage-watches.js';
import type { HistoryRowView, HistorySubject } from '../model/history-row.js';
import type { EventFilter } from './filter.js';
import { frame, type EventLog } from './event-log.js';
import { EventReader } from './event-reader.js';

/** The keepalive interval of idle streams, so that no proxy closes them. */
const pulseMs = 15_000;

/** A reader that has read nothing for this many intervals, although there was data, is disconnected. */
const stalledPulsesMax = 4;

const readersMax = 1_000;

/** What a viewer of measured values gets: the newest value of each link or container of one pool, or of the pool itself. */
export interface NewestValues {
  readonly type: 'measurement';
  readonly at: string;
  readonly what: HistorySubject;
  readonly pool: string;
  readonly values: readonly HistoryRowView[];
}

export interface MeasurementViewer {
  readonly what: ReadonlySet<HistorySubject>;
  /** Undefined: of all. */
  readonly pools: ReadonlySet<string> | undefined;
  readonly show: (newest: NewestValues) => void;
}

interface Sources {
  readonly usage: Pick<UsageWatches, 'view'>;
  /** Sends to the viewer until the returned function is called. */
  readonly measurements: { view(viewer: MeasurementViewer): () => void };
}

export interface StreamOrder {
  readonly filter: EventFilter;
  /** The last id that the reader has seen; undefined: it wants only new events. */
  readonly resume: string | undefined;
  /** Also send the usage of these pools every 2 s; undefined elements mean all pools. */
  readonly usage: Pick<EventFilter, 'pools'> | undefined;
  /** Also send the newest measured values, without links to pools that are out of `reach`. */
  readonly measurements:
    (Omit<MeasurementViewer, 'show'> & { readonly reach: ReadonlySet<string> | undefined }) | undefined;
}

export class EventStreams {
  readonly #readers = new Set<EventReader>();
  readonly #pulse: NodeJS.Timeout;

  constructor(
    private readonly eventLog: EventLog,
    private readonly sources: Sources,
    private readonly max = readersMax,
  ) {
    this.#pulse = setInterval(() => {
      for (const reader of this.#readers) reader.tick(stalledPulsesMax);
    }, pulseMs).unref();
  }

  /** Throws `resource_exhausted` when there are too many. */
  open({ filter, resume, usage, measurements }: StreamOrder): EventReader {
    if (this.#readers.size >= this.max) {
      throw new CopaError(
        'resource_exhausted',
        `${this.max} event streams are open already: try again later`,
      );
    }
    const reader = new EventReader(this.eventLog, filter, resume);
    this.#readers.add(reader);
    const ends = [
      ...(usage ? [this.#showUsage(reader, usage)] : []),
      ...(measurements ? [this.#showMeasurements(reader, measurements)] : []),
    ];
    reader.once('close', () => {
      this.#readers.delete(reader);
      for (const end of ends) end();
    });
    return reader;
  }

  /** Usage has no number, because only the latest values matter. */
  #showUsage(reader: EventReader, { pools }: Pick<EventFilter, 'pools'>): () => void {
    return this.sources.usage.view({
      pools,
      show: (pool, usage) => {
        const data = { type: 'usage', at: new Date().toISOString(), pool, ...usage };
        reader.sendLatest(pool, frame({ type: 'usage', data }));
      },
    });
  }

  /** As usage. A value that a slow reader has not read is replaced by the next one. */
  #showMeasurements(
    reader: EventReader,
    { what, pools, reach }: NonNullable<StreamOrder['measurements']>,
  ): () => void {
    const isReached = ({ peer }: HistoryRowView) => peer === undefined || !reach || reach.has(peer);
    return this.sources.measurements.view({
      what,
      pools,
      show: ({ values, ...newest }) => {
        const data = { ...newest, values: values.filter(isReached) };
        if (data.values.length === 0) return;
        reader.sendLatest(`${newest.what} ${newest.pool}`, frame({ type: 'measurement', data }));
      },
    });
  }

  close(): void {
    clearInterval(this.#pulse);
    for (const reader of this.#readers) reader.leave('the controller stops');
  }
}

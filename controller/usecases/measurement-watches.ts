/**
 * The newest measured values, read from the agents only while somebody views them. Every five seconds there is one read of
 * each viewed pool and kind, for any number of viewers.
 */
import { systemClock, type Clock } from '../../common/async/clock.js';
import { messageOf } from '../../common/errors.js';
import { measureIntervalMs, subjectField } from '../../common/measurements.js';
import type { MeasurementViewer } from '../events/event-streams.js';
import { historyKinds, historyRowView, historySubjects, type HistoryKind } from '../model/history-row.js';
import type { HistorySubject } from '../model/history-row.js';
import type { MeasuredRow } from './measured-rows.js';
import type { Measurements } from './measurements.js';

interface Parts {
  readonly measurements: Pick<Measurements, 'readAll'>;
  readonly inventory: { all(): readonly { readonly name: string }[] };
  readonly log: { warn(fields: object, message: string): void };
  readonly clock?: Clock;
}

/** Limit on the pools of one viewer, as with usage. */
export const poolsMax = 200;

/** Of one pool in one round: the links and containers of a large host. */
const rowsOfPoolMax = 2_000;

export class MeasurementWatches {
  readonly #viewers = new Set<MeasurementViewer>();
  /** Up to which row each pool was read, by kind. */
  readonly #lastIds = new Map<HistorySubject, Map<string, number>>();
  #stop: (() => void) | undefined;
  #round: Promise<void> | undefined;

  constructor(private readonly parts: Parts) {}

  /** Sends values until the returned function is called. */
  view(viewer: MeasurementViewer): () => void {
    const { clock = systemClock } = this.parts;
    this.#viewers.add(viewer);
    this.#stop ??= clock.every(measureIntervalMs, () => void this.round());
    void this.round();
    return () => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
      this.#lastIds.clear();
    };
  }

  /** Reads what is new, once. Never rejects: the next round tries again. */
  round(): Promise<void> {
    return (this.#round ??= this.#read()
      .catch((error: unknown) => {
        this.parts.log.warn({ reason: messageOf(error) }, 'the newest measurements cannot be read');
      })
      .finally(() => (this.#round = undefined)));
  }

  async #read(): Promise<void> {
    for (const what of historySubjects) {
      const viewers = [...this.#viewers].filter((viewer) => viewer.what.has(what));
      if (viewers.length === 0) continue;
      const wanted = new Set(viewers.flatMap((viewer) => this.#poolsOf(viewer)));
      await this.#readKind(what, wanted);
    }
  }

  async #readKind(what: HistorySubject, wanted: ReadonlySet<string>): Promise<void> {
    const lastIds = this.#lastIds.get(what) ?? new Map<string, number>();
    this.#lastIds.set(what, lastIds);
    const queryOf = (pool: string) => {
      const aboveId = lastIds.get(pool);
      // The first time those of the last round.
      return aboveId === undefined ? { ageMsMax: 2 * measureIntervalMs } : { aboveId };
    };
    const isWanted = (pool: string) => wanted.has(pool);
    const kind: HistoryKind = historyKinds[what];
    const { results } = await this.parts.measurements.readAll(kind, isWanted, queryOf, {
      max: rowsOfPoolMax,
    });
    for (const [pool, rows] of results) {
      const [newest] = rows;
      if (!newest) continue;
      lastIds.set(pool, newest.id);
      const values = newestOfEach(kind, rows).map(historyRowView);
      for (const viewer of this.#viewers)
        if (viewer.what.has(what) && (!viewer.pools || viewer.pools.has(pool)))
          viewer.show({ type: 'measurement', at: values[0]?.at ?? '', what, pool, values });
    }
  }

  /** Also those whose daemon is down, because their agents go on measuring. */
  #poolsOf({ pools }: MeasurementViewer): readonly string[] {
    return this.parts.inventory
      .all()
      .filter(({ name }) => !pools || pools.has(name))
      .slice(0, poolsMax)
      .map(({ name }) => name);
  }
}

/** Of rows that come newest first: the newest one of each link or container. */
function newestOfEach(
  kind: HistoryKind,
  rows: readonly MeasuredRow<HistoryKind>[],
): readonly MeasuredRow<HistoryKind>[] {
  const field = subjectField[kind];
  const seen = new Set<unknown>();
  return rows.filter(({ values }) => {
    const subject = field === undefined ? '' : (values as Readonly<Record<string, unknown>>)[field];
    return !seen.has(subject) && seen.add(subject);
  });
}

/** The event stream: one connection, and one that is made again whenever it breaks. */
import { Backoff } from '../common/async/backoff.js';
import { CopaError, isUnknownOutcome, messageOf } from '../common/errors.js';
import { SseDecoder } from './sse.js';
import type { Answer, Parameters } from './transport.js';
import type { CopaEvent, Query } from './types.js';

const retryPolicy = { delayMsMin: 500, delayMsMax: 10_000 };

/** The controller sends at least a comment every 15 s. After this long without data the connection counts as lost. */
const silenceMsMax = 45_000;

export interface StreamOptions extends Omit<Query<'readEvents'>, 'last_event_id'> {
  /** Resume after this event. */
  readonly lastEventId?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface EventsOptions extends StreamOptions {
  /** Receives the position in the stream, to resume from later. It is called before the event is returned. */
  readonly onId?: (id: string) => void;
  /** Receives the reason when a connection ends and is about to be made again. */
  readonly onBreak?: (reason: string) => void;
}

/** An event, the position after it, or both. */
export interface StreamItem {
  readonly id: string | undefined;
  readonly event: CopaEvent | undefined;
}

type Open = (
  query: Parameters,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Answer>;

/**
 * One connection: an empty list when it is open, then what arrives together, until the controller ends it.
 * Throws `unavailable` when it breaks or nothing arrives for 45 s, and the signal's reason when that aborts.
 */
export async function* readEvents(
  open: Open,
  { lastEventId, signal, ...query }: StreamOptions,
): AsyncGenerator<readonly StreamItem[], void> {
  signal?.throwIfAborted();
  const ended = new AbortController();
  const onAbort = () => ended.abort(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  let silence: ReturnType<typeof setTimeout> | undefined;
  const awaitData = () => {
    clearTimeout(silence);
    const reason = new CopaError('unavailable', `no data for ${silenceMsMax / 1000} s`);
    silence = setTimeout(() => ended.abort(reason), silenceMsMax);
  };
  try {
    awaitData();
    const resume = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    const answer = await open(query, { Accept: 'text/event-stream', ...resume }, ended.signal);
    // The caller's processing time does not count as silence of the controller.
    clearTimeout(silence);
    yield [];
    awaitData();
    const decoder = new SseDecoder();
    for await (const piece of answer.text) {
      clearTimeout(silence);
      const items = decoder.push(piece).map(({ id, data }) => ({
        id,
        event: data === undefined ? undefined : (JSON.parse(data) as CopaEvent),
      }));
      if (items.length > 0) yield items;
      awaitData();
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (!ended.signal.aborted) throw cause;
    throw new CopaError('unavailable', `the stream broke: ${messageOf(ended.signal.reason)}`, { cause });
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', onAbort);
    ended.abort();
  }
}

/** Connects again and resumes where the stream broke. Only the first connection has to succeed. */
export async function* followEvents(
  open: Open,
  { lastEventId, onId, onBreak, signal, ...query }: EventsOptions,
): AsyncGenerator<CopaEvent, never> {
  let lastId = lastEventId;
  const backoff = new Backoff(retryPolicy);
  let isFirst = true;
  for (;;) {
    try {
      for await (const items of readEvents(open, { ...query, lastEventId: lastId, signal })) {
        isFirst = false;
        for (const { id, event } of items) {
          if (id !== undefined) {
            lastId = id;
            onId?.(id);
          }
          if (event === undefined) continue;
          backoff.reset();
          yield event;
        }
      }
      onBreak?.('the stream ended');
    } catch (error) {
      signal?.throwIfAborted();
      // The first failure shows a mistake in the request; later ones are a controller that restarts.
      if (isFirst || !isUnknownOutcome(error)) throw error;
      onBreak?.(messageOf(error));
    }
    await backoff.wait(signal);
    signal?.throwIfAborted();
  }
}

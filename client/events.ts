/** The event stream, joined out of as many connections as it takes. */
import { Backoff } from '../common/async/backoff.js';
import { CopaError, isUnknownOutcome, messageOf } from '../common/errors.js';
import { SseDecoder } from './sse.js';
import type { Answer, Parameters } from './transport.js';
import type { CopaEvent, Query } from './types.js';

const retryPolicy = { delayMsMin: 500, delayMsMax: 10_000 };

/** The controller says something every 15 s; after so long without a word the connection is dead. */
const silenceMsMax = 45_000;

export interface EventsWanted extends Omit<Query<'readEvents'>, 'last_event_id'> {
  /** Go on after this event, as `onId` told it. */
  readonly lastEventId?: string | undefined;
  /** Is told how far it is, to go on from another time. An event's own comes before the event. */
  readonly onId?: (id: string) => void;
  /** Is told why a connection ended that is about to be made again. */
  readonly onBreak?: (reason: string) => void;
  readonly signal?: AbortSignal | undefined;
}

type Open = (
  query: Parameters,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<Answer>;

export async function* followEvents(
  open: Open,
  { lastEventId, onId, onBreak, signal, ...query }: EventsWanted,
): AsyncGenerator<CopaEvent, never> {
  let lastId = lastEventId;
  const backoff = new Backoff(retryPolicy);
  for (let isFirst = true; ; isFirst = false) {
    // Ends this connection, when the caller leaves, aborts, or nothing comes any more.
    const over = new AbortController();
    const giveUp = () => over.abort(signal?.reason);
    signal?.throwIfAborted();
    signal?.addEventListener('abort', giveUp, { once: true });
    let silence: NodeJS.Timeout | undefined;
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => over.abort(new Error('nothing came for too long')), silenceMsMax);
    };
    try {
      const resume = lastId === undefined ? {} : { 'Last-Event-ID': lastId };
      const answer = await open(query, { Accept: 'text/event-stream', ...resume }, over.signal);
      isFirst = false;
      const decoder = new SseDecoder();
      listen();
      for await (const part of answer.text) {
        for (const { id, data } of decoder.push(part)) {
          if (id !== undefined) onId?.((lastId = id));
          if (data === undefined) continue;
          backoff.reset();
          // A caller that takes its time is no silence of the controller's.
          clearTimeout(silence);
          yield JSON.parse(data) as CopaEvent;
        }
        listen();
      }
      onBreak?.('the stream ended');
    } catch (cause) {
      signal?.throwIfAborted();
      const error = over.signal.aborted
        ? new CopaError('unavailable', `the stream broke: ${messageOf(over.signal.reason)}`, { cause })
        : cause;
      // A first try that fails tells what is wrong; later ones are the controller's restart.
      if (isFirst || !isUnknownOutcome(error)) throw error;
      onBreak?.(messageOf(error));
    } finally {
      clearTimeout(silence);
      signal?.removeEventListener('abort', giveUp);
      over.abort();
    }
    await backoff.wait(signal);
    signal?.throwIfAborted();
  }
}

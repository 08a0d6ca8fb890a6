/**
 * The one stream of events. It is read with fetch, as EventSource sends no token; it resumes where it broke
 * off, and takes a silence for a broken line, as the controller says something every 15 s.
 */
import type { WireEvent } from '../model/api-types.js';
import { addressOf, ApiError, authorization, refusal } from './request.js';
import { messageReader } from './sse.js';

const silenceMsMax = 35_000;

interface Listener {
  readonly onOpen: () => void;
  /** In one piece what arrived in one piece. */
  readonly onEvents: (events: readonly WireEvent[]) => void;
}

interface Ask {
  /** The pools whose usage is told, too. */
  readonly usage: readonly string[];
}

/** How far the stream has been read; kept up to date while it is. */
export interface Position {
  id: string;
  /** When anything was heard last, in milliseconds since 1970. */
  heardAt: number;
}

/**
 * Reads until the stream ends. Returns where it ended, if that was in good order or by `signal`.
 * @throws ApiError when it could not be opened, or broke.
 */
export async function readStream(
  { usage }: Ask,
  at: Position,
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const broken = new AbortController();
  const stop = () => broken.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let silence = setTimeout(stop, silenceMsMax);
  try {
    const response = await fetch(
      addressOf('events', usage.length > 0 ? { usage: 'true', usage_pool: usage.join(',') } : {}),
      {
        headers: { ...authorization(), Accept: 'text/event-stream', 'Last-Event-ID': at.id },
        cache: 'no-store',
        signal: broken.signal,
      },
    );
    if (!response.ok || !response.body) throw await refusal(response);
    listener.onOpen();
    const read = messageReader();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(stop, silenceMsMax);
      at.heardAt = Date.now();
      const messages = read(value);
      if (messages.length === 0) continue;
      listener.onEvents(messages.map(({ data }) => JSON.parse(data) as WireEvent));
      at.id = messages.findLast(({ id }) => id !== '')?.id ?? at.id;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiError) throw error;
    throw new ApiError(0, broken.signal.aborted ? 'nothing was heard for 35 s' : 'the connection broke');
  } finally {
    clearTimeout(silence);
    signal.removeEventListener('abort', stop);
    broken.abort();
  }
}

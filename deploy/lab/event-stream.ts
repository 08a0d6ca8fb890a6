// A reader of /REST/events: keeps the received events, and waits for expected ones.
import { SseDecoder, type SseEvent } from '../../client/sse.js';
import { waitFor } from './processes.js';

interface StreamedEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Record<string, unknown>;
  /** When it arrived, in milliseconds since 1970. */
  readonly at: number;
}

export class EventStream {
  readonly events: StreamedEvent[] = [];
  /** The id to resume with. */
  lastId: string | undefined;
  ended = false;
  /** The error for an event that the API document does not have; waiting calls throw it. */
  wrong: unknown;
  #check: (data: unknown) => void = () => undefined;
  readonly #aborting = new AbortController();

  private constructor() {}

  /** Resolves when the stream is open. `base` is as `Cluster.url`. Throws when it is refused. */
  static async open(
    base: string,
    query: Readonly<Record<string, string>> = {},
    headers: Readonly<Record<string, string>> = {},
  ): Promise<EventStream> {
    const stream = new EventStream();
    const url = `${base}/events?${String(new URLSearchParams(query))}`;
    const response = await fetch(url, { headers, signal: stream.#aborting.signal });
    if (response.status !== 200 || !response.body) throw new Error(await response.text());
    if (process.env['VITEST'] !== undefined) stream.#check = (await import('./openapi-check.js')).checkEvent;
    void stream.#read(response.body);
    return stream;
  }

  /** The first event that matches, whenever it arrived. */
  until(what: string, wanted: (event: StreamedEvent) => boolean, timeoutMs = 10_000): Promise<StreamedEvent> {
    const found = () => {
      if (this.wrong !== undefined) throw this.wrong as Error;
      return this.events.find(wanted);
    };
    return waitFor(what, found, timeoutMs);
  }

  close(): void {
    this.#aborting.abort();
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const text = new TextDecoder();
    const decoder = new SseDecoder();
    try {
      for await (const chunk of body) {
        for (const event of decoder.push(text.decode(chunk, { stream: true }))) this.#take(event);
      }
    } catch {
      // This side closed the stream, or it broke: either way it has ended.
    }
    this.ended = true;
  }

  #take({ id, type = 'message', data }: SseEvent): void {
    this.lastId = id ?? this.lastId;
    if (data === undefined) return;
    const event = { id, type, data: JSON.parse(data) as Record<string, unknown>, at: Date.now() };
    this.events.push(event);
    try {
      this.#check(event.data);
    } catch (error) {
      this.wrong ??= error;
    }
  }
}

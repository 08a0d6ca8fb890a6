// A reader of /REST/events: what came so far, and waiting for what has to come.
import { waitFor } from './processes.js';

interface StreamedEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: Record<string, unknown>;
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
}

export class EventStream {
  readonly events: StreamedEvent[] = [];
  /** The id to resume with. */
  lastId: string | undefined;
  ended = false;
  /** An event that the API's document does not know is told here, as a failure to whoever waits. */
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

  /** The first event that is as wanted, whenever it came. */
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
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body) {
        const blocks = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.#take(block);
      }
    } catch {
      // Closed by this side, or broken: either way it is over.
    }
    this.ended = true;
  }

  #take(block: string): void {
    const field = (name: string) =>
      block
        .split('\n')
        .find((line) => line.startsWith(`${name}: `))
        ?.slice(name.length + 2);
    const id = field('id');
    this.lastId = id ?? this.lastId;
    const data = field('data');
    if (data === undefined) return;
    const type = field('event') ?? 'message';
    const event = { id, type, data: JSON.parse(data) as Record<string, unknown>, at: Date.now() };
    this.events.push(event);
    try {
      this.#check(event.data);
    } catch (error) {
      this.wrong ??= error;
    }
  }
}

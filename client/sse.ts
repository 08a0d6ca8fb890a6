/** Parses server-sent events from the pieces of a stream. */
import { createParser } from 'eventsource-parser';

export interface SseEvent {
  readonly id: string | undefined;
  readonly type: string | undefined;
  /** Undefined when the message only says how far the stream is. */
  readonly data: string | undefined;
}

/** The controller sends nothing longer. Raising it raises the memory that a hostile server can use. */
const eventCharsMax = 4 * 1024 * 1024;

/**
 * An idle stream carries its position in a comment (`: EPOCH-NUMBER`), beside an id without data. The parser
 * reports comments, but no message without data.
 */
const positionPattern = /^[0-9a-z]+-\d+$/i;

export class SseDecoder {
  #events: SseEvent[] = [];
  readonly #parser = createParser({
    maxBufferSize: eventCharsMax,
    onEvent: ({ id, event, data }) => this.#events.push({ id, type: event, data }),
    onComment: (text) => {
      if (positionPattern.test(text)) this.#events.push({ id: text, type: undefined, data: undefined });
    },
    onError: (error) => {
      // Unknown fields are ignored, as the standard says.
      if (error.type === 'max-buffer-size-exceeded') throw new Error('an event is too long');
    },
  });

  /** The events that are complete with this piece, in order. Throws when one is too long. */
  push(piece: string): readonly SseEvent[] {
    this.#parser.feed(piece);
    return this.#events.splice(0);
  }
}

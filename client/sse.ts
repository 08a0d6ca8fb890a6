/** Server-sent events out of a stream's pieces, wherever those are cut. */

export interface SseEvent {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: string | undefined;
}

/** Longer is no event of ours, and would only fill the memory. */
const eventCharsMax = 4 * 1024 * 1024;

export class SseDecoder {
  #rest = '';

  /** The events that end in this piece; one that only tells an id has no data. */
  push(piece: string): SseEvent[] {
    this.#rest += piece;
    if (this.#rest.length > eventCharsMax) throw new Error('an event is too long');
    const blocks = this.#rest.split(/\r?\n\r?\n/);
    this.#rest = blocks.pop() ?? '';
    return blocks
      .map((block) => this.#decode(block))
      .filter(({ id, data }) => id !== undefined || data !== undefined);
  }

  #decode(block: string): SseEvent {
    let id: string | undefined;
    let type: string | undefined;
    const data: string[] = [];
    for (const line of block.split(/\r?\n/)) {
      const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (field === 'id') id = value;
      else if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
    }
    return { id, type, data: data.length === 0 ? undefined : data.join('\n') };
  }
}

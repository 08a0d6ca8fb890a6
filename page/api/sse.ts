/** Server-sent events out of the pieces that a network makes of them. */

export interface Message {
  /** Empty when the event has none: then it cannot be resumed from. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** A function that takes text as it arrives and tells the messages that it completes. */
export function messageReader(): (text: string) => Message[] {
  let rest = '';
  let id = '';
  let type = '';
  let data: string[] = [];
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    const messages: Message[] = [];
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) messages.push({ id, type: type || 'message', data: data.join('\n') });
        id = '';
        type = '';
        data = [];
        continue;
      }
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'id') id = value;
      else if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
    }
    return messages;
  };
}

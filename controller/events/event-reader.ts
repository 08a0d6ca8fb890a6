/**
 * One reader's event stream. It has no queue: it stores its position in the event log and reads as much as the socket
 * has room for. A stalled reader therefore costs only a number. A reader that falls out of the event log, or that
 * does not read for too long, is disconnected with a reason. It can reconnect and resume.
 */
import { Readable } from 'node:stream';
import { wants, type EventFilter } from './filter.js';
import { frame, type EventLog } from './event-log.js';

/** Limit on the bytes written to the socket at once. */
const chunkBytesMax = 64 * 1024;

export class EventReader extends Readable {
  readonly #eventLog: EventLog;
  readonly #filter: EventFilter;
  readonly #unlisten: () => void;
  #next: number;
  /** The socket has room. */
  #wanted = false;
  /** Messages that are sent before anything else. */
  #ahead: string;
  /** Messages of which only the latest matters, by key. */
  #latest = new Map<string, string>();
  #stalledTicks = 0;
  #leaving = false;

  /** Resumes after `resume`, or begins with the next event. */
  constructor(eventLog: EventLog, filter: EventFilter, resume: string | undefined) {
    super({ highWaterMark: chunkBytesMax });
    this.#eventLog = eventLog;
    this.#filter = filter;
    const next = resume === undefined ? eventLog.next : eventLog.after(resume);
    this.#next = next ?? eventLog.next;
    const reset = { id: eventLog.id, type: 'reset', data: { type: 'reset' } };
    // Shows a reader at once that it is connected, and from where it can resume: at another controller, that is a reset.
    this.#ahead = next === undefined ? frame(reset) : positionOf(eventLog.idOf(this.#next - 1));
    this.#unlisten = eventLog.listen(() => this.#pump());
  }

  override _read(): void {
    this.#wanted = true;
    this.#stalledTicks = 0;
    this.#pump();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#unlisten();
    callback(error);
  }

  /** Sends a message without a number. It replaces an unsent message with the same key. */
  sendLatest(key: string, text: string): void {
    this.#latest.set(key, text);
    this.#pump();
  }

  /**
   * Called at regular intervals. It shows an idle reader that the controller lives and which position it has reached,
   * also when no event was for it. It also counts how long a reader has stalled.
   */
  tick(stalledTicksMax: number): void {
    if (this.#wanted) this.#push(positionOf(this.#eventLog.idOf(this.#next - 1)));
    else if (++this.#stalledTicks >= stalledTicksMax) this.leave('too slow: nothing was read for too long');
  }

  /** Ends the stream with a reason. */
  leave(reason: string): void {
    if (this.#leaving || this.destroyed) return;
    this.#leaving = true;
    this.#unlisten();
    this.#push(frame({ type: 'bye', data: { type: 'bye', reason } }));
    this.push(null);
  }

  #pump(): void {
    while (this.#wanted && !this.#leaving) {
      if (this.#next < this.#eventLog.oldest) {
        this.leave('too slow: events were missed; reconnect with the last id to resume');
        return;
      }
      const text = this.#take();
      if (text === '') return;
      this.#push(text);
    }
  }

  #take(): string {
    let text = this.#ahead;
    this.#ahead = '';
    while (this.#next < this.#eventLog.next && text.length < chunkBytesMax) {
      const number = this.#next++;
      const event = this.#eventLog.event(number);
      if (event && wants(this.#filter, event)) text += this.#eventLog.frame(number);
    }
    for (const latest of this.#latest.values()) text += latest;
    this.#latest.clear();
    return text;
  }

  #push(text: string): void {
    this.#wanted = this.push(text);
  }
}

/** Only a position. It is a comment, too, because some decoders report no id without data. */
function positionOf(id: string): string {
  return `: ${id}\nid: ${id}\n\n`;
}

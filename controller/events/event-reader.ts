/**
 * One reader's event stream. It has no queue: it holds its place in the event log and takes from there what its
 * socket has room for, so a reader that stalls costs a number. One that falls out of the event log, or that
 * leaves what is there unread for too long, is sent away with a reason; it can come back and catch up.
 */
import { Readable } from 'node:stream';
import { wants, type EventFilter } from './filter.js';
import { frame, type EventLog } from './event-log.js';

/** What goes into the socket at once. */
const chunkBytesMax = 64 * 1024;

export class EventReader extends Readable {
  readonly #eventLog: EventLog;
  readonly #filter: EventFilter;
  readonly #unlisten: () => void;
  #next: number;
  /** There is room in the socket. */
  #wanted = false;
  /** To be said before anything else. */
  #ahead: string;
  /** What is only worth telling now. */
  #latest = new Map<string, string>();
  #stalledTicks = 0;
  #leaving = false;

  /** Goes on after `resume`, or with what comes from now on. */
  constructor(eventLog: EventLog, filter: EventFilter, resume: string | undefined) {
    super({ highWaterMark: chunkBytesMax });
    this.#eventLog = eventLog;
    this.#filter = filter;
    const next = resume === undefined ? eventLog.next : eventLog.after(resume);
    this.#next = next ?? eventLog.next;
    const reset = { id: eventLog.id, type: 'reset', data: { type: 'reset' } };
    // A reader sees at once that it is connected.
    this.#ahead = next === undefined ? frame(reset) : ':\n\n';
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

  /** Tells something that has no number; what was to be told under the same key and was not is forgotten. */
  sendLatest(key: string, text: string): void {
    this.#latest.set(key, text);
    this.#pump();
  }

  /**
   * Called at regular intervals: shows an idle reader that we live, and how far it is, also when nothing of
   * what happened was for it; and counts how long one has stalled.
   */
  tick(stalledTicksMax: number): void {
    // As a comment, too: some decoders report no id without data.
    const id = this.#eventLog.idOf(this.#next - 1);
    if (this.#wanted) this.#push(`: ${id}\nid: ${id}\n\n`);
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
        this.leave('too slow: events were missed; come again with the last id to catch up');
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

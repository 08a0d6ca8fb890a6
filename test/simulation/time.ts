// Virtual time: events in the order of their time, each followed by all promise reactions. Nothing waits for a real
// clock, so hours pass in milliseconds, and the same history always runs in the same way.
import type { Clock } from '../../common/async/clock.js';

interface Event {
  readonly at: number;
  readonly number: number;
  readonly work: () => void;
  isVoid: boolean;
}

export class Timeline {
  #now = Date.UTC(2026, 0, 1);
  #number = 0;
  /** A binary heap, the next event first. */
  readonly #heap: Event[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, work: () => void): () => void {
    const event = { at: this.#now + ms, number: this.#number++, work, isVoid: false };
    this.#push(event);
    return () => (event.isVoid = true);
  }

  /** Runs until `isOver` or until the time limit. Returns whether it is over. */
  async run(isOver: () => boolean, ms: number): Promise<boolean> {
    const end = this.#now + ms;
    await settled();
    while (!isOver()) {
      const next = this.#heap[0];
      if (!next || next.at > end) {
        this.#now = end;
        return false;
      }
      const event = this.#pop() as Event;
      if (event.isVoid) continue;
      this.#now = event.at;
      event.work();
      await settled();
    }
    return true;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return last;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child++;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.number < b.number);
}

/** Waits until no promise can settle without an event: microtasks run before the next immediate. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A process that can be killed, or frozen for a while: its pending work is dropped or delayed. */
export class Process {
  #isAlive = true;
  #goesOnAt = 0;
  readonly #onDeath = new Set<() => void>();

  constructor(readonly timeline: Timeline) {}

  get isAlive(): boolean {
    return this.#isAlive;
  }

  kill(): void {
    this.#isAlive = false;
    for (const work of this.#onDeath) work();
    this.#onDeath.clear();
  }

  freeze(ms: number): void {
    this.#goesOnAt = Math.max(this.#goesOnAt, this.timeline.now() + ms);
  }

  get isFrozen(): boolean {
    return this.#goesOnAt > this.timeline.now();
  }

  /** Calls `work` when it dies, unless the returned function is called before. */
  onDeath(work: () => void): () => void {
    this.#onDeath.add(work);
    return () => this.#onDeath.delete(work);
  }

  after(ms: number, work: () => void): () => void {
    let isVoid = false;
    const due = () => {
      if (isVoid || !this.#isAlive) return;
      const late = this.#goesOnAt - this.timeline.now();
      if (late > 0) this.timeline.after(late, due);
      else work();
    };
    this.timeline.after(ms, due);
    return () => (isVoid = true);
  }

  get clock(): Clock {
    return {
      now: () => this.timeline.now(),
      after: (ms, work) => this.after(ms, work),
      every: (ms, work) => {
        let stop = () => {};
        const again = () => {
          stop = this.after(ms, () => {
            again();
            work();
          });
        };
        again();
        return () => stop();
      },
      delay: (ms, signal) =>
        new Promise((resolve) => {
          if (signal?.aborted) {
            resolve();
            return;
          }
          const end = () => {
            stop();
            signal?.removeEventListener('abort', end);
            resolve();
          };
          const stop = this.after(ms, end);
          signal?.addEventListener('abort', end, { once: true });
        }),
    };
  }
}

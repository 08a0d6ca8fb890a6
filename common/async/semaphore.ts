/**
 * A counting semaphore. Waiters acquire it in their order.
 *
 * This is not p-limit, which holds a place until one function has ended. Here a place is held across callbacks and
 * may be released early (controller/inventory/host-watch.ts).
 */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(max: number) {
    this.#free = max;
  }

  /** Resolves with the function that releases the place. Calling it again does nothing. */
  async acquire(): Promise<() => void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    };
  }
}

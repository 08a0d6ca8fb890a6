/**
 * A counting semaphore; waiters acquire it in their order.
 *
 * This is not p-limit, as a place is held across callbacks and given up early there (controller/inventory/
 * host-watch.ts), while p-limit holds it until one function has ended.
 */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(max: number) {
    this.#free = max;
  }

  /** Resolves with the function that releases the place; calling it again does nothing. */
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

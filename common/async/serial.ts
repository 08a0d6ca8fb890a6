/** Runs works one after the other, in the order in which they come. One that fails does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as the work does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Resolves when all that have come so far have ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}

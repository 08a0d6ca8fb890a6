/** A stack of clean-up functions: they run in reverse order, one after the other. */
export type Cleanup = () => Promise<void> | void;

export class CleanupStack {
  readonly #steps: Cleanup[] = [];

  /** Adds a function that runs before those added earlier. */
  add(step: Cleanup): void {
    this.#steps.push(step);
  }

  /** Closes a part at the end; returns it. */
  closing<Part extends { close(): Promise<void> | void }>(part: Part): Part {
    this.add(() => part.close());
    return part;
  }

  /** Runs all functions, each once. Throws what a function throws. Another call runs the remaining ones. */
  async run(): Promise<void> {
    for (let step; (step = this.#steps.pop());) await step();
  }
}

/** What has been started and has to be ended again: the last first, each before the next. */
export type Cleanup = () => Promise<void> | void;

export class CleanupStack {
  readonly #steps: Cleanup[] = [];

  /** Has `step` run at the end, before what was added earlier. */
  add(step: Cleanup): void {
    this.#steps.push(step);
  }

  /** Closes a part at the end; returns it. */
  closing<Part extends { close(): Promise<void> | void }>(part: Part): Part {
    this.add(() => part.close());
    return part;
  }

  /** Runs all steps, each once. Throws what a step throws; calling it again runs the steps that are left. */
  async run(): Promise<void> {
    for (let step; (step = this.#steps.pop());) await step();
  }
}

/** A question that Ctrl-C opens while the work continues. */
import { createInterface, type Interface } from 'node:readline';

/** The answer of a user who leaves: also a second Ctrl-C, or Ctrl-C without a terminal. */
export const leaving = 'g';

export class Prompt {
  readonly #onInterrupt = () => this.#show();
  #open: Interface | undefined;
  #answer: string | undefined;

  constructor(private readonly question: string) {
    process.on('SIGINT', this.#onInterrupt);
  }

  /** The question is on the screen. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The first letter of a new answer ('' for an empty one), once; undefined when there is none. */
  take(): string | undefined {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }

  close(): void {
    process.off('SIGINT', this.#onInterrupt);
    this.#open?.close();
  }

  #show(): void {
    if (this.#open || !process.stdin.isTTY || !process.stderr.isTTY) {
      this.#settle(leaving);
      return;
    }
    const open = createInterface({ input: process.stdin, output: process.stderr });
    this.#open = open;
    open.on('SIGINT', () => this.#settle(leaving));
    open.question(this.question, (text) => this.#settle(text.trim().toLowerCase().slice(0, 1)));
  }

  #settle(answer: string): void {
    this.#open?.close();
    this.#open = undefined;
    this.#answer = answer;
  }
}

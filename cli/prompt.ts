/** A question that Ctrl-C asks, while the work that it is about goes on. */
import { createInterface, type Interface } from 'node:readline';

/** What one answers who leaves: Ctrl-C again, or where nobody can be asked. */
export const leaving = 'g';

export class Prompt {
  readonly #onInterrupt = () => this.#ask();
  #open: Interface | undefined;
  #answer: string | undefined;

  constructor(private readonly question: string) {
    process.on('SIGINT', this.#onInterrupt);
  }

  /** The question stands on the screen. */
  get isOpen(): boolean {
    return this.#open !== undefined;
  }

  /** The first letter of an answer ('' for none), once; undefined when there is no new one. */
  take(): string | undefined {
    const answer = this.#answer;
    this.#answer = undefined;
    return answer;
  }

  close(): void {
    process.off('SIGINT', this.#onInterrupt);
    this.#open?.close();
  }

  #ask(): void {
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

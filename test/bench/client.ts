// The container as a client on the network sees it: asked every 20 ms, also while earlier questions wait, so
// that the gap between its last answer and its next one is the downtime and nothing else.
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 20;

/** A question that found nobody is given up after this; the next ones have long been asked. */
const answerTimeoutMs = 1_500;

export class Client {
  /** The boot that last answered, and when; as init counts them on the container's disk. */
  #boot = 0;
  #lastAnswerAt = 0;
  #gap: { readonly boot: number; readonly ms: number } | undefined;
  readonly #timer: NodeJS.Timeout;

  /** Begins to ask at once. */
  constructor(private readonly address: string) {
    this.#timer = setInterval(() => this.#ask(), intervalMs);
  }

  /** Waits until the container answers. */
  async answers(): Promise<void> {
    const asked = performance.now();
    while (this.#lastAnswerAt < asked) {
      if (performance.now() - asked > 60_000) throw new Error(`${this.address} does not answer`);
      await delay(intervalMs);
    }
  }

  /** Does something that restarts the container, here or elsewhere, and returns how long it was away, in ms. */
  async downtimeOf(work: () => Promise<unknown>): Promise<number> {
    await this.answers();
    const { boot } = { boot: this.#boot };
    this.#gap = undefined;
    await work();
    const done = performance.now();
    for (;;) {
      const gap = this.#gap as { boot: number; ms: number } | undefined;
      if (gap !== undefined && gap.boot > boot) return gap.ms;
      if (performance.now() - done > 60_000) throw new Error(`${this.address} has not come back`);
      await delay(intervalMs);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #ask(): void {
    const options = { host: this.address, path: '/boots', agent: false, timeout: answerTimeoutMs };
    const request = get(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => this.#answered(Number(text)));
      response.on('error', () => undefined);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => undefined);
  }

  #answered(boot: number): void {
    if (!(boot >= this.#boot)) return;
    const now = performance.now();
    if (boot > this.#boot && this.#boot > 0) this.#gap = { boot, ms: now - this.#lastAnswerAt };
    this.#boot = boot;
    this.#lastAnswerAt = now;
  }
}

// A client of the container on the network. It sends a request every 20 ms, also while earlier ones are pending, so
// that the longest gap between replies is exactly the downtime.
import { get } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const intervalMs = 20;

/** The time-out of a request without reply. Later requests have long been sent by then. */
const answerTimeoutMs = 1_500;

export class Client {
  /** The boot of the last reply and its time, as init counts them on the container's disk. */
  #boot = 0;
  #lastAnswerAt = 0;
  #gap: { readonly boot: number; readonly ms: number } | undefined;
  readonly #timer: NodeJS.Timeout;

  /** Starts sending requests. */
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

  /**
   * Runs an action that restarts the container, here or elsewhere, and returns how long it was unreachable, in ms.
   */
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

/**
 * A user of the container during its move: requests a page every 20 ms, each time over a new connection and without
 * waiting for the previous reply, and records when replies arrived.
 */
import { get } from 'node:http';

const intervalMs = 20;
const timeoutMs = 1_000;

export class Visitor {
  readonly #answers: { readonly at: number; readonly counter: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #unanswered = 0;

  constructor(address: string) {
    this.#timer = setInterval(() => {
      ask(address, '/counter').then(
        (body) => this.#answers.push({ at: performance.now(), counter: Number(body) }),
        () => (this.#unanswered += 1),
      );
    }, intervalMs);
  }

  /** The number of replies so far. */
  get answered(): number {
    return this.#answers.length;
  }

  /** Stops the requests. The longest silence is the downtime for the container's users. */
  leave(): { readonly silenceMs: number; readonly unanswered: number } {
    clearInterval(this.#timer);
    const times = this.#answers.map(({ at }) => at);
    const silences = times.slice(1).map((at, index) => at - (times[index] ?? at));
    return { silenceMs: Math.max(0, ...silences), unanswered: this.#unanswered };
  }
}

/** One page's text. Throws without a good reply within a second. */
export function ask(address: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const request = get({ host: address, path, agent: false, signal }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        if (response.statusCode === 200) resolve(body.trim());
        else reject(new Error(`HTTP ${response.statusCode ?? 0}`));
      });
    });
    request.on('error', reject);
  });
}

/** Probes: requests at a steady rate, whatever becomes of the earlier ones. */
import { request } from 'node:http';
import { connect } from 'node:net';
import type { Probe } from './document.js';
import type { Sample } from './gaps.js';

/** Requests of one probe that wait at the same time. Beyond it, one counts as unanswered at once. */
const openMax = 200;

/** The address of a host in a probe's URL: a container's, or the host itself. */
export type Resolve = (host: string) => string;

export class Prober {
  readonly samples: Sample[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #pending = new Set<Promise<void>>();

  /** `start` is the time of the run's start by `performance.now`. */
  constructor(
    readonly probe: Probe,
    private readonly resolve: Resolve,
    private readonly start: number,
  ) {
    this.#timer = setInterval(() => this.#tick(), probe.every);
  }

  /** Resolves when the last request is answered, or is too late. */
  async stop(): Promise<readonly Sample[]> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    return this.samples.sort((a, b) => a.atMs - b.atMs);
  }

  #tick(): void {
    const atMs = performance.now() - this.start;
    if (this.#pending.size >= openMax) {
      this.samples.push({ atMs, ms: null, value: null });
      return;
    }
    const asked = this.#ask().then(
      (value) => void this.samples.push({ atMs, ms: performance.now() - this.start - atMs, value }),
      () => void this.samples.push({ atMs, ms: null, value: null }),
    );
    this.#pending.add(asked);
    void asked.finally(() => this.#pending.delete(asked));
  }

  async #ask(): Promise<number | null> {
    const { http, counter, tcp, timeout } = this.probe;
    if (tcp !== undefined) {
      const [host = '', port = ''] = tcp.split(':');
      await connected(this.resolve(host), Number(port), timeout);
      return null;
    }
    const url = new URL(http ?? counter ?? '');
    url.hostname = this.resolve(url.hostname);
    const body = await bodyOf(url, timeout);
    if (counter === undefined) return null;
    const value = Number(body.trim() === '' ? NaN : body);
    if (Number.isFinite(value)) return value;
    throw new Error('no number');
  }
}

function connected(host: string, port: number, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal: AbortSignal.timeout(timeoutMs) });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

/** On a connection of its own, as a new user comes. Throws for a status that is no success. */
function bodyOf(url: URL, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => (body += part));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 400) resolve(body);
        else reject(new Error(`status ${statusCode}`));
      });
    });
    sent.on('error', reject).end();
  });
}

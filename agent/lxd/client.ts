/**
 * HTTP over the daemon's unix socket. Here LXD's answers and errors become values and CopaErrors; nothing
 * above this folder sees an HTTP status.
 */
import { readFile } from 'node:fs/promises';
import { Pool, type Dispatcher } from 'undici';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError, messageOf, type ErrorCode } from '../../common/errors.js';
import { SingleFlight } from '../../common/async/single-flight.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import { DaemonWebsocket } from './websocket.js';

interface Envelope {
  readonly type?: string;
  readonly metadata?: unknown;
  readonly error?: string;
  readonly error_code?: number;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface Answer<T> {
  readonly value: T;
  readonly etag: string;
}

/** One exchange with the daemon, as it is reported to who watches. */
export interface Exchange {
  readonly method: Method;
  /** Without its query, which may hold a secret. */
  readonly path: string;
  readonly error?: unknown;
  readonly ms: number;
}

interface RequestOptions {
  readonly body?: unknown;
  /** Sent back as it came: a change in between is then refused (412, `aborted`). */
  readonly etag?: string;
  readonly timeoutMs?: number;
}

/** How long the daemon may take for anything that is not a wait for an operation. */
const requestTimeoutMs = 30_000;

/** How long the daemon may take to accept a websocket. */
/** A migration header of 1,000 snapshots with much config; raising it lets a daemon take more memory. */
const messageBytesMax = 256 * 1024 * 1024;

const websocketTimeoutMs = 10_000;

/** HTTP codes that mean more than "it failed"; every other one is `internal`, with the daemon's words. */
const codeByStatus = new Map<number, ErrorCode>([
  [400, 'failed_precondition'],
  [403, 'permission_denied'],
  [404, 'not_found'],
  [409, 'already_exists'],
  [412, 'aborted'],
  [503, 'unavailable'],
]);

/** The host's own mounts: this process may be kept in a mount namespace of its own. */
export const hostProcess = '1';

/** The mounts of the host, as `mountinfo` (proc(5)) has them. */
export function readMountInfo(): Promise<string> {
  const read = (process: string) => readFile(`/proc/${process}/mountinfo`, 'utf8');
  // Who may not read the host's own table sees the host's mounts in his own, unless he is kept from them.
  return read(hostProcess).catch(() => read('self'));
}

/**
 * Client of one daemon. Every method throws CopaError: `unavailable` when the socket does not answer,
 * `deadline_exceeded` past the time-out, else what the daemon said.
 */
export class LxdClient {
  readonly #http: Pool;
  /** For requests that the daemon holds: however many there are, others do not wait for a connection. */
  readonly #held: Pool;
  readonly #singleFlight = new SingleFlight();

  constructor(
    readonly socketPath: string,
    private readonly onExchange: (exchange: Exchange) => void = () => undefined,
    /** By what its callers wait for the daemon. */
    readonly clock: Clock = systemClock,
  ) {
    // A pool, never a single connection: a GET must not wait behind another request's long wait.
    const options = { socketPath, headersTimeout: 0, bodyTimeout: 0 };
    this.#http = new Pool('http://lxd', { ...options, connections: 64 });
    this.#held = new Pool('http://lxd', { ...options, connections: 1024 });
  }

  async get<T>(path: string, timeoutMs?: number): Promise<T> {
    return (await this.request<T>('GET', path, timeoutMs === undefined ? {} : { timeoutMs })).value;
  }

  /** As `get`, in one question together with all who ask the same at this time; nobody may change the answer. */
  getShared<T>(path: string, timeoutMs?: number): Promise<T> {
    return this.#singleFlight.run(path, () => this.get<T>(path, timeoutMs));
  }

  /** Sends a request and returns the `metadata` of the answer, with its ETag. */
  request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    return this.#reported(method, path, async () => {
      const { statusCode, etag, text } = await this.#exchange(method, path, options);
      return { value: valueOf(text, `${method} ${path}`, statusCode) as T, etag };
    });
  }

  /** The last bytes of an answer that is a file, not JSON. Errors are those of `request`. */
  tail(path: string, bytesMax: number): Promise<Buffer> {
    return this.#reported('GET', path, () => this.#tail(path, bytesMax));
  }

  async #tail(path: string, bytesMax: number): Promise<Buffer> {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    const { statusCode, body } = await this.#http
      .request({ method: 'GET', path, signal })
      .catch((cause: unknown) => {
        throw this.#silence(cause);
      });
    let kept = Buffer.alloc(0);
    try {
      for await (const chunk of body) kept = Buffer.concat([kept, chunk as Buffer]).subarray(-bytesMax);
    } catch (cause) {
      throw this.#silence(cause);
    }
    if (statusCode < 400) return kept;
    valueOf(kept.toString(), `GET ${path}`, statusCode);
    throw new CopaError('internal', `the daemon answered GET ${path} with ${statusCode}`);
  }

  /**
   * Opens one of an operation's websockets, paused: the daemon may speak at once, and what it says before
   * somebody listens would be lost. Throws `unavailable` when it is not accepted.
   */
  async websocket(operation: string, secret: string): Promise<WebSocket> {
    return this.#websocket(`operations/${operation}/websocket?secret=${secret}`, 'a websocket');
  }

  /** Opens the daemon's event stream, paused as above. Throws `unavailable` when it is not accepted. */
  async events(type: string): Promise<WebSocket> {
    return this.#websocket(`events?type=${type}`, 'its event stream');
  }

  /** Opens one of an operation's websockets as a stream of bytes. Throws `unavailable` when it is not accepted. */
  bareWebsocket(operation: string, secret: string, room: number): Promise<DaemonWebsocket> {
    const path = `/1.0/operations/${operation}/websocket?secret=${secret}`;
    return DaemonWebsocket.open(this.socketPath, path, { room, timeoutMs: websocketTimeoutMs });
  }

  /** The mounts of the daemon's host. */
  readMountInfo(): Promise<string> {
    return readMountInfo();
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.destroy(), this.#held.destroy()]);
  }

  async #websocket(path: string, what: string): Promise<WebSocket> {
    const socket = new WebSocket(`ws+unix:${this.socketPath}:/1.0/${path}`, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      handshakeTimeout: websocketTimeoutMs,
      maxPayload: messageBytesMax,
      // The mask protects proxies between browsers and servers; on a unix socket it would only cost time.
      generateMask: (mask) => mask.fill(0),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        socket.pause();
        resolve();
      });
      // The path may hold a secret, so the error is reported without it. What goes wrong later ends in `close`.
      socket.on('error', (error) =>
        reject(
          new CopaError('unavailable', `the daemon refused ${what}: ${error.message}`, { cause: error }),
        ),
      );
    });
    return socket;
  }

  /** Asks, and tells what came of it and how long it took. */
  async #reported<T>(method: Method, path: string, ask: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const id = currentRequestId();
    const report = (error?: unknown) => {
      const exchange = { method, path: path.split('?')[0] ?? '', error, ms: performance.now() - startedAt };
      carryingRequestId(id, () => this.onExchange(exchange));
    };
    try {
      const answer = await ask();
      report();
      return answer;
    } catch (error) {
      report(error);
      throw error;
    }
  }

  /** One whole exchange. Most answers are short: the stream that undici makes of others would cost more than all the rest. */
  #exchange(method: Method, path: string, { body, etag, timeoutMs = requestTimeoutMs }: RequestOptions) {
    return new Promise<{ statusCode: number; etag: string; text: string }>((resolve, reject) => {
      let answer = { statusCode: 0, etag: '' };
      const parts: Buffer[] = [];
      let isLate = false;
      let sent: Dispatcher.DispatchController | undefined;
      const timer = setTimeout(() => {
        isLate = true;
        const late = new CopaError('deadline_exceeded', `the daemon took more than ${timeoutMs} ms`);
        reject(late);
        sent?.abort(late);
      }, timeoutMs);
      const http = path.includes('/wait?') ? this.#held : this.#http;
      const headers = {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(etag === undefined ? {} : { 'if-match': etag }),
      };
      http.dispatch(
        { method, path, headers, body: body === undefined ? null : JSON.stringify(body) },
        {
          onRequestStart: (controller) => {
            sent = controller;
            // It waited for a connection, and nobody waits for it any more.
            if (isLate) controller.abort(new Error('late'));
          },
          onResponseStart: (_, statusCode, { etag: tag }) => {
            answer = { statusCode, etag: typeof tag === 'string' ? tag : '' };
          },
          onResponseData: (_, part) => void parts.push(part),
          onResponseEnd: () => {
            clearTimeout(timer);
            resolve({ ...answer, text: Buffer.concat(parts).toString() });
          },
          onResponseError: (_, cause) => {
            clearTimeout(timer);
            reject(this.#silence(cause));
          },
        },
      );
    });
  }

  /** What a request that got no (whole) answer throws. */
  #silence(cause: unknown): CopaError {
    if (cause instanceof Error && cause.name === 'TimeoutError') {
      return new CopaError('deadline_exceeded', `the daemon took more than ${requestTimeoutMs} ms`, {
        cause,
      });
    }
    const message = `the daemon at ${this.socketPath} does not answer: ${messageOf(cause)}`;
    return new CopaError('unavailable', message, { cause });
  }
}

/** The value in an answer's text. Throws what the daemon refused, by its own code and words. */
function valueOf(text: string, asked: string, statusCode: number): unknown {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
  } catch (cause) {
    throw new CopaError('internal', `the daemon answered ${asked} with no JSON`, { cause });
  }
  // The body decides, not the status: Incus reports a failed operation with 200 and type "error".
  if (envelope.type === 'error') {
    const code = codeByStatus.get(envelope.error_code ?? statusCode) ?? 'internal';
    throw new CopaError(code, envelope.error ?? `the daemon answered ${statusCode}`);
  }
  return envelope.metadata;
}

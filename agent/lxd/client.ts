/**
 * HTTP over the daemon's unix socket. It converts LXD's replies and errors to values and CopaErrors. Nothing above
 * this folder handles an HTTP status.
 */
import type { Readable } from 'node:stream';
import { Pool, type Dispatcher } from 'undici';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../common/async/clock.js';
import { CopaError, messageOf, type ErrorCode } from '../../common/errors.js';
import { SingleFlight } from '../../common/async/single-flight.js';
import { carryingRequestId, currentRequestId } from '../../common/observability/request-id.js';
import { DaemonRootFinder, readMountInfo, type DaemonRoot } from './daemon-root.js';
import type { Server } from './types.js';
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

/** One request to the daemon, as reported to an observer. */
export interface Exchange {
  readonly method: Method;
  /** Without the query, which may contain a secret. */
  readonly path: string;
  readonly error?: unknown;
  readonly ms: number;
}

interface Download {
  readonly body: Readable;
  /** Its content type. */
  readonly type: string;
}

interface RequestOptions {
  readonly body?: unknown;
  /**
   * The ETag of an earlier reply. The daemon rejects the request (412, `aborted`) if the object has changed since.
   */
  readonly etag?: string;
  readonly timeoutMs?: number;
}

/** Time limit of every request to the daemon except waits for an operation. */
const requestTimeoutMs = 30_000;

/** Time limit for the daemon to accept a websocket. */
/**
 * Limit on a websocket message: a migration header of 1,000 snapshots with much config. Raising it lets a daemon use
 * more memory here.
 */
const messageBytesMax = 256 * 1024 * 1024;

const websocketTimeoutMs = 10_000;

/** HTTP codes with a specific meaning. All others become `internal` with the daemon's message. */
const codeByStatus = new Map<number, ErrorCode>([
  [400, 'failed_precondition'],
  [403, 'permission_denied'],
  [404, 'not_found'],
  [409, 'already_exists'],
  [412, 'aborted'],
  [503, 'unavailable'],
]);

/**
 * Client of one daemon. Every method throws CopaError: `unavailable` when the socket does not answer,
 * `deadline_exceeded` after the time-out, otherwise the daemon's error.
 */
export class LxdClient {
  readonly #http: Pool;
  /**
   * For long waits in the daemon. Other requests do not have to wait for a connection, however many waits there are.
   */
  readonly #held: Pool;
  readonly #singleFlight = new SingleFlight();
  readonly #root: DaemonRootFinder;

  constructor(
    readonly socketPath: string,
    private readonly onExchange: (exchange: Exchange) => void = () => undefined,
    /** Callers by the kind of their wait. */
    readonly clock: Clock = systemClock,
  ) {
    // A connection pool, not a single connection, so that a GET does not wait behind a long wait.
    const options = { socketPath, headersTimeout: 0, bodyTimeout: 0 };
    this.#http = new Pool('http://lxd', { ...options, connections: 64 });
    this.#held = new Pool('http://lxd', { ...options, connections: 1024 });
    this.#root = new DaemonRootFinder(
      socketPath,
      async () => (await this.get<Server>('/1.0')).environment.server_pid,
    );
  }

  async get<T>(path: string, timeoutMs?: number): Promise<T> {
    return (await this.request<T>('GET', path, timeoutMs === undefined ? {} : { timeoutMs })).value;
  }

  /** As `get`, shared by all concurrent callers of the same path. Callers must not change the result. */
  getShared<T>(path: string, timeoutMs?: number): Promise<T> {
    return this.#singleFlight.run(path, () => this.get<T>(path, timeoutMs));
  }

  /** Sends a request and returns the `metadata` of the reply with its ETag. */
  request<T>(method: Method, path: string, options: RequestOptions = {}): Promise<Answer<T>> {
    return this.#reported(method, path, async () => {
      const { statusCode, etag, text } = await this.#exchange(method, path, options);
      return { value: valueOf(text, `${method} ${path}`, statusCode) as T, etag };
    });
  }

  /** The last bytes of a reply that is a file and not JSON. Errors are those of `request`. */
  tail(path: string, bytesMax: number): Promise<Buffer> {
    return this.#reported('GET', path, () => this.#tail(path, bytesMax));
  }

  /** A file of the daemon's as a stream, with its type. Errors are those of `request`. */
  download(path: string): Promise<Download> {
    return this.#reported('GET', path, async () => {
      const { statusCode, headers, body } = await this.#held
        .request({ method: 'GET', path })
        .catch((cause: unknown) => {
          throw this.#silence(cause);
        });
      const type = headers['content-type'];
      if (statusCode >= 400) throw refusalOf(await body.text(), `GET ${path}`, statusCode);
      return { body, type: typeof type === 'string' ? type : 'application/octet-stream' };
    });
  }

  /** Sends a stream as the body of a POST, as fast as the daemon takes it. Errors are those of `request`. */
  upload<T>(path: string, headers: Readonly<Record<string, string>>, body: Readable): Promise<T> {
    return this.#reported('POST', path, async () => {
      const answer = await this.#held
        .request({ method: 'POST', path, headers, body })
        .catch((cause: unknown) => {
          throw this.#silence(body.errored ?? cause);
        });
      return valueOf(await answer.body.text(), `POST ${path}`, answer.statusCode) as T;
    });
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
    throw refusalOf(kept.toString(), `GET ${path}`, statusCode);
  }

  /**
   * Opens one of an operation's websockets. It is paused, so that no message is lost before a listener exists. Throws
   * `unavailable` when the daemon does not accept it.
   */
  async websocket(operation: string, secret: string): Promise<WebSocket> {
    return this.#websocket(`operations/${operation}/websocket?secret=${secret}`, 'a websocket');
  }

  /** Opens the daemon's event stream, paused as above. Throws `unavailable` when the daemon does not accept it. */
  async events(type: string): Promise<WebSocket> {
    return this.#websocket(`events?type=${type}`, 'its event stream');
  }

  /**
   * Opens one of an operation's websockets as a byte stream. Throws `unavailable` when the daemon does not accept it.
   */
  bareWebsocket(operation: string, secret: string, room: number): Promise<DaemonWebsocket> {
    const path = `/1.0/operations/${operation}/websocket?secret=${secret}`;
    return DaemonWebsocket.open(this.socketPath, path, { room, timeoutMs: websocketTimeoutMs });
  }

  /** The root through which this process reaches the daemon's files. Throws when the daemon does not answer. */
  root(): Promise<DaemonRoot> {
    return this.#root.find();
  }

  /** The mounts that the daemon sees. */
  async readMountInfo(): Promise<string> {
    return readMountInfo(await this.root());
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
      // Masking protects proxies between browsers and servers. On a unix socket it only costs time.
      generateMask: (mask) => mask.fill(0),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        socket.pause();
        resolve();
      });
      // The path may contain a secret, so the error does not show it. Later errors end in `close`.
      socket.on('error', (error) =>
        reject(
          new CopaError('unavailable', `the daemon refused ${what}: ${error.message}`, { cause: error }),
        ),
      );
    });
    return socket;
  }

  /** Sends a request and reports its result and duration to the observer. */
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

  /**
   * Sends one request and reads the whole reply. Most replies are short, and a stream for each would cost more than
   * everything else.
   */
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
            // The request waited for a connection, and its caller has given up.
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

  /** The error of a request without a complete reply. */
  #silence(cause: unknown): CopaError {
    // The body of an upload broke, and knows why.
    if (cause instanceof CopaError) return cause;
    if (cause instanceof Error && cause.name === 'TimeoutError') {
      return new CopaError('deadline_exceeded', `the daemon took more than ${requestTimeoutMs} ms`, {
        cause,
      });
    }
    const message = `the daemon at ${this.socketPath} does not answer: ${messageOf(cause)}`;
    return new CopaError('unavailable', message, { cause });
  }
}

/** The daemon's error, in the reply to a request for a file. */
function refusalOf(text: string, asked: string, statusCode: number): CopaError {
  try {
    valueOf(text, asked, statusCode);
  } catch (error) {
    if (error instanceof CopaError) return error;
  }
  return new CopaError('internal', `the daemon answered ${asked} with ${statusCode}`);
}

/** Parses a reply. Throws the daemon's error with its code and message. */
function valueOf(text: string, asked: string, statusCode: number): unknown {
  let envelope: Envelope;
  try {
    envelope = JSON.parse(text) as Envelope;
  } catch (cause) {
    throw new CopaError('internal', `the daemon answered ${asked} with no JSON`, { cause });
  }
  // The body decides, not the status: Incus reports a failed operation with status 200 and type "error".
  if (envelope.type === 'error') {
    const code = codeByStatus.get(envelope.error_code ?? statusCode) ?? 'internal';
    throw new CopaError(code, envelope.error ?? `the daemon answered ${statusCode}`);
  }
  return envelope.metadata;
}

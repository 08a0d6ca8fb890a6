// Many HTTP clients with little overhead: on two cores, their processor time is missing on the server. Each client
// keeps one connection to a port or a unix socket and sends the next request after each complete reply.
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

export interface Target {
  /** A TCP port on loopback, or the path of a unix socket. */
  readonly at: number | string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** A form, or any value that is sent as JSON. */
  readonly body?: URLSearchParams | Readonly<Record<string, unknown>>;
}

export interface Answered {
  readonly status: number;
  readonly body: Buffer;
}

const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');

/** One connection with one request at a time. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { resolve: (answer: Answered) => void; reject: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
      this.#deliver();
    });
    const broken = (error?: Error) => this.#waiting?.reject(error ?? new Error('the connection ended'));
    socket.on('error', broken);
    socket.on('close', () => broken());
  }

  static async open(at: Target['at']): Promise<Connection> {
    const socket = typeof at === 'number' ? createConnection(at, '127.0.0.1') : createConnection(at);
    socket.setNoDelay(true);
    await once(socket, 'connect');
    return new Connection(socket);
  }

  ask(request: Buffer): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #deliver(): void {
    const answer = parse(this.#received);
    if (!answer || !this.#waiting) return;
    const { resolve } = this.#waiting;
    this.#waiting = undefined;
    this.#received = Buffer.alloc(0);
    resolve(answer);
  }
}

/** The bytes of a request. */
export function encode({ method = 'GET', path, body }: Target): Buffer {
  const text =
    body === undefined ? '' : body instanceof URLSearchParams ? String(body) : JSON.stringify(body);
  const type = body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json';
  const entity = text === '' ? '' : `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${entity}\r\n${text}`);
}

/** The reply in the received bytes, or undefined while it is incomplete. */
function parse(received: Buffer): Answered | undefined {
  const end = received.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = received.toString('latin1', 0, end);
  const status = Number(head.slice(9, 12));
  const start = end + headEnd.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) {
    const body = parseChunks(received, start);
    return body && { status, body };
  }
  const stop = start + Number(length);
  return received.length < stop ? undefined : { status, body: received.subarray(start, stop) };
}

function parseChunks(received: Buffer, start: number): Buffer | undefined {
  // The cheap check first: a reply is parsed only after its last chunk.
  if (received.toString('latin1', received.length - 5) !== '0\r\n\r\n') return undefined;
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const line = received.indexOf(lineEnd, at);
    if (line < 0) return undefined;
    const size = parseInt(received.toString('latin1', at, line), 16);
    if (size === 0) return Buffer.concat(chunks);
    const begin = line + lineEnd.length;
    if (received.length < begin + size) return undefined;
    chunks.push(received.subarray(begin, begin + size));
    at = begin + size + lineEnd.length;
  }
}

/** One request on a connection of its own. @throws Error for a status of 300 or more. */
export async function exchange(target: Target): Promise<Answered> {
  const connection = await Connection.open(target.at);
  try {
    return checked(target, await connection.ask(encode(target)));
  } finally {
    connection.close();
  }
}

export interface Load {
  readonly clients: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  readonly answers: number;
}

/**
 * A number of clients send the same request for a given time. Each gets at least one reply, however long that takes.
 * @throws Error when a reply is not a success.
 */
export async function load(target: Target, clients: number, seconds: number): Promise<Load> {
  const request = encode(target);
  const connections = await Promise.all(Array.from({ length: clients }, () => Connection.open(target.at)));
  const ms: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  try {
    await Promise.all(
      connections.map(async (connection) => {
        for (let now = performance.now(); now < end || ms.length === 0;) {
          checked(target, await connection.ask(request));
          const then = performance.now();
          ms.push(then - now);
          now = then;
        }
      }),
    );
  } finally {
    for (const connection of connections) connection.close();
  }
  const tookMs = performance.now() - began;
  return { clients, ...percentiles(ms), perSecond: (ms.length / tookMs) * 1000, answers: ms.length };
}

export function percentiles(ms: readonly number[]): { p50Ms: number; p99Ms: number } {
  const sorted = [...ms].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function checked(target: Target, answer: Answered): Answered {
  if (answer.status < 300) return answer;
  const said = answer.body.toString('utf8', 0, 500);
  throw new Error(`${target.method ?? 'GET'} ${target.path} was answered with ${answer.status} ${said}`);
}

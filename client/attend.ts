/** A command in a container that is attended over a websocket: what is typed, and what it shows. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { CopaError, messageOf, type ErrorCode } from '../common/errors.js';
import { answerOf, type HttpTransport } from './http.js';
import { jsonOf, refusal } from './transport.js';
import type { Query } from './types.js';

/** Either on a terminal, or with `interactive: false`. */
export type Attended = Query<'exec'>;

/** A piece of what a command shows; on a terminal all is `output`. */
export interface Shown {
  readonly stream: 'output' | 'errorOutput';
  readonly bytes: Uint8Array;
}

/** What the controller says of the end of a command. */
interface LastWord {
  readonly exit?: number;
  readonly error?: string;
  readonly code?: ErrorCode;
}

/** How many pieces wait for the caller to take them before the command is held up. */
const piecesMax = 16;

export class Attendance {
  readonly #shown: Readable;
  readonly #socket: WebSocket;
  #code: number | undefined;

  private constructor(socket: WebSocket, isTerminal: boolean) {
    this.#socket = socket;
    this.#shown = new Readable({
      objectMode: true,
      highWaterMark: piecesMax,
      read: () => socket.resume(),
    });
    // It is told to who reads, then or later.
    this.#shown.on('error', () => undefined);
    socket.on('message', (data: RawData, isBinary) => {
      if (isBinary) this.#take(data as Buffer, isTerminal);
      else this.#hear((data as Buffer).toString());
    });
    const ended = (cause?: unknown) => {
      if (this.#code !== undefined) this.#shown.push(null);
      else
        this.#shown.destroy(
          new CopaError('unavailable', `the connection ended before the command did`, { cause }),
        );
    };
    socket.on('error', ended).on('close', () => ended());
  }

  /** Throws as any other operation does when the command cannot be started; mostly that is told by `shown`. */
  static async begin(transport: HttpTransport, parameters: Attended): Promise<Attendance> {
    // Loaded only by who attends something.
    const { WebSocket } = await import('ws');
    const url = transport.urlOf('REST/exec', parameters);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const { socketPath, ca, headers } = transport;
    const address = socketPath === undefined ? url : `ws+unix:${socketPath}:${url.pathname}${url.search}`;
    const socket = new WebSocket(address, 'copa.exec', {
      ca,
      headers,
      handshakeTimeout: 20_000,
      perMessageDeflate: false,
    });
    const isTerminal = !['false', '0'].includes(String(parameters.interactive));
    const attendance = new Attendance(socket, isTerminal);
    await new Promise<void>((resolve, reject) => {
      const failure = (cause: unknown) =>
        new CopaError('unavailable', `no answer from ${transport.address}: ${messageOf(cause)}`, { cause });
      socket.once('open', resolve);
      socket.on('error', (cause) => reject(failure(cause)));
      socket.once('unexpected-response', (_request, response: IncomingMessage) => {
        const answer = answerOf(response, failure);
        jsonOf(answer).then((body) => reject(refusal(transport.address, answer, body)), reject);
      });
    });
    return attendance;
  }

  /** All that the command shows, until it ends. Throws what went wrong with it. It waits for who reads it. */
  get shown(): AsyncIterable<Shown> {
    return this.#shown;
  }

  /** The code that the command ended with; known when `shown` has ended. */
  get exitCode(): number {
    if (this.#code === undefined) throw new CopaError('failed_precondition', 'the command has not ended');
    return this.#code;
  }

  /** Types something; resolves when more may be typed. What the command does not take any more is lost. */
  type(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.send(bytes, () => resolve()));
  }

  /** There is no more input; not on a terminal. */
  end(): void {
    this.#say({ end: true });
  }

  resize(size: { readonly width: number; readonly height: number }): void {
    this.#say({ resize: size });
  }

  /** Leaves: the command is hung up on, if it has not ended. */
  close(): void {
    this.#socket.terminate();
  }

  #say(message: object): void {
    this.#socket.send(JSON.stringify(message), () => undefined);
  }

  #take(data: Buffer, isTerminal: boolean): void {
    const stream = isTerminal || data[0] === 1 ? 'output' : 'errorOutput';
    const piece: Shown = { stream, bytes: isTerminal ? data : data.subarray(1) };
    if (!this.#shown.push(piece)) this.#socket.pause();
  }

  #hear(text: string): void {
    const { exit, error, code } = JSON.parse(text) as LastWord;
    this.#code ??= exit;
    if (error !== undefined) this.#shown.destroy(new CopaError(code ?? 'internal', error));
  }
}

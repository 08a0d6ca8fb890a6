/** A command in a container over a websocket, with its input and its output. Node only. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { CopaError, messageOf, type ErrorCode } from '../common/errors.js';
import { answerOf, type HttpTransport } from './http.js';
import { jsonOf, NotBegun, refusal } from './transport.js';
import type { Query } from './types.js';

/** On a terminal, or with `interactive: false` on plain streams. */
export type ExecParameters = Query<'exec'>;

/** A piece of output; on a terminal all of it is `output`. */
export interface ExecOutput {
  readonly stream: 'output' | 'errorOutput';
  readonly bytes: Uint8Array;
}

/** The last message of the controller. */
interface ExecResult {
  readonly exit?: number;
  readonly error?: string;
  readonly code?: ErrorCode;
}

/** Limit on buffered pieces of output. Above it, reading from the command pauses. */
const piecesMax = 16;

/** The system calls before anything is sent. */
const connectCalls: ReadonlySet<string> = new Set(['getaddrinfo', 'connect']);

export class ExecSession {
  readonly #output: Readable;
  readonly #socket: WebSocket;
  #exitCode: number | undefined;

  private constructor(socket: WebSocket, isTerminal: boolean) {
    this.#socket = socket;
    this.#output = new Readable({
      objectMode: true,
      highWaterMark: piecesMax,
      read: () => socket.resume(),
    });
    // The reader of `output` receives the error, now or later.
    this.#output.on('error', () => undefined);
    socket.on('message', (data: RawData, isBinary) => {
      if (isBinary) this.#onOutput(data as Buffer, isTerminal);
      else this.#onResult((data as Buffer).toString());
    });
    const onEnd = (cause?: unknown) => {
      if (this.#exitCode !== undefined) this.#output.push(null);
      else
        this.#output.destroy(
          new CopaError('unavailable', 'the connection ended before the command did', { cause }),
        );
    };
    socket.on('error', onEnd).on('close', () => onEnd());
  }

  /**
   * Starts the command. Throws like any other operation when the controller refuses the request; a command
   * that cannot be started fails in `output`.
   */
  static async start(transport: HttpTransport, parameters: ExecParameters): Promise<ExecSession> {
    // Only this needs the library, and other commands should not wait for it.
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
    const session = new ExecSession(socket, isTerminal);
    await new Promise<void>((resolve, reject) => {
      const failure = (cause: unknown) =>
        new CopaError('unavailable', `no answer from ${transport.address}: ${messageOf(cause)}`, { cause });
      socket.once('open', resolve);
      socket.on('error', (cause: NodeJS.ErrnoException) =>
        reject(failure(connectCalls.has(cause.syscall ?? '') ? new NotBegun(messageOf(cause)) : cause)),
      );
      socket.once('unexpected-response', (_request, response: IncomingMessage) => {
        const answer = answerOf(response, failure);
        jsonOf(answer).then((body) => reject(refusal(transport.address, answer, body)), reject);
      });
    });
    return session;
  }

  /** The output until the command ends. A slow reader slows the command down. Throws when the command fails. */
  get output(): AsyncIterable<ExecOutput> {
    return this.#output;
  }

  /** The exit code of the command; known when `output` has ended. */
  get exitCode(): number {
    if (this.#exitCode === undefined) throw new CopaError('failed_precondition', 'the command has not ended');
    return this.#exitCode;
  }

  /** Sends input; resolves when more may be sent. Input that the command does not read is lost. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#socket.send(bytes, () => resolve()));
  }

  /** Closes the input of a command on plain streams. */
  end(): void {
    this.#send({ end: true });
  }

  resize(size: { readonly width: number; readonly height: number }): void {
    this.#send({ resize: size });
  }

  /** Ends the session. A command that still runs receives a hang-up. */
  close(): void {
    this.#socket.terminate();
  }

  #send(message: object): void {
    this.#socket.send(JSON.stringify(message), () => undefined);
  }

  #onOutput(data: Buffer, isTerminal: boolean): void {
    const stream = isTerminal || data[0] === 1 ? 'output' : 'errorOutput';
    const piece: ExecOutput = { stream, bytes: isTerminal ? data : data.subarray(1) };
    if (!this.#output.push(piece)) this.#socket.pause();
  }

  #onResult(text: string): void {
    const { exit, error, code } = JSON.parse(text) as ExecResult;
    this.#exitCode ??= exit;
    if (error !== undefined) this.#output.destroy(new CopaError(code ?? 'internal', error));
  }
}

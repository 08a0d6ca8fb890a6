/**
 * Connects a client's websocket to a command on a host. Binary messages are the input and the output. Text messages
 * are JSON: `{"resize": {...}}` from the client; `{"exit": N}` or `{"error": "...", "code": "..."}`, once, to the
 * client.
 *
 * Without a terminal, the first byte of an output message is the number of the output, 1 or 2, and the client ends
 * the input with `{"end": true}`.
 *
 * Backpressure works in both directions: neither side is read faster than the other one takes its data. The command
 * gets a hang-up when the client is gone (liveness.ts).
 */
import { WebSocket, type RawData } from 'ws';
import { z } from 'zod';
import { CopaError, isCopaError, messageOf } from '../../../common/errors.js';
import type { AttendedCall } from '../../usecases/commands.js';
import { Liveness } from './liveness.js';

/** A client that gives no sign of life for this long is gone. */
const livenessMs = 20_000;

const cells = z.int().min(1).max(10_000);
const terminalControl = z
  .strictObject({ resize: z.strictObject({ width: cells, height: cells }) })
  .transform(({ resize }) => ({ resize }));
const streamControl = z.strictObject({ end: z.literal(true) }).transform(() => ({ stdinEnd: true }));

const outputNumber = Buffer.from([1]);
const errorOutputNumber = Buffer.from([2]);

interface Options {
  /** Each of them ends the session. The client gets its reason. */
  readonly signals: readonly AbortSignal[];
  /** Nothing goes either way until it resolves. */
  readonly pausing?: { over(): Promise<void> };
  /** False: plain streams. */
  readonly isTerminal: boolean;
  readonly livenessMs?: number;
}

interface Session {
  readonly call: AttendedCall;
  readonly isTerminal: boolean;
  readonly liveness: Liveness;
  readonly pausing: NonNullable<Options['pausing']>;
}

const open = { over: () => Promise.resolve() };

/** Resolves when the session has ended. The client gets every error; only an unforeseen one is thrown as well. */
export async function runExecSession(
  socket: WebSocket,
  start: () => Promise<AttendedCall>,
  { signals, isTerminal, pausing = open, ...options }: Options,
): Promise<void> {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  // An error is followed by the close.
  socket.on('error', () => undefined);
  const liveness = new Liveness(socket, options.livenessMs ?? livenessMs);
  let call: AttendedCall | undefined;
  const stop = ({ target }: Event) => {
    call?.cancel();
    end(socket, 1001, { error: messageOf((target as AbortSignal).reason), code: 'aborted' });
  };
  for (const signal of signals) signal.addEventListener('abort', stop, { once: true });
  try {
    socket.pause();
    call = await start();
    const { cancel } = call;
    gone.signal.addEventListener('abort', cancel, { once: true });
    if ([gone.signal, ...signals].some(({ aborted }) => aborted)) cancel();
    forwardInput(socket, { call, isTerminal, liveness, pausing });
    socket.resume();
    await forwardOutput(socket, { call, isTerminal, liveness, pausing });
    end(socket, 1011, { error: 'the host ended the session', code: 'unavailable' });
  } catch (error) {
    call?.cancel();
    const { message, code } = isCopaError(error) ? error : new CopaError('internal', 'internal error');
    end(socket, 1011, { error: message, code });
    if (!isCopaError(error)) throw error;
  } finally {
    liveness.stop();
    for (const signal of signals) signal.removeEventListener('abort', stop);
  }
}

function forwardInput(socket: WebSocket, { call, isTerminal, liveness, pausing }: Session): void {
  // A paused websocket still emits what it had read before; the chain keeps the order.
  let sent = Promise.resolve();
  socket.on('message', (data: RawData, isBinary) => {
    const message = isBinary ? { stdin: data as Buffer } : controlOf(data as Buffer, isTerminal);
    if (message instanceof CopaError) {
      call.cancel();
      end(socket, 1008, { error: message.message, code: message.code });
      return;
    }
    socket.pause();
    sent = sent
      .then(() => pausing.over())
      .then(() => call.send(message))
      .then(() => {
        socket.resume();
        liveness.sign();
      });
  });
}

/** Resolves when the host sends no more. */
async function forwardOutput(
  socket: WebSocket,
  { call, isTerminal, liveness, pausing }: Session,
): Promise<void> {
  const send = async (data: Buffer) => {
    await pausing.over();
    liveness.countSent(data.length);
    await flushed(socket, data);
  };
  for await (const { output, errorOutput, exitCode } of call.replies) {
    if (output) await send(isTerminal ? output : Buffer.concat([outputNumber, output]));
    if (errorOutput) await send(Buffer.concat([errorOutputNumber, errorOutput]));
    if (exitCode !== undefined) end(socket, 1000, { exit: exitCode });
  }
}

function controlOf(data: Buffer, isTerminal: boolean) {
  try {
    return (isTerminal ? terminalControl : streamControl).parse(JSON.parse(data.toString()));
  } catch {
    const rule = isTerminal ? '{"resize":{"width":80,"height":24}}, with 1 to 10000 each' : '{"end":true}';
    return new CopaError('invalid_argument', `a text message is ${rule}`);
  }
}

/** Resolves when the kernel has taken the data. A failure needs no answer: the socket emits `close`. */
function flushed(socket: WebSocket, data: Buffer): Promise<void> {
  return new Promise((resolve) => socket.send(data, () => resolve()));
}

/** Sends the last message and closes, unless that has been done. */
function end(socket: WebSocket, code: number, last: object): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify(last), () => undefined);
  socket.close(code);
  socket.resume();
}

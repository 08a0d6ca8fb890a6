/**
 * A user's websocket joined to a command on a host. Binary messages are what is typed and shown; text is JSON:
 * `{"resize": {...}}` from the user; `{"exit": N}` or `{"error": "...", "code": "..."}`, once, to the user.
 *
 * Without a terminal, the first byte of what is shown says which output it is of, 1 or 2, and the user ends the
 * input with `{"end": true}`.
 *
 * Neither side is read faster than the other one takes it. A user who has gone without a word, or takes nothing
 * any more, is noticed, and the command is hung up on.
 */
import { WebSocket, type RawData } from 'ws';
import { z } from 'zod';
import { CopaError, isCopaError, messageOf } from '../../../common/errors.js';
import type { AttendedCall } from '../../usecases/commands.js';

/** How often a user is looked after. Who gave no sign for a whole interval is gone. */
const lookAfterMs = 20_000;

/** What a ping adds to what has been sent; more means that the user takes what is shown. */
const pingBytes = 16;

const cells = z.int().min(1).max(10_000);
const onTerminal = z
  .strictObject({ resize: z.strictObject({ width: cells, height: cells }) })
  .transform(({ resize }) => ({ resize }));
const withPlainStreams = z.strictObject({ end: z.literal(true) }).transform(() => ({ stdinEnd: true }));

const outputNumber = Buffer.from([1]);
const errorOutputNumber = Buffer.from([2]);

interface Options {
  /** Each of them ends the session; its reason is told to the user. */
  readonly signals: readonly AbortSignal[];
  /** False: plain streams. */
  readonly isTerminal: boolean;
  readonly lookAfterMs?: number;
}

/** Ends with the session; never throws, as it tells the user what went wrong. */
export async function joinTerminal(
  socket: WebSocket,
  start: () => Promise<AttendedCall>,
  { signals, isTerminal, ...options }: Options,
): Promise<void> {
  const gone = new AbortController();
  const give = () => gone.abort();
  socket.once('close', give);
  // An error is followed by the close.
  socket.on('error', () => undefined);
  const attention = lookAfter(socket, options.lookAfterMs ?? lookAfterMs);
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
    hear(socket, call, isTerminal, attention);
    socket.resume();
    for await (const { output, errorOutput, exitCode } of call.replies) {
      if (output) await send(socket, isTerminal ? output : Buffer.concat([outputNumber, output]));
      if (errorOutput) await send(socket, Buffer.concat([errorOutputNumber, errorOutput]));
      if (exitCode !== undefined) end(socket, 1000, { exit: exitCode });
    }
    end(socket, 1011, { error: 'the host ended the session', code: 'unavailable' });
  } catch (error) {
    call?.cancel();
    const { message, code } = isCopaError(error) ? error : new CopaError('internal', 'internal error');
    end(socket, 1011, { error: message, code });
    if (!isCopaError(error)) throw error;
  } finally {
    attention.stop();
    for (const signal of signals) signal.removeEventListener('abort', stop);
  }
}

/** Hands on what the user says. */
function hear(socket: WebSocket, call: AttendedCall, isTerminal: boolean, attention: Attention): void {
  // A paused websocket still delivers what it had read: this keeps the order.
  let said = Promise.resolve();
  socket.on('message', (data: RawData, isBinary) => {
    const message = isBinary ? { stdin: data as Buffer } : controlOf(data as Buffer, isTerminal);
    if (message instanceof CopaError) {
      call.cancel();
      end(socket, 1008, { error: message.message, code: message.code });
      return;
    }
    socket.pause();
    said = said
      .then(() => call.say(message))
      .then(() => {
        socket.resume();
        attention.hear();
      });
  });
}

function controlOf(data: Buffer, isTerminal: boolean) {
  try {
    return (isTerminal ? onTerminal : withPlainStreams).parse(JSON.parse(data.toString()));
  } catch {
    const rule = isTerminal ? '{"resize":{"width":80,"height":24}}, with 1 to 10000 each' : '{"end":true}';
    return new CopaError('invalid_argument', `a text message is ${rule}`);
  }
}

/** Resolves when the kernel has taken it. What cannot be sent any more needs no answer: the close is told. */
function send(socket: WebSocket, data: Buffer): Promise<void> {
  return new Promise((resolve) => socket.send(data, () => resolve()));
}

/** Says the last word, unless it has been said. */
function end(socket: WebSocket, code: number, last: object): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  socket.send(JSON.stringify(last), () => undefined);
  socket.close(code);
  socket.resume();
}

interface Attention {
  /** The user gave a sign, or may have been held up in giving one. */
  hear(): void;
  stop(): void;
}

/**
 * Cuts the connection with a user who neither answers pings nor takes what is shown. One whose input waits for
 * the command to take it is not read, so its answers are not either: that is no silence.
 */
function lookAfter(socket: WebSocket, intervalMs: number): Attention {
  let sign = true;
  let taken = 0;
  const heard = () => {
    sign = true;
  };
  socket.on('pong', heard).on('message', heard);
  const timer = setInterval(() => {
    const takenNow = takenBytes(socket);
    if (!sign && !socket.isPaused && takenNow - taken <= pingBytes) {
      socket.terminate();
      return;
    }
    sign = false;
    taken = takenNow;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, intervalMs);
  return { hear: heard, stop: () => clearInterval(timer) };
}

/** What the kernel has taken of all that was sent to the user. */
function takenBytes(socket: WebSocket): number {
  const { _socket: connection } = socket as unknown as {
    _socket: { bytesWritten: number; writableLength: number };
  };
  return connection.bytesWritten - connection.writableLength;
}

/**
 * A user's websocket joined to the terminal of a command on a host. Binary messages are what is typed and
 * shown; text is JSON: `{"resize": {...}}` from the user; `{"exit": N}` or `{"error": "..."}`, once, to the user.
 *
 * Neither side is read faster than the other one takes it. A user who has gone without a word, or takes nothing
 * any more, is noticed, and the command is hung up on.
 */
import { WebSocket, type RawData } from 'ws';
import { z } from 'zod';
import { CopaError, isCopaError, messageOf } from '../proto/errors.js';
import type { TerminalCall } from './services/commands.js';

/** How often a user is looked after. Who gave no sign for a whole interval is gone. */
const lookAfterMs = 20_000;

/** What a ping adds to what has been sent; more means that the user takes what is shown. */
const pingBytes = 16;

const cells = z.int().min(1).max(10_000);
const controlSchema = z.strictObject({ resize: z.strictObject({ width: cells, height: cells }) });

interface Options {
  /** Each of them ends the session; its reason is told to the user. */
  readonly signals: readonly AbortSignal[];
  readonly lookAfterMs?: number;
}

/** Ends with the session; never throws, as it tells the user what went wrong. */
export async function joinTerminal(
  socket: WebSocket,
  start: () => Promise<TerminalCall>,
  { signals, ...options }: Options,
): Promise<void> {
  const gone = new AbortController();
  const give = () => gone.abort();
  socket.once('close', give);
  // An error is followed by the close.
  socket.on('error', () => undefined);
  const stopLooking = lookAfter(socket, options.lookAfterMs ?? lookAfterMs);
  let call: TerminalCall | undefined;
  const stop = ({ target }: Event) => {
    call?.cancel();
    end(socket, 1001, { error: messageOf((target as AbortSignal).reason) });
  };
  for (const signal of signals) signal.addEventListener('abort', stop, { once: true });
  try {
    socket.pause();
    call = await start();
    const { cancel } = call;
    gone.signal.addEventListener('abort', cancel, { once: true });
    if ([gone.signal, ...signals].some(({ aborted }) => aborted)) cancel();
    hear(socket, call);
    socket.resume();
    for await (const { output, exitCode } of call.replies) {
      if (output) await send(socket, output);
      if (exitCode !== undefined) end(socket, 1000, { exit: exitCode });
    }
    end(socket, 1011, { error: 'the host ended the session' });
  } catch (error) {
    call?.cancel();
    const words = isCopaError(error) ? error.message : 'internal error';
    end(socket, 1011, { error: words });
    if (!isCopaError(error)) throw error;
  } finally {
    stopLooking();
    for (const signal of signals) signal.removeEventListener('abort', stop);
  }
}

/** Hands on what the user says. */
function hear(socket: WebSocket, call: TerminalCall): void {
  // A paused websocket still delivers what it had read: this keeps the order.
  let said = Promise.resolve();
  socket.on('message', (data: RawData, isBinary) => {
    const message = isBinary ? { stdin: data as Buffer } : controlOf(data as Buffer);
    if (message instanceof CopaError) {
      call.cancel();
      end(socket, 1008, { error: message.message });
      return;
    }
    socket.pause();
    said = said.then(() => call.say(message)).then(() => socket.resume());
  });
}

function controlOf(data: Buffer): z.output<typeof controlSchema> | CopaError {
  try {
    return controlSchema.parse(JSON.parse(data.toString()));
  } catch {
    const example = '{"resize":{"width":80,"height":24}}';
    return new CopaError('invalid_argument', `a text message is ${example}, with 1 to 10000 each`);
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

/** Cuts the connection with a user who neither answers pings nor takes what is shown. */
function lookAfter(socket: WebSocket, intervalMs: number): () => void {
  let sign = true;
  let taken = 0;
  const heard = () => (sign = true);
  socket.on('pong', heard).on('message', heard);
  const timer = setInterval(() => {
    const takenNow = takenBytes(socket);
    if (!sign && takenNow - taken <= pingBytes) {
      socket.terminate();
      return;
    }
    sign = false;
    taken = takenNow;
    if (socket.readyState === WebSocket.OPEN) socket.ping();
  }, intervalMs);
  return () => clearInterval(timer);
}

/** What the kernel has taken of all that was sent to the user. */
function takenBytes(socket: WebSocket): number {
  const { _socket: connection } = socket as unknown as {
    _socket: { bytesWritten: number; writableLength: number };
  };
  return connection.bytesWritten - connection.writableLength;
}

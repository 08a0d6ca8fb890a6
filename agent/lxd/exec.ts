/** Runs processes in a container through the websockets of the daemon's exec operations. */
import type { Duplex, Readable } from 'node:stream';
import { createWebSocketStream, type WebSocket } from 'ws';
import { CopaError, isCopaError } from '../../common/errors.js';
import type { LxdClient } from './client.js';
import { instancePath } from './instances.js';
import { startOperation, waitForOperation } from './operations.js';

/** Limit on the buffered bytes of each stream of a process. */
const streamBytesMax = 64 * 1024;

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** A process in a container. Its streams have backpressure in both directions. */
export interface Process {
  readonly stdin: Duplex;
  readonly stdout: Readable;
  /** Undefined on a terminal, which has only one output. */
  readonly stderr: Readable | undefined;
  /** The exit code. Rejects when the daemon could not run the process or went away. */
  readonly ended: Promise<number>;
  resize(size: TerminalSize): void;
  kill(signal: 'SIGHUP' | 'SIGKILL'): void;
  /** Closes all streams. The daemon then sends a hang-up to a process on a terminal. */
  close(): void;
}

const signalNumbers = { SIGHUP: 1, SIGKILL: 9 } as const;

/** Starts a process on a terminal of the given size or with plain streams. */
export async function startProcess(
  lxd: LxdClient,
  container: string,
  command: readonly string[],
  terminal: TerminalSize | undefined,
): Promise<Process> {
  const { id, metadata } = await startOperation(lxd, 'POST', `${instancePath(container)}/exec`, {
    command,
    environment: terminal ? { TERM: 'xterm-256color' } : {},
    interactive: terminal !== undefined,
    ...terminal,
    'wait-for-websocket': true,
    'record-output': false,
  });
  const secrets = (metadata?.['fds'] ?? {}) as Readonly<Record<string, string>>;
  const sockets = new Map<string, WebSocket>();
  const close = () => {
    for (const socket of sockets.values()) socket.terminate();
  };
  try {
    // One after the other: LXD 5.0 panics when two of one operation connect at the same time. The control websocket
    // comes first, because the process starts when the others are connected.
    for (const name of ['control', '0', ...(terminal ? [] : ['1', '2'])]) {
      sockets.set(name, await lxd.websocket(id, secrets[name] ?? ''));
    }
  } catch (error) {
    close();
    throw error;
  }
  const stream = (name: string): Duplex => {
    const socket = sockets.get(name);
    if (!socket) throw new CopaError('internal', `the daemon offered no stream ${name} for a process`);
    const duplex = createWebSocketStream(socket, { highWaterMark: streamBytesMax });
    // `ended` reports a broken stream.
    duplex.on('error', () => undefined);
    // The daemon ends its half of a stream with an empty text message. It waits for the close before it ends the
    // operation of a process on a terminal.
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary || data.length > 0) return;
      duplex.push(null);
      socket.close();
    });
    return duplex;
  };
  const control = sockets.get('control');
  control?.on('error', () => undefined).resume();
  const say = (message: object) => {
    if (control?.readyState === control?.OPEN) control?.send(JSON.stringify(message));
  };
  const stdin = stream('0');
  // A plain input delivers nothing but the daemon's message that it is closed, which has to be read.
  if (!terminal) stdin.resume();
  return {
    stdin,
    stdout: terminal ? stdin : stream('1'),
    stderr: terminal ? undefined : stream('2'),
    ended: exitCodeOf(lxd, id, container),
    resize: ({ width, height }) =>
      say({ command: 'window-resize', args: { width: String(width), height: String(height) } }),
    kill: (signal) => say({ command: 'signal', signal: signalNumbers[signal] }),
    close,
  };
}

async function exitCodeOf(lxd: LxdClient, operation: string, container: string): Promise<number> {
  try {
    const { metadata } = await waitForOperation(lxd, operation, Infinity);
    return Number(metadata?.['return']);
  } catch (error) {
    // A missing program is a failure of the operation.
    if (!isCopaError(error, 'internal')) throw error;
    const message = `the command cannot be run in container "${container}": ${error.message}`;
    throw new CopaError('failed_precondition', message, { cause: error });
  }
}

/**
 * Commands that users run in containers, to their end or on a terminal. They do not lock the container: it may be
 * stopped while they run. A command ends when its user disconnects.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable, Writable } from 'node:stream';
import { CopaError } from '../../common/errors.js';
import { malformedReply, unheldInstance } from './instance-guard.js';
import type { LxdClient } from '../lxd/client.js';
import { startProcess, type Process, type TerminalSize } from '../lxd/exec.js';

/** Limit on concurrent commands. Each needs a few sockets and up to one MiB of memory. */
const commandsMax = 64;
/** Limit on the bytes that are kept of each output of a command. */
const outputBytesMax = 1024 * 1024;
/** How long a command may take to end after a hang-up or kill. After that nobody waits for it. */
const endingMsMax = 3000;
/** How long the streams may stay open after their command. Background processes of the command may hold them open. */
const lingerMsMax = 1000;

/** Bash if it exists, as people expect. Every container has sh. */
const shell = ['sh', '-c', 'command -v bash > /dev/null && exec bash -l || exec sh -l'];

/** A message from the user's side; exactly one field is set. */
export interface UserInput {
  readonly stdin?: Buffer;
  readonly resize?: TerminalSize | null;
  readonly stdinEnd?: boolean;
}

interface UserOutput {
  readonly started?: true;
  readonly output?: Buffer;
  readonly errorOutput?: Buffer;
  readonly exitCode?: number;
}

/** The user's connection to a command. */
interface User {
  /** The size of the user's terminal; undefined without a terminal. */
  readonly size: TerminalSize | undefined;
  readonly inputs: AsyncIterator<UserInput, undefined>;
  /** Resolves when more may be written. */
  readonly write: (output: UserOutput) => Promise<void>;
  /** Aborts when the user has disconnected. */
  readonly signal: AbortSignal;
}

interface Finished {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Output was longer than the limit. */
  readonly truncated: boolean;
}

export class ExecSessions {
  #running = 0;

  constructor(private readonly lxd: LxdClient) {}

  /** Runs a command without input. Throws `deadline_exceeded` when it had to be killed. */
  run(
    container: string,
    command: readonly string[],
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<Finished> {
    return this.#counted(async () => {
      const process = await this.#start(container, command, undefined);
      process.stdin.end();
      const outputs = Promise.all([collect(process.stdout), collect(process.stderr)]);
      outputs.catch(() => undefined);
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), timeoutSeconds * 1000);
      try {
        const exitCode = await Promise.race([process.ended, aborted(signal), aborted(patience.signal)]);
        if (exitCode === undefined) {
          process.kill('SIGKILL');
          await settled(process.ended, endingMsMax);
          if (signal.aborted) throw new CopaError('cancelled', 'the command was given up, and is killed');
          const message = `the command did not end within ${timeoutSeconds} s, and is killed`;
          throw new CopaError('deadline_exceeded', message);
        }
        await settled(outputs, lingerMsMax);
        process.close();
        const [stdout, stderr] = await outputs;
        return {
          exitCode,
          stdout: stdout.bytes,
          stderr: stderr.bytes,
          truncated: stdout.isCut || stderr.isCut,
        };
      } finally {
        clearTimeout(timer);
        process.close();
      }
    });
  }

  /** Runs a command, or a shell, until it ends or the user disconnects. */
  attend(container: string, command: readonly string[], user: User): Promise<void> {
    return this.#counted(async () => {
      const { size, inputs, write, signal } = user;
      const process = await this.#start(container, command.length > 0 ? command : shell, size);
      let exitCode: number | undefined;
      try {
        await write({ started: true });
        const shown = showAll(process, write);
        exitCode = await Promise.race([process.ended, aborted(signal), feed(process, inputs)]);
        if (exitCode === undefined) return;
        // The last output is still in transit. A slow reader has as much time as it needs.
        await Promise.race([shown.ended, size ? never : shown.silence(), aborted(signal)]);
        await write({ exitCode });
      } finally {
        if (exitCode === undefined) await hangUp(process);
        process.close();
      }
    });
  }

  async #start(
    container: string,
    command: readonly string[],
    size: TerminalSize | undefined,
  ): Promise<Process> {
    const { status } = await unheldInstance(this.lxd, container);
    if (status === 'Frozen') throw malformedReply(container, 'is frozen: unfreeze it first');
    if (status !== 'Running') throw malformedReply(container, 'is not running: start it first');
    return startProcess(this.lxd, container, command, size);
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= commandsMax) {
      throw new CopaError(
        'resource_exhausted',
        `${commandsMax} commands run on this pool already: wait until one ends`,
      );
    }
    this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
    }
  }
}

/** Reads a stream to its end and keeps its beginning. */
async function collect(stream: Readable | undefined): Promise<{ bytes: Buffer; isCut: boolean }> {
  const kept: Buffer[] = [];
  let room = outputBytesMax;
  let isCut = false;
  for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) {
    isCut ||= chunk.length > room;
    kept.push(chunk.subarray(0, room));
    room -= Math.min(room, chunk.length);
  }
  return { bytes: Buffer.concat(kept), isCut };
}

const never = new Promise<never>(() => undefined);

interface Shown {
  /** The user has received all output. */
  readonly ended: Promise<unknown>;
  /**
   * Resolves when there was no output for some time and no output waits for the user. Plain streams do not end with
   * their command when one of its background processes holds them open.
   */
  silence(): Promise<void>;
}

function showAll({ stdout, stderr }: Process, write: User['write']): Shown {
  let waiting = 0;
  let said = 0;
  const show = async (stream: Readable | undefined, name: 'output' | 'errorOutput') => {
    try {
      for await (const part of (stream ?? []) as AsyncIterable<Buffer>) {
        said++;
        waiting++;
        await write({ [name]: part }).finally(() => waiting--);
      }
    } catch {
      // The stream broke or the user disconnected. Another promise reports either.
    }
  };
  return {
    ended: Promise.all([show(stdout, 'output'), show(stderr, 'errorOutput')]),
    silence: async () => {
      for (let before = -1; waiting > 0 || said > before;) {
        before = said;
        await delay(lingerMsMax, undefined, { ref: false });
      }
    },
  };
}

/** Forwards the user's input with backpressure until it ends. */
async function feed(process: Process, inputs: AsyncIterator<UserInput, undefined>): Promise<undefined> {
  for (;;) {
    const { done, value } = await inputs.next();
    if (done) return undefined;
    if (value.resize) process.resize(value.resize);
    if (value.stdinEnd) process.stdin.end();
    if (!value.stdin || value.stdin.length === 0 || !process.stdin.writable) continue;
    if (!process.stdin.write(value.stdin)) await drained(process.stdin);
  }
}

/** Resolves when more may be written, or when the stream has ended. */
function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off('drain', settle).off('close', settle);
      resolve();
    };
    stream.on('drain', settle).on('close', settle);
    if (stream.destroyed || !stream.writableNeedDrain) settle();
  });
}

/** Sends a hang-up as a closing terminal does. Kills a command that ignores it. */
async function hangUp(process: Process): Promise<void> {
  process.kill('SIGHUP');
  await settled(process.ended, endingMsMax);
  process.kill('SIGKILL');
  await settled(process.ended, endingMsMax);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

/** Waits until the promise has settled, but no longer than the time-out. */
async function settled(promise: Promise<unknown>, msMax: number): Promise<void> {
  await Promise.race([promise.catch(() => undefined), delay(msMax, undefined, { ref: false })]);
}

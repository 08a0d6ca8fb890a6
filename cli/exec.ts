/**
 * `copa exec`: a command in a container. From a terminal it is interactive, with the terminal in raw mode; else it
 * has plain streams: what is piped in goes to it, to its end, and its two outputs are kept apart.
 */
import type { Command } from 'commander';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Attendance } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { clientCommand, poolOption, restOf } from './command.js';
import { locate, namedBy } from './overview.js';

interface Flags {
  readonly pool?: string;
  readonly timeout?: string;
  readonly interactive?: boolean;
}

export function execCommand(): Command {
  return clientCommand('exec', 'run a command in a container; a shell if none is given', {
    examples: [
      'copa exec web',
      'copa exec web -- ls -l /',
      "copa exec server1:web -- sh -c 'echo $HOSTNAME' | cat",
      'tar c site | copa exec web -- tar x -C /var/www',
    ],
  })
    .argument('<container>', 'CONTAINER or POOL:CONTAINER')
    .argument('[command...]', 'the command and its words, after --')
    .addOption(poolOption())
    .option('--timeout <seconds>', 'end it after so long')
    .option('-t, --interactive', 'give it a terminal (default: if this is one, in and out)')
    .option('-T, --no-interactive', 'give it none')
    .addHelpText(
      'after',
      '\nIt ends with the exit code of the command. Without a terminal the command gets what is piped in.',
    )
    .action(exec);
}

async function exec(text: string, words: string[], flags: Flags, command: Command): Promise<void> {
  const seconds = secondsOf(flags.timeout);
  const rest = await restOf(command);
  const { pool, container } = await locate(rest, namedBy(text, flags.pool));
  const { stdin, stdout } = process;
  const interactive = flags.interactive ?? [stdin, stdout].every(({ isTTY }) => isTTY);
  const attendance = await rest.attend({
    container_pool: pool,
    container_name: container,
    ...(words.length === 0 ? {} : { command: words }),
    interactive,
    ...(interactive ? { width: stdout.columns || 80, height: stdout.rows || 24 } : {}),
  });
  const over = new AbortController();
  try {
    const shown = interactive ? onTerminal(attendance, over.signal) : withPlainStreams(attendance);
    await Promise.race(seconds === undefined ? [shown] : [shown, timeOut(seconds, over.signal)]);
    process.exitCode = attendance.exitCode;
  } finally {
    over.abort();
    stdin.destroy();
    attendance.close();
  }
}

function secondsOf(timeout: string | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  const seconds = Number(timeout);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new CopaError('invalid_argument', `--timeout "${timeout}" is not valid: it is 1 to 86400 seconds`);
}

async function timeOut(seconds: number, signal: AbortSignal): Promise<never> {
  await delay(seconds * 1000, undefined, { signal });
  throw new CopaError('deadline_exceeded', `the command did not end within ${seconds} s, and is ended`);
}

async function onTerminal(attendance: Attendance, signal: AbortSignal): Promise<void> {
  const { stdin, stdout } = process;
  const onResize = () => attendance.resize({ width: stdout.columns, height: stdout.rows });
  signal.addEventListener('abort', () => {
    stdout.off('resize', onResize);
    if (stdin.isTTY) stdin.setRawMode(false);
  });
  if (stdin.isTTY) stdin.setRawMode(true);
  stdout.on('resize', onResize);
  void feed(attendance);
  await show(attendance);
}

async function withPlainStreams(attendance: Attendance): Promise<void> {
  void feed(attendance).then(() => attendance.end());
  await show(attendance);
}

/** Hands on what is typed or piped in, at the pace at which it is taken, to its end. */
async function feed(attendance: Attendance): Promise<void> {
  try {
    for await (const part of process.stdin as AsyncIterable<Buffer>) await attendance.type(part);
  } catch {
    // A standard input that cannot be read, or not any more, has ended.
  }
}

/** Until the command ends. Whoever reads this slowly, or not at all, holds the command up. */
async function show(attendance: Attendance): Promise<void> {
  for await (const { stream, bytes } of attendance.shown) {
    const output = stream === 'output' ? process.stdout : process.stderr;
    if (!output.write(bytes)) await once(output, 'drain');
  }
}

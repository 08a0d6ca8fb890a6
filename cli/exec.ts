/**
 * `copa exec`: a command in a container. From a terminal it is interactive, with the terminal in raw mode. Else it
 * has plain streams: it receives the piped input to its end, and its two outputs stay separate.
 */
import type { Command } from 'commander';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { parametersOf, type ExecSession } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { clientCommand, containerArgument, poolOption, restOf } from './command.js';
import { locate } from './locate.js';

interface Flags {
  readonly pool?: string;
  readonly timeout?: string;
  readonly interactive?: boolean;
}

export function execCommand(): Command {
  return clientCommand('exec', 'run a command in a container, or a shell', {
    examples: [
      'copa exec web',
      'copa exec web -- ls -l /',
      "copa exec server1:web -- sh -c 'echo $HOSTNAME' | cat",
      'tar c site | copa exec web -- tar x -C /var/www',
    ],
  })
    .argument('<container>', containerArgument)
    .argument('[command...]', 'the command and its arguments, after --')
    .addOption(poolOption())
    .option('--timeout <seconds>', 'end the command after this time')
    .option('-t, --interactive', 'with a terminal (default: if input and output are terminals)')
    .option('-T, --no-interactive', 'without a terminal')
    .addHelpText(
      'after',
      '\nThe exit code is that of the command. Without a terminal the command receives the piped input.',
    )
    .action(exec);
}

async function exec(text: string, words: string[], flags: Flags, command: Command): Promise<void> {
  const seconds = secondsOf(flags.timeout);
  const rest = await restOf(command);
  const container = await locate(rest, text, flags.pool);
  const { stdin, stdout } = process;
  const interactive = flags.interactive ?? [stdin, stdout].every(({ isTTY }) => isTTY);
  const session = await rest.exec({
    ...parametersOf(container),
    ...(words.length === 0 ? {} : { command: words }),
    interactive,
    ...(interactive ? { width: stdout.columns || 80, height: stdout.rows || 24 } : {}),
  });
  const ended = new AbortController();
  try {
    const output = interactive ? onTerminal(session, ended.signal) : withPlainStreams(session);
    await Promise.race(seconds === undefined ? [output] : [output, failAfter(seconds, ended.signal)]);
    process.exitCode = session.exitCode;
  } finally {
    ended.abort();
    stdin.destroy();
    session.close();
  }
}

function secondsOf(timeout: string | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  const seconds = Number(timeout);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 86_400) return seconds;
  throw new CopaError('invalid_argument', `--timeout "${timeout}" is not valid: give 1 to 86400 seconds`);
}

async function failAfter(seconds: number, signal: AbortSignal): Promise<never> {
  await delay(seconds * 1000, undefined, { signal });
  throw new CopaError('deadline_exceeded', `the command did not end within ${seconds} s and was ended`);
}

async function onTerminal(session: ExecSession, signal: AbortSignal): Promise<void> {
  const { stdin, stdout } = process;
  const onResize = () => session.resize({ width: stdout.columns, height: stdout.rows });
  signal.addEventListener('abort', () => {
    stdout.off('resize', onResize);
    if (stdin.isTTY) stdin.setRawMode(false);
  });
  if (stdin.isTTY) stdin.setRawMode(true);
  stdout.on('resize', onResize);
  void sendInput(session);
  await printOutput(session);
}

async function withPlainStreams(session: ExecSession): Promise<void> {
  void sendInput(session).then(() => session.end());
  await printOutput(session);
}

/** Sends the input to its end, as fast as the command reads it. */
async function sendInput(session: ExecSession): Promise<void> {
  try {
    for await (const part of process.stdin as AsyncIterable<Buffer>) await session.write(part);
  } catch {
    // An input that cannot be read has ended.
  }
}

/** Prints the output until the command ends. A slow reader holds the command up. */
async function printOutput(session: ExecSession): Promise<void> {
  for await (const { stream, bytes } of session.output) {
    const output = stream === 'output' ? process.stdout : process.stderr;
    if (!output.write(bytes)) await once(output, 'drain');
  }
}

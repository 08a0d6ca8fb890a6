/**
 * `copa exec`: a command in a container. From a terminal it is interactive, over a websocket with the terminal
 * in raw mode; else it runs to its end and its output is printed apart, as scripts want it.
 */
import type { Command } from 'commander';
import { CopaError, messageOf } from '../proto/errors.js';
import { clientCommand, poolOption, restOf } from './command.js';
import { locate, namedBy } from './overview.js';
import type { Rest } from './rest.js';

interface Flags {
  readonly pool?: string;
  readonly timeout?: string;
  readonly interactive?: boolean;
}

interface At {
  readonly container_pool: string;
  readonly container_name: string;
}

export function execCommand(): Command {
  return clientCommand('exec', 'run a command in a container; a shell if none is given', {
    examples: [
      'copa exec web',
      'copa exec web -- ls -l /',
      "copa exec server1:web -- sh -c 'echo $HOSTNAME' | cat",
    ],
  })
    .argument('<container>', 'CONTAINER or POOL:CONTAINER')
    .argument('[command...]', 'the command and its words, after --')
    .addOption(poolOption())
    .option('--timeout <seconds>', 'end a command that is not interactive after so long')
    .option('-t, --interactive', 'give it a terminal (default: if this is one, in and out)')
    .option('-T, --no-interactive', 'give it none')
    .addHelpText(
      'after',
      '\nIt ends with the exit code of the command. Without a terminal the command gets no input.',
    )
    .action(exec);
}

async function exec(text: string, words: string[], flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const { pool, container } = await locate(rest, namedBy(text, flags.pool));
  const at = { container_pool: pool, container_name: container };
  const isTerminal = process.stdin.isTTY && process.stdout.isTTY;
  if (flags.interactive ?? isTerminal) await runInteractive(rest, at, words);
  else await runOnce(rest, at, words, flags.timeout);
}

async function runOnce(rest: Rest, at: At, words: string[], timeout: string | undefined): Promise<void> {
  if (words.length === 0)
    throw new CopaError('invalid_argument', 'give a command, as in: copa exec web -- ls -l');
  const reply = await rest.call('POST', 'container', {
    operation: 'exec',
    ...at,
    command: JSON.stringify(words),
    ...(timeout === undefined ? {} : { timeout }),
  });
  process.stdout.write(String(reply['stdout']));
  process.stderr.write(String(reply['stderr']));
  process.exitCode = Number(reply['exit_code']);
}

async function runInteractive(rest: Rest, at: At, words: string[]): Promise<void> {
  const { WebSocket } = await import('ws');
  const { stdin, stdout } = process;
  const url = rest.urlOf('REST/exec', {
    ...at,
    ...(words.length === 0 ? {} : { command: JSON.stringify(words) }),
    width: stdout.columns || 80,
    height: stdout.rows || 24,
  });
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const { token } = rest.target;
  const address =
    rest.socketPath === undefined ? url : `ws+unix:${rest.socketPath}:${url.pathname}${url.search}`;
  const socket = new WebSocket(address, 'copa.exec', {
    ca: rest.ca,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    handshakeTimeout: 20_000,
    perMessageDeflate: false,
  });
  const onInput = (data: Buffer) => socket.send(data);
  const onResize = () =>
    socket.send(JSON.stringify({ resize: { width: stdout.columns, height: stdout.rows } }));
  const restore = () => {
    stdin.off('data', onInput);
    stdout.off('resize', onResize);
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      let exit: number | undefined;
      socket.on('unexpected-response', (_request, response) => {
        rest.read(response).then(({ status, body }) => reject(rest.refusal(status, body)), reject);
      });
      socket.on('error', (cause) =>
        reject(
          new CopaError('unavailable', `no shell from ${rest.target.address}: ${messageOf(cause)}`, {
            cause,
          }),
        ),
      );
      socket.on('open', () => {
        if (stdin.isTTY) stdin.setRawMode(true);
        stdin.on('data', onInput);
        stdout.on('resize', onResize);
      });
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (isBinary) {
          stdout.write(data);
          return;
        }
        const told = JSON.parse(data.toString()) as { exit?: number; error?: string };
        if (told.error !== undefined) reject(new CopaError('failed_precondition', told.error));
        exit = told.exit ?? exit;
      });
      socket.on('close', () => {
        if (exit === undefined)
          reject(new CopaError('unavailable', 'the connection ended before the command did'));
        else {
          process.exitCode = exit;
          resolve();
        }
      });
    });
  } finally {
    restore();
    socket.terminate();
  }
}

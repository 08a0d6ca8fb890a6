#!/usr/bin/env node
/** The program `copa`: finds the command, runs it, and sets the exit code. */
import { Command, CommanderError } from 'commander';
import { isCopaError } from '../common/errors.js';
import { version } from '../common/version.js';
import { addCommands } from './commands.js';
import { exitCodeOf, exitCodes, exitCodesHelp } from './exit.js';

const program = new Command('copa')
  .description(
    'System containers on many hosts as if they were one, moved between hosts while people use them',
  )
  .version(version)
  .addHelpText(
    'after',
    `
Examples:
  copa pool add server1 192.168.122.15
  copa create ubuntu server1:web --start
  copa move web server2

Name a container by its name, or by POOL:CONTAINER if the name is not unique.
COPA_ADDR is the address of the controller (default: this machine's, http://127.0.0.1:8000), COPA_TOKEN is your token, and
COPA_CACERT is a file with the CA of the controller's certificate. "copa context" gives all three a name.
${exitCodesHelp}`,
  )
  // Options after a command belong to that command: "agent" and "agent join" have settings of the same names.
  .enablePositionalOptions()
  .exitOverride();

// The reader may stop early: `copa list | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : exitCodes.failed);
});

try {
  if (process.argv[2] === '__complete') {
    const { complete } = await import('./complete.js');
    for (const word of await complete(process.argv.slice(4))) process.stdout.write(`${word}\n`);
  } else {
    await addCommands(
      program,
      process.argv.slice(2).find((word) => !word.startsWith('-') && word !== 'help'),
    );
    for (const command of withInner(program)) command.exitOverride();
    await program.parseAsync();
  }
} catch (error) {
  // Commander has printed what is wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    // A CopaError is for the user. Anything else is a bug, and its stack helps to find it.
    const text = isCopaError(error) ? error.message : ((error as Error).stack ?? String(error));
    process.stderr.write(`copa: ${text}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function withInner(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}

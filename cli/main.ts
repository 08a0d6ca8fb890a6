#!/usr/bin/env node
/** The program `copa`: finds the command, runs it, and says by its exit code how it went. */
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

A container is named by its name, or by POOL:CONTAINER where that alone does not tell which one.
COPA_ADDR says where the controller is (default: this machine's, http://127.0.0.1:8000), COPA_TOKEN who you are, and COPA_CACERT
is a file with the CA of the controller's certificate; "copa context" gives all three a name.
${exitCodesHelp}`,
  )
  // What follows a command is the command's: "agent" and "agent join" have settings of the same names.
  .enablePositionalOptions()
  .exitOverride();

// Whoever reads may stop reading: `copa list | head -1`.
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
  // Commander has said itself what is wrong.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage;
  else {
    // What the user can mend is told in words; anything else is a bug, and its stack is what helps.
    const told = isCopaError(error) ? error.message : ((error as Error).stack ?? String(error));
    process.stderr.write(`copa: ${told}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function withInner(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withInner)];
}

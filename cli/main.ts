#!/usr/bin/env node
/** The program `copa`: each command says by itself what it takes and does. */
import { Command } from 'commander';
import { agentCommand } from '../agent/main.js';
import { caCommand } from '../controller/ca.js';
import { controllerCommand } from '../controller/main.js';
import { isCopaError } from '../proto/errors.js';
import { tokenCommand } from './token.js';
import { version } from '../proto/version.js';

const program = new Command('copa')
  .description(
    'System containers on many hosts as if they were one, moved between hosts while people use them',
  )
  .version(version)
  .addCommand(controllerCommand())
  .addCommand(agentCommand())
  .addCommand(caCommand())
  .addCommand(tokenCommand());

try {
  await program.parseAsync();
} catch (error) {
  // What the user can mend is told in words; anything else is a bug, and its stack is what helps.
  process.stderr.write(
    `copa: ${isCopaError(error) ? error.message : ((error as Error).stack ?? String(error))}\n`,
  );
  process.exitCode = 1;
}

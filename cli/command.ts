/** What all commands have in common that use a controller. */
import { Command, Option } from 'commander';
import { formatOption } from './output.js';
import { connectRest, type Rest } from './rest.js';

export interface ClientOptions {
  /** Command lines for the help, below the options. */
  readonly examples: readonly string[];
  /** It has --format. */
  readonly prints?: boolean;
}

export const containerArgument = 'CONTAINER or POOL:CONTAINER';

export function clientCommand(
  name: string,
  about: string,
  { examples, prints = false }: ClientOptions,
): Command {
  const command = new Command(name).description(about).addOption(contextOption());
  if (prints) command.addOption(formatOption());
  return withExamples(command, examples);
}

function contextOption(): Option {
  return new Option('--context <name>', 'use the controller of this context (see "copa context")');
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  const listed = examples.map((example) => `  ${example}`).join('\n');
  return command.addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${listed}`);
}

export function poolOption(): Option {
  return new Option('--pool <pool>', 'the pool of the container, like POOL:CONTAINER');
}

export function labelsOption(): Option {
  return new Option('-l, --labels <labels>', 'only those with these labels: app=web,tier!=db,ssd,!old');
}

export function restOf(command: Command): Promise<Rest> {
  return connectRest(command.optsWithGlobals<{ context?: string }>());
}

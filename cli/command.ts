/** What all commands that speak to a controller have in common. */
import { Command, Option } from 'commander';
import { formatOption } from './output.js';
import { connectRest, type Rest } from './rest.js';

export interface ClientOptions {
  /** Whole command lines, shown below the options. */
  readonly examples: readonly string[];
  /** It answers with something that has several forms. */
  readonly prints?: boolean;
}

export function clientCommand(
  name: string,
  about: string,
  { examples, prints = false }: ClientOptions,
): Command {
  const command = new Command(name).description(about).addOption(contextOption());
  if (prints) command.addOption(formatOption());
  return withExamples(command, examples);
}

/** The context stands last in a help, so it is told in few words. */
function contextOption(): Option {
  return new Option('--context <name>', 'the controller of this context (see "copa context")');
}

export function withExamples(command: Command, examples: readonly string[]): Command {
  const listed = examples.map((example) => `  ${example}`).join('\n');
  return command.addHelpText('after', `\nExample${examples.length > 1 ? 's' : ''}:\n${listed}`);
}

export function poolOption(): Option {
  return new Option('--pool <pool>', 'the pool that the container is on (as POOL:CONTAINER does)');
}

export function restOf(command: Command): Promise<Rest> {
  return connectRest(command.optsWithGlobals<{ context?: string }>());
}

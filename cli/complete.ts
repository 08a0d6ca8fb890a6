/** Completions of a command line: commands, options, and the names that the controller knows. */
import type { Command } from 'commander';
import { commandNames, loadCommand } from './commands.js';
import { readContexts } from './contexts.js';
import { readOverview } from './overview.js';
import { connectRest } from './rest.js';

/** The time to wait for the controller's names. A longer one would delay typing. */
const namesMsMax = 1500;

/** The completions of the last word. */
export async function complete(words: readonly string[]): Promise<string[]> {
  const before = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  const [first, ...inside] = before;
  if (first === undefined) return startingWith(last, commandNames);
  let command = await loadCommand(first);
  let given = 0;
  for (const word of inside) {
    const child = command?.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child) command = child;
    else if (!word.startsWith('-')) given++;
  }
  if (!command) return [];
  if (last.startsWith('-'))
    return startingWith(last, ['--help', ...command.options.map(({ long }) => long ?? '')]);
  const option = command.options.find(({ long, short }) => [long, short].includes(before.at(-1) ?? ' '));
  if (option?.argChoices) return startingWith(last, option.argChoices);
  if (command.commands.length > 0)
    return startingWith(
      last,
      command.commands.map((child) => child.name()),
    );
  const wanted = option && !option.isBoolean() ? (option.long ?? '').slice(2) : argumentAt(command, given);
  if (wanted === undefined) return [];
  if (typeof wanted !== 'string') return startingWith(last, wanted);
  return startingWith(last, await namesOf(wanted, given).catch(() => []));
}

function argumentAt(command: Command, index: number): string | readonly string[] | undefined {
  const argument = command.registeredArguments[index] ?? command.registeredArguments.at(-1);
  if (!argument || (index >= command.registeredArguments.length && !argument.variadic)) return undefined;
  if (command.parent === null && command.name() === 'use') return 'context';
  return argument.argChoices ?? argument.name();
}

/** The names that an argument or an option of this name takes. */
async function namesOf(wanted: string, given: number): Promise<string[]> {
  if (wanted === 'context' || wanted === 'name')
    return Object.keys((await readContexts(process.env)).contexts);
  const rest = await connectRest();
  const signal = AbortSignal.timeout(namesMsMax);
  if (wanted === 'image') {
    return Object.keys((await rest.images({}, { signal })).images);
  }
  if (!['pool', 'pools', 'container'].includes(wanted) || given < 0) return [];
  const { pools } = await readOverview(rest, { signal });
  if (wanted !== 'container') return pools.map(({ name }) => name);
  return pools.flatMap(({ name, containers }) =>
    containers.flatMap((each) => [each.name, `${name}:${each.name}`]),
  );
}

function startingWith(start: string, names: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => name !== '' && name.startsWith(start)).sort();
}

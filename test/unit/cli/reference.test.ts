// Aim: docs/cli.md shows the commands as they are. Method: it is generated from them; `npm run docs:cli` writes it.
import { Command, type Option } from 'commander';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { addCommands, commandNames, loadCommand } from '../../../cli/commands.js';
import { exitCodesHelp } from '../../../cli/exit.js';

const file = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));

function optionLine({ flags, description, argChoices, defaultValue }: Option): string {
  const choices = argChoices ? ` (${argChoices.join(', ')})` : '';
  const value: unknown = defaultValue === hostname() ? 'the host name' : defaultValue;
  const preset = typeof value === 'string' && value !== '' ? `; default: ${value}` : '';
  return `- \`${flags}\`: ${escaped(description)}${choices}${preset}`;
}

const escaped = (text: string) => text.replace(/[<>*_]/g, (mark) => `\\${mark}`);

/** The text below the options: examples and notes. */
function notesOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  const start = /^(?:Examples?:|[A-Z][^:]* .*)$/m;
  const after = text.slice(text.indexOf('display help for command')).split('\n').slice(1).join('\n').trim();
  return start.test(after) && command.commands.length === 0 ? after : '';
}

function sectionOf(command: Command, path: string, level: number): string {
  const inner = command.commands.filter((each) => each.name() !== 'help');
  const usage = `${path} ${command.usage().replace(/ \[command\]$/, '')}`;
  const alias = command.aliases().map((name) => `\`${path.replace(/\S+$/, name)}\``);
  const parts = [
    `${'#'.repeat(level)} ${path}`,
    `${escaped(sentence(command.description()))}${alias.length > 0 ? ` Also ${alias.join(', ')}.` : ''}`,
    ...(isRunnable(command) ? [`\`\`\`\n${usage.trim()}\n\`\`\``] : []),
    command.registeredArguments
      .filter(({ description }) => description !== '')
      .map((argument) => `- \`${argument.name()}\`: ${escaped(argument.description)}`)
      .concat(command.options.filter(({ hidden, long }) => !hidden && long !== '--context').map(optionLine))
      .join('\n'),
  ];
  const notes = notesOf(command);
  if (notes !== '') parts.push(`\`\`\`text\n${notes}\n\`\`\``);
  return [
    ...parts.filter(Boolean),
    ...inner.map((each) => sectionOf(each, `${path} ${each.name()}`, level + 1)),
  ].join('\n\n');
}

/** Without an action, a command only groups others. */
const isRunnable = (command: Command) => Boolean(Reflect.get(command, '_actionHandler'));

const sentence = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;

test('docs/cli.md is generated from the commands', async () => {
  const program = new Command('copa');
  await addCommands(program, undefined);
  const sections: string[] = [];
  for (const name of commandNames) {
    const command = await loadCommand(name);
    if (command) sections.push(sectionOf(command, `copa ${name}`, 2));
  }
  const text = [
    '# The command line',
    '<!-- Generated from the commands by `npm run docs:cli`: do not change it here. -->',
    'A container is named by its name, or by `POOL:CONTAINER` if the name is not unique. `copa COMMAND --help` prints the same text as here. Most commands also take `--context NAME` for another controller.',
    ...sections,
    '## Exit codes',
    `\`\`\`text${exitCodesHelp.replace('\nExit codes:', '')}\n\`\`\``,
  ].join('\n\n');
  const formatted = await format(text, { ...(await resolveConfig(file)), filepath: file });
  await expect(formatted).toMatchFileSnapshot(file);
});

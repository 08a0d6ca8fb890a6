// Aim: the help is sufficient: each command has one line, equal in both places, and examples with options that exist;
// completion covers all of them. Method: every command as it is.
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { aboutOf, commandNames, loadCommand } from '../../../cli/commands.js';
import { complete } from '../../../cli/complete.js';

/** Their help has no examples. */
const daemons = ['controller', 'agent', 'ca', 'token'];

function leavesOf(command: Command, path: string): [string, Command][] {
  if (command.commands.length === 0) return [[path, command]];
  return command.commands.flatMap((child) => leavesOf(child, `${path} ${child.name()}`));
}

describe.each(commandNames)('copa %s', (name) => {
  test('has the same name and description in the help of the program', async () => {
    const command = await loadCommand(name);
    expect(command?.name()).toBe(name);
    expect(command?.description()).toBe(aboutOf(name));
  });
});

// The settings explain the daemons instead.
describe.each(commandNames.filter((name) => !daemons.includes(name)))('copa %s', (name) => {
  test('has examples with options that exist', async () => {
    const command = await loadCommand(name);
    if (!command) throw new Error('there is no such command');
    for (const [path, leaf] of leavesOf(command, `copa ${name}`)) {
      let help = '';
      leaf.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const examples = help.split('\n').filter((line) => line.startsWith('  copa '));
      const own = path === 'copa completion' ? [path] : examples.filter((line) => line.includes(path));
      expect(own.length, help).toBeGreaterThan(0);
      for (const example of examples) {
        const options =
          example
            .split('#')[0]
            ?.split(' -- ')[0]
            ?.match(/--?[a-z][a-z-]*/g) ?? [];
        for (const option of options) {
          if (option.startsWith('--')) expect(help, example).toContain(option);
        }
      }
    }
  });
});

describe('completion', () => {
  test.each([
    [['mo'], ['move']],
    [[''], [...commandNames].sort()],
    [
      ['pool', ''],
      [
        ...['add', 'cordon', 'evacuate', 'evacuation', 'info', 'label', 'limit', 'list', 'map', 'remove'],
        ...['restore', 'test-link', 'uncordon', 'unmap'],
      ],
    ],
    [['snapshot', 're'], ['restore']],
    [
      ['list', '--format', ''],
      ['csv', 'json', 'table'],
    ],
    [['move', '--dr'], ['--dry-run']],
    [['completion', 'z'], ['zsh']],
    [['nonsense', ''], []],
  ])('%j', async (words, found) => {
    expect(await complete(words)).toEqual(found);
  });
});

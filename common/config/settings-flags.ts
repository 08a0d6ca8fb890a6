/** A side's settings on a command line: its flags, and the values from flags, environment, file and defaults. */
import { Option, type Command } from 'commander';
import { CopaError } from '../errors.js';
import { shown } from '../names.js';
import { readSettingsFile } from './settings-file.js';
import {
  fileKeyOf,
  flagOf,
  variableOf,
  type Setting,
  type SettingsOf,
  type SettingsTable,
  type Side,
} from './settings.js';

/** Adds the flags of all or the named settings of a side to a command, and `--config` for the side's file. */
export function addSettings<Table extends SettingsTable>(
  command: Command,
  { file, settings }: Side<Table>,
  names: readonly (keyof Table & string)[] = Object.keys(settings),
): Command {
  command.addOption(new Option('--config <file>', 'the file with settings').env('COPA_CONFIG').default(file));
  for (const [name, setting] of named(settings, names)) {
    const option = new Option(`${flagOf(name)} ${setting.form}`, setting.about).env(variableOf(name));
    if (setting.default !== undefined) option.default(setting.default, setting.defaultAbout);
    command.addOption(option);
  }
  return command;
}

/**
 * The settings of a command that `addSettings` prepared. The file may contain all of the side's settings. Throws
 * `invalid_argument` that names each invalid setting, its value and the rule.
 */
export function readSettings<Table extends SettingsTable, Name extends keyof Table & string>(
  command: Command,
  side: Side<Table>,
  names: readonly Name[] = Object.keys(side.settings) as Name[],
): Pick<SettingsOf<Table>, Name> {
  const file = command.getOptionValue('config') as string;
  const optional = command.getOptionValueSource('config') === 'default';
  const inFile = readSettingsFile(side, file, { optional });
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of named(side.settings, names)) {
    const { text, place } = placeOf(command, [name, setting], inFile, file);
    if (text === undefined) continue;
    const checked = setting.value.safeParse(text);
    if (checked.success) values[name] = checked.data;
    else problems.push(`${place} ${shown(text)} is not valid: ${checked.error.issues[0]?.message ?? ''}`);
  }
  if (problems.length > 0) throw new CopaError('invalid_argument', problems.join('\n'));
  return values as SettingsOf<Table>;
}

function named(settings: SettingsTable, names: readonly string[]): [string, Setting][] {
  return Object.entries(settings).filter(([name]) => names.includes(name));
}

/** A setting's value as text, and the name of its place for messages. */
function placeOf(
  command: Command,
  [name, setting]: readonly [string, Setting],
  inFile: ReadonlyMap<string, string>,
  file: string,
): { readonly text: string | undefined; readonly place: string } {
  // A flag without a value is true, and not text.
  const given = command.getOptionValue(name) as string | boolean | undefined;
  const source = command.getOptionValueSource(name);
  if (source === 'cli') return { text: String(given), place: flagOf(name) };
  // Environment files have empty lines for unset values.
  if (source === 'env' && given !== '') return { text: String(given), place: variableOf(name) };
  const text = inFile.get(name);
  if (text !== undefined) return { text, place: `${fileKeyOf(name)} in ${file}` };
  return { text: setting.default, place: flagOf(name) };
}

/**
 * The files /etc/copa/controller.yaml and agent.yaml: reads one, changes one without touching its comments and other
 * lines, and generates the example that explains every setting.
 */
import { readFileSync } from 'node:fs';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isMap, parseDocument } from 'yaml';
import { replaceFile } from '../durable-file.js';
import { CopaError, messageOf } from '../errors.js';
import { shown } from '../names.js';
import { fileKeyOf, flagOf, variableOf, type Setting, type SettingsTable, type Side } from './settings.js';

/** Every value is text, so that YAML does not convert values, such as 010 to 8 or no to false. */
const asText = { schema: 'failsafe', prettyErrors: true } as const;

/**
 * The settings in a file. A missing file has none if it is `optional`. Throws `invalid_argument` when it is not YAML,
 * or contains an unknown setting.
 */
export function readSettingsFile(
  side: Side,
  file: string,
  { optional }: { readonly optional: boolean },
): ReadonlyMap<string, string> {
  try {
    return parseSettings(side, file, readFileSync(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof CopaError) throw cause;
    if (optional && (cause as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new CopaError('invalid_argument', `cannot read the settings in ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function parseSettings({ name: side, settings }: Side, file: string, text: string): Map<string, string> {
  const refuse = (message: string) => new CopaError('invalid_argument', `${file}: ${message}`);
  const document = parseDocument(text, asText);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw refuse(problem.message.trim());
  const content: unknown = document.toJS();
  if (content === null || content === '') return new Map();
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw refuse('give one setting a line, as in "log_level: info"');
  }
  const names = new Map(Object.keys(settings).map((name) => [fileKeyOf(name), name]));
  const found = new Map<string, string>();
  for (const [key, value] of Object.entries(content)) {
    const name = names.get(key);
    if (name === undefined) {
      throw refuse(
        `${shown(key)} is not a setting of the ${side}; the settings are ${[...names.keys()].join(', ')}`,
      );
    }
    found.set(
      name,
      valueAsText(value, () => refuse(`${key} must be one value, or a list of values`)),
    );
  }
  return found;
}

/** A list in the file equals a flag's comma-separated text. */
function valueAsText(value: unknown, refusal: () => CopaError): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(',');
  throw refusal();
}

/**
 * Changes some settings in a side's file and keeps everything else. Creates a missing file from the example. The file
 * is replaced atomically. Throws `invalid_argument`, before it writes anything, when a value is invalid or the file
 * cannot be parsed.
 */
export async function writeSettings<Table extends SettingsTable>(
  side: Side<Table>,
  values: { readonly [Name in keyof Table]?: string },
  file: string = side.file,
): Promise<void> {
  for (const [name, value] of Object.entries(values) as [string, string][]) {
    const checked = side.settings[name]?.value.safeParse(value);
    if (checked?.success !== true) {
      const why = checked?.error.issues[0]?.message ?? `it is not a setting of the ${side.name}`;
      throw new CopaError('invalid_argument', `${fileKeyOf(name)} ${shown(value)} is not valid: ${why}`);
    }
  }
  const before = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return exampleOf(side);
    throw error;
  });
  parseSettings(side, file, before);
  const after = withValues(before, values as Record<string, string>);
  parseSettings(side, file, after);
  const mode = await stat(file).then(
    (status) => status.mode & 0o777,
    () => 0o644,
  );
  await mkdir(dirname(file), { recursive: true });
  await replaceFile(file, after, mode);
}

/** Replaces the setting's commented line of the example, so that the setting stays below its explanation. */
function withValues(text: string, values: Readonly<Record<string, string>>): string {
  const lines = text.trimEnd().split('\n');
  const there = parseDocument(text, asText).contents;
  for (const [name, value] of Object.entries(values)) {
    const key = fileKeyOf(name);
    if (isMap(there) && there.has(key)) continue;
    const at = lines.findIndex((line) => line.startsWith(`#${key}:`));
    const line = `${key}: ${JSON.stringify(value)}`;
    if (at >= 0) lines[at] = line;
    else lines.push(line);
  }
  const document = parseDocument(`${lines.join('\n')}\n`, asText);
  for (const [name, value] of Object.entries(values)) document.set(fileKeyOf(name), value);
  return document.toString({ lineWidth: 0 });
}

/** The file with every setting explained, and each default commented out. */
export function exampleOf({ name: side, file, settings }: Side): string {
  const head = [
    `# Settings of "copa ${side}", read from ${file} when it starts.`,
    '# A flag or an environment variable has priority over a line in this file; their names are in parentheses.',
    '# A line that starts with # and no space is a setting that is not set, with its default or an example.',
  ];
  const blocks = Object.entries(settings).map(([name, setting]) => explain(name, setting));
  return `${[head, ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function explain(name: string, setting: Setting): string[] {
  const sentence = setting.about.charAt(0).toUpperCase() + setting.about.slice(1);
  const text = `${sentence}. ${setting.more ?? ''}`.trim();
  const unset =
    setting.default === undefined
      ? ' Example:'
      : setting.defaultAbout === undefined
        ? ''
        : ` Default: ${setting.defaultAbout}.`;
  return [
    ...wrap(`${text} (${flagOf(name)}, ${variableOf(name)})${unset}`, 100).map((line) => `# ${line}`),
    `#${fileKeyOf(name)}: ${setting.sample ?? setting.default ?? ''}`,
  ];
}

function wrap(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}

/**
 * One table of settings a side, from which its flags, its COPA_* environment variables, the keys of its
 * file in /etc/copa and the example of that file all come. Flags beat the environment, which beats the file,
 * which beats the defaults; each value is checked once, and a wrong one is told by the place it came from.
 */
import type { z } from 'zod';

export interface Setting {
  /** How the value is written in `--help`: `<port>`, or `[true|false]` where the flag alone means true. */
  readonly form: string;
  /** One phrase for `--help`; with `more` it is also what the file's example explains. */
  readonly about: string;
  /** Whole sentences for the file's example. */
  readonly more?: string;
  /** Checks the value as text, as it comes from a flag. */
  readonly value: z.ZodType<unknown, string>;
  readonly default?: string;
  /** What `--help` says of a default that is another one on each machine. */
  readonly defaultAbout?: string;
  /** What the file's example shows when there is no default, or none that is the same everywhere. */
  readonly sample?: string;
}

/** By name in camelCase: `stateDir` is `--state-dir`, `COPA_STATE_DIR` and, in the file, `state_dir`. */
export type SettingsTable = Readonly<Record<string, Setting>>;

export interface Side<Table extends SettingsTable = SettingsTable> {
  readonly name: 'controller' | 'agent';
  /** Where the file is looked for when nobody names one; it may be missing there. */
  readonly file: string;
  readonly settings: Table;
}

export type SettingsOf<Table extends SettingsTable> = {
  readonly [Name in keyof Table]:
    z.output<Table[Name]['value']> | (Table[Name] extends { readonly default: string } ? never : undefined);
};

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const fileKeyOf = snake;
export const flagOf = (name: string) => `--${snake(name).replaceAll('_', '-')}`;
export const variableOf = (name: string) => `COPA_${snake(name).toUpperCase()}`;

/** How much a side can log, the most first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

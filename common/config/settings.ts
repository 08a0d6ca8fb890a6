/**
 * The table of a side's settings. Its flags, its COPA_* environment variables, the keys of its file in /etc/copa and
 * the example of that file are generated from it. Flags override the environment, which overrides the file, which
 * overrides the defaults. Each value is validated once, and an error names the place of the value.
 */
import type { z } from 'zod';

export interface Setting {
  /** The notation of the value in `--help`: `<port>`, or `[true|false]` if the flag alone means true. */
  readonly form: string;
  /** A phrase for `--help`. Together with `more` it is the explanation in the example file. */
  readonly about: string;
  /** Whole sentences for the example file. */
  readonly more?: string;
  /** Validates the value as text, as it comes from a flag. */
  readonly value: z.ZodType<unknown, string>;
  readonly default?: string;
  /** The description in `--help` of a default that differs between machines. */
  readonly defaultAbout?: string;
  /** The value in the example file if there is no fixed default. */
  readonly sample?: string;
}

/** By name in camelCase: `stateDir` is `--state-dir`, `COPA_STATE_DIR` and, in the file, `state_dir`. */
export type SettingsTable = Readonly<Record<string, Setting>>;

export interface Side<Table extends SettingsTable = SettingsTable> {
  readonly name: 'controller' | 'agent';
  /** The path of the file by default. A file at that path is optional. */
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

/** The log levels, the most detailed first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

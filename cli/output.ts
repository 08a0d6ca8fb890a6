/** How results are printed: aligned columns for people; JSON or CSV, complete and without colour, for programs. */
import { Option, type Command } from 'commander';

export type Format = 'table' | 'json' | 'csv';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | null | undefined;
}

export function formatOption(): Option {
  return new Option('-f, --format <format>', 'the output format')
    .choices(['table', 'json', 'csv'])
    .default('table');
}

export function formatOf(command: Command): Format {
  return command.optsWithGlobals<{ format: Format }>().format;
}

/** Prints rows: as columns, as CSV without a header (like lxc), or as JSON as the API returned them (`raw`). */
export function printRows<Row>(
  format: Format,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  raw: unknown = rows,
): void {
  if (format === 'json') printJson(raw);
  else if (format === 'csv') process.stdout.write(csv(columns, rows));
  else process.stdout.write(table(columns, rows, mayColour(process.stdout)));
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Lines of `title: value`, for one thing. */
export function printFields(fields: readonly (readonly [title: string, value: unknown])[]): void {
  const present = fields.filter(([, value]) => value !== undefined && value !== null && value !== '');
  const width = Math.max(0, ...present.map(([title]) => title.length)) + 1;
  for (const [title, value] of present) {
    process.stdout.write(
      `${`${title}:`.padEnd(width)} ${paint(printable(String(value)), mayColour(process.stdout))}\n`,
    );
  }
}

export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], colour = false): string {
  const cells = rows.map((row) => columns.map(({ value }) => printable(String(value(row) ?? ''))));
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  );
  const lineOf = (line: readonly string[], painted: boolean) =>
    line
      .map((cell, index) => {
        const last = index === line.length - 1;
        return paint(cell, painted) + (last ? '' : ' '.repeat((widths[index] ?? 0) - cell.length));
      })
      .join('  ')
      .trimEnd();
  return [lineOf(titles, false), ...cells.map((line) => lineOf(line, colour))]
    .map((line) => `${line}\n`)
    .join('');
}

export function csv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows
    .map((row) => `${columns.map(({ value }) => quoted(String(value(row) ?? ''))).join(',')}\n`)
    .join('');
}

/** Without control characters, which a terminal would obey: hosts and images choose their own names. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- This function removes them.
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** The numbers of colours on terminals. */
const [red, green, yellow, blue] = [31, 32, 33, 34];

const colours: Readonly<Record<string, number>> = {
  Running: green,
  up: green,
  done: green,
  Frozen: blue,
  running: blue,
  unknown: yellow,
  UNKNOWN: yellow,
  cancelled: yellow,
  down: red,
  failed: red,
  Error: red,
};

function paint(cell: string, colour: boolean): string {
  const found = colour ? colours[cell] : undefined;
  return found === undefined ? cell : `\u001b[${found}m${cell}\u001b[39m`;
}

/** Only on a terminal, and not with NO_COLOR (no-color.org). */
export function mayColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

/** Prints a message that is not the result: progress, a warning, what was done. It goes to standard error. */
export function printMessage(message: string): void {
  process.stderr.write(`${printable(message)}\n`);
}

export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return `${minutes} min ${rest} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

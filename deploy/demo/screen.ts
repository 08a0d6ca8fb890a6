/** The demo's output: steps, calls, replies. Colours and changing lines only on a terminal. */
import { STATUS_CODES } from 'node:http';

const indent = '     ';
/** Wider lines are hard to read, and a terminal may be very wide. */
const widthMax = 112;

export class Screen {
  readonly #isTerminal: boolean;
  readonly #hasColours: boolean;
  #steps = 0;
  #isMuted = false;
  #liveShown = false;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {
    this.#isTerminal = out.isTTY;
    this.#hasColours = this.#isTerminal && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
    // A closed terminal must not prevent the clean-up.
    out.on('error', () => undefined);
  }

  /** Writes nothing from now on, because background work is no longer relevant. */
  mute(): void {
    this.live('');
    this.#isMuted = true;
  }

  title(text: string): void {
    this.#write(`\n${this.#bold(text)}\n`);
  }

  /** A numbered step, with a sentence about what happens. */
  step(title: string, sentence: string): void {
    this.#steps += 1;
    this.#write(`\n${this.#bold(`${String(this.#steps).padStart(3)}  ${title}`)}\n`);
    for (const line of wrapped(sentence, this.#width - indent.length)) this.#write(`${indent}${line}\n`);
    this.#write('\n');
  }

  /** A line, with how long it took at the right. */
  line(text: string, ms?: number): void {
    this.#write(`${indent}${this.#withTime(text, ms)}\n`);
  }

  /** A line that reports a success. */
  good(text: string, ms?: number): void {
    this.#write(`${indent}${this.#green(this.#withTime(text, ms))}\n`);
  }

  /** A command to copy; its parts stay whole when it is broken into lines. */
  command(parts: readonly string[]): void {
    const lines: string[] = [];
    let line = '$';
    for (const part of parts) {
      if (line.length + part.length + 3 > this.#width - indent.length) {
        lines.push(`${line} \\`);
        line = '   ';
      }
      line += ` ${part}`;
    }
    for (const each of [...lines, line]) this.#write(`${indent}${this.#dim(each)}\n`);
  }

  /** An HTTP answer: on one line when it fits. */
  answer(status: number, body: unknown, ms: number): void {
    const code = `${status} ${STATUS_CODES[status] ?? ''}`;
    const room = this.#width - indent.length;
    const text = pretty(body, room);
    const isShort = !text.includes('\n') && code.length + text.length + 12 <= room;
    const line = this.#withTime(isShort ? `${code}  ${text}` : code, ms);
    const painted = status < 400 ? this.#green(code) : this.#red(code);
    this.#write(`${indent}${painted}${line.slice(code.length)}\n`);
    if (!isShort) for (const each of text.split('\n')) this.#write(`${indent}${each}\n`);
  }

  /** On a terminal, a line that the next one replaces; elsewhere nothing. */
  live(text: string): void {
    if (!this.#isTerminal || this.#isMuted) return;
    if (text === '' && !this.#liveShown) return;
    this.out.write(`\r\x1b[K${text === '' ? '' : this.#dim(`${indent}${text}`.slice(0, this.#width))}`);
    this.#liveShown = text !== '';
  }

  failure(text: string): void {
    this.#write(`\n${this.#red(text)}\n`);
  }

  get #width(): number {
    return Math.min(this.out.columns || widthMax, widthMax);
  }

  #withTime(text: string, ms: number | undefined): string {
    if (ms === undefined) return text;
    const time = duration(ms);
    return `${text.padEnd(this.#width - indent.length - time.length - 1)} ${time}`;
  }

  #write(text: string): void {
    if (this.#isMuted) return;
    this.live('');
    this.out.write(text);
  }

  #bold(text: string): string {
    return this.#paint('1', text);
  }

  #dim(text: string): string {
    return this.#paint('2', text);
  }

  #green(text: string): string {
    return this.#paint('32', text);
  }

  #red(text: string): string {
    return this.#paint('31', text);
  }

  #paint(code: string, text: string): string {
    return this.#hasColours ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

/** 87 ms, 3.4 s, 2:05 min. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')} min`;
}

/** 310 B, 52 kB, 1.4 MB. */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** JSON on one line when it fits in `width`, else one line for each entry, and so on inside. */
function pretty(value: unknown, width: number): string {
  const line = JSON.stringify(value, null, 1)
    .replace(/\n\s*/g, ' ')
    .replace(/([[{]) /g, '$1')
    .replace(/ ([\]}])/g, '$1');
  if (line.length <= width || typeof value !== 'object' || value === null) return line;
  const isList = Array.isArray(value);
  const entries = Object.entries(value).map(([name, each]) => {
    const text = pretty(each, width - 2).replaceAll('\n', '\n  ');
    return isList ? `  ${text}` : `  ${JSON.stringify(name)}: ${text}`;
  });
  const [open, close] = isList ? '[]' : '{}';
  return `${open}\n${entries.join(',\n')}\n${close}`;
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

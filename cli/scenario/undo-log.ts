/**
 * What a run has made and not taken down yet, on disk before it is made, so that it can be taken down after a crash.
 * Containers need no entry: each has the label of its run.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CopaError, messageOf } from '../../common/errors.js';

export type Entry =
  | { readonly made: 'run'; readonly run: string; readonly scenario: string }
  | { readonly made: 'policy'; readonly name: string }
  /** `undo` is a command for this machine. */
  | { readonly made: 'limit'; readonly undo: readonly string[] }
  | { readonly made: 'evacuation'; readonly pool: string }
  | { readonly made: 'end' };

export const undoLogName = 'undo.jsonl';

export class UndoLog {
  readonly #entries: Entry[];

  private constructor(
    readonly file: string,
    entries: readonly Entry[],
  ) {
    this.#entries = [...entries];
  }

  /** In a directory that has none. */
  static start(directory: string, run: string, scenario: string): UndoLog {
    const file = join(directory, undoLogName);
    if (existsSync(file))
      throw new CopaError('already_exists', `${directory} has the results of a run already`);
    const undoLog = new UndoLog(file, []);
    undoLog.add({ made: 'run', run, scenario });
    return undoLog;
  }

  /** Of a directory with results, or the file itself. A last line that a crash cut off counts for nothing. */
  static read(path: string): UndoLog {
    try {
      const file = statSync(path).isDirectory() ? join(path, undoLogName) : path;
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      const entries = lines.map((line) => JSON.parse(line) as Entry);
      if (entries[0]?.made === 'run') return new UndoLog(file, entries);
    } catch (cause) {
      throw new CopaError('invalid_argument', `${path} is no undo log of a run: ${messageOf(cause)}`, {
        cause,
      });
    }
    throw new CopaError('invalid_argument', `${path} is no undo log of a run`);
  }

  get run(): string {
    const [first] = this.#entries;
    return first?.made === 'run' ? first.run : '';
  }

  /** The newest first. */
  get open(): readonly Entry[] {
    const { length } = this.#entries;
    return this.#entries[length - 1]?.made === 'end' ? [] : [...this.#entries].reverse();
  }

  /** Returns when it is on disk. */
  add(entry: Entry): void {
    const descriptor = openSync(this.file, 'a');
    try {
      writeSync(descriptor, `${JSON.stringify(entry)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    this.#entries.push(entry);
  }
}

/** Lines in a file that only its user can read, and in a few older ones: the newest is PATH, the others PATH.1 and so on. */
import { chmod, open, readFile, rename, type FileHandle } from 'node:fs/promises';

const filesMax = 5;

export class RotatedLines {
  #file: FileHandle | undefined;
  #size = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly path: string,
    private readonly bytesMax: number,
  ) {}

  /** Resolves when the line is written. */
  append(line: string): Promise<void> {
    const written = this.#last.then(() => this.#append(line));
    this.#last = written.catch(() => undefined);
    return written;
  }

  /** The last `count` lines, the newest last. */
  async last(count: number): Promise<string[]> {
    await this.#last;
    let lines: string[] = [];
    for (let age = 0; age < filesMax && lines.length < count; age++) {
      const text = await readFile(this.#pathOf(age), 'utf8').catch(() => '');
      lines = [...text.split('\n').filter(Boolean), ...lines];
    }
    return lines.slice(-count);
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file?.close();
    this.#file = undefined;
  }

  async #append(line: string): Promise<void> {
    if (this.#file && this.#size + line.length > this.bytesMax) await this.#rotate();
    this.#file ??= await this.#open();
    await this.#file.write(line);
    this.#size += Buffer.byteLength(line);
  }

  async #open(): Promise<FileHandle> {
    const file = await open(this.path, 'a', 0o600);
    // An existing file would keep its mode.
    await chmod(this.path, 0o600);
    this.#size = (await file.stat()).size;
    return file;
  }

  async #rotate(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    for (let age = filesMax - 2; age >= 0; age--) {
      await rename(this.#pathOf(age), this.#pathOf(age + 1)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
  }

  #pathOf(age: number): string {
    return age === 0 ? this.path : `${this.path}.${age}`;
  }
}

/** The names of containers, on disk: so that they resolve after a restart while no controller is there. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { replaceFile } from '../../../common/durable-file.js';
import { checkNames, type NetworkName } from './names.js';

export class NamesFile {
  constructor(private readonly path: string) {}

  /** Empty without a file. Throws when the file is not ours. */
  async read(): Promise<readonly NetworkName[]> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return [];
    }
    return checkNames(JSON.parse(text));
  }

  async write(names: readonly NetworkName[]): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await replaceFile(this.path, JSON.stringify(names), 0o600);
  }
}

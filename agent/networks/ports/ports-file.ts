/** Which ports this host is to forward, and which it does, on disk: so that it goes on while no controller is there. */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../../common/durable-file.js';
import { checkPorts, type ForwardedPort } from './ports.js';

export interface PortState {
  readonly ports: readonly ForwardedPort[];
  /** The keys of those that were forwarded, or are being removed. Noted before anything is made. */
  readonly accepted: readonly string[];
}

const fileSchema = z.object({ ports: z.unknown(), accepted: z.array(z.string()) });

export class PortsFile {
  constructor(private readonly path: string) {}

  /** Empty without a file. Throws when the file is not ours. */
  async read(): Promise<PortState> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { ports: [], accepted: [] };
    }
    const { ports, accepted } = fileSchema.parse(JSON.parse(text));
    return { ports: checkPorts(ports), accepted };
  }

  async write(state: PortState): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await replaceFile(this.path, JSON.stringify(state), 0o600);
  }
}

/**
 * What this host is to have, and what was made here, on disk: so that the agent repairs it while no controller is there,
 * and removes only what it has made. Something is noted as made before it is made.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../../common/durable-file.js';
import { ipv4Number } from '../../common/net/subnet.js';
import { networkNamePattern, vniMax, vniMin } from '../../common/net/networks.js';
import { checkNetworks, type CheckedNetworks, type HostNetwork } from './desired.js';
import type { Made } from './plan.js';

export interface NetworkState {
  readonly networks: readonly HostNetwork[];
  readonly made: readonly Made[];
}

const madeSchema = z.object({
  name: z.string().regex(networkNamePattern),
  vni: z.int().min(vniMin).max(vniMax),
  gateway: z.string().refine((text) => ipv4Number(text) !== undefined),
});

const fileSchema = z.object({ networks: z.unknown(), made: z.array(madeSchema) });

/** In an agent's directory: all that it keeps of networks. */
export function networksDirectory(identityDirectory: string): string {
  return join(identityDirectory, 'networks');
}

export function stateFileIn(identityDirectory: string): string {
  return join(networksDirectory(identityDirectory), 'state.json');
}

export class StateFile {
  constructor(private readonly path: string) {}

  /** Empty without a file. Throws when the file is not ours. What is not valid in it is not in `networks`. */
  async read(): Promise<NetworkState & Pick<CheckedNetworks, 'refused'>> {
    let text: string;
    try {
      text = await readFile(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { networks: [], made: [], refused: [] };
    }
    const { networks, made } = fileSchema.parse(JSON.parse(text));
    return { ...checkNetworks(networks), made };
  }

  async write(state: NetworkState): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    await replaceFile(this.path, JSON.stringify(state), 0o600);
  }
}

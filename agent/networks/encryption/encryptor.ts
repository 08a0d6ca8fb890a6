/** Keeps the encrypted tunnels of this host, which all its encrypted networks share, and its keys. */
import { messageOf } from '../../../common/errors.js';
import type { EncryptionKey } from '../../../proto/gen/copa/agent/v1/EncryptionKey.js';
import type { Actual } from '../actual.js';
import type { HostNetwork, NetworkFinding } from '../desired.js';
import type { ProgramStep } from '../plan.js';
import type { RunProgram } from '../programs.js';
import type { Keys } from './keys.js';
import { wayOf, type Way } from './observe.js';
import { encryptionOf, epochsOf, insideRemovalSteps, insideSteps } from './plan.js';

export class Encryptor {
  #way: Way | undefined;

  constructor(
    private readonly run: RunProgram,
    private readonly keys: Keys,
  ) {}

  /** What has to be read of the host for these networks. */
  scopeOf(networks: readonly HostNetwork[]): { readonly way?: () => Promise<Way> } {
    return encryptionOf(networks) === undefined
      ? {}
      : { way: async () => (this.#way ??= await wayOf(this.run)) };
  }

  /**
   * What this host has to do for all its networks, of which those in `possible` may be made. Keys that are missing are
   * made first, and those of the past are deleted at last.
   */
  async keep(
    all: readonly HostNetwork[],
    possible: readonly HostNetwork[],
    actual: Actual,
    execute: (step: ProgramStep) => Promise<void>,
  ): Promise<void> {
    if (!encryptionOf(all)) {
      for (const step of insideRemovalSteps(actual)) await execute(step);
      return this.keys.keepOnly([]);
    }
    const encryption = encryptionOf(possible);
    const way = actual.inside?.way;
    if (!encryption || typeof way !== 'string') return;
    const epochs = epochsOf(encryption);
    const keys = await this.keys.own(epochs);
    for (const step of insideSteps({ encryption, keys, way }, actual)) await execute(step);
    await this.keys.keepOnly(epochs);
  }

  /** What differs from what it is to be. Makes nothing. */
  async pending(networks: readonly HostNetwork[], actual: Actual): Promise<readonly ProgramStep[]> {
    const encryption = encryptionOf(networks);
    const way = actual.inside?.way;
    if (!encryption || typeof way !== 'string') return [];
    const keys = await this.keys.known(epochsOf(encryption));
    return insideSteps({ encryption, keys, way }, actual);
  }

  /** For the other hosts. */
  async publicKeys(networks: readonly HostNetwork[]): Promise<EncryptionKey[]> {
    const encryption = encryptionOf(networks);
    const keys = encryption ? await this.keys.known(epochsOf(encryption)) : [];
    return keys.map(({ epoch, publicKey }) => ({ epoch, publicKey }));
  }
}

/** The findings of the networks that need it. */
export function encryptionFailed(
  networks: readonly HostNetwork[],
  error: unknown,
): readonly NetworkFinding[] {
  return networks
    .filter(({ encryption }) => encryption)
    .map(({ name }) => ({ network: name, message: messageOf(error) }));
}

/** The private keys of a host, in memory. */
import type { Keys, OwnKey } from '../../../agent/networks/encryption/keys.js';

export class MemoryKeys implements Keys {
  readonly #epochs = new Set<number>();

  /** `host` is what makes its keys differ from those of others. */
  constructor(private readonly host = 'A') {}

  own(epochs: readonly number[]): Promise<readonly OwnKey[]> {
    for (const epoch of epochs) this.#epochs.add(epoch);
    return this.known(epochs);
  }

  known(epochs: readonly number[]): Promise<readonly OwnKey[]> {
    return Promise.resolve(
      epochs
        .filter((epoch) => this.#epochs.has(epoch))
        .map((epoch) => ({ epoch, publicKey: keyOf(this.host, epoch), file: `/keys/${epoch}` })),
    );
  }

  keepOnly(epochs: readonly number[]): Promise<void> {
    for (const epoch of this.#epochs) if (!epochs.includes(epoch)) this.#epochs.delete(epoch);
    return Promise.resolve();
  }

  get epochs(): readonly number[] {
    return [...this.#epochs];
  }
}

export function keyOf(host: string, epoch: number): string {
  return `${host.repeat(30)}${String(epoch).padStart(12, '0')}A=`.slice(-44);
}

// What a simulated host has of networks over several hosts: the entries of its tables, without a kernel. It follows the
// agent's rules for generations and changes, so that a controller that sends a wrong change shows.
import { Generation } from '../../../agent/networks/generation.js';
import type { HostNetwork__Output as HostNetwork } from '../../../proto/gen/copa/agent/v1/HostNetwork.js';

export class HostNetworks {
  /** From address to the host behind which it is, by network. */
  readonly tables = new Map<string, Map<string, string>>();
  readonly #generation = new Generation();
  /** Of names and ports, which a move does not change. */
  #sends = 0;

  /** `onApplied` is called with each generation that this host has. */
  constructor(private readonly onApplied: (generation: number) => void) {}

  /** The parts of an agent's server. */
  get parts() {
    const sent = () => Promise.resolve(++this.#sends);
    return {
      networks: {
        apply: (given: readonly HostNetwork[], generation: number) =>
          Promise.resolve(this.#apply(given, generation)),
        check: () => Promise.resolve(this.#answer(false)),
      },
      ports: { generation: 0, apply: () => sent().then(() => []), check: () => Promise.resolve([]) },
      names: {
        apply: (_: unknown, generation: number) => sent().then(() => ({ generation, needsAll: false })),
      },
    };
  }

  #apply(given: readonly HostNetwork[], generation: number) {
    const { newest } = this.#generation;
    if (!this.#generation.isDue(generation, performance.now())) return this.#answer(false);
    const isBehind = ({ name, since }: HostNetwork) =>
      since > 0 && (since > newest || newest > generation || !this.tables.has(name));
    if (given.some(isBehind)) return this.#answer(true);
    for (const name of this.tables.keys())
      if (!given.some((network) => network.name === name)) this.tables.delete(name);
    for (const { name, since, stations, gone } of given) {
      const kept = since === 0 ? undefined : this.tables.get(name);
      const table = kept ?? new Map<string, string>();
      for (const address of gone) table.delete(address);
      for (const { address, underlay } of stations) table.set(address, underlay);
      this.tables.set(name, table);
    }
    this.#generation.note(generation, performance.now());
    this.onApplied(generation);
    return this.#answer(false);
  }

  #answer(needsAll: boolean) {
    return { generation: this.#generation.newest, findings: [], mtuMax: 1450, needsAll };
  }
}

/** How loaded hosts are, from 0 (idle) to 1 (nothing left). Pure. */
import type { PlacementHost } from '../placement/snapshot.js';

/** Means of the last minutes, as shares from 0 to 1. */
export interface HostLoad {
  readonly memory: number;
  readonly cpu: number;
}

/** What a container adds to its host. */
export interface Use {
  /** Bytes. */
  readonly memory: number;
  /** 1 is one processor. */
  readonly cpus: number;
}

/** Memory and CPU count the same; the sum is 1. */
const weights = { memory: 0.5, cpu: 0.5 } as const;

export function pressureOf({ memory, cpu }: HostLoad): number {
  return weights.memory * memory + weights.cpu * cpu;
}

/** What a container adds to a host's pressure. A host that does not report its size counts as full, and gets none. */
export function shareOf({ memory, cpus }: Use, { capacity }: PlacementHost): number {
  if (!capacity || capacity.memoryTotal <= 0) return Infinity;
  return weights.memory * (memory / capacity.memoryTotal) + weights.cpu * (cpus / Math.max(1, capacity.cpus));
}

/**
 * The pressure that every host would have if all load were shared out by the size of the hosts. Moves do not change it, so
 * it is what all of them are compared with.
 */
export function levelOf(hosts: readonly { readonly host: PlacementHost; readonly load: HostLoad }[]): number {
  const sum = (of: (each: (typeof hosts)[number]) => number) =>
    hosts.reduce((all, each) => all + of(each), 0);
  const memory = sum(({ host }) => host.capacity?.memoryTotal ?? 0);
  const cpus = sum(({ host }) => Math.max(1, host.capacity?.cpus ?? 0));
  const usedMemory = sum(({ host, load }) => load.memory * (host.capacity?.memoryTotal ?? 0));
  const usedCpus = sum(({ host, load }) => load.cpu * Math.max(1, host.capacity?.cpus ?? 0));
  if (memory === 0) return 0;
  return pressureOf({ memory: usedMemory / memory, cpu: usedCpus / cpus });
}

/** How good a host is for a container. Pure. */
import { assumedNeed, memoryOf, type Need, type PlacementHost, type Reservation } from './snapshot.js';

/** What counts how much; the sum is 1. */
const weights = { memory: 0.45, disk: 0.2, load: 0.25, containers: 0.1 } as const;

/** A host with this many containers counts as half full, in the share of the weight that their number has. */
const halfFull = 50;

interface Use {
  /** Shares from 0 to 1; undefined when the host does not report them. */
  readonly machine: { readonly memory: number; readonly disk: number; readonly load: number } | undefined;
  readonly containers: number;
}

/** How full a host is with the container on it: 0 is empty, 1 is full. One that reports nothing counts as full. */
export function fullnessOf(host: PlacementHost, reserved: readonly Reservation[], need: Need): number {
  const { machine, containers } = useOf(host, reserved, need);
  const { memory, disk, load } = machine ?? { memory: 1, disk: 1, load: 1 };
  const crowd = containers / (containers + halfFull);
  return weights.memory * memory + weights.disk * disk + weights.load * load + weights.containers * crowd;
}

/** The same for people. */
export function describeUse(host: PlacementHost, reserved: readonly Reservation[], need: Need): string {
  const { machine, containers } = useOf(host, reserved, need);
  if (!machine) return 'its agent does not report what is free';
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const { memory, disk, load } = machine;
  return `memory ${percent(memory)}, disk ${percent(disk)}, CPU load ${percent(load)}, ${containers} containers`;
}

function useOf(host: PlacementHost, reserved: readonly Reservation[], need: Need): Use {
  const { capacity } = host;
  const containers = host.containers.size + reserved.length;
  if (!capacity) return { machine: undefined, containers };
  const { memoryTotal, memoryAvailable, diskTotal, diskFree, cpus, load1 } = capacity;
  let [memory, disk] = scored(need, memoryTotal);
  for (const each of reserved) {
    const [moreMemory, moreDisk] = scored(each.need, memoryTotal);
    memory += moreMemory;
    disk += moreDisk;
  }
  const machine = {
    memory: shareUsed(memoryTotal, memoryAvailable - memory),
    disk: diskTotal === 0 ? 0.5 : shareUsed(diskTotal, diskFree - disk),
    load: Math.min(1, load1 / Math.max(1, cpus)),
  };
  return { machine, containers };
}

function scored(need: Need, memoryTotal: number): [memory: number, disk: number] {
  return [memoryOf(need, memoryTotal) || assumedNeed.memory, need.disk || assumedNeed.disk];
}

function shareUsed(total: number, left: number): number {
  return Math.min(1, Math.max(0, 1 - left / Math.max(1, total)));
}

/** What placement knows of a fleet at one moment. It is read only, so that the same snapshot gives the same answer. */
import type { Labels } from '../../common/labels.js';
import type { KeptRules } from '../../common/placement-rules.js';
import type { Rules } from './rules.js';
import type { Capacity__Output as Capacity } from '../../proto/gen/copa/agent/v1/Capacity.js';

export interface PlacementHost {
  readonly name: string;
  readonly labels: Labels;
  /** Why it takes no container now; undefined: it takes some. */
  readonly closed: string | undefined;
  /** Undefined when its agent does not report it. */
  readonly capacity: Capacity | undefined;
  readonly containers: {
    readonly size: number;
    get(name: string): unknown;
    /** How many have this label. It costs the same for any number of containers. */
    labelled(name: string, value: string): number;
    /** Those with rules of their own. */
    ruled(): Iterable<Ruled>;
  };
}

/** A container that has rules of its placement, as its config keys have them. */
export interface Ruled {
  readonly name: string;
  readonly labels: Labels;
  readonly rules: KeptRules;
}

/** A container that was placed, and that its host does not show yet. */
export interface Reservation {
  readonly name: string;
  readonly labels: Labels;
  readonly need: Need;
  /** Those that it keeps; absent: none. */
  readonly rules?: Rules | undefined;
}

/** What a container needs, in bytes. */
export interface Need {
  readonly memory: number;
  /** Percent of the host's memory that are needed as well. */
  readonly memoryPercent?: number;
  readonly disk: number;
}

export interface Snapshot {
  /** Sorted by name. */
  readonly hosts: readonly PlacementHost[];
  /** By host. */
  readonly reserved: ReadonlyMap<string, readonly Reservation[]>;
}

/** A share of memory and disk that stays free on every host. Raising it leaves more room for what containers grow by. */
const reserveShare = 0.05;

/** What an unknown container is taken for in the score, in bytes. It is never a reason to refuse a host. */
export const assumedNeed: Need = { memory: 256 * 1024 ** 2, disk: 1024 ** 3 };

/** The memory and disk that are left for another container, in bytes. */
export function roomOn({ capacity }: PlacementHost, reserved: readonly Reservation[]) {
  if (!capacity) return undefined;
  const { memoryTotal, memoryAvailable, diskTotal, diskFree } = capacity;
  const sum = (of: (need: Need) => number) => reserved.reduce((all, { need }) => all + of(need), 0);
  return {
    memory: memoryAvailable - reserveShare * memoryTotal - sum((need) => memoryOf(need, memoryTotal)),
    disk: diskTotal === 0 ? Infinity : diskFree - reserveShare * diskTotal - sum(({ disk }) => disk),
  };
}

export function memoryOf({ memory, memoryPercent = 0 }: Need, memoryTotal: number): number {
  return memory + (memoryPercent / 100) * memoryTotal;
}

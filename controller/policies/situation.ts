/** What a decision depends on, at one moment. It is read only: the same situation gives the same decision. */
import type { Labels } from '../../common/labels.js';
import type { Decision } from '../model/policy.js';
import type { Samples } from './samples.js';

export interface FleetHost {
  readonly name: string;
  readonly labels: Labels;
  readonly isUp: boolean;
  /** Why it takes no container now; undefined: it takes some. */
  readonly closed: string | undefined;
}

export interface FleetContainer {
  readonly labels: Labels;
  readonly isRunning: boolean;
  /** A migration holds it. */
  readonly isHeld: boolean;
}

export interface Fleet {
  /** Sorted by name. */
  readonly hosts: readonly FleetHost[];
  container(pool: string, name: string): FleetContainer | undefined;
  /** Whether a pool may have such a container. */
  holds(pool: string, isWanted: (name: string, container: FleetContainer) => boolean): boolean;
  /** From earlier moves of the container. */
  downtimeMs(container: string): number;
}

/** An earlier decision, with what became of its move. */
export interface PastDecision extends Pick<
  Decision,
  'policy' | 'outcome' | 'container' | 'source' | 'destination' | 'predicted_downtime_ms'
> {
  readonly atMs: number;
  readonly move: 'running' | 'done' | 'failed' | 'none';
}

export interface Situation {
  readonly nowMs: number;
  readonly samples: Samples;
  readonly fleet: Fleet;
  /** Of all policies, the oldest first. */
  readonly past: readonly PastDecision[];
  /** Why queries have no new values, by query. */
  readonly failures: ReadonlyMap<string, string>;
}

/** It made a container move, or may have. A recommendation counts as a move, so that both modes decide the same. */
export function counts({ outcome }: Pick<PastDecision, 'outcome'>): boolean {
  return outcome !== 'refused';
}

import type { MigrationCommand } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { Clock } from '../../common/async/clock.js';
import type { ContainerRef } from '../model/container-ref.js';
import type { HostCalls } from '../hosts/client.js';
import type { MigrationRecord, Phase } from '../model/migration.js';
import type { Manifest__Output } from '../../proto/gen/copa/agent/v1/Manifest.js';
import type { StreamEnds } from './route.js';
import type { StreamRelay } from './relay.js';

/** What a pass needs to know of both hosts. */
export interface PassFacts {
  readonly manifest: Manifest__Output;
  readonly ends: StreamEnds;
}

/** What a migration needs of networks over several hosts. */
export interface ContainerPointer {
  point(from: ContainerRef, to: ContainerRef): Promise<readonly string[]>;
  /** The networks of a container that a pool is not in. */
  missingOn(container: ContainerRef, pool: string): readonly string[];
}

/** The container may have another name on the destination. */
export type Side = 'source' | 'destination';

/** The environment of a step. The runner creates it and saves what the step changes. */
export interface StepContext {
  /** What the last pass needs to know of both hosts, read before the container is stopped. It is lost with the runner. */
  readonly ahead: { facts?: PassFacts | undefined; readAtMs?: number };
  readonly record: () => MigrationRecord;
  /** Saves a change of the record before anything acts on it. Throws when another runner has the record. */
  readonly save: (change: Partial<MigrationRecord>) => Promise<void>;
  /** The common part of commands to the agent of that side. */
  readonly command: (side: Side) => MigrationCommand & { readonly container: string };
  /** Waits for the turn to cut over; false when that takes longer than the given time. */
  readonly turn: (patienceMs?: number) => Promise<boolean>;
  readonly host: (pool: string) => Promise<HostCalls>;
  /**
   * Points the container's addresses in networks over several hosts to that side, before it may start there. Returns the
   * hosts that have not confirmed it in time, at once an empty list for a container without such an address.
   */
  readonly point: (to: Side) => Promise<readonly string[]>;
  readonly relay: StreamRelay;
  /** Aborts when the migration is cancelled or the runner stops. */
  readonly signal: AbortSignal;
  readonly progress: (bytes: number) => void;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
}

export type Step = (context: StepContext) => Promise<Phase | undefined>;

import type { MigrationCommand } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { Clock } from '../../common/async/clock.js';
import type { HostCalls } from '../hosts/client.js';
import type { MigrationRecord, Phase } from '../model/migration.js';
import type { StreamRelay } from './relay.js';

/** The container may have another name on the destination. */
export type Side = 'source' | 'destination';

/** The environment of a step. The runner creates it and saves what the step changes. */
export interface StepContext {
  readonly record: () => MigrationRecord;
  /** Saves a change of the record before anything acts on it. Throws when another runner has the record. */
  readonly save: (change: Partial<MigrationRecord>) => Promise<void>;
  /** The common part of commands to the agent of that side. */
  readonly command: (side: Side) => MigrationCommand & { readonly container: string };
  /** Waits for the turn to cut over; false when that takes longer than the given time. */
  readonly turn: (patienceMs?: number) => Promise<boolean>;
  readonly host: (pool: string) => Promise<HostCalls>;
  readonly relay: StreamRelay;
  /** Aborts when the migration is cancelled or the runner stops. */
  readonly signal: AbortSignal;
  readonly progress: (bytes: number) => void;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
}

export type Step = (context: StepContext) => Promise<Phase | undefined>;

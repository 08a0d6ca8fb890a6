import type { MigrationCommand } from '../../proto/gen/copa/agent/v1/MigrationCommand.js';
import type { Clock } from '../../common/async/clock.js';
import type { HostCalls } from '../hosts/client.js';
import type { MigrationRecord, Phase } from '../model/migration.js';
import type { StreamRelay } from './relay.js';

/** What a step works with. The runner gives it and saves what it changes. */
export interface StepContext {
  readonly record: () => MigrationRecord;
  /** Saves a change of the record before anything acts on it. Throws when the record is another runner's. */
  readonly save: (change: Partial<MigrationRecord>) => Promise<void>;
  /** What a command to an agent begins with. */
  readonly command: () => MigrationCommand;
  readonly host: (pool: string) => Promise<HostCalls>;
  readonly relay: StreamRelay;
  /** Aborted when the migration is to be cancelled or the runner stops. */
  readonly signal: AbortSignal;
  readonly progress: (bytes: number) => void;
  readonly clock: Clock;
  readonly randomHex: (bytes: number) => string;
}

export type Step = (context: StepContext) => Promise<Phase | undefined>;

/** What is asked of the migration service. */
import type { MigrationOptions, MigrationRecord } from '../model/migration.js';

/** Part of an evacuation, or of its return. */
export interface MigrationOrder {
  /** Of the migration. It is chosen before, so that it begins once only, whoever asks for it. */
  readonly id: string;
  /** The pool that is evacuated. */
  readonly evacuation: string;
  /** The migration begins only while this entry of the store is unchanged: it fences a replaced controller. */
  readonly claim: { readonly key: string; readonly revision: number };
  /** It goes back to the pool, which is closed to others. */
  readonly mayEnter: boolean;
}

export interface MigrationRequest {
  readonly container: string;
  readonly source: string;
  readonly destination: string;
  readonly options: MigrationOptions;
  /** The policy that ordered it, and its decision, which is also the id of the migration. */
  readonly policy?: MigrationRecord['policy'];
  readonly order?: MigrationOrder | undefined;
}

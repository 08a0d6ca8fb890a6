/** What is to be done with a mark that a host reports: pure, from the mark and from what is known of its migration. */
import { hasEnded, keptName, type MigrationRecord } from '../model/migration.js';

/** A mark as its host reports it. */
export interface HostMark {
  readonly pool: string;
  readonly container: string;
  readonly migrationId: string;
  readonly role: string;
  readonly peer: string;
  readonly fence: number;
  readonly foreign: boolean;
}

export type Chore =
  /** The mark counts for nothing. */
  | { readonly do: 'remove mark'; readonly onlyForeign: boolean }
  /** Its record is lost. */
  | { readonly do: 'adopt' }
  /** The copy of a host that was given up, which is back. */
  | { readonly do: 'remove source' | 'restore source' | 'remove destination' }
  | { readonly do: 'set aside'; readonly keepAs: string };

/** Undefined when the mark is its migration's own business. */
export function choreOf(mark: HostMark, record: MigrationRecord | undefined): Chore | undefined {
  if (mark.foreign) return { do: 'remove mark', onlyForeign: true };
  // Nobody can read it, so nobody knows what it would hold.
  if (mark.role === '') return undefined;
  if (!record) return { do: 'adopt' };
  if (!hasEnded(record.phase)) return undefined;
  const { leftBehind } = record;
  const isLoser = leftBehind && leftBehind.on === mark.role && record[leftBehind.on] === mark.pool;
  if (!isLoser) return { do: 'remove mark', onlyForeign: false };
  return loserChore(record, leftBehind);
}

function loserChore(
  record: MigrationRecord,
  { on, fate }: NonNullable<MigrationRecord['leftBehind']>,
): Chore {
  const { keepSourceAs } = record.options;
  if (fate === 'kept') return { do: 'set aside', keepAs: keptName(record) };
  if (fate === 'restored') return { do: 'restore source' };
  if (on === 'destination') return { do: 'remove destination' };
  return keepSourceAs ? { do: 'set aside', keepAs: keepSourceAs } : { do: 'remove source' };
}

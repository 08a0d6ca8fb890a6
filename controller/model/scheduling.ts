/** Whether a pool takes new containers. Those that are on it stay, and can be used, in any case. */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

/** The last three are states of an evacuation (evacuation.ts), which sets them. */
export const schedulingSchema = z.enum(['active', 'cordoned', 'evacuating', 'evacuated', 'restoring']);
export type Scheduling = z.infer<typeof schedulingSchema>;

interface Scheduled {
  readonly name: string;
  /** Absent: active. */
  readonly scheduling?: Scheduling | undefined;
}

const closed: Readonly<Record<Exclude<Scheduling, 'active'>, string>> = {
  cordoned: 'it is cordoned',
  evacuating: 'it is being evacuated',
  evacuated: 'it is evacuated',
  restoring: 'its containers are being brought back',
};

/** Why a pool takes no new containers; undefined: it does. */
export function closedReason({ scheduling = 'active' }: Pick<Scheduled, 'scheduling'>): string | undefined {
  return scheduling === 'active' ? undefined : closed[scheduling];
}

/** Whether an evacuation has set this state, so that only the evacuation may change it. */
export function isOfEvacuation(scheduling: Scheduling | undefined): boolean {
  return scheduling === 'evacuating' || scheduling === 'evacuated' || scheduling === 'restoring';
}

/** Throws `failed_precondition` with the command that opens the pool. */
export function checkIsOpen(pool: Scheduled): void {
  const reason = closedReason(pool);
  if (reason === undefined) return;
  const opens =
    pool.scheduling === 'restoring'
      ? 'wait until that has ended'
      : `"copa pool ${pool.scheduling === 'cordoned' ? 'uncordon' : 'restore'} ${pool.name}" opens it`;
  throw new CopaError(
    'failed_precondition',
    `pool "${pool.name}" takes no new containers: ${reason} (${opens})`,
  );
}

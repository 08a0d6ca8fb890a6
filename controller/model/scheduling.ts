/** Whether a pool takes new containers. Those that are on it stay, and can be used, in any case. */
import { z } from 'zod';
import { CopaError } from '../../common/errors.js';

export const schedulingSchema = z.enum(['active', 'cordoned']);
export type Scheduling = z.infer<typeof schedulingSchema>;

interface Scheduled {
  readonly name: string;
  /** Absent: active. */
  readonly scheduling?: Scheduling | undefined;
}

/** Why a pool takes no new containers; undefined: it does. */
export function closedReason({ scheduling = 'active' }: Pick<Scheduled, 'scheduling'>): string | undefined {
  return scheduling === 'cordoned' ? 'it is cordoned' : undefined;
}

/** Throws `failed_precondition` with the command that opens the pool. */
export function checkIsOpen(pool: Scheduled): void {
  const reason = closedReason(pool);
  if (reason === undefined) return;
  throw new CopaError(
    'failed_precondition',
    `pool "${pool.name}" takes no new containers: ${reason} ("copa pool uncordon ${pool.name}" opens it)`,
  );
}

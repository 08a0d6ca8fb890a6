/** Whether containers are moved by measurements, and by which. */
import { z } from 'zod';

export const delegationModes = ['m', 'a'] as const;
export const delegationAlgorithms = ['threshold_cpu', 'threshold_lat', 'threshold_cpulat'] as const;

export const delegationSchema = z.object({
  /** `m`: people move containers. `a`: the controller moves them, too. */
  mode: z.enum(delegationModes),
  /** Empty: none was chosen yet, and nothing moves by itself. */
  algorithm: z.enum([...delegationAlgorithms, '']),
});

export type Delegation = z.output<typeof delegationSchema>;

export const initialDelegation: Delegation = { mode: 'm', algorithm: '' };

/**
 * Slots of a host: how many migrations copy, and how many cut over, at a time. A migration takes one at each end. Each
 * slot is a key in etcd, so that no two controllers give away the same one.
 */
import { z } from 'zod';

/**
 * `copy`: passes, and a stopped container's only pass. `cutover`: from the order to shut down until the container runs
 * on the destination.
 */
export const slotKinds = ['copy', 'cutover'] as const;
export type SlotKind = (typeof slotKinds)[number];

export const slotsSchema = z.object({
  kind: z.enum(slotKinds),
  /** The keys in the store, one at each end. */
  keys: z.array(z.string()),
});

export const limitsSchema = z.object({ copy: z.int().min(1), cutover: z.int().min(1) });
/** How many of each kind a host has. More copies load the disks and the link; more cut-overs make each longer. */
export type Limits = z.infer<typeof limitsSchema>;

export const defaultLimits: Limits = { copy: 3, cutover: 1 };

/** More would only flood a host. */
export const limitMax = 100;

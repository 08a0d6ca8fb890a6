/** The moves that rebalances have ordered, as REST and the store have them. */
import { z } from 'zod';

export const rebalanceMoveSchema = z
  .object({
    id: z.string().describe('Also the ID of the migration.'),
    container: z.string(),
    source: z.string(),
    destination: z.string(),
    at: z.string().describe('ISO 8601.'),
    gain: z
      .number()
      .describe('By how much the more loaded one of the two pools gets less loaded, in percent.'),
    predicted_downtime_ms: z.number(),
    reason: z.string(),
    outcome: z.enum(['ordered', 'refused']).describe('refused: the check before the move found an obstacle.'),
    error: z.string().nullable().describe('Why it was refused.'),
    moved_back_at: z
      .string()
      .nullable()
      .describe('When it was seen on its old pool again: somebody else has moved it back.'),
  })
  .meta({ id: 'RebalanceMove' });
export type RebalanceMove = z.output<typeof rebalanceMoveSchema>;

/** What etcd has of rebalances. */
export const rebalanceLogSchema = z.object({
  /** When the controller last looked by itself, ISO 8601; absent: never. */
  checkedAt: z.string().optional(),
  /** The oldest first. */
  moves: z.array(rebalanceMoveSchema),
});
export type RebalanceLog = z.output<typeof rebalanceLogSchema>;

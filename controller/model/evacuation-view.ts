/** The REST representation of an evacuation and of its plan. */
import { z } from 'zod';
import { evacuationActions, evacuationPhases, itemStates } from './evacuation.js';
import type { ReplyOf } from './reply.js';

const bases = ['measured', 'similar', 'assumed'] as const;

const plannedContainer = z.object({
  container: z.string(),
  running: z.boolean(),
  action: z.enum(evacuationActions),
  destination: z.string().nullable().describe('Null when it stays.'),
  reason: z.string().nullable().describe('Why it goes there.'),
  obstacles: z
    .array(z.object({ pool: z.string().nullable(), message: z.string() }))
    .describe('Why it cannot leave, each with the pool that it is about.'),
  warnings: z.array(z.string()).describe('Differences at the destination that do not prevent it.'),
  memory_bytes: z.int().describe('What it uses now; 0 when it does not run.'),
  used_bytes: z.int().describe('On disk; 0 when unknown.'),
  seconds: z.number().nullable().describe('Of the move alone, estimated.'),
  downtime_ms: z.number().nullable().describe('Estimated; 0 when it does not run.'),
  basis: z
    .enum(bases)
    .nullable()
    .describe(
      'What the estimate is from: earlier moves of this container (measured), moves of others (similar), or nothing yet (assumed).',
    ),
});

export const evacuationPlanSchema = z
  .object({
    container_pool: z.string(),
    target: z.string(),
    possible: z.boolean().describe('Nothing stands in the way of any container.'),
    containers: z.array(plannedContainer),
    seconds: z.number().describe('All moves together, estimated.'),
  })
  .meta({ id: 'EvacuationPlan' });
export type EvacuationPlanView = ReplyOf<typeof evacuationPlanSchema>;

const item = z.object({
  container: z.string(),
  action: z.enum(evacuationActions),
  state: z.enum(itemStates),
  was_running: z.boolean().describe('When the evacuation began.'),
  destination: z.string().nullable(),
  reason: z.string().nullable().describe('Why it went there.'),
  migration: z.string().nullable().describe('The ID of its present or last move.'),
  message: z.string().nullable().describe('Why it was left or not touched, or what failed last.'),
  description: z.string().describe('What happens to it now, in a few English words.'),
});

export const evacuationSummarySchema = z
  .object({
    container_pool: z.string(),
    phase: z.enum(evacuationPhases),
    running: z.boolean(),
    target: z.string(),
    started_at: z.string(),
    phase_since: z.string(),
    deadline: z.string().nullable(),
    stop_at_deadline: z.boolean(),
    message: z.string().nullable().describe('Why it is incomplete.'),
    done: z.int().describe('Containers with which this phase is done.'),
    total: z.int().describe('Containers of this phase.'),
    counts: z.partialRecord(z.enum(itemStates), z.int()).describe('Containers by state.'),
  })
  .meta({ id: 'EvacuationSummary' });
export type EvacuationSummary = ReplyOf<typeof evacuationSummarySchema>;

export const evacuationSchema = evacuationSummarySchema
  .extend({ containers: z.array(item) })
  .meta({ id: 'Evacuation' });
export type EvacuationView = ReplyOf<typeof evacuationSchema>;

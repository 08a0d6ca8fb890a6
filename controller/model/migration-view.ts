/** The REST representation of a migration. */
import { z } from 'zod';
import { checkOutcomes, phases } from './migration.js';
import { profileModes } from './mapping.js';
import { slotKinds } from './slots.js';
import type { ReplyOf } from './reply.js';

/** In order; the last one is going back. */
export const stages = ['prepare', 'copy', 'stop', 'last pass', 'start', 'clean up', 'go back'] as const;
export type Stage = (typeof stages)[number];

export const predictionSchema = z
  .object({
    shutdown_ms: z.number(),
    last_pass_ms: z.number().nullable().describe('Null while nobody knows how much changes during a pass.'),
    start_ms: z.number(),
    total_ms: z.number().nullable(),
    samples: z
      .int()
      .describe('Earlier moves of the container that were used; 0: shutdown and start are assumed.'),
  })
  .meta({ id: 'PredictedDowntime' });
export type PredictionView = ReplyOf<typeof predictionSchema>;

export const migrationSchema = z
  .object({
    id: z.string(),
    container: z.string(),
    new_name: z.string().nullable().describe('Its name on the destination; null when it keeps its own.'),
    source: z.string(),
    destination: z.string(),
    phase: z.enum(phases).describe('The phase, which states what is already true.'),
    state: z.enum(['running', 'done', 'failed', 'cancelled']),
    stage: z.enum(stages).nullable().describe('What happens now; null when the migration has ended.'),
    stages: z
      .array(z.enum(stages))
      .describe('All stages of a migration that succeeds, in order, for a progress display.'),
    description: z.string().describe('What happens now, in a few English words.'),
    cancellable: z.boolean().describe('A cancellation is accepted now.'),
    via: z.enum(['direct', 'relay']),
    live: z.boolean(),
    destination_storage: z.string().nullable().describe('As requested; null otherwise.'),
    destination_network: z.string().nullable().describe('As requested; null otherwise.'),
    profiles: z.enum(profileModes).nullable().describe('As requested; null otherwise.'),
    precopy: z.boolean().describe('It is copied while it runs; otherwise its downtime includes a full copy.'),
    passes: z.array(
      z.object({
        number: z.int(),
        kind: z.string(),
        bytes: z.int(),
        ms: z.number().nullable(),
        outcome: z.string(),
      }),
    ),
    bytes: z.int().describe('All passes together.'),
    rate_bytes_per_second: z.number().nullable(),
    estimated_seconds_left: z
      .number()
      .nullable()
      .describe('Of the full copy in progress; null when unknown.'),
    downtime_ms: z
      .number()
      .nullable()
      .describe('From the shutdown request until it ran again, on either host; null when it never stopped.'),
    downtime: z
      .object({ shutdown_ms: z.number(), last_pass_ms: z.number(), start_ms: z.number() })
      .nullable(),
    volumes: z
      .array(
        z.object({
          storage_pool: z.string().describe('On the source.'),
          name: z.string(),
          copied: z.boolean().describe('The destination has a complete copy of it.'),
        }),
      )
      .describe('The storage volumes that move with it.'),
    max_downtime_ms: z.number().nullable().describe('As ordered; null otherwise.'),
    predicted_downtime: predictionSchema
      .nullable()
      .describe('If it were stopped now; null when it is not copied while it runs.'),
    check: z
      .object({
        target: z.string(),
        timeout_ms: z.number(),
        on_failure: z.enum(['stay', 'back']),
        outcome: z.enum(checkOutcomes).nullable().describe('Null before the check has ended.'),
        message: z.string().nullable(),
      })
      .nullable()
      .describe('The check after the start on the destination; null without one.'),
    started_at: z.string(),
    ended_at: z.string().nullable(),
    history: z.array(z.object({ phase: z.string(), at: z.string() })),
    warnings: z.array(z.string()).describe('Differences at the destination that were known before.'),
    error: z.string().nullable().describe('Why it went back.'),
    waiting_for: z
      .string()
      .nullable()
      .describe('Why the current step is being retried, or what its turn depends on; null otherwise.'),
    waiting_since: z.string().nullable().describe('When it began to wait, ISO 8601.'),
    queue: z
      .object({
        for: z
          .enum(slotKinds)
          .describe('copy: to be copied. cutover: to be shut down, and started on the destination.'),
        place: z.int().describe('Among those that wait for the same pools, from 1.'),
        pools: z.array(z.string()).describe('Those whose slots are taken.'),
        since: z.string().describe('ISO 8601.'),
      })
      .nullable()
      .describe('While it waits for its turn; null otherwise.'),
    policy: z
      .object({ name: z.string(), decision: z.string().describe('The ID of its decision.') })
      .nullable()
      .describe('The policy that ordered it; null when a person or a program did.'),
    evacuation: z
      .string()
      .nullable()
      .describe('The pool whose evacuation, or return, it belongs to; null otherwise.'),
    priority: z.int().describe('In the queue, the higher one goes first.'),
    resolve_command: z
      .string()
      .nullable()
      .describe('The command that ends the wait when a host does not come back.'),
    choices: z
      .array(z.object({ keep: z.enum(['source', 'destination']), cost: z.string() }))
      .describe('What a user can decide while it waits, with the consequences.'),
  })
  .meta({ id: 'Migration' });

export type MigrationView = ReplyOf<typeof migrationSchema>;

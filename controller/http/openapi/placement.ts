/** The parameters and the reply of a placement. */
import { z } from 'zod';
import type { PlacementAnswer } from '../../placement/place.js';
import { text } from '../request/parameters.js';

const containersText = 'one label of them (app=web), or their names, separated by commas';

/** Only with `@any` or `@GROUP` as the pool. */
export const placementRules = {
  where: text.optional().meta({
    description: 'Only pools with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.',
    example: 'ssd=true',
  }),
  near: text.optional().describe(`Only pools that have one of these containers: ${containersText}.`),
  apart: text.optional().describe(`Only pools that have none of these containers: ${containersText}.`),
  spread: text.optional().describe(`Pools with the fewest of these containers: ${containersText}.`),
  over: text
    .optional()
    .describe('With `spread`: count over all pools with the same value of this label, not on each pool.'),
};

const choice = z.object({ pool: z.string(), reason: z.string() });

export const placementReply = z
  .object({
    pool: z.string().nullable().describe('The pool; null: none is possible.'),
    reason: z.string().nullable(),
    others: z.array(choice).describe('Why not, for the other pools; at most 1000 of them.'),
    others_total: z.int(),
    refused: z
      .array(choice)
      .optional()
      .describe('Better pools for a move, in their order, and what the check before it found there.'),
  })
  .meta({ id: 'Placement' });

const othersMax = 1000;

export function placementView(
  answer: PlacementAnswer,
  refused: readonly z.output<typeof choice>[] = [],
): z.output<typeof placementReply> {
  const { chosen, othersTotal } = answer;
  return {
    pool: chosen?.pool ?? null,
    reason: chosen?.reason ?? null,
    others: [...answer.others(othersMax)],
    others_total: othersTotal,
    ...(refused.length > 0 ? { refused: [...refused] } : {}),
  };
}

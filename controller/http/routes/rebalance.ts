/** `/REST/rebalance`: moves that bring the load of the pools into balance, and those that were made. */
import type Router from '@koa/router';
import { z } from 'zod';
import { parsePoolTarget } from '../../model/pool-target.js';
import { mayReach } from '../../model/principal.js';
import { rebalanceMoveSchema } from '../../model/rebalance.js';
import type { PastMove } from '../../rebalance/past.js';
import type { Proposal, ProposalOrder } from '../../rebalance/proposer.js';
import { moveView, usualBudget, type RebalanceService } from '../../rebalance/service.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, runOperation, type Operations } from '../openapi/operations.js';
import { checkParameters, parametersOf, text, time, unused, wholeNumber } from '../request/parameters.js';
import { principalOf } from '../request/state.js';
import type { Context } from 'koa';

export interface RebalanceServices {
  readonly rebalance: Pick<RebalanceService, 'everyMs' | 'moves' | 'propose' | 'apply'>;
}

const movesMax = 100;
const downtimeMsMax = 24 * 3600_000;

const parameters = z.strictObject({
  operation: unused,
  target: text.default('@any').meta({
    description: 'Only these pools send and receive: `@any` or `@GROUP`.',
    example: '@rack1',
  }),
  moves: wholeNumber(1, movesMax)
    .optional()
    .meta({ description: `How many at most; ${usualBudget.moves} by default.`, example: 10 }),
  downtime: time(0, downtimeMsMax).optional().meta({
    description: 'The predicted downtimes of all moves together at most; 60s by default.',
    example: '60s',
  }),
});

const planned = rebalanceMoveSchema
  .pick({
    container: true,
    source: true,
    destination: true,
    gain: true,
    predicted_downtime_ms: true,
    reason: true,
  })
  .meta({ id: 'ProposedMove' });

const proposal = {
  balance: z.number().describe('The load of each pool in balance, in percent: the mean of memory and CPU.'),
  loads: z.record(z.string(), z.number()).describe('The load of each pool that counts, in percent.'),
  more: z.boolean().describe('More moves would pay, and the budget does not allow them.'),
  held: z
    .array(z.object({ container: z.string(), pool: z.string(), reason: z.string() }))
    .describe('Containers of overloaded pools that are left where they are.'),
  unknown: z
    .array(z.string())
    .describe('Pools whose load is not known: their agents measured nothing lately.'),
};

const proposedReply = z.object({
  ...proposal,
  moves: z.array(planned).describe('In the order in which they would be made.'),
  success: z.literal('Rebalance planned.'),
});
const appliedReply = z.object({
  ...proposal,
  moves: z.array(rebalanceMoveSchema),
  success: z.literal('Rebalance accepted.'),
});
const listReply = z.object({
  every_seconds: z
    .number()
    .nullable()
    .describe('How often the controller rebalances by itself; null: never.'),
  moves: z
    .array(
      rebalanceMoveSchema.extend({
        result: z
          .enum(['running', 'done', 'failed', 'none'])
          .describe('What became of its migration; none: that is not known (any more).'),
      }),
    )
    .describe('The last moves of rebalances, the newest first.'),
  success: z.literal('rebalance'),
});

function operationsOf({ rebalance }: RebalanceServices): Operations {
  return {
    plan: operation({
      summary: 'The moves that would bring the load of the pools into balance; nothing happens',
      parameters,
      reply: proposedReply,
      call: async (given, ctx) => {
        const found = await rebalance.propose(orderOf(given, ctx));
        const moves = found.moves.map((move) => moveView(move, found)).map((move) => planned.parse(move));
        return { ...viewOf(found, ctx), moves, success: 'Rebalance planned.' };
      },
    }),
    apply: operation({
      summary: 'Orders these moves, and answers when they wait in the queue',
      parameters,
      reply: appliedReply,
      call: async (given, ctx) => {
        const { proposal: found, moves } = await rebalance.apply(orderOf(given, ctx));
        return { ...viewOf(found, ctx), moves, success: 'Rebalance accepted.' };
      },
    }),
  };
}

function orderOf({ target, moves, downtime }: z.output<typeof parameters>, ctx: Context): ProposalOrder {
  return {
    target: parsePoolTarget('target', target),
    reach: principalOf(ctx).pools,
    budget: { moves: moves ?? usualBudget.moves, downtimeMs: downtime ?? usualBudget.downtimeMs },
  };
}

function viewOf({ level, pressures, isCut, held, unknown }: Proposal, ctx: Context) {
  const percent = (share: number) => Math.round(1000 * share) / 10;
  return {
    balance: percent(level),
    loads: Object.fromEntries([...pressures].map(([pool, pressure]) => [pool, percent(pressure)])),
    more: isCut,
    held,
    unknown: unknown.filter((pool) => mayReach(principalOf(ctx), pool)),
  };
}

/** Returns the description of the routes. */
export function rebalanceRoutes(router: Router, services: RebalanceServices): readonly Endpoint[] {
  const operations = operationsOf(services);
  const none = z.strictObject({});
  router.get('/REST/rebalance', async (ctx) => {
    checkParameters(none, parametersOf(ctx));
    const { rebalance } = services;
    const principal = principalOf(ctx);
    const isShown = ({ source, destination }: PastMove) =>
      mayReach(principal, source) && mayReach(principal, destination);
    const moves = (await rebalance.moves()).filter(isShown);
    ctx.body = {
      every_seconds: rebalance.everyMs === undefined ? null : rebalance.everyMs / 1000,
      moves: moves.map((move) => ({ ...rebalanceMoveSchema.parse(move), result: move.result })),
      success: 'rebalance',
    };
  });
  router.post('/REST/rebalance', runOperation(operations));
  return [
    {
      method: 'get',
      path: '/REST/rebalance',
      id: 'readRebalance',
      summary: 'The last moves of rebalances, and how often the controller makes some by itself',
      operations: { '': { summary: '', parameters: none, replies: { 200: listReply } } },
    },
    {
      method: 'post',
      path: '/REST/rebalance',
      id: 'rebalance',
      noun: 'rebalance',
      summary: 'Plans or makes moves that bring the load of the pools into balance',
      operations,
    },
  ];
}

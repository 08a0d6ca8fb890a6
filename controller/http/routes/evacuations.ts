/** `/REST/evacuations`: what becomes of the containers of pools that are emptied; and the operations that begin it. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { checkPoolName } from '../../../common/names.js';
import type { EvacuationOrder } from '../../evacuation/service.js';
import type { Plan, PlanOrder } from '../../evacuation/planner.js';
import { unknownEvacuation } from '../../evacuation/planner.js';
import { planView } from '../../evacuation/view.js';
import { evacuationActions } from '../../model/evacuation.js';
import { evacuationPlanSchema, evacuationSchema, type EvacuationView } from '../../model/evacuation-view.js';
import { parsePoolTarget } from '../../model/pool-target.js';
import { checkReach, mayReach } from '../../model/principal.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, flag, parametersOf, text, time, unused } from '../request/parameters.js';
import { signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';

/** The part of the service that the routes use. */
export interface EvacuationApi {
  plan(order: PlanOrder): Promise<Plan>;
  begin(order: EvacuationOrder): Promise<{ readonly plan: Plan; readonly evacuation: EvacuationView }>;
  restore(pool: string, options: { readonly skip: boolean }): Promise<EvacuationView>;
  cancel(pool: string): Promise<EvacuationView>;
  list(isShown: (pool: string) => boolean): EvacuationView[];
  get(pool: string): EvacuationView;
}

const documented = { operation: unused, ip: unused };
const dayMs = 24 * 3600_000;

export const evacuateSchema = z.strictObject({
  ...documented,
  container_pool: text,
  destination_pool: text.default('@any').meta({
    description: 'Where they go: `@any`, `@GROUP` or one pool. Each goes where it suits best.',
    example: '@rack2',
  }),
  action: z
    .enum(evacuationActions, 'one of migrate, stop, skip is expected')
    .optional()
    .describe(
      'For all containers: migrate, stop (it stays, and is started again by the return) or skip. Without it, `user.copa.evacuate` of each container or its profiles says so; without that it is migrated.',
    ),
  deadline: time(1_000, 7 * dayMs)
    .optional()
    .meta({ description: 'What has not left by then is left (30m, 90s).', example: '30m' }),
  stop_at_deadline: flag.default(false).describe('It is stopped instead, and started by the return.'),
  dry_run: flag.default(false).describe('Only plan, and report what stands in the way.'),
});
export const restoreSchema = z.strictObject({
  ...documented,
  container_pool: text,
  action: z
    .enum(['migrate', 'skip'], 'one of migrate, skip is expected')
    .default('migrate')
    .describe('skip: the pool is only opened, and nothing comes back.'),
});

const pathOf = (pool: string) => `/REST/evacuations/${pool}`;
const accepted = { container_pool: z.string(), evacuation: z.string().describe('The path to follow it at.') };
const plannedReply = evacuationPlanSchema.extend({ success: z.literal('Evacuation planned.') });
const evacuatingReply = z.object({
  ...accepted,
  plan: evacuationPlanSchema,
  success: z.literal('Evacuation accepted.'),
});
const restoringReply = z.object({ ...accepted, success: z.literal('Restore accepted.') });

const evacuation = {
  summary: 'Empties a pool for maintenance, and answers when that has begun; with dry_run only plans it',
  parameters: evacuateSchema,
  replies: { 200: z.union([plannedReply, evacuatingReply]) },
};

/** Operations of `/REST/pools`. */
export const evacuationOperations = {
  evacuate: evacuation,
  drain: evacuation,
  restore: {
    summary: 'Brings back what an evacuation has moved and stopped, and opens the pool',
    parameters: restoreSchema,
    replies: { 200: restoringReply },
  },
};

export async function evacuate(evacuations: EvacuationApi, ctx: Context): Promise<object> {
  const parameters = checkParameters(evacuateSchema, parametersOf(ctx));
  const { container_pool: pool, destination_pool: target, action, deadline, stop_at_deadline } = parameters;
  parsePoolTarget('destination_pool', target);
  const order = { pool, target, action, reach: principalOf(ctx).pools };
  if (parameters.dry_run) {
    return {
      ...planView(await evacuations.plan({ ...order, signal: signalOf(ctx) })),
      success: 'Evacuation planned.',
    };
  }
  const { plan } = await evacuations.begin({
    ...order,
    ...{ deadlineMs: deadline, stopAtDeadline: stop_at_deadline },
  });
  return {
    ...{ container_pool: pool, evacuation: pathOf(pool), plan: planView(plan) },
    success: 'Evacuation accepted.',
  };
}

export async function restore(evacuations: EvacuationApi, ctx: Context): Promise<object> {
  const { container_pool: pool, action } = checkParameters(restoreSchema, parametersOf(ctx));
  checkPoolName('container_pool', pool);
  await evacuations.restore(pool, { skip: action === 'skip' });
  return { container_pool: pool, evacuation: pathOf(pool), success: 'Restore accepted.' };
}

const noParameters = z.strictObject({});
const described = (reply: z.ZodType) => ({
  '': { summary: '', parameters: noParameters, replies: { 200: reply } },
});

export const evacuationEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/evacuations',
    id: 'listEvacuations',
    summary: 'The last evacuation of each pool that was ever evacuated',
    operations: described(
      z.object({ evacuations: z.array(evacuationSchema), success: z.literal('evacuations') }),
    ),
  },
  {
    method: 'get',
    path: '/REST/evacuations/{pool}',
    id: 'readEvacuation',
    summary: 'The last evacuation of a pool',
    operations: described(evacuationSchema.extend({ success: z.literal('evacuation') })),
  },
  {
    method: 'delete',
    path: '/REST/evacuations/{pool}',
    id: 'cancelEvacuation',
    summary: 'Ends an evacuation, or a return, early: what is not decided stays where it is',
    operations: described(evacuationSchema.extend({ success: z.literal('Cancellation requested.') })),
  },
];

export function evacuationRoutes(router: Router, evacuations: EvacuationApi): void {
  router.get('/REST/evacuations', (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    const principal = principalOf(ctx);
    ctx.body = { evacuations: evacuations.list((pool) => mayReach(principal, pool)), success: 'evacuations' };
  });
  router.get('/REST/evacuations/:pool', (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    const pool = poolOf(ctx);
    if (!mayReach(principalOf(ctx), pool)) throw unknownEvacuation(pool);
    ctx.body = { ...evacuations.get(pool), success: 'evacuation' };
  });
  router.delete('/REST/evacuations/:pool', async (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    const pool = poolOf(ctx);
    checkReach(principalOf(ctx), pool);
    ctx.body = { ...(await evacuations.cancel(pool)), success: 'Cancellation requested.' };
  });
}

function poolOf(ctx: { params: Record<string, string> }): string {
  const pool = ctx.params['pool'] ?? '';
  checkPoolName('container_pool', pool);
  return pool;
}

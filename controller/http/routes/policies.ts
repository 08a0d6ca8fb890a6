/** `/REST/policies`: policies that move containers by measurements, what they decided, and why. */
import type Router from '@koa/router';
import { z } from 'zod';
import { ttlSeconds } from '../../../common/config/duration.js';
import { keptMs } from '../../../common/measurements.js';
import { decisionSchema, policyModes, type Decision } from '../../model/policy.js';
import type { KnownPolicy } from '../../policies/catalog.js';
import type { Move, NoMove } from '../../policies/decide.js';
import { parsePolicy } from '../../policies/document.js';
import type { Policies, Replayed } from '../../policies/policies.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, runOperation, type Operations } from '../openapi/operations.js';
import { checkParameters, flag, parametersOf, text, unused } from '../request/parameters.js';
import { principalOf, stateOf } from '../request/state.js';

export interface PolicyServices {
  readonly policies: Policies;
}

const policySchema = z
  .object({
    name: z.string(),
    version: z.int().describe('Grows with each change; 0: the built-in text.'),
    built_in: z.boolean().describe('The network configuration switches it.'),
    mode: z.enum(policyModes),
    state: z
      .enum(['active', 'paused', 'off'])
      .describe('off: built in, and not chosen by the network configuration.'),
    applied_at: z.string().nullable().describe('ISO 8601; null for a built-in text.'),
    applied_by: z.string().nullable(),
    last_decision: decisionSchema.nullable(),
  })
  .meta({ id: 'Policy' });

const nowSchema = z.object({
  verdict: z
    .enum(['idle', 'held', 'unknown', 'move'])
    .describe(
      'idle: its condition holds nowhere. held: it holds, and something prevents a move. unknown: a query failed. move: it would move now.',
    ),
  reason: z.string(),
  container: z.string().nullable(),
  source: z.string().nullable(),
  destination: z.string().nullable(),
});

const none = z.strictObject({});
const named = z.strictObject({ operation: unused, name: text.describe('The name of the policy.') });
const policyText = text.describe('The policy, in YAML or JSON.');

const listReply = z.object({ policies: z.array(policySchema), success: z.literal('policies') });
const oneReply = policySchema.extend({
  text: z.string(),
  decisions: z.array(decisionSchema).describe('The last ones, the newest first.'),
  now: nowSchema.describe('What it would decide now; nothing happens.'),
  success: z.literal('policy'),
});
/** It was not made, so it has no ID. */
const assumedDecision = decisionSchema.omit({ id: true, version: true });
const replayReply = z.object({
  name: z.string(),
  from: z.string().describe('ISO 8601.'),
  until: z.string(),
  decisions: z.array(assumedDecision).describe('The oldest first.'),
  downtime_ms: z.number().describe('The predicted downtimes together.'),
  success: z.literal('Replay finished.'),
});
const doneReply = <Success extends string>(success: Success) =>
  z.object({ name: z.string(), success: z.literal(success) });

function policyOperations(services: PolicyServices): Operations {
  return {
    apply: operation({
      summary: 'Adds a policy, or replaces the one of its name',
      parameters: z.strictObject({
        operation: unused,
        policy: policyText,
        dry_run: flag.default(false).describe('Only check it.'),
      }),
      reply: z.object({
        name: z.string(),
        outcome: z.enum(['created', 'changed', 'unchanged', 'valid']),
        success: z.literal('Policy applied.'),
      }),
      call: async ({ policy, dry_run: isDryRun }, ctx) => {
        const { name } = parsePolicy(policy);
        // The audit log has the name, which is in the text alone.
        stateOf(ctx).parameters = new Map([...parametersOf(ctx), ['name', name]]);
        const applied = isDryRun
          ? { name, outcome: 'valid' }
          : await services.policies.catalog.apply(policy, principalOf(ctx).name);
        return { ...applied, success: 'Policy applied.' };
      },
    }),
    replay: operation({
      summary: 'What a policy would have done on recorded values; nothing happens',
      parameters: z.strictObject({
        operation: unused,
        policy: policyText,
        since: text.default('24h').meta({ description: 'How far back: 24h at most.', example: '6h' }),
      }),
      reply: replayReply,
      call: async ({ policy, since }) =>
        replayView(await services.policies.replay(policy, ttlSeconds('since', since, keptMs.rows / 1000))),
    }),
    pause: operation({
      summary: 'Pauses a policy: it decides nothing until it is resumed',
      parameters: named,
      reply: doneReply('Policy paused.'),
      call: async ({ name }) => {
        await services.policies.catalog.pause(name, true);
        return { name, success: 'Policy paused.' };
      },
    }),
    resume: operation({
      summary: 'Resumes a paused policy',
      parameters: named,
      reply: doneReply('Policy resumed.'),
      call: async ({ name }) => {
        await services.policies.catalog.pause(name, false);
        return { name, success: 'Policy resumed.' };
      },
    }),
    delete: operation({
      summary: 'Deletes a policy; a built-in one gets its first text again',
      parameters: named,
      reply: doneReply('Policy deleted.'),
      call: async ({ name }) => {
        await services.policies.catalog.remove(name);
        return { name, success: 'Policy deleted.' };
      },
    }),
  };
}

const described = (parameters: z.ZodObject, reply: z.ZodType) => ({
  '': { summary: '', parameters, replies: { 200: reply } },
});

function policyEndpoints(operations: Operations): readonly Endpoint[] {
  return [
    {
      method: 'get',
      path: '/REST/policies',
      id: 'listPolicies',
      summary: 'All policies, with their last decisions',
      operations: described(none, listReply),
    },
    {
      method: 'get',
      path: '/REST/policies/{name}',
      id: 'readPolicy',
      summary: 'One policy, its decisions, and what it would decide now',
      operations: described(none, oneReply),
    },
    {
      method: 'post',
      path: '/REST/policies',
      id: 'changePolicies',
      noun: 'policy',
      summary: 'Changes policies',
      operations,
    },
  ];
}

/** Returns the description of the routes. */
export function policyRoutes(router: Router, services: PolicyServices): readonly Endpoint[] {
  const operations = policyOperations(services);
  router.get('/REST/policies', async (ctx) => {
    checkParameters(none, parametersOf(ctx));
    const { policies } = services;
    const [all, decisions] = await Promise.all([policies.catalog.list(), policies.decisions()]);
    ctx.body = {
      policies: all.map((known) => viewOf(known, decisions.get(known.policy.name) ?? [])),
      success: 'policies',
    };
  });
  router.get('/REST/policies/:name', async (ctx) => {
    checkParameters(none, parametersOf(ctx));
    const { policies } = services;
    const known = await policies.catalog.get(ctx.params['name'] ?? '');
    const { name } = known.policy;
    const [decisions, now] = await Promise.all([policies.decisions(), policies.explain(name)]);
    const own = decisions.get(name) ?? [];
    ctx.body = {
      ...viewOf(known, own),
      text: known.text,
      decisions: [...own].reverse(),
      now: nowOf(now),
      success: 'policy',
    };
  });
  router.post('/REST/policies', runOperation(operations));
  return policyEndpoints(operations);
}

function viewOf(known: KnownPolicy, decisions: readonly Decision[]): z.output<typeof policySchema> {
  return {
    name: known.policy.name,
    version: known.version,
    built_in: known.isBuiltIn,
    mode: known.mode,
    state: known.state,
    applied_at: known.appliedAt,
    applied_by: known.appliedBy,
    last_decision: decisions.at(-1) ?? null,
  };
}

function nowOf(found: Move | NoMove): z.output<typeof nowSchema> {
  const { kind: verdict, reason } = found;
  if (found.kind !== 'move') return { verdict, reason, container: null, source: null, destination: null };
  const { container, source, destination } = found;
  return { verdict, reason, container, source, destination };
}

function replayView({ policy: name, fromMs, untilMs, decisions }: Replayed): z.output<typeof replayReply> {
  return {
    name,
    from: new Date(fromMs).toISOString(),
    until: new Date(untilMs).toISOString(),
    decisions: decisions.map((decision) => assumedDecision.parse(decision)),
    downtime_ms: decisions.reduce((sum, { predicted_downtime_ms: ms }) => sum + ms, 0),
    success: 'Replay finished.',
  };
}

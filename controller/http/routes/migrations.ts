/** `/REST/migrations`: present and past migrations; and the operation that starts one, with its options. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { checkName, migrationIdPattern, migrationIdRule } from '../../../common/names.js';
import { principalOf } from '../request/state.js';
import { checkReach, mayReach, type Principal } from '../../model/principal.js';
import { verdictOf } from '../../migration/machine.js';
import { unknownMigration } from '../../migration/repository.js';
import { messageOf, type Preflight } from '../../migration/preflight.js';
import { flagsOf } from '../../migration/proposal.js';
import type { Keep } from '../../migration/resolution.js';
import { predictionView } from '../../migration/view.js';
import { migrationSchema, predictionSchema, type MigrationView } from '../../model/migration-view.js';
import type { MigrationRequest } from '../../migration/request.js';
import type { MigrationFilter, MigrationResult } from '../../migration/service.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, type Operation } from '../openapi/operations.js';
import { placementReply } from '../openapi/placement.js';
import {
  checkParameters,
  operationOf,
  parametersOf,
  text,
  unused,
  wholeNumber,
} from '../request/parameters.js';
import { migrationOrderSchema, migrationRequestOf, type MigrationOrder } from './migration-order.js';

/** The part of the service that the routes use. */
export interface MigrationApi {
  migrate(request: MigrationRequest): Promise<MigrationResult>;
  begin(request: MigrationRequest): Promise<MigrationView>;
  dryRun(request: MigrationRequest): Promise<Preflight>;
  refresh(id?: string): Promise<void>;
  list(filter: MigrationFilter): MigrationView[];
  get(id: string): MigrationView;
  cancel(id: string): Promise<MigrationView>;
  resolve(id: string, keep: Keep): Promise<MigrationView>;
}

/** If the request left the destination open. */
const placedReply = { destination_pool: z.string().optional(), placement: placementReply.optional() };

const migratedReply = z
  .object({
    success: z.literal('Container migrated successfully.'),
    warning: z.string().optional(),
    warnings: z.array(z.string()).optional().describe('Differences at the destination.'),
    ...placedReply,
  })
  .meta({ id: 'Migrated' });
const acceptedReply = z
  .object({
    success: z.literal('Migration accepted.'),
    id: z.string(),
    migration: z.string().describe('The path to follow it at, and to cancel it.'),
    ...placedReply,
  })
  .meta({ id: 'MigrationAccepted' });
const preflightReply = z
  .object({
    success: z.literal('Preflight finished.'),
    possible: z.boolean(),
    findings: z
      .array(z.object({ subject: z.string(), message: z.string() }))
      .describe(
        'The problems that prevent it. A message ends with the options of `copa move` that would help.',
      ),
    proposal: z
      .object({
        destination_storage: z.string().optional(),
        destination_network: z.string().optional(),
        profiles: z.literal('flatten').optional(),
      })
      .nullable()
      .describe('Parameters with which the migration works better; null when none would help.'),
    flags: z.string().nullable().describe('The same as options of `copa move`.'),
    warnings: z
      .array(z.object({ subject: z.string(), message: z.string() }))
      .describe('Differences at the destination that do not prevent it.'),
    space: z
      .object({
        needed_bytes: z.int().nullable().describe('At least; null when unknown.'),
        needed_max_bytes: z
          .int()
          .nullable()
          .describe('At the most: on storage that shares blocks it is less.'),
        available_bytes: z.int().nullable().describe('What a copy may take there.'),
      })
      .describe("On the destination's storage pool, all snapshots included."),
    container: z.object({
      status: z.string(),
      snapshots: z.array(z.string()),
      used_bytes: z.int().nullable(),
    }),
    via: z.enum(['direct', 'relay']),
    precopy: z.boolean(),
    predicted_downtime: predictionSchema
      .nullable()
      .describe('From earlier moves of the container; null when it is stopped before it is copied.'),
    ...placedReply,
  })
  .meta({ id: 'Preflight' });

const listSchema = z.strictObject({
  container_name: text.optional(),
  limit: wholeNumber(1, 1000).default(100),
});
const noParameters = z.strictObject({});
const resolveSchema = z.strictObject({
  operation: unused,
  keep: z
    .enum(['source', 'destination'])
    .describe('Whose copy is valid from now on; the other one is kept aside, stopped.'),
});

const pathOf = (id: string) => `/REST/migrations/${id}`;

/** The operation `migrate` of `/REST/container`. */
export function migrateOperation(migrations: MigrationApi): Operation {
  return operation({
    summary:
      'Moves it to another pool, and answers when it is there; with the header `Prefer: respond-async` at once, with the path to follow it at',
    parameters: migrationOrderSchema,
    reply: z.union([preflightReply, migratedReply]),
    others: { 202: acceptedReply },
    call: (parameters, ctx) => orderMigration(migrations, parameters, ctx),
  });
}

async function orderMigration(
  migrations: MigrationApi,
  parameters: MigrationOrder,
  ctx: Context,
): Promise<object> {
  const request = migrationRequestOf(parameters);
  if (parameters.dry_run) {
    const found = await migrations.dryRun(request);
    const { findings, proposal, warnings, space, plan, status, snapshots, prediction } = found;
    return {
      success: 'Preflight finished.',
      possible: findings.length === 0,
      findings: findings.map((finding) => ({
        subject: finding.subject,
        message: messageOf(finding, proposal),
      })),
      proposal: proposal ?? null,
      flags: proposal ? flagsOf(proposal) : null,
      warnings,
      space: {
        needed_bytes: space.needed,
        needed_max_bytes: space.neededMax,
        available_bytes: space.available,
      },
      container: { status, snapshots, used_bytes: plan.usedBytes || null },
      via: plan.via,
      precopy: plan.precopy,
      predicted_downtime: predictionView(prediction),
    };
  }
  if (prefersAsync(ctx)) {
    const { id } = await migrations.begin(request);
    ctx.status = 202;
    ctx.set('Location', pathOf(id));
    ctx.set('Preference-Applied', 'respond-async');
    return { success: 'Migration accepted.', id, migration: pathOf(id) };
  }
  return { success: 'Container migrated successfully.', ...(await migrations.migrate(request)) };
}

const described = (parameters: z.ZodObject, reply: z.ZodType) => ({
  '': { summary: '', parameters, replies: { 200: reply } },
});

export const migrationEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/migrations',
    id: 'listMigrations',
    summary: 'Present and past migrations, the newest first',
    operations: described(
      listSchema,
      z.object({ migrations: z.array(migrationSchema), success: z.literal('migrations') }),
    ),
  },
  {
    method: 'get',
    path: '/REST/migrations/{id}',
    id: 'readMigration',
    summary: 'One migration',
    operations: described(noParameters, migrationSchema.extend({ success: z.literal('migration') })),
  },
  {
    method: 'delete',
    path: '/REST/migrations/{id}',
    id: 'cancelMigration',
    summary: 'Cancels a migration, while that is possible; 202 if it still goes back',
    operations: {
      '': {
        summary: '',
        parameters: noParameters,
        replies: {
          200: migrationSchema.extend({ success: z.literal('Migration cancelled.') }),
          // Going back takes longer than a client wants to wait.
          202: migrationSchema.extend({ success: z.literal('Cancellation requested.') }),
        },
      },
    },
  },
  {
    method: 'post',
    path: '/REST/migrations/{id}',
    id: 'changeMigration',
    noun: 'migration',
    summary: 'Decides a migration that waits for a host which does not come back',
    operations: {
      resolve: {
        summary: 'Decides which copy is valid, where the migration waits; what it costs is in `choices`',
        parameters: resolveSchema,
        replies: { 200: migrationSchema.extend({ success: z.literal('Migration resolved.') }) },
      },
    },
  },
];

export function migrationRoutes(router: Router, migrations: MigrationApi): void {
  router.get('/REST/migrations', async (ctx) => {
    const { container_name, limit } = checkParameters(listSchema, parametersOf(ctx));
    const isShown = (between: Between) => isAboutPoolsOf(principalOf(ctx), between);
    const filter = { limit, isShown, ...(container_name === undefined ? {} : { container: container_name }) };
    await migrations.refresh();
    ctx.body = { migrations: migrations.list(filter), success: 'migrations' };
  });
  router.get('/REST/migrations/:id', async (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    await migrations.refresh(idOf(ctx));
    ctx.body = { ...shownMigration(principalOf(ctx), migrations.get(idOf(ctx))), success: 'migration' };
  });
  router.post('/REST/migrations/:id', async (ctx) => {
    operationOf(parametersOf(ctx), ['resolve']);
    const { keep } = checkParameters(resolveSchema, parametersOf(ctx));
    await migrations.refresh(idOf(ctx));
    checkBothPools(principalOf(ctx), () => migrations.get(idOf(ctx)));
    const migration = await migrations.resolve(idOf(ctx), keep);
    ctx.body = { success: 'Migration resolved.', ...migration };
  });
  router.delete('/REST/migrations/:id', async (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    await migrations.refresh(idOf(ctx));
    checkBothPools(principalOf(ctx), () => migrations.get(idOf(ctx)));
    const migration = await migrations.cancel(idOf(ctx));
    const isBack = verdictOf(migration.phase) === 'stayed';
    if (!isBack) ctx.status = 202;
    ctx.body = { success: isBack ? 'Migration cancelled.' : 'Cancellation requested.', ...migration };
  });
}

type Between = Pick<MigrationView, 'source' | 'destination'>;

/** A token that is confined to some pools sees the migrations from them and to them. */
function isAboutPoolsOf(principal: Principal, { source, destination }: Between): boolean {
  return mayReach(principal, source) || mayReach(principal, destination);
}

/** Throws `not_found` also for a migration that this principal must not see. */
function shownMigration(principal: Principal, migration: MigrationView): MigrationView {
  if (isAboutPoolsOf(principal, migration)) return migration;
  throw unknownMigration(migration.id);
}

/** Who changes a migration has to reach both its pools. */
function checkBothPools(principal: Principal, migration: () => MigrationView): void {
  if (!principal.pools) return;
  const { source, destination } = shownMigration(principal, migration());
  for (const pool of [source, destination]) checkReach(principal, pool);
}

function idOf(ctx: { params: Record<string, string> }): string {
  const id = ctx.params['id'] ?? '';
  checkName('migration', id, migrationIdPattern, migrationIdRule);
  return id;
}

/** RFC 7240: the client does not want to wait for the result. */
function prefersAsync(ctx: Context): boolean {
  return ctx
    .get('Prefer')
    .split(/[,;]/)
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}

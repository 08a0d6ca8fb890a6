/** `/REST/migrations`: present and past migrations; and the operation that starts one, with its options. */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import {
  checkName,
  containerNamePattern,
  containerNameRule,
  migrationIdPattern,
  migrationIdRule,
  poolNamePattern,
  poolNameRule,
  shown,
} from '../../../common/names.js';
import { CopaError } from '../../../common/errors.js';
import { principalOf } from '../request/state.js';
import { checkReach, mayReach, type Principal } from '../../model/principal.js';
import { unknownMigration } from '../../migration/repository.js';
import { messageOf, type Preflight } from '../../migration/preflight.js';
import { flagsOf } from '../../migration/proposal.js';
import type { Keep } from '../../migration/resolution.js';
import { predictionView } from '../../migration/view.js';
import { migrationSchema, predictionSchema, type MigrationView } from '../../model/migration-view.js';
import type { MigrationFilter, MigrationRequest, MigrationResult } from '../../migration/service.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, type Operation } from '../openapi/operations.js';
import {
  checkParameters,
  flag,
  operationOf,
  parametersOf,
  text,
  time,
  unused,
  wholeNumber,
} from '../request/parameters.js';
import { containerName, containerPool } from '../openapi/schemas.js';
import {
  checkHostName,
  noMapping,
  parseNetwork,
  profileModes,
  type MappingOrder,
} from '../../model/mapping.js';

/** The part of the service that the routes use. */
export interface MigrationApi {
  migrate(request: MigrationRequest): Promise<MigrationResult>;
  begin(request: MigrationRequest): Promise<MigrationView>;
  dryRun(request: MigrationRequest): Promise<Preflight>;
  list(filter: MigrationFilter): MigrationView[];
  get(id: string): MigrationView;
  cancel(id: string): Promise<MigrationView>;
  resolve(id: string, keep: Keep): Promise<MigrationView>;
}

const orderSchema = z.strictObject({
  operation: unused,
  image_type: unused,
  container_name: containerName,
  container_pool: containerPool,
  destination_pool: text.describe('The destination.'),
  stop_timeout: wholeNumber(1, 3600)
    .default(30)
    .describe('How many seconds it may take to shut down; if it takes longer, the migration is undone.'),
  force: flag.default(false).describe('Kill it when it has not shut down in time.'),
  live: flag
    .default(false)
    .describe(
      'Move the running processes (CRIU) instead of stopping and starting it; refused if a host cannot.',
    ),
  passes_max: wholeNumber(0, 20).optional().describe('Copies made while it runs, at most; 0 stops it first.'),
  bandwidth_limit: wholeNumber(0, 100_000_000_000)
    .default(0)
    .describe('Bytes a second, at most; 0 is no limit.'),
  compress: flag
    .default(false)
    .describe(
      'Compress on the way, for a link slower than some 20 MB/s; on a faster one it only takes longer.',
    ),
  keep_source_as: text.default('').describe('Keep the source, stopped, under this name.'),
  max_downtime: time(100, 3600_000).optional().meta({
    description:
      'It is stopped only when its predicted downtime is not longer (2s, 500ms, 1m); else more passes are made, up to passes_max, and then the move goes back.',
    example: '2s',
  }),
  settle_seconds: wholeNumber(0, 600)
    .default(2)
    .describe(
      'How many seconds it has to stay up on the destination; if it stops by itself, the move goes back.',
    ),
  destination_storage: text
    .default('')
    .meta({ description: 'The storage pool on the destination for its root disk.', example: 'tank' }),
  destination_network: text.default('').meta({
    description:
      'The network on the destination, managed or a bridge of the host: one name for all NICs, or pairs NIC=NETWORK, separated by commas.',
    example: 'eth0=br0',
  }),
  profiles: z
    .enum(profileModes, `one of ${profileModes.join(', ')} is expected`)
    .optional()
    .describe(
      "same: those of the same names. map: as the destination's translations say; the default, if it has some. flatten: none; what they gave is written into the container.",
    ),
  new_name: text
    .default('')
    .describe(
      `The name that it gets on the destination: ${containerNameRule}; without one it keeps its own.`,
    ),
  dry_run: flag.default(false).describe('Only check, and report what prevents the migration.'),
});

const migratedReply = z
  .object({
    success: z.literal('Container migrated successfully.'),
    warning: z.string().optional(),
    warnings: z.array(z.string()).optional().describe('Differences at the destination.'),
  })
  .meta({ id: 'Migrated' });
const acceptedReply = z
  .object({
    success: z.literal('Migration accepted.'),
    id: z.string(),
    migration: z.string().describe('The path to follow it at, and to cancel it.'),
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
    parameters: orderSchema,
    reply: z.union([preflightReply, migratedReply]),
    others: { 202: acceptedReply },
    call: (parameters, ctx) => orderMigration(migrations, parameters, ctx),
  });
}

async function orderMigration(
  migrations: MigrationApi,
  parameters: z.output<typeof orderSchema>,
  ctx: Context,
): Promise<object> {
  const isRenamed = parameters.new_name !== '' && parameters.new_name !== parameters.container_name;
  const request: MigrationRequest = {
    container: parameters.container_name,
    source: parameters.container_pool,
    destination: parameters.destination_pool,
    options: {
      stopTimeoutSeconds: parameters.stop_timeout,
      force: parameters.force,
      live: parameters.live,
      passesMax: parameters.passes_max ?? (parameters.max_downtime === undefined ? 5 : 20),
      bytesPerSecondMax: parameters.bandwidth_limit,
      compress: parameters.compress,
      keepSourceAs: parameters.keep_source_as,
      settleSeconds: parameters.settle_seconds,
      ...(isRenamed ? { newName: parameters.new_name } : {}),
      mapping: mappingIn(parameters),
      ...(parameters.max_downtime === undefined ? {} : { maxDowntimeMs: parameters.max_downtime }),
    },
  };
  checkRequest(request);
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

function mappingIn(order: z.output<typeof orderSchema>): MappingOrder {
  const { destination_storage: storage, destination_network: network, profiles } = order;
  if (storage) checkHostName('destination_storage', storage);
  return {
    ...noMapping,
    storage,
    ...parseNetwork(network),
    ...(profiles === undefined ? {} : { profiles }),
  };
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
    summary: 'Cancels a migration, while that is possible',
    operations: described(
      noParameters,
      migrationSchema.extend({ success: z.literal('Migration cancelled.') }),
    ),
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
  router.get('/REST/migrations', (ctx) => {
    const { container_name, limit } = checkParameters(listSchema, parametersOf(ctx));
    const isShown = (between: Between) => isAboutPoolsOf(principalOf(ctx), between);
    const filter = { limit, isShown, ...(container_name === undefined ? {} : { container: container_name }) };
    ctx.body = { migrations: migrations.list(filter), success: 'migrations' };
  });
  router.get('/REST/migrations/:id', (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    ctx.body = { ...shownMigration(principalOf(ctx), migrations.get(idOf(ctx))), success: 'migration' };
  });
  router.post('/REST/migrations/:id', async (ctx) => {
    operationOf(parametersOf(ctx), ['resolve']);
    const { keep } = checkParameters(resolveSchema, parametersOf(ctx));
    checkBothPools(principalOf(ctx), () => migrations.get(idOf(ctx)));
    const migration = await migrations.resolve(idOf(ctx), keep);
    ctx.body = { success: 'Migration resolved.', ...migration };
  });
  router.delete('/REST/migrations/:id', async (ctx) => {
    checkParameters(noParameters, parametersOf(ctx));
    checkBothPools(principalOf(ctx), () => migrations.get(idOf(ctx)));
    const migration = await migrations.cancel(idOf(ctx));
    ctx.body = { success: 'Migration cancelled.', ...migration };
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

function checkRequest({ container, source, destination, options }: MigrationRequest): void {
  const { keepSourceAs, newName } = options;
  checkName('container_name', container, containerNamePattern, containerNameRule);
  checkName('container_pool', source, poolNamePattern, poolNameRule);
  checkName('destination_pool', destination, poolNamePattern, poolNameRule);
  if (newName !== undefined) checkName('new_name', newName, containerNamePattern, containerNameRule);
  if (!keepSourceAs) return;
  checkName('keep_source_as', keepSourceAs, containerNamePattern, containerNameRule);
  if (keepSourceAs !== container) return;
  throw new CopaError(
    'invalid_argument',
    `keep_source_as ${shown(keepSourceAs)} is the container's own name: give another one`,
  );
}

/** RFC 7240: the client does not want to wait for the result. */
function prefersAsync(ctx: Context): boolean {
  return ctx
    .get('Prefer')
    .split(/[,;]/)
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}

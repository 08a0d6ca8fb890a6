/**
 * `/REST/network/`: what programs measured, and what the hosts measure themselves, as the specification's programs post
 * and read it.
 */
import type Router from '@koa/router';
import type { Context } from 'koa';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import type { PostedKind } from '../../../common/measurements.js';
import type { HostState } from '../../inventory/host-state.js';
import { mayReach } from '../../model/principal.js';
import { linkSeriesOf, newestOfStations } from '../../usecases/dashboards.js';
import type { Delegations } from '../../usecases/delegations.js';
import type { MeasuredRow } from '../../usecases/measured-rows.js';
import type { Measurements } from '../../usecases/measurements.js';
import type { Endpoint } from '../openapi/document.js';
import { fieldsOf } from '../request/fields.js';
import { parameterListOf, parametersOf } from '../request/parameters.js';
import { signalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';
import * as schemas from './network-schemas.js';

export interface NetworkServices {
  readonly measurements: Measurements;
  readonly delegations: Delegations;
  readonly inventory: { get(name: string): HostState | undefined };
}

const kinds = {
  kpilink: { kind: 'link', posted: 'post_kpilink', about: 'a link' },
  kpiresource: { kind: 'resource', posted: 'kpiresource', about: "a pool's CPU and memory" },
  kpiwireless: { kind: 'wireless', posted: 'post_kpiwireless', about: 'a wireless station' },
  kpicommand: { kind: 'command', posted: 'kpicommand', about: 'the times of a command' },
} as const satisfies Readonly<Record<string, { kind: PostedKind; posted: string; about: string }>>;

type Path = keyof typeof kinds;
const paths = Object.keys(kinds) as Path[];

/** The specification's times: a dashboard's means, and its links. */
const dashboardMs = 30_000;
const linksMs = 300_000;

const none = z.object({});
const locusReply = z.object({ locus: z.array(z.string()), success: z.literal('locus') });
const configurationReply = z.object({
  configuration: z.array(
    z.object({
      name: z.literal('default'),
      delegation_mode: z.string(),
      auto_delegation_type: z.string(),
    }),
  ),
});
const nothingMoves = 'nothing moves until auto_delegation_type is chosen as well';
const changedReply = z.object({
  success: z.literal('update_configuration'),
  warning: z.string().optional().describe('In mode a without an algorithm.'),
});
const dashboardReply = z.object({
  data: z.array(schemas.dashboardPool),
  warning: schemas.warning,
  success: z.literal('dashboard'),
});
const linksReply = z.object({
  links: z.array(schemas.linkSeries),
  id_last_item: z.int(),
  wireless: z.array(schemas.rows.wireless).optional(),
  warning: schemas.warning,
  success: z.literal('dashboardlinks'),
});

/** Its only operation. */
const only = (parameters: z.ZodObject, reply: z.ZodType) => ({
  '': { summary: '', parameters, replies: { 200: reply } },
});
const at = (path: string) => `/REST/network/${path}`;
const idOf = (verb: string, path: Path) => `${verb}${path[0]?.toUpperCase() ?? ''}${path.slice(1)}`;

function kindEndpoints(path: Path): Endpoint[] {
  const { kind, posted, about } = kinds[path];
  const reply = z.object({
    measurements: z.array(schemas.rows[kind]),
    truncated: schemas.isCut,
    success: z.literal(path),
  });
  const several = { description: 'Stores a measurement of a station, or of several: a JSON list of them.' };
  return [
    {
      method: 'get',
      path: at(path),
      id: idOf('read', path),
      summary: `Measurements of ${about}, the newest first`,
      operations: only(schemas.reads, reply),
    },
    {
      method: 'post',
      path: at(path),
      id: idOf('post', path),
      summary: `Stores a measurement of ${about}`,
      ...(kind === 'wireless' ? several : {}),
      operations: only(schemas.posts[kind], z.object({ success: z.literal(posted) })),
    },
  ];
}

export const networkEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: at('locus'),
    id: 'listLoci',
    summary: 'The names of all pools',
    operations: only(none, locusReply),
  },
  ...paths.flatMap(kindEndpoints),
  {
    method: 'get',
    path: at('configuration'),
    id: 'readConfiguration',
    summary: 'Whether containers move by themselves, and by what',
    operations: only(none, configurationReply),
  },
  {
    method: 'post',
    path: at('configuration'),
    id: 'changeConfiguration',
    summary: 'Changes whether containers move by themselves, and by what',
    operations: only(schemas.change, changedReply),
  },
  {
    method: 'get',
    path: at('dashboard'),
    id: 'readDashboard',
    summary: 'Means of all pools, and their containers',
    operations: only(none, dashboardReply),
  },
  {
    method: 'get',
    path: at('dashboardlinks'),
    id: 'readDashboardLinks',
    summary: 'The newest rows of the links of a pool',
    operations: only(schemas.links, linksReply),
  },
];

export function networkRoutes(router: Router, services: NetworkServices): void {
  const { measurements, delegations } = services;
  router.get('/REST/network/locus', async (ctx) => {
    const locus = (await measurements.pools()).filter((name) => mayReach(principalOf(ctx), name));
    ctx.body = { locus, success: 'locus' };
  });
  for (const path of paths) {
    router.get(`/REST/network/${path}`, (ctx) => answerRows(ctx, path, measurements));
    router.post(`/REST/network/${path}`, (ctx) => storeRows(ctx, path, measurements));
  }
  router.get('/REST/network/configuration', async (ctx) => {
    const { mode, algorithm } = await delegations.read();
    ctx.body = {
      configuration: [{ name: 'default', delegation_mode: mode, auto_delegation_type: algorithm }],
    };
  });
  router.post('/REST/network/configuration', async (ctx) => {
    const { delegation_mode: mode, auto_delegation_type: algorithm } = fieldsOf(
      schemas.change,
      parametersOf(ctx),
    );
    if (mode === undefined && algorithm === undefined) {
      throw new CopaError('invalid_argument', "Required Field 'delegation_mode' not in post");
    }
    const change = { ...(mode && { mode }), ...(algorithm !== undefined && { algorithm }) };
    const now = await delegations.change(change);
    const isIdle = now.mode === 'a' && now.algorithm === '';
    ctx.body = { success: 'update_configuration', ...(isIdle ? { warning: nothingMoves } : {}) };
  });
  router.get('/REST/network/dashboard', (ctx) => answerDashboard(ctx, services));
  router.get('/REST/network/dashboardlinks', (ctx) => answerLinks(ctx, services));
}

async function answerRows(ctx: Context, path: Path, measurements: Measurements): Promise<void> {
  const { locus, last } = fieldsOf(schemas.reads, parametersOf(ctx));
  const { rows, isCut } = await measurements.read(kinds[path].kind, locus, last);
  const principal = principalOf(ctx);
  const shown = rows.filter(
    ({ values }) => !('locus2_id' in values) || mayReach(principal, values.locus2_id),
  );
  ctx.body = { measurements: shown.map(viewOf), ...(isCut ? { truncated: true } : {}), success: path };
}

async function storeRows(ctx: Context, path: Path, measurements: Measurements): Promise<void> {
  const { kind, posted } = kinds[path];
  if (kind === 'link') {
    const { locus1, locus2, ...values } = fieldsOf(schemas.posts.link, parametersOf(ctx));
    await measurements.pool(locus2);
    const row = { locus2_id: locus2, ...values } as Parameters<typeof measurements.append<'link'>>[2][number];
    await measurements.append('link', locus1, [row]);
  } else if (kind === 'wireless') {
    const byLocus = new Map<string, Parameters<typeof measurements.append<'wireless'>>[2][number][]>();
    for (const parameters of parameterListOf(ctx)) {
      const { locus, ...row } = fieldsOf(schemas.posts.wireless, parameters);
      byLocus.set(locus, [...(byLocus.get(locus) ?? []), row]);
    }
    // Nothing is stored when one of several pools is not known.
    for (const locus of byLocus.keys()) await measurements.pool(locus);
    for (const [locus, rows] of byLocus) await measurements.append('wireless', locus, rows);
  } else if (kind === 'resource') {
    const { locus, ...row } = fieldsOf(schemas.posts.resource, parametersOf(ctx));
    await measurements.append('resource', locus, [row]);
  } else {
    const { locus, ...row } = fieldsOf(schemas.posts.command, parametersOf(ctx));
    await measurements.append('command', locus, [row]);
  }
  ctx.body = { success: posted };
}

async function answerDashboard(ctx: Context, { measurements, inventory }: NetworkServices): Promise<void> {
  const principal = principalOf(ctx);
  const { results, failures, pools } = await measurements.summaries(
    (pool) => mayReach(principal, pool),
    dashboardMs,
    signalOf(ctx),
  );
  const data = pools.map((name) => {
    const { cpu = null, memory: mem = null, throughput = null } = results.get(name) ?? {};
    const containers = inventory.get(name)?.containers.all() ?? [];
    return {
      name,
      cpu,
      mem,
      throughput: throughput === null ? null : throughput * 1024,
      containers: containers.map((container) => ({ name: container.name, status: container.status })),
    };
  });
  ctx.body = { data, ...warningOf(failures), success: 'dashboard' };
}

async function answerLinks(ctx: Context, { measurements }: NetworkServices): Promise<void> {
  const { locus, id_last_item: aboveId } = fieldsOf(schemas.links, parametersOf(ctx));
  await measurements.pool(locus);
  const principal = principalOf(ctx);
  const { results, failures } = await measurements.linksOf(
    locus,
    (pool) => mayReach(principal, pool),
    { aboveId, ageMsMax: linksMs },
    signalOf(ctx),
  );
  const rows = [...results.values()].flat().filter(({ values }) => mayReach(principal, values.locus2_id));
  const wireless = newestOfStations(
    (await measurements.read('wireless', locus, undefined, { ageMsMax: dashboardMs })).rows,
  );
  ctx.body = {
    links: linkSeriesOf(locus, rows),
    id_last_item: rows.reduce((highest, { id }) => Math.max(highest, id), aboveId),
    ...(wireless.length > 0 ? { wireless: wireless.map(viewOf) } : {}),
    ...warningOf(failures),
    success: 'dashboardlinks',
  };
}

function warningOf(failures: readonly string[]): { readonly warning?: string } {
  return failures.length > 0 ? { warning: failures.join('; ') } : {};
}

function viewOf({ id, atMs, pool, values }: MeasuredRow<PostedKind>): object {
  const host = 'locus2_id' in values ? { locus1_id: pool } : { locus_id: pool };
  return { id, timestamp: new Date(atMs).toISOString(), ...host, ...values };
}

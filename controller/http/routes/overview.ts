/** `/REST/overview`: the live state of all pools, page by page. */
import type Router from '@koa/router';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { matches, parseSelector, type LabelCondition } from '../../../common/labels.js';
import { checkPoolName, shown } from '../../../common/names.js';
import { principalOf } from '../request/state.js';
import { mayReach, type Principal } from '../../model/principal.js';
import type { EventLog } from '../../events/event-log.js';
import { containerSchema, labelsSchema, type ContainerLine } from '../../model/container.js';
import { translationsReply } from '../../model/mapping.js';
import { schedulingSchema } from '../../model/scheduling.js';
import type { Inventory } from '../../inventory/inventory.js';
import type { HostState } from '../../inventory/host-state.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, parametersOf, text, wholeNumber } from '../request/parameters.js';

export const overviewParameters = z.strictObject({
  container_pool: text.optional().describe('Only this pool.'),
  limit: wholeNumber(1, 1000).default(100).describe('Pools in one answer, at most.'),
  labels: text
    .optional()
    .describe(
      'Only containers with these labels: NAME=VALUE, NAME!=VALUE, NAME or !NAME, separated by commas.',
    ),
  after: text.optional().describe('Continue after the pool of this name: the `next` of the page before.'),
});

const poolReply = z
  .object({
    name: z.string(),
    ip: z.string(),
    state: z
      .enum(['up', 'down', 'unknown'])
      .describe('Down: its agent or its daemon does not answer. Unknown: not reached yet.'),
    reason: z.string().nullable().describe('Why it is down.'),
    since: z
      .string()
      .describe(
        'Since when it is in this state, ISO 8601. The containers of a pool that is down are as last seen.',
      ),
    daemon: z.string().nullable().describe('lxd or incus.'),
    daemon_version: z.string().nullable(),
    translations: translationsReply,
    labels: labelsSchema,
    scheduling: schedulingSchema.describe('All but active: it takes no new containers.'),
    containers: z.array(containerSchema),
  })
  .meta({ id: 'Pool' });

export const overviewReply = z
  .object({
    success: z.literal('overview'),
    event_id: z.string().describe('Resume GET /REST/events from here to miss nothing.'),
    controller: z.object({ name: z.string(), version: z.string(), started_at: z.string() }),
    totals: z
      .object({
        pools: z.object({ up: z.int(), down: z.int(), unknown: z.int() }),
        containers: z.int().describe('Those of pools that are down are counted as they were last seen.'),
      })
      .describe('Of all pools that the token may reach, not only those of this answer.'),
    pools: z.array(poolReply),
    next: z.string().nullable().describe('The `after` of the next page; null: this is the last one.'),
  })
  .meta({ id: 'Overview' });

export const overviewEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/overview',
    id: 'readOverview',
    summary: 'All pools and their containers, as the controller sees them now',
    operations: { '': { summary: '', parameters: overviewParameters, replies: { 200: overviewReply } } },
  },
];

type Overview = z.output<typeof overviewReply>;

/** What the route reads. */
export interface LiveView {
  readonly inventory: Pick<Inventory, 'all' | 'get'>;
  readonly eventLog: Pick<EventLog, 'id'>;
  readonly controller: Overview['controller'];
}

export function overviewRoutes(router: Router, { inventory, eventLog, controller }: LiveView): void {
  router.get('/REST/overview', (ctx) => {
    const { container_pool, limit, after, labels } = checkParameters(overviewParameters, parametersOf(ctx));
    const conditions = labels === undefined ? undefined : parseSelector('labels', labels);
    const principal = principalOf(ctx);
    const all = reachable(inventory.all(), principal);
    const wanted =
      container_pool === undefined
        ? pageOf(all, limit, after)
        : { pools: [poolOf(inventory, container_pool)], next: null };
    ctx.body = {
      success: 'overview',
      event_id: eventLog.id,
      controller,
      totals: totalsOf(all),
      pools: wanted.pools.map((host) => viewOf(host, conditions)),
      next: wanted.next,
    };
  });
}

function poolOf(fleet: Pick<Inventory, 'get'>, name: string): HostState {
  checkPoolName('container_pool', name);
  const host = fleet.get(name);
  if (!host) throw new CopaError('not_found', `there is no pool ${shown(name)}`);
  return host;
}

/** `all` must be sorted by name. */
export function pageOf(
  all: readonly HostState[],
  limit: number,
  after: string | undefined,
): { pools: readonly HostState[]; next: string | null } {
  const found = after === undefined ? 0 : all.findIndex(({ name }) => name > after);
  const from = found < 0 ? all.length : found;
  const pools = all.slice(from, from + limit);
  return { pools, next: from + limit < all.length ? (pools.at(-1)?.name ?? null) : null };
}

function totalsOf(all: readonly HostState[]) {
  const pools = { up: 0, down: 0, unknown: 0 };
  let containers = 0;
  for (const host of all) {
    pools[host.state]++;
    containers += host.containers.size;
  }
  return { pools, containers };
}

function viewOf(host: HostState, conditions: readonly LabelCondition[] | undefined) {
  const isWanted = (container: ContainerLine) =>
    conditions === undefined || matches(container.labels, conditions);
  return {
    name: host.name,
    ip: host.address,
    state: host.state,
    reason: host.reason,
    since: new Date(host.sinceMs).toISOString(),
    daemon: host.daemon,
    daemon_version: host.daemonVersion,
    translations: host.translations,
    labels: host.labels,
    scheduling: host.scheduling,
    containers: host.containers.all().filter(isWanted),
  };
}

function reachable(all: readonly HostState[], principal: Principal): readonly HostState[] {
  return principal.pools ? all.filter(({ name }) => mayReach(principal, name)) : all;
}

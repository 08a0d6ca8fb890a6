/** The events of a fleet, with the names of the REST API. */
import { z } from 'zod';
import { protocols } from '../../common/net/ports.js';
import { evacuationSummarySchema } from './evacuation-view.js';
import { migrationSchema } from './migration-view.js';
import { decisionSchema } from './policy.js';
import { rebalanceMoveSchema } from './rebalance.js';
import { translationsReply } from './mapping.js';
import type { ReplyOf } from './reply.js';
import {
  containerChanges,
  containerSchema,
  labelsSchema,
  type ContainerView,
  type ContainerLine,
} from './container.js';

/** A pool takes no new containers, takes them again, or is in a state of an evacuation. */
const schedulingEvents = [
  'pool.cordoned',
  'pool.uncordoned',
  'pool.evacuating',
  'pool.evacuated',
  'pool.restoring',
] as const;

/** A rebalance has ordered a move; it was refused; somebody has moved the container back. */
const rebalanceEvents = ['rebalance.ordered', 'rebalance.refused', 'rebalance.moved_back'] as const;

/** A controller has joined, was removed, answers, or does not. */
const controllerEvents = [
  'controller.joined',
  'controller.removed',
  'controller.up',
  'controller.down',
] as const;

const at = z.string().describe('When the controller learned it, ISO 8601.');
const pool = z.string();

/** The event as readers get it. */
export const inventoryEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('pool.added'), at, pool, ip: z.string() }),
  z.object({ type: z.literal('pool.removed'), at, pool }),
  z.object({ type: z.literal('pool.translated'), at, pool, translations: translationsReply }),
  z.object({ type: z.literal('pool.labelled'), at, pool, labels: labelsSchema }),
  z.object({
    type: z.enum(schedulingEvents),
    at,
    pool,
  }),
  z.object({ type: z.literal('evacuation.progress'), at, evacuation: evacuationSummarySchema }),
  z.object({
    type: z.literal('pool.up'),
    at,
    pool,
    daemon: z.string().nullable(),
    daemon_version: z.string().nullable(),
  }),
  z.object({ type: z.literal('pool.down'), at, pool, reason: z.string() }),
  z.object({
    type: z.enum(containerChanges.map((change) => `container.${change}` as const)),
    at,
    pool,
    container: containerSchema,
  }),
  z.object({
    type: z.literal('container.renamed'),
    at,
    pool,
    container: containerSchema,
    old_name: z.string(),
  }),
  z.object({ type: z.literal('container.deleted'), at, pool, container: z.object({ name: z.string() }) }),
  z.object({
    type: z.literal('container.moved'),
    at,
    container: z.string(),
    source: pool,
    destination: pool,
    new_name: z.string().optional().describe('Its name on the destination, if that is another one.'),
    migration: z.string().describe('Its ID.'),
  }),
  z.object({
    type: z.enum(['migration.phase', 'migration.progress']),
    at,
    migration: migrationSchema,
  }),
  z.object({
    type: z.literal('network.conflict').describe('Somebody gave a container an address of another one.'),
    at,
    network: z.string(),
    pool,
    message: z.string(),
  }),
  z.object({
    type: z
      .enum(['port.published', 'port.unpublished'])
      .describe('A port of hosts leads to a container, or does so no more.'),
    at,
    pool: pool.describe('Of the container.'),
    container: z.string(),
    network: z.string(),
    protocol: z.enum(protocols),
    port: z.int(),
  }),
  z.object({ type: z.literal('policy.decided'), at, decision: decisionSchema }),
  z.object({ type: z.literal('backup.made'), at, bytes: z.int() }),
  z.object({ type: z.literal('backup.failed'), at, reason: z.string() }),
  z.object({ type: z.enum(controllerEvents), at, controller: z.string() }),
  z.object({ type: z.enum(rebalanceEvents), at, move: rebalanceMoveSchema }),
]);

/**
 * The event at the time it happens. The event log adds the time, and serializes its container when it is first read.
 */
export type InventoryEvent = Kept<Untimed<ReplyOf<typeof inventoryEventSchema>>>;

type Kept<Event> = Event extends { readonly container: ContainerView }
  ? Omit<Event, 'container'> & { readonly container: ContainerLine }
  : Event;

type Untimed<Event> = Event extends unknown ? Omit<Event, 'at'> : never;

/** Of no pool, so that a token which is confined to some does not see it. */
type GeneralEvent =
  { readonly type: 'backup.made' | 'backup.failed' } | { readonly type: (typeof controllerEvents)[number] };

function placesIn(
  event: Exclude<InventoryEvent, { readonly pool: string } | { readonly evacuation: object } | GeneralEvent>,
) {
  if (event.type === 'container.moved') return event;
  if ('move' in event) return event.move;
  return event.type === 'policy.decided' ? event.decision : event.migration;
}

/** Whether it concerns one of these pools. */
export function isAbout(event: InventoryEvent, pools: ReadonlySet<string>): boolean {
  if ('pool' in event) return pools.has(event.pool);
  if (event.type === 'evacuation.progress') return pools.has(event.evacuation.container_pool);
  if ('controller' in event || event.type === 'backup.made' || event.type === 'backup.failed') return false;
  const { source, destination } = placesIn(event);
  return pools.has(source) || pools.has(destination);
}

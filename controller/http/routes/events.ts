/** `/REST/events`: a stream of server-sent events. */
import type Router from '@koa/router';
import { z } from 'zod';
import type { EventStreams } from '../../events/event-streams.js';
import { strictSignalOf } from '../request/access.js';
import { principalOf } from '../request/state.js';
import { historyRowSchema, historySubjects, type HistorySubject } from '../../model/history-row.js';
import { inventoryEventSchema } from '../../model/event.js';
import { poolsMax, usageSchema } from '../../inventory/usage-watches.js';
import { CopaError, isCopaError, messageOf } from '../../../common/errors.js';
import { checkPoolName, shown } from '../../../common/names.js';
import type { Endpoint } from '../openapi/document.js';
import { checkParameters, flag, parametersOf, text } from '../request/parameters.js';

export const eventParameters = z.strictObject({
  container_pool: text.optional().describe('Only events of these pools, separated by commas.'),
  type: text
    .optional()
    .describe(
      'Only events of these types, separated by commas: whole ones (container.started) or the first part (container).',
    ),
  usage: flag
    .default(false)
    .describe(
      `Also send every 2 s what these pools and their containers use; for ${poolsMax} pools at most.`,
    ),
  usage_pool: text
    .optional()
    .describe(
      'Usage and measurements of these pools only, separated by commas, for a client that shows some pools and follows all.',
    ),
  measurements: text
    .optional()
    .describe(
      `Also send the newest measured values every 5 s: link, pool and container, separated by commas; for ${poolsMax} pools at most.`,
    ),
  last_event_id: text
    .optional()
    .describe('Continue after this event. The header Last-Event-ID does the same and takes precedence.'),
});

/** The data of an event. */
const eventSchema = z
  .discriminatedUnion('type', [
    ...inventoryEventSchema.options,
    usageSchema
      .extend({ type: z.literal('usage'), at: z.string(), pool: z.string() })
      .describe('It has no id, because no client needs a missed one.'),
    z
      .object({
        type: z.literal('measurement'),
        at: z.string(),
        what: z.enum(historySubjects),
        pool: z.string(),
        values: z
          .array(historyRowSchema)
          .describe('Of the pool itself, or of each of its links or containers with a new value.'),
      })
      .describe('Only with the parameter measurements. It has no id, because no client needs a missed one.'),
    z
      .object({ type: z.literal('reset') })
      .describe('The events after the last id are no longer kept: read the overview again.'),
    z.object({ type: z.literal('bye'), reason: z.string() }).describe('The stream ends: connect again.'),
  ])
  .meta({ id: 'Event' });

const stream = z.string().meta({
  description: 'Each event has an `event` (its type), `data`, and mostly an `id` to continue from.',
  contentMediaType: 'text/event-stream',
  contentSchema: { $ref: '#/components/schemas/Event' },
});

export const eventEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/events',
    id: 'readEvents',
    summary: 'A stream of server-sent events; it does not end by itself',
    operations: { '': { summary: '', parameters: eventParameters, replies: { 200: stream } } },
    replyType: 'text/event-stream',
    schemas: [eventSchema],
  },
];

/** How long the last event may wait for a client that does not read. */
const lastEventMs = 5_000;

export function eventRoutes(router: Router, streams: Pick<EventStreams, 'open'>): void {
  router.get('/REST/events', (ctx) => {
    const parameters = checkParameters(eventParameters, parametersOf(ctx));
    const pools = listOf(parameters.container_pool);
    for (const pool of pools ?? []) checkPoolName('container_pool', pool);
    const usageList = listOf(parameters.usage_pool);
    for (const pool of usageList ?? []) checkPoolName('usage_pool', pool);
    const usagePools = usageList ?? pools;
    const what = listOf(parameters.measurements)?.map(subjectIn);
    if ((parameters.usage || what) && usagePools && usagePools.length > poolsMax) {
      const name = usageList ? 'usage_pool' : 'container_pool';
      throw new CopaError(
        'invalid_argument',
        `usage and measurements are sent for ${poolsMax} pools at most, and ${name} names ${usagePools.length}`,
      );
    }
    const types = listOf(parameters.type);
    for (const type of types ?? []) checkType(type);
    const resume = ctx.get('Last-Event-ID') || parameters.last_event_id;
    const principal = principalOf(ctx);
    // The pipeline has checked that the token may reach the named pools.
    const filter = { pools: pools ? new Set(pools) : principal.pools, types };
    const usage = { pools: usagePools ? new Set(usagePools) : principal.pools };
    const reader = streams.open({
      filter,
      resume,
      usage: parameters.usage ? usage : undefined,
      measurements: what && { what: new Set(what), reach: principal.pools, ...usage },
    });
    const access = strictSignalOf(ctx);
    const leave = () => {
      const isEnded = isCopaError(access.reason, 'unauthenticated');
      reader.leave(isEnded ? 'the token is no longer valid' : messageOf(access.reason));
    };
    access.addEventListener('abort', leave);
    reader.once('close', () => {
      access.removeEventListener('abort', leave);
      // A client that was cut off because it does not read does not read the last event either.
      setTimeout(() => ctx.res.destroy(), lastEventMs).unref();
    });
    ctx.set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    ctx.body = reader;
  });
}

function listOf(value: string | undefined): readonly string[] | undefined {
  return value === undefined ? undefined : value.split(',').map((each) => each.trim());
}

function subjectIn(text: string): HistorySubject {
  const found = historySubjects.find((each) => each === text);
  if (found) return found;
  throw new CopaError(
    'invalid_argument',
    `measurements ${shown(text)} is not valid: ${historySubjects.join(', ')} are possible`,
  );
}

const types = inventoryEventSchema.options.flatMap(({ shape: { type } }): readonly string[] =>
  type instanceof z.ZodEnum ? type.options : [...type.values],
);
const nouns = [...new Set(types.map((type) => type.split('.')[0] ?? ''))];

function checkType(given: string): void {
  if (types.some((type) => type === given || type.startsWith(`${given}.`))) return;
  throw new CopaError(
    'invalid_argument',
    `type ${shown(given)} is not valid: it is ${nouns.join(', ')}, or one of their events, as container.started`,
  );
}

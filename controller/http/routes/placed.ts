/**
 * Operations whose pool may be `@any` or `@GROUP`: the pool is chosen first, and then the operation runs as if the request
 * had named it. A request that names a pool goes past all of this.
 */
import type { Context } from 'koa';
import { z } from 'zod';
import { MoveRefused } from '../../migration/refusals.js';
import type { PlacementAnswer } from '../../placement/place.js';
import type { Placements } from '../../usecases/placements.js';
import { operation, type Operation } from '../openapi/operations.js';
import { placementReply, placementRules, placementView } from '../openapi/placement.js';
import { containerName, documented, limits } from '../openapi/schemas.js';
import { checkParameters, parametersOf, text } from '../request/parameters.js';
import { principalOf, stateOf, type Parameters } from '../request/state.js';

/** The other parameters are checked by the operation itself. */
const rules = z.object(placementRules);
const placedCreate = rules.extend({
  ...{ container_pool: text, container_name: text, memory: limits.memory },
  labels: text.optional(),
  network: text.optional(),
});
const placedMove = rules.extend({
  ...{ destination_pool: text, container_pool: text, container_name: text },
  new_name: text.optional(),
});

/** `create`, also with `@any` and `@GROUP` as `container_pool`. */
export function placedCreation(inner: Operation, placements: Placements): Operation {
  return placed(inner, 'container_pool', (ctx, work) => {
    const { container_pool, container_name, memory, ...texts } = checkParameters(
      placedCreate,
      parametersOf(ctx),
    );
    const order = { ...texts, target: container_pool, name: container_name, memory };
    return placements.forNew({ ...order, principal: principalOf(ctx) }, work);
  });
}

/** `migrate`, also with `@any` and `@GROUP` as `destination_pool`. */
export function placedMigration(inner: Operation, placements: Placements): Operation {
  return placed(inner, 'destination_pool', (ctx, work) => {
    const parameters = checkParameters(placedMove, parametersOf(ctx));
    const { container_pool: source, container_name: name, destination_pool: target, ...texts } = parameters;
    const order = { ...texts, source, name, target, newName: texts.new_name || undefined };
    return placements.forMove({ ...order, principal: principalOf(ctx) }, work);
  });
}

type Place = (
  ctx: Context,
  work: (pool: string) => Promise<void>,
) => Promise<{
  readonly answer: PlacementAnswer;
  readonly pool: string;
  /** Pools that were tried first. */
  readonly refused?: readonly { readonly pool: string; readonly reason: string }[];
}>;

function placed(inner: Operation, field: 'container_pool' | 'destination_pool', place: Place): Operation {
  return {
    ...inner,
    parameters: inner.parameters.extend(placementRules),
    answer: async (ctx) => {
      const given = parametersOf(ctx);
      const target = given.get(field);
      if (typeof target !== 'string' || !target.startsWith('@')) {
        await inner.answer(ctx);
        return;
      }
      /** Of a dry run: what was found on the best pool. */
      let found: object | undefined;
      try {
        const { answer, pool, refused } = await place(ctx, async (chosen) => {
          stateOf(ctx).parameters = withPool(given, field, chosen);
          await inner.answer(ctx);
          const body = ctx.body as Checked;
          if (body.possible !== false) return;
          found ??= { ...body, [field]: chosen };
          throw refusedBy(body);
        });
        ctx.body = { ...(ctx.body as object), [field]: pool, placement: placementView(answer, refused) };
      } catch (error) {
        if (found === undefined) throw error;
        ctx.body = found;
      }
    },
  };
}

/** The part of a dry run's reply that decides whether another pool is tried, as the move itself would. */
interface Checked {
  readonly possible?: boolean;
  readonly findings?: readonly { readonly subject: string; readonly message: string }[];
}

function refusedBy({ findings = [] }: Checked): MoveRefused {
  const listed = findings.map(({ subject, message }) => `${subject}: ${message}`).join('; ');
  return new MoveRefused(`the move is not possible: ${listed}`, listed);
}

/** As the request would be if it named the pool. So the audit log has it, too. */
function withPool(given: Parameters, field: string, pool: string): Parameters {
  const own = [...given].filter(([name]) => !Object.hasOwn(placementRules, name));
  return new Map([...own, [field, pool]]);
}

/** The operation `place`: explains, and changes nothing. */
export function placeOperation(placements: Placements): Operation {
  return operation({
    summary: 'The pool that a new container would get, and why the others do not suit; changes nothing',
    parameters: z.strictObject({
      ...documented,
      container_pool: text.meta({ description: '`@any`, `@GROUP` or one pool.', example: '@any' }),
      container_name: containerName.optional(),
      memory: limits.memory,
      disk: text.optional().meta({ description: 'What has to be free, as a size.', example: '10GiB' }),
      ...placementRules,
    }),
    reply: placementReply,
    call: ({ container_pool: target, container_name: name, memory, disk, ...texts }, ctx) => {
      const order = { ...texts, target, name, memory, disk, principal: principalOf(ctx) };
      return Promise.resolve(placementView(placements.explain(order)));
    },
  });
}

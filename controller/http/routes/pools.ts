/** `/REST/pools`: the hosts that run containers. */
import type Router from '@koa/router';
import { z } from 'zod';
import { parseLabelChange } from '../../../common/labels.js';
import { labelsSchema } from '../../model/container.js';
import { labelChange } from '../openapi/schemas.js';
import { principalOf } from '../request/state.js';
import { mayReach } from '../../model/principal.js';
import { memoizeByObject } from '../../../common/async/memoize.js';
import { pageOf } from '../../model/page.js';
import type { Host } from '../../model/host.js';
import { hasTranslations, translationsReply } from '../../model/mapping.js';
import { schedulingSchema } from '../../model/scheduling.js';
import { defaultLimits, limitMax, type Limits } from '../../model/slots.js';
import { PoolRemoval } from '../../usecases/pool-removal.js';
import type { Networks } from '../../networks/networks.js';
import { testSeconds, type LinkTests } from '../../usecases/link-tests.js';
import type { Pools } from '../../usecases/pools.js';
import { mapping, unmapping } from '../../usecases/translations.js';
import { evacuate, evacuationOperations, restore, type EvacuationApi } from './evacuations.js';
import type { Endpoint } from '../openapi/document.js';
import { next, pageRequestOf, paging } from '../openapi/paging.js';
import { answerText, JsonText } from '../request/json-text.js';
import {
  checkParameters,
  operationOf,
  parametersOf,
  text,
  unused,
  wholeNumber,
} from '../request/parameters.js';

const operations = [
  'add',
  'map',
  'unmap',
  'label',
  'limit',
  'test_link',
  'cordon',
  'uncordon',
  'evacuate',
  'drain',
  'restore',
  'delete',
  'remove',
] as const;
const documented = { operation: unused, container_pool: unused, ip: unused };

const namePairs = (what: string, example: string) =>
  text.optional().meta({
    description: `Names of ${what} on other pools and on this one: FROM=TO, separated by commas.`,
    example,
  });
const nameList = (what: string) =>
  text.optional().describe(`Names of ${what} on other pools, separated by commas.`);

const schemas = {
  label: z.strictObject({ ...documented, container_pool: text, labels: labelChange }),
  list: z.strictObject({ ...documented, ...paging }),
  add: z.strictObject({ ...documented, container_pool: text, ip: text }),
  delete: z.strictObject({ ...documented, container_pool: text }),
  map: z.strictObject({
    ...documented,
    container_pool: text,
    storage: namePairs('storage pools', 'default=tank'),
    network: namePairs('networks, managed or bridges of the host', 'lxdbr0=br0'),
    profile: namePairs('profiles', 'web=base'),
  }),
  unmap: z.strictObject({
    ...documented,
    container_pool: text,
    storage: nameList('storage pools'),
    network: nameList('networks'),
    profile: nameList('profiles'),
  }),
  cordon: z.strictObject({ ...documented, container_pool: text }),
  test_link: z.strictObject({
    ...documented,
    container_pool: text.describe('The pool that sends.'),
    destination_pool: text.describe('The pool that receives.'),
    seconds: wholeNumber(1, testSeconds.max)
      .optional()
      .describe(`How long it sends; ${testSeconds.default} seconds if not given.`),
    mbits_max: wholeNumber(1, 1_000_000)
      .optional()
      .describe('At most so many Mbit/s; as much as the link carries if not given.'),
  }),
  limit: z.strictObject({
    ...documented,
    container_pool: text,
    copies: wholeNumber(1, limitMax)
      .optional()
      .describe(`Migrations that copy from or to it at a time; ${defaultLimits.copy} at first.`),
    cutovers: wholeNumber(1, limitMax)
      .optional()
      .describe(
        `Migrations that stop a container on it, or start it there, at a time; ${defaultLimits.cutover} at first.`,
      ),
  }),
};

const added = z.object({
  container_pool: z.string(),
  local_ip: z.string(),
  success: z.literal('Container pool added Successfully'),
});
const removed = z.object({
  container_pool: z.string(),
  success: z.literal('Container pool removed successfully.'),
  warning: z.string().optional().describe('What stays on its host, and how to clean that.'),
});
const translated = z.object({
  container_pool: z.string(),
  translations: translationsReply,
  success: z.literal('Translations changed.'),
});
const labelled = z.object({
  container_pool: z.string(),
  labels: labelsSchema,
  success: z.literal('Labels changed.'),
});
const limitsReply = z.object({ copies: z.int(), cutovers: z.int() });
const limited = z.object({
  container_pool: z.string(),
  limits: limitsReply,
  success: z.literal('Limits changed.'),
});
const linkTested = z.object({
  container_pool: z.string(),
  destination_pool: z.string(),
  throughput: z.number().describe('Mbit/s of payload, over TLS, as a move has it.'),
  bytes: z.int(),
  seconds: z.number().describe('From the first byte that came to the last one.'),
  success: z.literal('Link tested.'),
});
const cordoned = z.object({ container_pool: z.string(), success: z.literal('Pool cordoned.') });
const uncordoned = z.object({ container_pool: z.string(), success: z.literal('Pool uncordoned.') });
const listed = z.object({
  pools: z.array(z.array(z.string()).length(2)),
  translations: z
    .record(z.string(), translationsReply)
    .optional()
    .describe('Of those pools that have some, by name.'),
  labels: z.record(z.string(), labelsSchema).optional().describe('Of those pools that have some, by name.'),
  limits: z
    .record(z.string(), limitsReply)
    .optional()
    .describe('Of those pools that have others than the defaults, by name.'),
  scheduling: z
    .record(z.string(), schedulingSchema)
    .optional()
    .describe('Of those pools that are not active, by name.'),
  next: next.optional(),
  success: z.literal('pools'),
});
const removal = { summary: 'Forgets a host', parameters: schemas.delete, replies: { 200: removed } };

export const poolEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/pools',
    id: 'listPools',
    summary: 'The hosts that run containers',
    operations: { '': { summary: '', parameters: schemas.list, replies: { 200: listed } } },
  },
  {
    method: 'post',
    path: '/REST/pools',
    id: 'changePools',
    noun: 'pool',
    summary: 'Adds, removes and labels hosts, translates names for moves to them, and limits these',
    operations: {
      add: { summary: 'Makes a host known', parameters: schemas.add, replies: { 200: added } },
      map: {
        summary: 'Translates names of other pools in all moves to this one',
        parameters: schemas.map,
        replies: { 200: translated },
      },
      unmap: {
        summary: 'Removes translations',
        parameters: schemas.unmap,
        replies: { 200: translated },
      },
      label: {
        summary: 'Sets and removes labels, and keeps the others',
        parameters: schemas.label,
        replies: { 200: labelled },
      },
      limit: {
        summary: 'Sets how many migrations copy and cut over on it at a time',
        parameters: schemas.limit,
        replies: { 200: limited },
      },
      test_link: {
        summary: 'Sends traffic from a pool to another one, and measures how much arrives',
        parameters: schemas.test_link,
        replies: { 200: linkTested },
      },
      cordon: {
        summary: 'Takes no new containers from now on; those that are there stay',
        parameters: schemas.cordon,
        replies: { 200: cordoned },
      },
      uncordon: {
        summary: 'Takes new containers again',
        parameters: schemas.cordon,
        replies: { 200: uncordoned },
      },
      ...evacuationOperations,
      remove: removal,
      delete: removal,
    },
  },
];

const row = ({ name, address }: Host) => [name, address];
const limitsView = ({ copy, cutover }: Limits) => ({ copies: copy, cutovers: cutover });
const answerOf = (pools: readonly Host[]) => ({
  pools: pools.map(row),
  ...detailsOf(pools),
  success: 'pools',
});

/** What the specification's answer does not have: only of pools that have some, by name. */
function detailsOf(pools: readonly Host[]) {
  return {
    ...someOf(pools, 'translations', ({ translations }) =>
      translations && hasTranslations(translations) ? translations : undefined,
    ),
    ...someOf(pools, 'labels', ({ labels = {} }) => (Object.keys(labels).length > 0 ? labels : undefined)),
    ...someOf(pools, 'limits', ({ limits }) => limits && limitsView(limits)),
    ...someOf(pools, 'scheduling', ({ scheduling }) => scheduling),
  };
}

/** Nothing when no pool has it. */
function someOf<T>(
  pools: readonly Host[],
  field: string,
  valueOf: (pool: Host) => T | undefined,
): Record<string, Record<string, T>> {
  const some = pools.flatMap((pool) => {
    const value = valueOf(pool);
    return value === undefined ? [] : [[pool.name, value] as const];
  });
  return some.length === 0 ? {} : { [field]: Object.fromEntries(some) };
}

const poolsText = memoizeByObject((pools: readonly Host[]) => new JsonText(answerOf(pools)));

export interface PoolServices {
  readonly pools: Pools;
  readonly networks: Networks;
  readonly evacuations: EvacuationApi;
  readonly linkTests: LinkTests;
}

export function poolRoutes(router: Router, { pools, networks, evacuations, linkTests }: PoolServices): void {
  const poolRemoval = new PoolRemoval(pools, networks.departures);
  router.get('/REST/pools', async (ctx) => {
    const page = pageRequestOf(checkParameters(schemas.list, parametersOf(ctx)));
    const principal = principalOf(ctx);
    const all = await pools.list();
    // A token that is confined to some pools does not get the text that the others share.
    const shown = principal.pools ? all.filter(({ name }) => mayReach(principal, name)) : all;
    if (page === undefined) {
      answerText(ctx, shown === all ? poolsText(all) : new JsonText(answerOf(shown)));
    } else {
      const { items, next: after } = pageOf(shown, ({ name }) => name, page);
      ctx.body = {
        pools: items.map(row),
        ...detailsOf(items),
        next: after,
        success: 'pools',
      };
    }
  });

  router.post('/REST/pools', async (ctx) => {
    const parameters = parametersOf(ctx);
    const operation = operationOf(parameters, operations);
    if (operation === 'add') {
      const { container_pool, ip } = checkParameters(schemas.add, parameters);
      await pools.add(container_pool, ip);
      ctx.body = { container_pool, local_ip: ip, success: 'Container pool added Successfully' };
    } else if (operation === 'map' || operation === 'unmap') {
      const { container_pool, storage, network, profile } = checkParameters(schemas[operation], parameters);
      const change = (operation === 'map' ? mapping : unmapping)({ storage, network, profile });
      const translations = await pools.translate(container_pool, change);
      ctx.body = { container_pool, translations, success: 'Translations changed.' };
    } else if (operation === 'label') {
      const { container_pool, labels } = checkParameters(schemas.label, parameters);
      const change = parseLabelChange('labels', labels);
      ctx.body = {
        container_pool,
        labels: await pools.label(container_pool, change),
        success: 'Labels changed.',
      };
    } else if (operation === 'limit') {
      const { container_pool, copies, cutovers } = checkParameters(schemas.limit, parameters);
      const limits = await pools.limit(container_pool, {
        ...(copies === undefined ? {} : { copy: copies }),
        ...(cutovers === undefined ? {} : { cutover: cutovers }),
      });
      ctx.body = { container_pool, limits: limitsView(limits), success: 'Limits changed.' };
    } else if (operation === 'test_link') {
      const given = checkParameters(schemas.test_link, parameters);
      const { container_pool, destination_pool, seconds = testSeconds.default, mbits_max: mbitsMax } = given;
      const tested = await linkTests.run({ from: container_pool, to: destination_pool, seconds, mbitsMax });
      ctx.body = { container_pool, destination_pool, ...tested, success: 'Link tested.' };
    } else if (operation === 'cordon' || operation === 'uncordon') {
      const { container_pool } = checkParameters(schemas.cordon, parameters);
      await pools.schedule(container_pool, operation === 'cordon' ? 'cordoned' : 'active');
      ctx.body = { container_pool, success: operation === 'cordon' ? 'Pool cordoned.' : 'Pool uncordoned.' };
    } else if (operation === 'evacuate' || operation === 'drain') {
      ctx.body = await evacuate(evacuations, ctx);
    } else if (operation === 'restore') {
      ctx.body = await restore(evacuations, ctx);
    } else {
      const { container_pool } = checkParameters(schemas.delete, parameters);
      const warning = await poolRemoval.remove(container_pool);
      ctx.body = {
        container_pool,
        success: 'Container pool removed successfully.',
        ...(warning === undefined ? {} : { warning }),
      };
    }
  });
}

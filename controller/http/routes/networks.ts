/** `/REST/networks`: networks over several hosts. (`/REST/network/` is about measurements of links.) */
import type Router from '@koa/router';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { groupLabel } from '../../../common/labels.js';
import {
  gatewayOf,
  networkNamePattern,
  networkNameRule,
  parseNetworkSubnet,
  subnetRule,
} from '../../../common/net/networks.js';
import { checkName, shown } from '../../../common/names.js';
import type { Inventory } from '../../inventory/inventory.js';
import { isInTarget, parsePoolTarget } from '../../model/pool-target.js';
import { mayReach, type Principal } from '../../model/principal.js';
import type { NetworkRecord } from '../../model/network.js';
import type { Networks } from '../../networks/networks.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, runOperation } from '../openapi/operations.js';
import { networkName } from '../openapi/schemas.js';
import { checkParameters, flag, parametersOf, text, unused } from '../request/parameters.js';
import { principalOf } from '../request/state.js';

export interface LanServices {
  readonly networks: Networks;
  readonly live: { readonly inventory: Pick<Inventory, 'all'> };
}

/** How long a request waits for the hosts. They go on without it. */
const settleMs = 30_000;

const summaryFields = {
  name: z.string(),
  subnet: z.string(),
  gateway: z.string().describe('Of containers; the same address on each host.'),
  vni: z.int().describe('The number that separates it from other networks between the hosts.'),
  mtu: z.int(),
  encrypted: z.boolean().describe('What containers send to other hosts is encrypted.'),
  pools: z.union([z.literal('all'), z.array(z.string())]).describe('all: also those that come later.'),
  state: z.enum(['active', 'deleting']),
  created_at: z.string().describe('ISO 8601.'),
};

const hostSchema = z
  .object({
    pool: z.string(),
    address: z.string().describe('Of the host itself, in the network.'),
    state: z.enum(['ready', 'waiting', 'failed', 'leaving']),
    problem: z.string().nullable(),
  })
  .meta({ id: 'NetworkHost' });

const memberSchema = z
  .object({
    pool: z.string().describe('Where frames for it are sent.'),
    container: z.string(),
    address: z.string(),
    mac: z.string(),
    device: z.string(),
    state: z.enum(['reserved', 'in use']),
  })
  .meta({ id: 'NetworkMember' });

const lanSchema = z
  .object({
    ...summaryFields,
    hosts: z.array(hostSchema),
    containers: z.array(memberSchema),
    conflicts: z
      .array(z.object({ pool: z.string(), message: z.string() }))
      .describe('Containers that somebody gave an address which they should not have.'),
  })
  .meta({ id: 'Network' });

type LanView = z.output<typeof lanSchema>;

const poolsText = text.meta({
  description:
    'Pools, or `@GROUP` for all of a group, separated by commas; `all`: also those that come later.',
  example: 'server1,server2',
});
const none = z.strictObject({});
const named = { operation: unused, name: networkName };
const listReply = z.object({ networks: z.array(lanSchema), success: z.literal('networks') });
const oneReply = z.object({ network: lanSchema, success: z.literal('network') });
const changedReply = <Success extends string>(success: Success) =>
  z.object({ network: lanSchema, success: z.literal(success) });

const changes = (services: LanServices) => {
  const { networks, live } = services;
  const viewAfter = async (name: string, principal: Principal) => {
    await networks.settle(settleMs);
    return viewOf(networks, known(networks, name), principal);
  };
  return {
    create: operation({
      summary: 'Creates a network over these pools, after a check that nothing of theirs is in its way',
      parameters: z.strictObject({
        ...named,
        subnet: text
          .optional()
          .meta({ description: `${subnetRule}. Otherwise a free one.`, example: '10.50.0.0/24' }),
        pools: poolsText.default('all'),
        encrypt: flag
          .optional()
          .describe('true: what containers send to other hosts is encrypted, by WireGuard.'),
      }),
      reply: changedReply('Network created.'),
      call: async ({ name, subnet, pools, encrypt = false }, ctx) => {
        const members = poolsIn(pools, live.inventory);
        await networks.membership.create({ name, subnet, pools: members, isEncrypted: encrypt });
        return { network: await viewAfter(name, principalOf(ctx)), success: 'Network created.' };
      },
    }),
    join: operation({
      summary: 'Adds pools to a network',
      parameters: z.strictObject({ ...named, pools: poolsText }),
      reply: changedReply('Pools joined.'),
      call: async ({ name, pools }, ctx) => {
        await networks.membership.join(name, poolsIn(pools, live.inventory));
        return { network: await viewAfter(name, principalOf(ctx)), success: 'Pools joined.' };
      },
    }),
    leave: operation({
      summary: 'Removes a network from pools on which no container uses it',
      parameters: z.strictObject({ ...named, pools: poolsText }),
      reply: changedReply('Pools left.'),
      call: async ({ name, pools }, ctx) => {
        const wanted = poolsIn(pools, live.inventory);
        if (wanted === 'all')
          throw new CopaError('invalid_argument', 'name the pools, or delete the network');
        await networks.membership.leave(name, wanted);
        return { network: await viewAfter(name, principalOf(ctx)), success: 'Pools left.' };
      },
    }),
    delete: operation({
      summary: 'Deletes a network that no container uses, and removes from the hosts what was made for it',
      parameters: z.strictObject(named),
      reply: z.object({ name: z.string(), success: z.literal('Network deleted.') }),
      call: async ({ name }) => {
        await networks.membership.delete(name);
        await networks.settle(settleMs);
        return { name, success: 'Network deleted.' };
      },
    }),
  };
};

export const lanEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/networks',
    id: 'listNetworks',
    summary: 'The networks over several hosts',
    operations: { '': { summary: '', parameters: none, replies: { 200: listReply } } },
  },
  {
    method: 'get',
    path: '/REST/networks/{name}',
    id: 'readNetwork',
    summary: 'One network, its hosts and containers',
    operations: { '': { summary: '', parameters: none, replies: { 200: oneReply } } },
  },
  {
    method: 'post',
    path: '/REST/networks',
    id: 'changeNetworks',
    noun: 'network',
    summary: 'Changes networks over several hosts',
    // Described without services: an operation uses them only when it is called.
    operations: changes({} as LanServices),
  },
];

export function lanRoutes(router: Router, services: LanServices): void {
  const { networks } = services;
  router.get('/REST/networks', (ctx) => {
    checkParameters(none, parametersOf(ctx));
    const views = networks.book.networks().map(({ value }) => viewOf(networks, value, principalOf(ctx)));
    ctx.body = { networks: views, success: 'networks' };
  });
  router.get('/REST/networks/:name', (ctx) => {
    checkParameters(none, parametersOf(ctx));
    const name = ctx.params['name'] ?? '';
    checkName('name', name, networkNamePattern, networkNameRule);
    ctx.body = { network: viewOf(networks, known(networks, name), principalOf(ctx)), success: 'network' };
  });
  router.post('/REST/networks', runOperation(changes(services)));
}

function known(networks: Networks, name: string): NetworkRecord {
  const found = networks.book.network(name);
  if (!found) throw new CopaError('not_found', `there is no network "${name}"`);
  return found.value;
}

/** Only what is on pools that the client may see. */
function viewOf(networks: Networks, record: NetworkRecord, principal: Principal): LanView {
  const { name, subnet, vni, mtu, pools, isEncrypted = false, isDeleted, createdAt } = record;
  const { book } = networks;
  const parsed = parseNetworkSubnet(subnet);
  const isShown = (pool: string) => mayReach(principal, pool);
  return {
    ...{ name, subnet, gateway: parsed ? gatewayOf(parsed) : '', vni, mtu, encrypted: isEncrypted },
    pools: pools === 'all' ? 'all' : pools.filter(isShown),
    state: isDeleted ? 'deleting' : 'active',
    created_at: createdAt,
    hosts: book
      .hosts(name)
      .filter((lease) => isShown(lease.record.pool))
      .map(({ address, record: { pool, isLeaving } }) => {
        const { state, problem } = networks.hostState(name, pool);
        return { pool, address, state: isLeaving ? ('leaving' as const) : state, problem };
      })
      .sort((a, b) => (a.pool < b.pool ? -1 : 1)),
    containers: book
      .containers(name)
      .filter((lease) => isShown(lease.record.pool))
      .map(({ address, record: { pool, container, mac, device, isSeen } }) => ({
        ...{ pool, container, address, mac, device },
        state: isSeen ? ('in use' as const) : ('reserved' as const),
      })),
    conflicts: networks.conflicts(name).filter(({ pool }) => isShown(pool)),
  };
}

/** Groups are the pools that they have now. */
export function poolsIn(given: string, inventory: Pick<Inventory, 'all'>): 'all' | readonly string[] {
  if (given === 'all') return 'all';
  const names = given.split(',').flatMap((part) => {
    const target = parsePoolTarget('pools', part.trim());
    if (target.kind === 'pool') return [target.name];
    const found = inventory.all().filter((pool) => isInTarget(pool, target));
    if (found.length === 0)
      throw new CopaError('not_found', `no pool has the label ${groupLabel}=${shown(part)}`);
    return found.map((pool) => pool.name);
  });
  return [...new Set(names)];
}

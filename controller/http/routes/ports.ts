/** `/REST/ports`: ports of hosts that lead to containers on networks over several hosts. */
import type Router from '@koa/router';
import { z } from 'zod';
import { CopaError } from '../../../common/errors.js';
import { checkContainerName, checkName, checkPoolName } from '../../../common/names.js';
import { networkNamePattern, networkNameRule } from '../../../common/net/networks.js';
import { portMax, protocols } from '../../../common/net/ports.js';
import { checkReach, mayReach, type Principal } from '../../model/principal.js';
import type { Publication } from '../../networks/published.js';
import type { Endpoint } from '../openapi/document.js';
import { operation, runOperation } from '../openapi/operations.js';
import { containerName, containerPool, networkName } from '../openapi/schemas.js';
import { checkParameters, parametersOf, text, unused, wholeNumber } from '../request/parameters.js';
import { principalOf } from '../request/state.js';
import { poolsIn, type LanServices } from './networks.js';

/** How long a request waits for the hosts. They go on without it. */
const settleMs = 10_000;

const portHost = z
  .object({
    pool: z.string(),
    state: z.enum(['ready', 'waiting', 'failed']),
    problem: z
      .string()
      .nullable()
      .describe('Why not; or, when it is ready, which program of the host is hidden by it.'),
  })
  .meta({ id: 'PortHost' });

const publishedPort = z
  .object({
    protocol: z.enum(protocols),
    port: z.int().describe('Of each host.'),
    container_port: z.int(),
    container_pool: z.string().describe('Where the container is.'),
    container_name: z.string(),
    network: z.string(),
    address: z.string().describe('Of the container.'),
    pools: z
      .union([z.literal('all'), z.array(z.string())])
      .describe('all: all of the network, also those that come later.'),
    hosts: z.array(portHost),
  })
  .meta({ id: 'PublishedPort' });

type PortView = z.output<typeof publishedPort>;

const none = z.strictObject({});
const number = wholeNumber(1, portMax);
const protocol = z.enum(protocols, 'tcp or udp is expected');
const about = { operation: unused, container_pool: containerPool, container_name: containerName };
const listReply = z.object({ ports: z.array(publishedPort), success: z.literal('ports') });

const changes = (services: LanServices) => {
  const { networks, live } = services;
  return {
    publish: operation({
      summary: 'Publishes a port of a container on hosts of its network, on which nothing listens there',
      parameters: z.strictObject({
        ...about,
        container_port: number.describe('Of the container.'),
        port: number.optional().describe('Of the hosts; otherwise the same as of the container.'),
        protocol: protocol.default('tcp'),
        pools: text.default('all').meta({
          description:
            'Pools, or `@GROUP` for all of a group, separated by commas; `all`: all of the network, also those that come later.',
          example: 'server1,server2',
        }),
        network: networkName.optional(),
      }),
      reply: z.object({ port: publishedPort, success: z.literal('Port published.') }),
      call: async (order, ctx) => {
        const container = refOf(order);
        if (order.network !== undefined)
          checkName('network', order.network, networkNamePattern, networkNameRule);
        const pools = poolsIn(order.pools, live.inventory);
        const principal = principalOf(ctx);
        checkPools(principal, pools);
        const mayName = (pool: string) => mayReach(principal, pool);
        const { container_port: containerPort, port = containerPort, network } = order;
        const wanted = { protocol: order.protocol, port, containerPort, pools, network, mayName };
        const publication = await networks.ports.publish(container, wanted);
        await networks.ports.settle(settleMs);
        return { port: viewOf(services, publication, principal), success: 'Port published.' };
      },
    }),
    unpublish: operation({
      summary: 'Gives back a port of a container, or all of its ports',
      parameters: z.strictObject({
        ...about,
        port: number.optional().describe('Of the hosts; otherwise all ports of the container.'),
        protocol: protocol.optional().describe('Otherwise both.'),
      }),
      reply: z.object({ ports: z.array(publishedPort), success: z.literal('Port unpublished.') }),
      call: async ({ port, protocol: kind, ...order }, ctx) => {
        const container = refOf(order);
        const principal = principalOf(ctx);
        const gone = await networks.ports.unpublish(container, (each) => {
          if ((port ?? each.port) !== each.port || (kind ?? each.protocol) !== each.protocol) return false;
          checkPools(principal, each.pools);
          return true;
        });
        await networks.ports.settle(settleMs);
        const views = gone.map((publication) => ({ ...viewOf(services, publication, principal), hosts: [] }));
        return { ports: views, success: 'Port unpublished.' };
      },
    }),
  };
};

export const portEndpoints: readonly Endpoint[] = [
  {
    method: 'get',
    path: '/REST/ports',
    id: 'listPorts',
    summary: 'The ports of hosts that lead to containers',
    operations: { '': { summary: '', parameters: none, replies: { 200: listReply } } },
  },
  {
    method: 'post',
    path: '/REST/ports',
    id: 'changePorts',
    noun: 'port',
    summary: 'Publishes ports of containers on hosts, and gives them back',
    // Described without services: an operation uses them only when it is called.
    operations: changes({} as LanServices),
  },
];

export function portRoutes(router: Router, services: LanServices): void {
  router.get('/REST/ports', (ctx) => {
    checkParameters(none, parametersOf(ctx));
    const principal = principalOf(ctx);
    const ports = services.networks.ports
      .all()
      .filter(({ lease }) => mayReach(principal, lease.record.pool))
      .map((publication) => viewOf(services, publication, principal));
    ctx.body = { ports, success: 'ports' };
  });
  router.post('/REST/ports', runOperation(changes(services)));
}

function refOf({
  container_pool: host,
  container_name: name,
}: {
  container_pool: string;
  container_name: string;
}) {
  checkPoolName('container_pool', host);
  checkContainerName('container_name', name);
  return { host, name };
}

/** A token that is confined to pools opens ports on these alone. */
function checkPools(principal: Principal, pools: 'all' | readonly string[]): void {
  if (pools !== 'all') for (const pool of pools) checkReach(principal, pool);
  else if (principal.pools)
    throw new CopaError(
      'permission_denied',
      `token "${principal.name}" is confined to pools ${[...principal.pools].join(', ')}: name them with pools`,
    );
}

/** Only what is on pools that the client may see. */
function viewOf({ networks }: LanServices, publication: Publication, principal: Principal): PortView {
  const { protocol: kind, port, containerPort, pools, lease } = publication;
  const { pool, container } = lease.record;
  const isShown = (name: string) => mayReach(principal, name);
  return {
    ...{ protocol: kind, port, container_port: containerPort },
    ...{ container_pool: pool, container_name: container, network: lease.network, address: lease.address },
    pools: pools === 'all' ? 'all' : pools.filter(isShown),
    hosts: networks.ports.hosts(publication).filter((host) => isShown(host.pool)),
  };
}

/** `copa publish`, `copa unpublish`, `copa ports`: ports of hosts that lead to containers. */
import { InvalidArgumentError, type Command } from 'commander';
import type { PublishedPort } from '../client/index.js';
import { portMax } from '../common/net/ports.js';
import { clientCommand, containerArgument, poolOption, restOf } from './command.js';
import { locate, parseContainer } from './locate.js';
import { formatOf, printMessage, printRows, type Column } from './output.js';

const columns: readonly Column<PublishedPort>[] = [
  { title: 'PORT', value: ({ port, protocol }) => `${port}/${protocol}` },
  {
    title: 'CONTAINER',
    value: ({ container_pool, container_name }) => `${container_pool}:${container_name}`,
  },
  { title: 'TO', value: ({ address, container_port }) => `${address}:${container_port}` },
  { title: 'POOLS', value: ({ pools }) => (pools === 'all' ? pools : pools.join(',')) },
  { title: 'READY', value: ({ hosts }) => `${hosts.filter(isReady).length}/${hosts.length}` },
  { title: 'PROBLEM', value: ({ hosts }) => hosts.flatMap(problemIn).join('; ') },
];

export function publishCommand(): Command {
  return clientCommand('publish', 'publish a port of a container on hosts, wherever the container is', {
    examples: [
      'copa publish web 80 --port 8080',
      'copa publish server1:dns 53 --protocol udp --port 5353 --pools server1,@rack2',
    ],
  })
    .argument('<container>', containerArgument)
    .argument('<port>', 'the port in the container', portOf)
    .addOption(poolOption())
    .option('--port <port>', 'the port of the hosts (default: the same)', portOf)
    .option('--protocol <protocol>', 'tcp or udp', 'tcp')
    .option(
      '--pools <pools>',
      'hosts of the network or @GROUP, separated by commas; all: also those that come later',
      'all',
    )
    .option('--network <network>', 'for a container on several networks')
    .action(publish);
}

export function unpublishCommand(): Command {
  return clientCommand('unpublish', 'give back the published ports of a container', {
    examples: ['copa unpublish web', 'copa unpublish web --port 8080'],
  })
    .argument('<container>', containerArgument)
    .addOption(poolOption())
    .option('--port <port>', 'only this port of the hosts', portOf)
    .option('--protocol <protocol>', 'only tcp or udp')
    .action(unpublish);
}

export function portsCommand(): Command {
  return clientCommand('ports', 'list published ports, and what they lead to', {
    examples: ['copa ports', 'copa ports web'],
    prints: true,
  })
    .argument('[container]', containerArgument)
    .action(list);
}

interface Flags {
  readonly pool?: string;
  readonly port?: number;
  readonly protocol?: string;
}

interface PublishFlags extends Flags {
  readonly protocol: string;
  readonly pools: string;
  readonly network?: string;
}

async function publish(
  text: string,
  containerPort: number,
  { pool, port, protocol, pools, network }: PublishFlags,
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const container = await locate(rest, text, pool);
  const reply = await rest.port('publish', {
    ...{ container_pool: container.pool, container_name: container.name },
    ...{ container_port: containerPort, protocol: protocol as 'tcp', pools },
    ...(port === undefined ? {} : { port }),
    ...(network === undefined ? {} : { network }),
  });
  const { port: number, hosts, address } = reply.port;
  const ready = hosts.filter(isReady).map((host) => host.pool);
  const where = ready.length === 0 ? 'no host yet' : ready.join(', ');
  printMessage(`Port ${number} leads to ${address}:${containerPort}, on ${where}.`);
  for (const problem of hosts.flatMap(problemIn)) printMessage(problem);
}

async function unpublish(text: string, { pool, ...which }: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const container = await locate(rest, text, pool);
  const { port, protocol } = which;
  const { ports } = await rest.port('unpublish', {
    ...{ container_pool: container.pool, container_name: container.name },
    ...(port === undefined ? {} : { port }),
    ...(protocol === undefined ? {} : { protocol: protocol as 'tcp' }),
  });
  for (const gone of ports) printMessage(`Port ${gone.port}/${gone.protocol} is free.`);
}

async function list(text: string | undefined, _flags: unknown, command: Command): Promise<void> {
  const wanted = text === undefined ? undefined : parseContainer(text);
  const reply = await (await restOf(command)).ports();
  const ports = reply.ports.filter(
    ({ container_name, container_pool }) =>
      (wanted?.name ?? container_name) === container_name &&
      (wanted?.pool ?? container_pool) === container_pool,
  );
  printRows(formatOf(command), columns, ports, { ...reply, ports });
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= portMax) return port;
  throw new InvalidArgumentError(`a whole number from 1 to ${portMax} is expected.`);
}

type Host = PublishedPort['hosts'][number];

function isReady({ state }: Host): boolean {
  return state === 'ready';
}

function problemIn({ pool, state, problem }: Host): string[] {
  if (problem !== null) return [`${pool}: ${problem}`];
  return state === 'ready' ? [] : [`${pool}: ${state}`];
}

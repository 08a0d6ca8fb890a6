/** `copa network`: networks over several hosts, in which containers keep their addresses when they move. */
import { Command } from 'commander';
import type { Network } from '../client/index.js';
import { clientCommand, containerArgument, poolOption, restOf } from './command.js';
import { locate } from './locate.js';
import { formatOf, printFields, printJson, printMessage, printRows, type Column } from './output.js';

const columns: readonly Column<Network>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'SUBNET', value: ({ subnet }) => subnet },
  { title: 'POOLS', value: ({ pools }) => (pools === 'all' ? 'all' : pools.join(',')) },
  { title: 'READY', value: ({ hosts }) => `${hosts.filter(isReady).length}/${hosts.length}` },
  { title: 'CONTAINERS', value: ({ containers }) => containers.length },
  { title: 'STATE', value: stateOf },
];

const hostColumns: readonly Column<Network['hosts'][number]>[] = [
  { title: 'POOL', value: ({ pool }) => pool },
  { title: 'ADDRESS', value: ({ address }) => address },
  { title: 'STATE', value: ({ state, problem }) => (problem === null ? state : `${state}: ${problem}`) },
];

const containerColumns: readonly Column<Network['containers'][number]>[] = [
  { title: 'ADDRESS', value: ({ address }) => address },
  { title: 'CONTAINER', value: ({ pool, container }) => `${pool}:${container}` },
  { title: 'INTERFACE', value: ({ device }) => device },
  { title: 'MAC', value: ({ mac }) => mac },
  { title: 'STATE', value: ({ state }) => state },
];

export function networkCommand(): Command {
  return new Command('network')
    .description('networks over several hosts, in which containers keep their addresses when they move')
    .addCommand(
      clientCommand('list', 'list networks', { examples: ['copa network list'], prints: true })
        .alias('ls')
        .action(list),
    )
    .addCommand(
      clientCommand('info', 'show a network, its hosts and its containers', {
        examples: ['copa network info lan'],
        prints: true,
      })
        .argument('<network>')
        .action(info),
    )
    .addCommand(
      clientCommand('create', 'create a network over pools, after a check that nothing is in its way', {
        examples: [
          'copa network create lan',
          'copa network create shop --subnet 10.60.0.0/22 --pools @rack1,server7',
          'copa network create vault --encrypt',
        ],
      })
        .argument('<network>')
        .option('--subnet <subnet>', 'its IPv4 subnet (default: a free one of 10.50.0.0/24 and the next)')
        .option(
          '--pools <pools>',
          'pools or @GROUP, separated by commas; all: also those that come later',
          'all',
        )
        .option('--encrypt', 'encrypt what containers send to other hosts')
        .action(create),
    )
    .addCommand(
      membersCommand(
        'join',
        'add pools to a network',
        'pools or @GROUP; all: also those that come later',
      ).action(join),
    )
    .addCommand(
      membersCommand(
        'leave',
        'remove a network from pools on which no container uses it',
        'pools or @GROUP',
      ).action(leave),
    )
    .addCommand(
      clientCommand('delete', 'delete a network that no container uses', {
        examples: ['copa network delete lan'],
      })
        .alias('rm')
        .argument('<network>')
        .action(remove),
    )
    .addCommand(
      clientCommand('attach', 'put a stopped container on a network, with an address that it keeps', {
        examples: ['copa network attach web lan', 'copa network attach server1:web lan --ip 10.50.0.7'],
      })
        .argument('<container>', containerArgument)
        .argument('<network>')
        .addOption(poolOption())
        .option('--ip <address>', 'this address (default: a free one)')
        .option('--device <name>', 'its interface there (default: eth0, instead of one from a profile)')
        .action(attach),
    )
    .addCommand(
      clientCommand('detach', 'take a stopped container off a network, and free its address', {
        examples: ['copa network detach web lan'],
      })
        .argument('<container>', containerArgument)
        .argument('<network>')
        .addOption(poolOption())
        .action(detach),
    );
}

function membersCommand(name: 'join' | 'leave', about: string, pools: string): Command {
  return clientCommand(name, about, { examples: [`copa network ${name} lan server3`] })
    .argument('<network>')
    .argument('<pools...>', pools);
}

async function list(_flags: unknown, command: Command): Promise<void> {
  const { networks } = await (await restOf(command)).networks();
  printRows(formatOf(command), columns, networks);
}

async function info(name: string, _flags: unknown, command: Command): Promise<void> {
  const { network } = await (await restOf(command)).readNetwork(name);
  const format = formatOf(command);
  if (format === 'json') {
    printJson(network);
    return;
  }
  const { subnet, gateway, vni, mtu, encrypted, pools, conflicts } = network;
  if (format === 'table') {
    printFields([
      ['Network', network.name],
      ['State', stateOf(network)],
      ['Subnet', subnet],
      ['Gateway', gateway],
      ['VNI', vni],
      ['MTU', mtu],
      ['Encrypted', encrypted ? 'yes' : 'no'],
      ['Pools', pools === 'all' ? 'all' : pools.join(', ')],
      ...conflicts.map(({ message }): [string, string] => ['Conflict', message]),
    ]);
  }
  if (network.hosts.length > 0) printRows(format, hostColumns, network.hosts);
  if (network.containers.length > 0) printRows(format, containerColumns, network.containers);
}

async function create(
  name: string,
  { subnet, pools, encrypt }: { subnet?: string; pools: string; encrypt?: true },
  command: Command,
): Promise<void> {
  const order = {
    ...{ name, pools },
    ...(subnet === undefined ? {} : { subnet }),
    ...(encrypt ? { encrypt: 'true' } : {}),
  };
  const { network } = await (await restOf(command)).changeNetwork('create', order);
  printMessage(`Network "${name}" is created: ${network.subnet}.`);
  printHosts(network);
}

async function join(name: string, pools: string[], _flags: unknown, command: Command): Promise<void> {
  const { network } = await (await restOf(command)).changeNetwork('join', { name, pools: pools.join(',') });
  printHosts(network);
}

async function leave(name: string, pools: string[], _flags: unknown, command: Command): Promise<void> {
  const { network } = await (await restOf(command)).changeNetwork('leave', { name, pools: pools.join(',') });
  printHosts(network);
}

async function remove(name: string, _flags: unknown, command: Command): Promise<void> {
  await (await restOf(command)).changeNetwork('delete', { name });
  printMessage(`Network "${name}" is deleted.`);
}

interface AttachFlags {
  readonly pool?: string;
  readonly ip?: string;
  readonly device?: string;
}

async function attach(
  text: string,
  network: string,
  { pool, ip, device }: AttachFlags,
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const order = { network, ...(ip === undefined ? {} : { ip }), ...(device === undefined ? {} : { device }) };
  const { ip: address } = await rest.operate('attach', await locate(rest, text, pool), order);
  printMessage(`Container "${text}" has the address ${address}.`);
}

async function detach(
  text: string,
  network: string,
  { pool }: Pick<AttachFlags, 'pool'>,
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  await rest.operate('detach', await locate(rest, text, pool), { network });
}

/** Those that are not ready, with the reason. */
function printHosts({ hosts }: Network): void {
  printMessage(`Ready on ${hosts.filter(isReady).length} of ${hosts.length} hosts.`);
  for (const { pool, state, problem } of hosts.filter((host) => !isReady(host)))
    printMessage(`${pool}: ${problem ?? state}`);
}

function isReady({ state }: Network['hosts'][number]): boolean {
  return state === 'ready';
}

function stateOf({ state, hosts, conflicts }: Network): string {
  if (conflicts.length > 0) return `${conflicts.length} conflicts`;
  return state === 'active' && hosts.some((host) => host.state === 'failed') ? 'failed on some hosts' : state;
}

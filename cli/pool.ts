/** `copa pool`: the hosts that run containers. */
import { Command } from 'commander';
import type { Pool } from '../client/index.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printFields, printJson, printMessage, printRows, type Column } from './output.js';
import { readOverview } from './overview.js';

const columns: readonly Column<Pool>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'ADDRESS', value: ({ ip }) => ip },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'DAEMON', value: daemonOf },
  {
    title: 'RUNNING',
    value: ({ containers }) => containers.filter(({ status }) => status === 'Running').length,
  },
  { title: 'CONTAINERS', value: ({ containers }) => containers.length },
  { title: 'REASON', value: ({ reason }) => reason },
];

export function poolCommand(): Command {
  return new Command('pool')
    .description('list, add and remove pools, the hosts that run containers')
    .addCommand(
      clientCommand('list', 'list all pools and their state', {
        examples: ['copa pool list', 'copa pool list --format json'],
        prints: true,
      })
        .alias('ls')
        .action(list),
    )
    .addCommand(
      clientCommand('add', 'add a host; its agent need not run yet', {
        examples: ['copa pool add server1 192.168.122.15', 'copa pool add server2 192.168.122.16:8011'],
      })
        .argument('<pool>', "the name in the agent's certificate")
        .argument('<address>', 'its IPv4 address, optionally with the port of its agent')
        .action(add),
    )
    .addCommand(
      clientCommand('remove', 'remove a host; its containers do not change', {
        examples: ['copa pool remove server1'],
      })
        .alias('rm')
        .argument('<pool>')
        .action(remove),
    )
    .addCommand(
      clientCommand('info', 'show one pool: its address, its daemon and its state', {
        examples: ['copa pool info server1'],
        prints: true,
      })
        .argument('<pool>')
        .action(info),
    );
}

async function list(_flags: unknown, command: Command): Promise<void> {
  const { pools } = await readOverview(await restOf(command));
  printRows(formatOf(command), columns, pools);
}

async function add(pool: string, address: string, _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  await rest.pool('add', { container_pool: pool, ip: address });
  printMessage(`Pool "${pool}" is added.`);
}

async function remove(pool: string, _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  await rest.pool('remove', { container_pool: pool });
  printMessage(`Pool "${pool}" is removed.`);
}

async function info(name: string, _flags: unknown, command: Command): Promise<void> {
  const { pools } = await readOverview(await restOf(command), name);
  const format = formatOf(command);
  const [pool] = pools;
  if (!pool) return;
  if (format === 'json') printJson(pool);
  else if (format === 'csv') printRows(format, columns, [pool]);
  else {
    printFields([
      ['Name', pool.name],
      ['Address', pool.ip],
      ['State', pool.state],
      ['Reason', pool.reason],
      ['Since', pool.since],
      ['Daemon', daemonOf(pool)],
      ['Containers', pool.containers.map((container) => container.name).join(', ') || 'none'],
    ]);
  }
}

function daemonOf({ daemon, daemon_version }: Pool): string {
  return [daemon, daemon_version].filter(Boolean).join(' ');
}

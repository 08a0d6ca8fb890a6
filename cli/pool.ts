/** `copa pool`: the hosts that run containers. */
import { Command } from 'commander';
import type { Pool } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { formatLabels, matches, parseSelector } from '../common/labels.js';
import { clientCommand, labelsOption, restOf } from './command.js';
import { formatOf, printFields, printJson, printMessage, printRows, type Column } from './output.js';
import { withEvacuationCommands } from './evacuate.js';
import { withMoveCommands } from './pool-moves.js';
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

/** CSV has no further columns, because scripts count them. */
const labelColumn: Column<Pool> = { title: 'LABELS', value: ({ labels }) => formatLabels(labels) };

export function poolCommand(): Command {
  return withEvacuationCommands(withMoveCommands(tableCommands()));
}

function tableCommands(): Command {
  return new Command('pool')
    .description('list, add, label and remove pools, the hosts that run containers')
    .addCommand(
      clientCommand('list', 'list all pools and their state', {
        examples: ['copa pool list', 'copa pool list -l rack=a', 'copa pool list --format json'],
        prints: true,
      })
        .alias('ls')
        .addOption(labelsOption())
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
    )
    .addCommand(
      clientCommand('label', 'set and remove labels of a pool, and show them; @NAME is all with group=NAME', {
        examples: ['copa pool label server1 rack=a ssd=true group=blue', 'copa pool label server1 ssd-'],
      })
        .argument('<pool>')
        .argument('<label...>', 'NAME=VALUE sets a label, NAME- removes it')
        .action(label),
    )
    .addCommand(
      clientCommand('map', 'translate names in all moves to a pool; without options, list the translations', {
        examples: [
          'copa pool map server2 --storage default=tank --network lxdbr0=br0 --profile web=base',
          'copa pool map server2',
          'copa pool map',
        ],
        prints: true,
      })
        .argument('[pool]')
        .option('--storage <pairs>', 'storage pools: FROM=TO, separated by commas')
        .option('--network <pairs>', 'networks, managed or bridges of the host: FROM=TO')
        .option('--profile <pairs>', 'profiles: FROM=TO')
        .action(map),
    )
    .addCommand(
      clientCommand('unmap', 'remove translations from a pool', {
        examples: ['copa pool unmap server2 --storage default --network lxdbr0'],
      })
        .argument('<pool>')
        .option('--storage <names>', 'storage pools, separated by commas')
        .option('--network <names>', 'networks')
        .option('--profile <names>', 'profiles')
        .action(unmap),
    );
}

async function list({ labels }: { readonly labels?: string }, command: Command): Promise<void> {
  const conditions = labels === undefined ? [] : parseSelector('--labels', labels);
  const { pools } = await readOverview(await restOf(command));
  const wanted = pools.filter((pool) => matches(pool.labels, conditions));
  const format = formatOf(command);
  printRows(format, format === 'csv' ? columns : [...columns, labelColumn], wanted);
}

async function label(pool: string, parts: string[], _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  const { labels } = await rest.pool('label', { container_pool: pool, labels: parts.join(',') });
  printMessage(`Labels of pool "${pool}": ${formatLabels(labels) || 'none'}`);
}

async function add(pool: string, address: string, _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  await rest.pool('add', { container_pool: pool, ip: address });
  printMessage(`Pool "${pool}" is added.`);
}

async function remove(pool: string, _flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  const { warning } = await rest.pool('remove', { container_pool: pool });
  printMessage(`Pool "${pool}" is removed.`);
  if (warning !== undefined) printMessage(`Warning: ${warning}`);
}

interface Names {
  readonly storage?: string;
  readonly network?: string;
  readonly profile?: string;
}

/** One name, as it is on other pools and on this one. */
interface Line {
  readonly pool: string;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
}

const translationColumns: readonly Column<Line>[] = [
  { title: 'POOL', value: ({ pool }) => pool },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'ELSEWHERE', value: ({ from }) => from },
  { title: 'HERE', value: ({ to }) => to },
];

async function map(pool: string | undefined, names: Names, command: Command): Promise<void> {
  const rest = await restOf(command);
  const given = namesIn(names);
  if (pool !== undefined && Object.keys(given).length > 0) {
    const { translations } = await rest.pool('map', { container_pool: pool, ...given });
    printRows(formatOf(command), translationColumns, linesOf(pool, translations));
    return;
  }
  if (Object.keys(given).length > 0) {
    throw new CopaError('invalid_argument', 'name the pool: copa pool map POOL --storage FROM=TO');
  }
  const { pools, translations = {} } = await rest.pools();
  if (pool !== undefined && !pools.some(([name]) => name === pool)) {
    throw new CopaError('not_found', `there is no pool "${pool}"`);
  }
  const shown = Object.entries(translations).filter(([name]) => pool === undefined || name === pool);
  const lines = shown.flatMap(([name, each]) => linesOf(name, each));
  printRows(formatOf(command), translationColumns, lines);
}

async function unmap(pool: string, names: Names, command: Command): Promise<void> {
  const rest = await restOf(command);
  await rest.pool('unmap', { container_pool: pool, ...namesIn(names) });
  printMessage(`The translations of pool "${pool}" are changed.`);
}

function namesIn({ storage, network, profile }: Names): Names {
  const given = Object.entries({ storage, network, profile }).filter(([, text]) => text !== undefined);
  return Object.fromEntries(given);
}

function linesOf(pool: string, { storage, networks, profiles }: Pool['translations']): Line[] {
  return Object.entries({ storage, network: networks, profile: profiles }).flatMap(([kind, names]) =>
    Object.entries(names).map(([from, to]) => ({ pool, kind, from, to })),
  );
}

async function info(name: string, _flags: unknown, command: Command): Promise<void> {
  const { pools } = await readOverview(await restOf(command), { pool: name });
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
      ['Scheduling', pool.scheduling],
      ['Reason', pool.reason],
      ['Since', pool.since],
      ['Daemon', daemonOf(pool)],
      [
        'Translations',
        linesOf(pool.name, pool.translations)
          .map(({ kind, from, to }) => `${kind} ${from}=${to}`)
          .join(', ') || 'none',
      ],
      ['Labels', formatLabels(pool.labels) || 'none'],
      ['Containers', pool.containers.map((container) => container.name).join(', ') || 'none'],
    ]);
  }
}

function daemonOf({ daemon, daemon_version }: Pool): string {
  return [daemon, daemon_version].filter(Boolean).join(' ');
}

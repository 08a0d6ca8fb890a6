/** `copa list`, `copa info` and `copa log`: all containers, or one of them. */
import type { Command } from 'commander';
import { parametersOf, type Container, type Pool } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { formatLabels } from '../common/labels.js';
import { shown } from '../common/names.js';
import { bytesText } from '../common/sizes.js';
import { clientCommand, containerArgument, labelsOption, poolOption, restOf } from './command.js';
import { locate } from './locate.js';
import { formatOf, printFields, printJson, printMessage, printRows, type Column } from './output.js';
import { readOverview } from './overview.js';

interface Listed extends Container {
  readonly pool: string;
  /** The state of a container on a pool that is down may be old. */
  readonly pool_state: Pool['state'];
}

const columns: readonly Column<Listed>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'POOL', value: ({ pool }) => pool },
  { title: 'STATE', value: stateOf },
  { title: 'ADDRESSES', value: ({ addresses }) => addresses.join(' ') },
  { title: 'IMAGE', value: ({ image }) => image },
  { title: 'SNAPSHOTS', value: ({ snapshots }) => snapshots },
];

/** CSV has no further columns, because scripts count them. */
const labelColumn: Column<Listed> = { title: 'LABELS', value: ({ labels }) => formatLabels(labels) };

export function listCommand(): Command {
  return clientCommand('list', 'list all containers, or those of one pool', {
    examples: [
      'copa list',
      'copa list server1 --format csv',
      'copa list -l app=web',
      'copa list --format json | jq -r \'.[] | select(.status == "Running") | .name\'',
    ],
    prints: true,
  })
    .alias('ls')
    .argument('[pool]')
    .addOption(labelsOption())
    .action(list);
}

export function infoCommand(): Command {
  return clientCommand('info', 'show one container: its state, addresses, limits and usage', {
    examples: ['copa info web', 'copa info server1:web --format json'],
    prints: true,
  })
    .argument('<container>', containerArgument)
    .addOption(poolOption())
    .action(info);
}

export function logCommand(): Command {
  return clientCommand('log', 'print the newest part of the console log of a container', {
    examples: ['copa log web', 'copa log server1:web'],
  })
    .argument('<container>', containerArgument)
    .addOption(poolOption())
    .action(log);
}

async function list(
  pool: string | undefined,
  { labels }: { readonly labels?: string },
  command: Command,
): Promise<void> {
  const wanted = pool?.replace(/:$/, '');
  const { pools } = await readOverview(await restOf(command), { pool: wanted, labels });
  const rows = pools.flatMap((each) =>
    each.containers.map((container) => ({ ...container, pool: each.name, pool_state: each.state })),
  );
  const format = formatOf(command);
  printRows(format, format === 'csv' ? columns : [...columns, labelColumn], rows);
  const silent = pools.filter(({ state }) => state !== 'up');
  for (const { name, state, reason } of silent)
    printMessage(`copa: pool "${name}" is ${state}: ${reason ?? 'not contacted yet'}`);
  // The only pool that was requested.
  if (wanted !== undefined && silent.length > 0) {
    throw new CopaError('unavailable', `the list of "${wanted}" shows its last known state`);
  }
}

async function info(text: string, { pool }: { pool?: string }, command: Command): Promise<void> {
  const rest = await restOf(command);
  const ref = await locate(rest, text, pool);
  const [{ pools }, usage] = await Promise.all([
    readOverview(rest, { pool: ref.pool }),
    rest.information(parametersOf(ref)),
  ]);
  const [holder] = pools;
  const container = holder?.containers.find(({ name }) => name === ref.name);
  if (!holder || !container) {
    throw new CopaError('not_found', `there is no container ${shown(ref.name)} on pool "${ref.pool}"`);
  }
  const listed: Listed = { ...container, pool: holder.name, pool_state: holder.state };
  const format = formatOf(command);
  if (format === 'json') printJson({ ...listed, usage });
  else if (format === 'csv') printRows(format, columns, [listed]);
  else {
    printFields([
      ['Name', listed.name],
      ['Pool', listed.pool],
      ['State', stateOf(listed)],
      ['Created', listed.created_at],
      ['Image', listed.image],
      ['Addresses', listed.addresses.join(' ')],
      ['Migration', listed.migration],
      ['CPU limit', listed.cpu_limit],
      ['Memory limit', listed.memory_limit],
      ['Snapshots', listed.snapshots],
      ['Labels', formatLabels(listed.labels)],
      ...usageFields(usage as Usage),
    ]);
  }
}

async function log(text: string, { pool }: { pool?: string }, command: Command): Promise<void> {
  const rest = await restOf(command);
  const ref = await locate(rest, text, pool);
  const reply = await rest.consoleLog(parametersOf(ref));
  process.stdout.write(reply.log);
}

/** The state as the daemon returns it; a stopped container has no network. */
interface Usage {
  readonly cpu?: { readonly usage?: number };
  readonly memory?: { readonly usage?: number } | null;
  readonly network?: Readonly<
    Record<string, { readonly counters: { readonly bytes_received: number; readonly bytes_sent: number } }>
  > | null;
}

function usageFields(usage: Usage): (readonly [string, unknown])[] {
  const { cpu, memory, network } = usage;
  const nics = Object.entries(network ?? {}).filter(([name]) => name !== 'lo');
  return [
    ['CPU time', cpu?.usage ? `${(cpu.usage / 1e9).toFixed(1)} s` : undefined],
    ['Memory', memory?.usage ? bytesText(memory.usage) : undefined],
    ...nics.map(
      ([name, { counters }]) =>
        [
          `Network ${name}`,
          `${bytesText(counters.bytes_received)} received, ${bytesText(counters.bytes_sent)} sent`,
        ] as const,
    ),
  ];
}

function stateOf({ status, pool_state, migration }: Listed): string {
  if (pool_state !== 'up') return 'UNKNOWN';
  return migration === null ? status : `${status} (moving)`;
}

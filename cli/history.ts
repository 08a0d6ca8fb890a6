/** `copa history`: what links, pools and containers were like. */
import type { Command } from 'commander';
import type { HistoryRow } from '../client/index.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printRows, type Column } from './output.js';

interface Options {
  readonly pool?: string;
  readonly container?: string;
  readonly peer?: string;
  readonly query?: string;
  readonly since: string;
  readonly until?: string;
  readonly step?: string;
}

const about: readonly Column<HistoryRow>[] = [
  { title: 'AT', value: ({ at }) => at },
  { title: 'POOL', value: ({ pool }) => pool },
];

const usage: readonly Column<HistoryRow>[] = [
  { title: 'CPU', value: ({ CPU }) => rounded(CPU) },
  { title: 'MEMORY', value: ({ memory }) => rounded(memory) },
  { title: 'RECEIVED', value: ({ received }) => rounded(received) },
  { title: 'SENT', value: ({ sent }) => rounded(sent) },
  { title: 'READ', value: ({ disk_read: read }) => rounded(read) },
  { title: 'WRITTEN', value: ({ disk_written: written }) => rounded(written) },
];

const measured: Readonly<Record<string, readonly Column<HistoryRow>[]>> = {
  pool: [...about, ...usage, { title: 'LOAD', value: ({ load }) => rounded(load) }],
  container: [...about, { title: 'CONTAINER', value: ({ container }) => container }, ...usage],
  link: [
    ...about,
    { title: 'PEER', value: ({ peer }) => peer },
    { title: 'LATENCY', value: (row) => both(row.latency_median_1to2, row.latency_median_2to1) },
    { title: 'JITTER', value: (row) => both(row.jitter_1to2, row.jitter_2to1) },
    { title: 'LOSS %', value: (row) => both(row.loss_1to2, row.loss_2to1) },
    { title: 'MBIT/S', value: (row) => (row.throughput_measured === false ? '' : rounded(row.throughput)) },
    { title: 'UNCERTAINTY', value: ({ uncertainty }) => rounded(uncertainty) },
  ],
};

const queried: readonly Column<HistoryRow>[] = [
  { title: 'AT', value: ({ at }) => at },
  { title: 'SERIES', value: ({ series }) => series },
  { title: 'VALUE', value: ({ value }) => value },
];

export function historyCommand(): Command {
  return clientCommand('history', 'show what links, pools or containers were like, the oldest first', {
    examples: [
      'copa history pool --pool server1 --since 24h',
      'copa history link --pool server1 --peer server2 --since 10m',
      'copa history container --pool server1 --container web --since 30d --step 6h --format csv',
      "copa history promql --query 'avg by (pool) (node_load1)' --since 6h",
    ],
    prints: true,
  })
    .argument(
      '<what>',
      'link, pool or container, or promql: a query of the Prometheus server of the controller',
    )
    .option('--pool <pool>', 'only of this pool')
    .option('--container <container>', 'only of this container')
    .option('--peer <pool>', 'only of the links to this pool')
    .option('--query <promql>', 'the query of promql')
    .option('--since <time>', 'from when on: a time before now, as 90m, 24h or 30d, or ISO 8601', '1h')
    .option('--until <time>', 'until when; as --since (default: now)')
    .option('--step <time>', 'one row is the mean of so long a time, as 30s, 5m or 1h')
    .action(history);
}

async function history(what: string, options: Options, command: Command): Promise<void> {
  const { pool, container, peer, query, since, until, step } = options;
  const rest = await restOf(command);
  const reply = await rest.history({
    what: what as 'pool',
    since,
    ...(pool === undefined ? {} : { container_pool: pool }),
    ...(container === undefined ? {} : { container_name: container }),
    ...(peer === undefined ? {} : { peer }),
    ...(query === undefined ? {} : { query }),
    ...(until === undefined ? {} : { until }),
    ...(step === undefined ? {} : { step }),
  });
  if (reply.warning !== undefined) process.stderr.write(`copa: ${reply.warning}\n`);
  printRows(formatOf(command), what === 'promql' ? queried : (measured[what] ?? about), reply.history);
}

/** Of the two directions. */
function both(forth: number | undefined, back: number | undefined): string {
  return forth === undefined && back === undefined ? '' : `${rounded(forth)} / ${rounded(back)}`;
}

function rounded(value: number | undefined): number | string {
  return value === undefined ? '' : Math.round(value * 100) / 100;
}

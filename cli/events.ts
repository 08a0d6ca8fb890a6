/** `copa events`: prints events until Ctrl-C. It reconnects and resumes, so that no event is missing. */
import type { Command } from 'commander';
import type { Evacuation, HistoryRow, Migration, PolicyDecision, RebalanceMove } from '../client/index.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printable, printMessage } from './output.js';

interface Flags {
  readonly pool?: string;
  readonly type?: string;
  readonly measurements?: string;
}

export function eventsCommand(): Command {
  return clientCommand('events', 'print events as they occur, until Ctrl-C', {
    examples: [
      'copa events',
      'copa events --pool server1,server2 --type container',
      'copa events --type migration.progress --format json   # one JSON document a line',
      'copa events --type policy --measurements link --pool server1',
    ],
    prints: true,
  })
    .option('--pool <pool,...>', 'only events of these pools')
    .option(
      '--type <type,...>',
      'only these types: pool, container, migration, or one of them, like container.started',
    )
    .option(
      '--measurements <link,pool,container>',
      'also the newest measured values, every 5 s, of 200 pools at most',
    )
    .addHelpText('after', '\nWhen the connection breaks, the command reconnects and resumes where it broke.')
    .action(events);
}

async function events({ pool, type, measurements }: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  const stream = rest.events({
    ...(pool === undefined ? {} : { container_pool: pool }),
    ...(type === undefined ? {} : { type }),
    ...(measurements === undefined ? {} : { measurements }),
    onBreak: (reason) => printMessage(`copa: ${reason}; reconnecting`),
  });
  for await (const event of stream) process.stdout.write(`${lineOf(event, format)}\n`);
}

/** The fields of any event that are printed for people. */
interface EventData {
  readonly type: string;
  readonly at?: string;
  readonly pool?: string;
  readonly reason?: string;
  readonly container?: string | { readonly name: string };
  readonly old_name?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly migration?: string | Migration;
  readonly decision?: PolicyDecision;
  readonly move?: RebalanceMove;
  readonly evacuation?: Pick<Evacuation, 'container_pool' | 'phase' | 'done' | 'total'>;
  readonly values?: readonly HistoryRow[];
}

export function lineOf(data: EventData, format: 'table' | 'json' | 'csv'): string {
  if (format === 'json') return JSON.stringify(data);
  const {
    type,
    at = '',
    pool = '',
    reason,
    container,
    old_name: oldName,
    source,
    destination,
    migration,
    decision,
    move,
    evacuation,
    values,
  } = data;
  const view = typeof migration === 'object' ? migration : undefined;
  const moved = view ?? decision ?? move;
  const name = (typeof container === 'object' ? container.name : container) ?? moved?.container ?? '';
  const from = source ?? moved?.source;
  const way = from === undefined ? undefined : `${from} -> ${destination ?? moved?.destination ?? ''}`;
  const more = [
    oldName && `was ${oldName}`,
    way,
    view && `${view.phase} ${view.bytes} bytes`,
    decision && `policy ${decision.policy}: ${decision.outcome}`,
    evacuation && `${evacuation.phase} ${evacuation.done} of ${evacuation.total}`,
    moved?.error,
    reason ?? decision?.reason ?? move?.reason,
    ...(values ?? []).map(valueText),
  ];
  const cells = [at, type, evacuation?.container_pool ?? pool, name, more.filter(Boolean).join(', ')].map(
    printable,
  );
  if (format === 'csv')
    return cells.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
  const time = at === '' ? '' : at.slice(11, 19);
  return [time, type.padEnd(20), ...cells.slice(2)].filter(Boolean).join('  ').trimEnd();
}

/** What people look at first. */
function valueText({ peer, container, CPU, memory, ...link }: HistoryRow): string {
  const rounded = (value: number | undefined) => Math.round((value ?? 0) * 10) / 10;
  if (peer === undefined) {
    const use = container === undefined ? `${rounded(memory)}%` : `${memory ?? 0} bytes`;
    return `${container === undefined ? '' : `${container} `}CPU ${rounded(CPU)}% memory ${use}`;
  }
  const { latency_median_1to2: there, latency_median_2to1: back, throughput } = link;
  return `${peer} ${rounded(there)}/${rounded(back)} ms ${rounded(throughput)} Mbit/s`;
}

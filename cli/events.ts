/** `copa events`: what happens, as it happens, until Ctrl-C. It comes back by itself and misses nothing. */
import type { Command } from 'commander';
import { setTimeout as delay } from 'node:timers/promises';
import { CopaError, isUnknownOutcome, messageOf } from '../proto/errors.js';
import { clientCommand, restOf } from './command.js';
import { formatOf, printable, tell } from './output.js';
import type { MigrationView } from './migration.js';
import type { Rest } from './rest.js';
import { SseDecoder } from './sse.js';

const retryMsMin = 500;
const retryMsMax = 10_000;

/** The server says something every 15 s; after so long without a word the connection is dead. */
const silenceMsMax = 45_000;

interface Flags {
  readonly pool?: string;
  readonly type?: string;
}

export function eventsCommand(): Command {
  return clientCommand('events', 'what happens, as it happens, until Ctrl-C', {
    examples: [
      'copa events',
      'copa events --pool server1,server2 --type container',
      'copa events --type migration.progress --format json   # one JSON document a line',
    ],
    prints: true,
  })
    .option('--pool <pool,...>', 'only of these pools')
    .option(
      '--type <type,...>',
      'only of these types: pool, container, migration, or one as container.started',
    )
    .addHelpText('after', '\nWhen the connection breaks it is made again, and goes on where it broke.')
    .action(events);
}

async function events(flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  const parameters = {
    ...(flags.pool === undefined ? {} : { container_pool: flags.pool }),
    ...(flags.type === undefined ? {} : { type: flags.type }),
  };
  let lastId: string | undefined;
  let retryMs = retryMsMin;
  for (let first = true; ; first = false) {
    try {
      lastId = await readStream(
        rest,
        parameters,
        lastId,
        (data) => {
          retryMs = retryMsMin;
          process.stdout.write(`${lineOf(data, format)}\n`);
        },
        (id) => (lastId = id),
      );
      tell('copa: the stream ended; connecting again');
    } catch (error) {
      // A first try that fails tells what is wrong; later ones are the controller's restart.
      if (first || !isUnknownOutcome(error)) throw error;
      tell(`copa: ${messageOf(error)}; trying again`);
    }
    await delay(retryMs);
    retryMs = Math.min(retryMs * 2, retryMsMax);
  }
}

/** Reads one stream to its end; returns the id to go on from. */
async function readStream(
  rest: Rest,
  parameters: Readonly<Record<string, string>>,
  resume: string | undefined,
  onEvent: (data: EventData) => void,
  onId: (id: string) => void,
): Promise<string | undefined> {
  const stream = await rest.follow('events', parameters, {
    headers: { Accept: 'text/event-stream', ...(resume === undefined ? {} : { 'Last-Event-ID': resume }) },
  });
  stream.socket.setTimeout(silenceMsMax, () => stream.destroy(new Error('the connection went silent')));
  const decoder = new SseDecoder();
  try {
    for await (const part of stream.setEncoding('utf8')) {
      for (const { id, data } of decoder.push(String(part))) {
        if (id !== undefined) onId(id);
        if (data !== undefined) onEvent(JSON.parse(data) as EventData);
      }
    }
  } catch (cause) {
    throw new CopaError('unavailable', `the stream broke: ${messageOf(cause)}`, { cause });
  }
  return decoder.lastId ?? resume;
}

export interface EventData {
  readonly type: string;
  readonly at?: string;
  readonly pool?: string;
  readonly reason?: string;
  readonly container?: string | { readonly name: string };
  readonly old_name?: string;
  readonly source?: string;
  readonly destination?: string;
  readonly migration?: string | MigrationView;
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
  } = data;
  const view = typeof migration === 'object' ? migration : undefined;
  const name = (typeof container === 'object' ? container.name : container) ?? view?.container ?? '';
  const from = source ?? view?.source;
  const way = from === undefined ? undefined : `${from} -> ${destination ?? view?.destination ?? ''}`;
  const more = [
    oldName && `was ${oldName}`,
    way,
    view && `${view.phase} ${view.bytes} bytes`,
    view?.error,
    reason,
  ];
  const cells = [at, type, pool, name, more.filter(Boolean).join(', ')].map(printable);
  if (format === 'csv')
    return cells.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
  const time = at === '' ? '' : at.slice(11, 19);
  return [time, type.padEnd(20), ...cells.slice(2)].filter(Boolean).join('  ').trimEnd();
}

/** `copa migrations`: what is being moved and was; one of them, followed or cancelled. */
import type { Command } from 'commander';
import { clientCommand, restOf } from './command.js';
import type { Migration } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { formatOf, bytesText, printFields, printJson, printRows, tell, type Column } from './output.js';
import { outcomeText } from './migration.js';
import { follow, tellEnd } from './move.js';

const columns: readonly Column<Migration>[] = [
  { title: 'ID', value: ({ id }) => id },
  { title: 'CONTAINER', value: ({ container }) => container },
  { title: 'FROM', value: ({ source }) => source },
  { title: 'TO', value: ({ destination }) => destination },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'PHASE', value: ({ phase, state }) => (state === 'running' ? phase : '') },
  { title: 'BYTES', value: ({ bytes }) => bytes },
  { title: 'DOWNTIME MS', value: ({ downtime_ms }) => downtime_ms },
  { title: 'STARTED', value: ({ started_at }) => started_at },
  { title: 'ERROR', value: ({ error }) => error },
];

interface Flags {
  readonly cancel?: boolean;
  readonly follow?: boolean;
  readonly container?: string;
  readonly limit?: string;
}

export function migrationsCommand(): Command {
  return clientCommand('migrations', 'what is being moved and was, the newest first; or one of them', {
    examples: [
      'copa migrations',
      'copa migrations --container web --limit 1',
      'copa migrations 40a2aca524877071 --follow',
      'copa migrations 40a2aca524877071 --cancel',
    ],
    prints: true,
  })
    .argument('[id]', 'one migration')
    .option('--cancel', 'cancel it: everything goes back as it was')
    .option('--follow', 'show how it goes until it has ended')
    .option('--container <name>', 'only those of a container of this name')
    .option('--limit <number>', 'so many at most')
    .action(migrations);
}

async function migrations(id: string | undefined, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  if (id === undefined) {
    if (flags.cancel || flags.follow)
      throw new CopaError('invalid_argument', 'say which migration: give its ID');
    const reply = await rest.migrations({
      ...(flags.container === undefined ? {} : { container_name: flags.container }),
      ...(flags.limit === undefined ? {} : { limit: flags.limit }),
    });
    printRows(format, columns, reply.migrations);
    return;
  }
  if (flags.cancel) {
    const view = await rest.cancelMigration(id);
    if (format === 'json') printJson(view);
    else tell(view.state === 'running' ? 'The migration is cancelled; it goes back.' : outcomeText(view));
    return;
  }
  if (flags.follow) {
    const isJson = format === 'json';
    tellEnd(await follow(rest, id, isJson), isJson);
    return;
  }
  const view = await rest.migration(id);
  if (format === 'json') printJson(view);
  else if (format === 'csv') printRows(format, columns, [view]);
  else {
    printFields([
      ['ID', view.id],
      ['Container', view.container],
      ['From', view.source],
      ['To', view.destination],
      ['State', view.state],
      ['Phase', view.phase],
      ['Passes', view.passes.map(({ number, kind, outcome }) => `${number} ${kind} ${outcome}`).join(', ')],
      ['Bytes', bytesText(view.bytes)],
      ['Downtime', view.downtime_ms === null ? undefined : `${view.downtime_ms} ms`],
      ['Started', view.started_at],
      ['Ended', view.ended_at],
      ['Error', view.error],
    ]);
  }
}

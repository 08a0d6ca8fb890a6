/** `copa migrations`: lists migrations; shows, follows or cancels one. */
import type { Command } from 'commander';
import { bytesText } from '../common/sizes.js';
import { clientCommand, restOf } from './command.js';
import type { Migration } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import {
  formatOf,
  type Format,
  printFields,
  printJson,
  printMessage,
  printRows,
  type Column,
} from './output.js';
import { outcomeText } from './migration.js';
import { follow, printOutcome } from './follow.js';

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
  return clientCommand('migrations', 'list migrations, the newest first; or show, follow or cancel one', {
    examples: [
      'copa migrations',
      'copa migrations --container web --limit 1',
      'copa migrations 40a2aca524877071 --follow',
      'copa migrations 40a2aca524877071 --cancel',
    ],
    prints: true,
  })
    .argument('[id]', 'the ID of a migration')
    .option('--cancel', 'cancel it: the container stays on its source')
    .option('--follow', 'show its progress until it ends')
    .option('--container <name>', 'only migrations of this container')
    .option('--limit <number>', 'at most this many')
    .action(migrations);
}

async function migrations(id: string | undefined, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  if (id === undefined) {
    if (flags.cancel || flags.follow) throw new CopaError('invalid_argument', 'give the ID of a migration');
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
    else
      printMessage(
        view.state === 'running' ? 'The migration is cancelled; it goes back.' : outcomeText(view),
      );
    return;
  }
  if (flags.follow) {
    const isJson = format === 'json';
    printOutcome(await follow(rest, id, isJson), isJson);
    return;
  }
  printMigration(format, await rest.migration(id));
}

export function printMigration(format: Format, view: Migration): void {
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
      [
        'Predicted downtime',
        view.predicted_downtime?.total_ms ? `${view.predicted_downtime.total_ms} ms` : undefined,
      ],
      ['Started', view.started_at],
      ['Ended', view.ended_at],
      ['Error', view.error],
      ['Waits for', view.waiting_for],
      ['Waits since', view.waiting_since],
      ['If it never comes', view.resolve_command],
      ...view.choices.map(({ keep, cost }) => [`Keep ${keep}`, cost] as const),
    ]);
  }
}

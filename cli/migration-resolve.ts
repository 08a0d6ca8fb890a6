/** `copa migration`: shows one migration, and decides one that waits for a host which does not come back. */
import { Command, Option } from 'commander';
import type { Migration } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { migrationIdPattern, shown } from '../common/names.js';
import { clientCommand, restOf } from './command.js';
import { confirm } from './confirm.js';
import { parseContainer } from './locate.js';
import { outcomeText } from './migration.js';
import { printMigration } from './migrations.js';
import { formatOf, printJson, printMessage } from './output.js';
import type { Rest } from './rest.js';

const idText = 'the ID of a migration, or its container as CONTAINER or POOL:CONTAINER';

type Keep = Migration['choices'][number]['keep'];

export function migrationCommand(): Command {
  return new Command('migration')
    .description('show one migration, or decide one that waits for a host which does not come back')
    .addCommand(
      clientCommand('info', 'show a migration: its phase, and what it waits for', {
        examples: ['copa migration info 40a2aca524877071', 'copa migration info server1:web'],
        prints: true,
      })
        .argument('<id>', idText)
        .action(info),
    )
    .addCommand(
      clientCommand(
        'resolve',
        'decide which copy is valid, when a host does not come back; the consequences are shown first',
        {
          examples: [
            'copa migration resolve 40a2aca524877071 --keep destination',
            'copa migration resolve server2:web --keep source --yes',
          ],
          prints: true,
        },
      )
        .argument('<id>', idText)
        .addOption(
          new Option('--keep <side>', 'whose copy is valid from now on')
            .choices(['source', 'destination'])
            .makeOptionMandatory(),
        )
        .option('--yes', 'do not ask')
        .action(resolve),
    );
}

async function info(text: string, _flags: unknown, command: Command): Promise<void> {
  printMigration(formatOf(command), await find(await restOf(command), text));
}

async function resolve(
  text: string,
  { keep, yes = false }: { keep: Keep; yes?: boolean },
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  const before = await find(rest, text);
  const choice = before.choices.find((each) => each.keep === keep);
  // One that is not possible is refused by the controller, with the reason.
  if (choice && !yes) {
    const { container, source, destination } = before;
    await confirm({
      about: `The migration of "${container}" from ${source} to ${destination}. ${choice.cost}`,
      question: 'Decide so',
      refused: 'nothing is decided',
    });
  }
  const view = await rest.resolveMigration(before.id, keep);
  if (format === 'json') printJson(view);
  else if (view.state === 'running') {
    printMessage(`The migration of "${view.container}" goes on as decided: ${view.description}.`);
  } else {
    printMessage(outcomeText(view));
  }
}

async function find(rest: Rest, text: string): Promise<Migration> {
  if (migrationIdPattern.test(text)) return rest.migration(text);
  const { pool, name } = parseContainer(text);
  const { migrations } = await rest.migrations({ container_name: name });
  const matching = migrations.filter(
    ({ source, destination }) => pool === undefined || pool === source || pool === destination,
  );
  const open = matching.filter(({ state }) => state === 'running');
  const [first, second] = open.length > 0 ? open : matching.slice(0, 1);
  if (!first) throw new CopaError('not_found', `there is no migration of container ${shown(text)}`);
  if (!second) return first;
  const ids = open.map(({ id }) => id).join(', ');
  throw new CopaError('failed_precondition', `several migrations of ${shown(text)} are open: ${ids}`);
}

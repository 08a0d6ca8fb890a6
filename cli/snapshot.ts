/** `copa snapshot`: snapshots of a container. */
import { Command } from 'commander';
import { parametersOf, type Reply } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { clientCommand, containerArgument, labelsOption, poolOption, restOf } from './command.js';
import { locate } from './locate.js';
import { changeMany, chooseMany, parallelUsual, parseParallel } from './many.js';
import { formatOf, printMessage, printRows, type Column } from './output.js';
import type { Rest } from './rest.js';

type SnapshotOperation = 'restore' | 'delete_snapshot';

interface Flags {
  readonly pool?: string;
  readonly all?: boolean;
  readonly labels?: string;
  readonly parallel?: string;
}

const columns: readonly Column<Reply<'ContainerListSnapshots'>['snapshots'][number]>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'TAKEN', value: ({ created_at }) => created_at },
];

export function snapshotCommand(): Command {
  return new Command('snapshot')
    .description('create, list, restore and delete snapshots of a container')
    .addCommand(createCommand())
    .addCommand(
      clientCommand('list', 'list the snapshots of a container, the oldest first', {
        examples: ['copa snapshot list web'],
        prints: true,
      })
        .alias('ls')
        .argument('<container>', containerArgument)
        .addOption(poolOption())
        .action(list),
    )
    .addCommand(
      changing('restore', {
        about: 'restore a snapshot: later changes are lost, and a running container restarts',
        operation: 'restore',
        done: 'restored',
      }),
    )
    .addCommand(
      changing('delete', {
        about: 'delete a snapshot',
        operation: 'delete_snapshot',
        done: 'deleted',
      }).alias('rm'),
    );
}

function createCommand(): Command {
  return clientCommand('create', 'create a snapshot of a container, or one of each of many', {
    examples: [
      'copa snapshot create web before-update',
      'copa snapshot create --all server1: nightly',
      'copa snapshot create -l app=web nightly',
    ],
  })
    .argument('<container>', `${containerArgument}; with --all or --labels a pool, as server1: (none: all)`)
    .argument('[snapshot]')
    .addOption(poolOption())
    .option('--all', 'of all containers of this pool')
    .addOption(labelsOption())
    .option('--parallel <n>', `with --all or --labels: how many at a time (default: ${parallelUsual})`)
    .action(async (first: string, second: string | undefined, flags: Flags, command: Command) => {
      const rest = await restOf(command);
      if (flags.all || flags.labels !== undefined) {
        await createOfMany(rest, second === undefined ? [first] : [second, first], flags);
        return;
      }
      if (second === undefined) throw new CopaError('invalid_argument', 'give a container and a snapshot');
      await rest.operate('snapshot', await locate(rest, first, flags.pool), { snapshot_name: second });
      printMessage(`Snapshot "${second}" is created.`);
    });
}

async function createOfMany(
  rest: Rest,
  [snapshot = '', ...pools]: readonly string[],
  { pool, labels, parallel }: Flags,
): Promise<void> {
  const from = pool === undefined ? pools : [`${pool}:`, ...pools];
  const chosen = await chooseMany(rest, from, labels, () => true);
  const how = { done: 'have a snapshot', parallel: parseParallel(parallel) };
  await changeMany(chosen, how, (container) =>
    rest.operate('snapshot', container, { snapshot_name: snapshot }),
  );
}

interface Change {
  readonly about: string;
  readonly operation: SnapshotOperation;
  readonly done: string;
}

function changing(name: string, { about, operation, done }: Change): Command {
  return clientCommand(name, about, { examples: [`copa snapshot ${name} web before-update`] })
    .argument('<container>', containerArgument)
    .argument('<snapshot>')
    .addOption(poolOption())
    .action(async (text: string, snapshot: string, { pool }: Flags, command: Command) => {
      const rest = await restOf(command);
      await rest.operate(operation, await locate(rest, text, pool), { snapshot_name: snapshot });
      printMessage(`Snapshot "${snapshot}" is ${done}.`);
    });
}

async function list(text: string, { pool }: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const container = await locate(rest, text, pool);
  const { snapshots } = await rest.snapshots(parametersOf(container));
  printRows(formatOf(command), columns, snapshots);
}

/** `copa snapshot`: snapshots of a container. */
import { Command } from 'commander';
import { parametersOf, type Reply } from '../client/index.js';
import { clientCommand, containerArgument, poolOption, restOf } from './command.js';
import { locate } from './locate.js';
import { formatOf, printMessage, printRows, type Column } from './output.js';

type SnapshotOperation = 'snapshot' | 'restore' | 'delete_snapshot';

interface Flags {
  readonly pool?: string;
}

const columns: readonly Column<Reply<'ContainerListSnapshots'>['snapshots'][number]>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'TAKEN', value: ({ created_at }) => created_at },
];

export function snapshotCommand(): Command {
  return new Command('snapshot')
    .description('create, list, restore and delete snapshots of a container')
    .addCommand(changing('create', { about: 'create a snapshot', operation: 'snapshot', done: 'created' }))
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

/** `copa snapshot`: states of a container to go back to. */
import { Command } from 'commander';
import type { Reply } from '../client/index.js';
import { clientCommand, poolOption, restOf } from './command.js';
import { operate } from './container.js';
import { formatOf, printRows, tell, type Column } from './output.js';
import { locate, namedBy } from './overview.js';

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
    .description('states of a container to go back to')
    .addCommand(
      named('create', 'take a snapshot', 'snapshot', 'is taken', ['copa snapshot create web before-update']),
    )
    .addCommand(
      clientCommand('list', 'the snapshots of a container, the oldest first', {
        examples: ['copa snapshot list web'],
        prints: true,
      })
        .alias('ls')
        .argument('<container>', 'CONTAINER or POOL:CONTAINER')
        .addOption(poolOption())
        .action(list),
    )
    .addCommand(
      named(
        'restore',
        'put a container back to a snapshot: what came later is lost. If it runs, it is restarted',
        'restore',
        'is what the container is now',
        ['copa snapshot restore web before-update'],
      ),
    )
    .addCommand(
      named('delete', 'delete a snapshot', 'delete_snapshot', 'is deleted', [
        'copa snapshot delete web before-update',
      ]).alias('rm'),
    );
}

function named(
  name: string,
  about: string,
  operation: SnapshotOperation,
  done: string,
  examples: string[],
): Command {
  return clientCommand(name, about, { examples })
    .argument('<container>', 'CONTAINER or POOL:CONTAINER')
    .argument('<snapshot>')
    .addOption(poolOption())
    .action(async (text: string, snapshot: string, { pool }: Flags, command: Command) => {
      await operate(await restOf(command), operation, text, pool, { snapshot_name: snapshot });
      tell(`Snapshot "${snapshot}" ${done}.`);
    });
}

async function list(text: string, { pool }: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const at = await locate(rest, namedBy(text, pool));
  const { snapshots } = await rest.snapshots({ container_pool: at.pool, container_name: at.container });
  printRows(formatOf(command), columns, snapshots);
}

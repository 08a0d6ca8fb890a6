/** `copa pool limit`, `cordon` and `uncordon`: how much moves to a pool, and whether anything does. */
import type { Command } from 'commander';
import { clientCommand, restOf } from './command.js';
import { formatOf, printMessage, printRows, type Column } from './output.js';

export function withMoveCommands(pool: Command): Command {
  return pool
    .addCommand(
      clientCommand('limit', 'set how many moves copy and cut over on a pool at a time', {
        examples: ['copa pool limit server1 --copies 3 --cutovers 1', 'copa pool limit server1'],
        prints: true,
      })
        .argument('<pool>')
        .option('--copies <n>', 'moves that copy from or to it at a time (default: 3)')
        .option(
          '--cutovers <n>',
          'moves that stop a container on it, or start it there, at a time (default: 1)',
        )
        .action(limit),
    )
    .addCommand(
      clientCommand('cordon', 'put no new containers on a pool; those that are there stay', {
        examples: ['copa pool cordon server1'],
      })
        .argument('<pool>')
        .action((pool: string, _flags: unknown, command: Command) => schedule('cordon', pool, command)),
    )
    .addCommand(
      clientCommand('uncordon', 'put new containers on a pool again', {
        examples: ['copa pool uncordon server1'],
      })
        .argument('<pool>')
        .action((pool: string, _flags: unknown, command: Command) => schedule('uncordon', pool, command)),
    );
}

async function schedule(operation: 'cordon' | 'uncordon', pool: string, command: Command): Promise<void> {
  const rest = await restOf(command);
  await rest.pool(operation, { container_pool: pool });
  printMessage(
    operation === 'cordon'
      ? `Pool "${pool}" takes no new containers.`
      : `Pool "${pool}" takes new containers again.`,
  );
}

const limitColumns: readonly Column<{ readonly copies: number; readonly cutovers: number }>[] = [
  { title: 'COPIES', value: ({ copies }) => copies },
  { title: 'CUT-OVERS', value: ({ cutovers }) => cutovers },
];

async function limit(
  pool: string,
  { copies, cutovers }: { readonly copies?: string; readonly cutovers?: string },
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const given = {
    ...(copies === undefined ? {} : { copies }),
    ...(cutovers === undefined ? {} : { cutovers }),
  };
  const { limits } = await rest.pool('limit', { container_pool: pool, ...given });
  printRows(formatOf(command), limitColumns, [limits]);
}

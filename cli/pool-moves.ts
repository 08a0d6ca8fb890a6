/** `copa pool limit`, `test-link`, `cordon` and `uncordon`: how much moves to a pool, and whether anything does. */
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
      clientCommand('test-link', 'send traffic from a pool to another one, and measure how much arrives', {
        examples: [
          'copa pool test-link server1 server2',
          'copa pool test-link server1 server2 --mbits-max 50',
        ],
        prints: true,
      })
        .argument('<pool>', 'the pool that sends')
        .argument('<destination>', 'the pool that receives')
        .option('--seconds <n>', 'how long it sends, at most 30 (default: 5)')
        .option('--mbits-max <n>', 'at most so many Mbit/s (default: as much as the link carries)')
        .action(testLink),
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

interface LinkTested {
  readonly throughput: number;
  readonly bytes: number;
  readonly seconds: number;
}

const linkColumns: readonly Column<LinkTested>[] = [
  { title: 'MBIT/S', value: ({ throughput }) => Math.round(throughput * 10) / 10 },
  { title: 'BYTES', value: ({ bytes }) => bytes },
  { title: 'SECONDS', value: ({ seconds }) => Math.round(seconds * 100) / 100 },
];

async function testLink(
  pool: string,
  destination: string,
  { seconds, mbitsMax }: { readonly seconds?: string; readonly mbitsMax?: string },
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const tested = await rest.pool('test_link', {
    ...{ container_pool: pool, destination_pool: destination },
    ...(seconds === undefined ? {} : { seconds }),
    ...(mbitsMax === undefined ? {} : { mbits_max: mbitsMax }),
  });
  printRows(formatOf(command), linkColumns, [tested]);
}

/** `copa status`: the controller, the pools, and the running migrations. */
import type { Command } from 'commander';
import { clientCommand, restOf } from './command.js';
import { exitCodes } from './exit.js';
import { formatOf, printFields, printJson } from './output.js';
import { readOverview } from './overview.js';

export function statusCommand(): Command {
  return clientCommand(
    'status',
    'show whether the controller is ready, the state of the pools, and running migrations',
    {
      examples: ['copa status', 'copa status --format json'],
      prints: true,
    },
  )
    .addHelpText('after', '\nThe exit code is 5 when the controller is not ready or a pool is not up.')
    .action(status);
}

async function status(_flags: unknown, command: Command): Promise<void> {
  const rest = await restOf(command);
  const readiness = await rest.readiness();
  const { checks } = readiness;
  const wrong = Object.entries(checks).filter(([, state]) => state !== 'ok');
  const overview = await readOverview(rest);
  const { migrations } = await rest.migrations();
  const running = migrations.filter(({ state }) => state === 'running');
  const down = overview.pools.filter(({ state }) => state !== 'up');
  const ready = 'success' in readiness;
  if (!ready || down.length > 0) process.exitCode = exitCodes.unreachable;
  const containers = overview.pools.flatMap((pool) => pool.containers);
  const byStatus = new Map<string, number>();
  for (const { status: state } of containers) byStatus.set(state, (byStatus.get(state) ?? 0) + 1);

  if (formatOf(command) === 'json') {
    printJson({
      address: rest.transport.address,
      controller: overview.controller,
      ready,
      checks,
      pools: overview.pools.map(({ name, ip, state, reason }) => ({ name, ip, state, reason })),
      containers: Object.fromEntries(byStatus),
      migrations: running,
    });
    return;
  }
  const { controller } = overview;
  printFields([
    ['Controller', `${controller.name}, copa ${controller.version}, at ${rest.transport.address}`],
    ['Started', controller.started_at],
    ['Ready', ready ? 'yes' : `no: ${wrong.map(([name, state]) => `${name}: ${state}`).join('; ')}`],
    ['Pools', `${overview.pools.length - down.length} of ${overview.pools.length} up`],
    ...down.map(
      ({ name, state, reason }) => [`  ${name}`, `${state}${reason === null ? '' : `: ${reason}`}`] as const,
    ),
    [
      'Containers',
      [...byStatus].map(([state, count]) => `${count} ${state.toLowerCase()}`).join(', ') || 'none',
    ],
    ['Migrations', running.length === 0 ? 'none now' : `${running.length} now`],
    ...running.map(
      ({ container, source, destination, phase }) =>
        [`  ${container}`, `${source} -> ${destination}, ${phase}`] as const,
    ),
  ]);
}

/** `copa move`: starts a migration, shows its progress, and reports its outcome. */
import { Option, type Command } from 'commander';
import { parametersOf, type Preflight } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { clientCommand, containerArgument, poolOption, restOf } from './command.js';
import { exitCodes } from './exit.js';
import { formatOf, printJson, secondsText } from './output.js';
import { follow, printOutcome } from './follow.js';
import { locate } from './locate.js';
import { rulesIn, withRules, type RuleFlags } from './place.js';

interface Flags extends RuleFlags {
  readonly pool?: string;
  readonly dryRun?: boolean;
  readonly stopTimeout?: string;
  readonly settleSeconds?: string;
  readonly force?: boolean;
  readonly passesMax?: string;
  readonly bandwidthLimit?: string;
  readonly compress?: boolean;
  readonly keepSourceAs?: string;
  readonly live?: boolean;
  readonly destinationStorage?: string;
  readonly destinationNetwork?: string;
  readonly profiles?: string;
  readonly newName?: string;
  readonly maxDowntime?: string;
  readonly check?: string;
  readonly checkTimeout?: string;
  readonly onCheckFailure?: string;
  readonly priority?: string;
  readonly detach?: boolean;
}

export function moveCommand(): Command {
  const command = clientCommand('move', 'move a container to another pool while people use it', {
    examples: [
      'copa move web server2',
      'copa move web server1 server2',
      'copa move web @any --where ssd=true',
      'copa move server1:web server2 --dry-run',
      'copa move web server2 --destination-storage tank --destination-network eth0=br0 --profiles flatten',
      'copa move web server2 --check http://:8080/health --on-check-failure back',
      'copa move web server2 --keep-source-as web-old --bandwidth-limit 50000000',
    ],
    prints: true,
  });
  return withRules(command)
    .alias('mv')
    .argument('<container>', containerArgument)
    .argument(
      '<pools...>',
      '[FROM] TO: its pool, if the name is not unique, and the destination, also @any or @GROUP',
    )
    .addOption(poolOption())
    .option('--dry-run', 'only check whether the move is possible, and list all obstacles')
    .option('--stop-timeout <seconds>', 'the time to shut down; after that the move is undone (default: 30)')
    .option('--force', 'kill it instead when it needs longer')
    .option(
      '--settle-seconds <seconds>',
      'how long it must stay up on the destination before the source is removed (default: 2)',
    )
    .option(
      '--check <what>',
      'then it must pass this: exec:COMMAND, http://:PORT/PATH or tcp://:PORT (of the container itself)',
    )
    .option('--check-timeout <time>', 'the time within which the check must pass (default: 30s)')
    .addOption(
      new Option(
        '--on-check-failure <what>',
        'stay: report it; back: the source runs again, and the copy is kept, stopped (default: stay)',
      ).choices(['stay', 'back']),
    )
    .option(
      '--passes-max <number>',
      'maximum number of passes while it runs; 0 stops it first (default: 5; 20 with --max-downtime)',
    )
    .option(
      '--max-downtime <time>',
      'stop it only when the predicted downtime is not longer (2s, 500ms); else go back',
    )
    .option('--bandwidth-limit <bytes>', 'maximum bytes per second')
    .option('--compress', 'compress the data, for slow links')
    .option('--keep-source-as <name>', 'keep the source, stopped, under this name')
    .option('--destination-storage <name>', 'the storage pool on the destination')
    .option(
      '--destination-network <names>',
      'the network on the destination: one name, or NIC=NETWORK, separated by commas',
    )
    .addOption(
      new Option(
        '--profiles <how>',
        "same: profiles of the same names; map: translated by the pool's table; flatten: none, their settings are copied into the container (default: map if the pool has translations, else same)",
      ).choices(['same', 'map', 'flatten']),
    )
    .option('--new-name <name>', 'the name of the container on the destination')
    .option('--live', 'move the running processes as well (CRIU)')
    .option('--priority <n>', 'in the queue of moves, -100 to 100; the higher one goes first (default: 0)')
    .option('--detach', 'do not wait; print the ID of the migration')
    .addHelpText(
      'after',
      '\nCtrl-C offers to cancel the migration or to leave it running. If this program is killed, the migration\ncontinues: see "copa migrations".',
    )
    .action(move);
}

async function move(text: string, pools: string[], flags: Flags, command: Command): Promise<void> {
  const [from, to] = pools.length === 1 ? [flags.pool, pools[0]] : [pools[0], pools[1]];
  if (pools.length > 2 || to === undefined) {
    throw new CopaError(
      'invalid_argument',
      'give one container and a destination: copa move CONTAINER [FROM] TO',
    );
  }
  if (flags.pool !== undefined && from !== flags.pool) {
    throw new CopaError('invalid_argument', `--pool is "${flags.pool}", but FROM is "${from ?? ''}"`);
  }
  const rest = await restOf(command);
  const container = await locate(rest, text, from);
  const order = { ...parametersOf(container), destination_pool: to, ...optionsOf(flags) };
  const isJson = formatOf(command) === 'json';
  if (flags.dryRun) {
    printPreflight(await rest.preflight(order), isJson);
    return;
  }
  const id = await rest.beginMigration(order);
  if (flags.detach) {
    process.stdout.write(`${id}\n`);
    return;
  }
  printOutcome(await follow(rest, id, isJson), isJson);
}

function optionsOf(flags: Flags) {
  const given = {
    stop_timeout: flags.stopTimeout,
    force: flags.force,
    passes_max: flags.passesMax,
    settle_seconds: flags.settleSeconds,
    bandwidth_limit: flags.bandwidthLimit,
    compress: flags.compress,
    keep_source_as: flags.keepSourceAs,
    live: flags.live,
    destination_storage: flags.destinationStorage,
    destination_network: flags.destinationNetwork,
    profiles: flags.profiles,
    new_name: flags.newName,
    max_downtime: flags.maxDowntime,
    check: flags.check,
    check_timeout: flags.checkTimeout,
    on_check_failure: flags.onCheckFailure,
    ...rulesIn(flags),
    priority: flags.priority,
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string | boolean] => entry[1] !== undefined),
  );
}

function printPreflight(reply: Preflight, isJson: boolean): void {
  const { possible, findings, flags, warnings, container, via, precopy, predicted_downtime } = reply;
  if (!possible) process.exitCode = exitCodes.conflict;
  if (isJson) {
    printJson(reply);
    return;
  }
  for (const { message } of warnings) process.stderr.write(`Warning: ${message}\n`);
  if (possible) {
    const how = precopy ? 'is copied while it runs' : 'is stopped for the whole copy';
    const line = container.status === 'Stopped' ? 'is stopped' : how;
    process.stdout.write(
      `The move is possible. The container ${line}; its data goes ${via === 'relay' ? 'through the controller' : 'from host to host'}.\n`,
    );
    const downtime = predicted_downtime?.total_ms;
    if (typeof downtime === 'number') {
      process.stdout.write(`By earlier moves, it will be down for about ${secondsText(downtime / 1000)}.\n`);
    }
    return;
  }
  process.stdout.write('The move is not possible:\n');
  for (const { subject, message } of findings) process.stdout.write(`  ${subject}: ${message}\n`);
  if (flags !== null) process.stdout.write(`Add this to the command: ${flags}\n`);
}

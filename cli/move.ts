/** `copa move`: orders a migration, shows how it goes, and tells the truth about its end. */
import type { Command } from 'commander';
import type { Migration, Preflight } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { clientCommand, poolOption, restOf } from './command.js';
import { exitCodes } from './exit.js';
import { formatOf, printJson, tell } from './output.js';
import { outcomeText, progressLine } from './migration.js';
import { locate, namedBy } from './overview.js';
import { leaving, Prompt } from './prompt.js';
import type { Rest } from './rest.js';

interface Flags {
  readonly pool?: string;
  readonly dryRun?: boolean;
  readonly stopTimeout?: string;
  readonly force?: boolean;
  readonly passesMax?: string;
  readonly bandwidthLimit?: string;
  readonly compress?: boolean;
  readonly keepSourceAs?: string;
  readonly live?: boolean;
  readonly detach?: boolean;
}

export function moveCommand(): Command {
  return clientCommand('move', 'move a container to another pool while people use it', {
    examples: [
      'copa move web server2',
      'copa move web server1 server2',
      'copa move server1:web server2 --dry-run',
      'copa move web server2 --keep-source-as web-old --bandwidth-limit 50000000',
    ],
    prints: true,
  })
    .alias('mv')
    .argument('<container>', 'CONTAINER or POOL:CONTAINER')
    .argument('<pools...>', '[FROM] TO: where it is, if its name alone does not tell, and where it goes')
    .addOption(poolOption())
    .option('--dry-run', 'only tell what stands in the way, all of it at once')
    .option(
      '--stop-timeout <seconds>',
      'how long it may take to shut down; then the move goes back (default: 30)',
    )
    .option('--force', 'kill it instead when it takes longer')
    .option('--passes-max <number>', 'copies made while it runs, at most; 0 stops it first (default: 5)')
    .option('--bandwidth-limit <bytes>', 'bytes a second, at most')
    .option('--compress', 'compress on the way: for slow links')
    .option('--keep-source-as <name>', 'keep the source, stopped, under this name')
    .option('--live', 'move the running processes, too (CRIU)')
    .option('--detach', 'do not wait: print the ID of the migration')
    .addHelpText(
      'after',
      '\nCtrl-C asks whether to cancel the migration or to let it go on without you. It goes on in any case if this\nprogram is killed: see "copa migrations".',
    )
    .action(move);
}

async function move(text: string, pools: string[], flags: Flags, command: Command): Promise<void> {
  const [from, to] = pools.length === 1 ? [flags.pool, pools[0]] : [pools[0], pools[1]];
  if (pools.length > 2 || to === undefined) {
    throw new CopaError(
      'invalid_argument',
      'give one container and where it goes: copa move CONTAINER [FROM] TO',
    );
  }
  if (flags.pool !== undefined && from !== flags.pool) {
    throw new CopaError('invalid_argument', `--pool says "${flags.pool}", but FROM is "${from ?? ''}"`);
  }
  const rest = await restOf(command);
  const at = await locate(rest, namedBy(text, from));
  const order = {
    container_pool: at.pool,
    container_name: at.container,
    destination_pool: to,
    ...optionsOf(flags),
  };
  const isJson = formatOf(command) === 'json';
  if (flags.dryRun) {
    tellPreflight(await rest.preflight(order), isJson);
    return;
  }
  const id = await rest.beginMigration(order);
  if (flags.detach) {
    process.stdout.write(`${id}\n`);
    return;
  }
  tellEnd(await follow(rest, id, isJson), isJson);
}

function optionsOf(flags: Flags) {
  const given = {
    stop_timeout: flags.stopTimeout,
    force: flags.force,
    passes_max: flags.passesMax,
    bandwidth_limit: flags.bandwidthLimit,
    compress: flags.compress,
    keep_source_as: flags.keepSourceAs,
    live: flags.live,
  };
  return Object.fromEntries(
    Object.entries(given).filter((entry): entry is [string, string | boolean] => entry[1] !== undefined),
  );
}

/** Shows a migration (or, if `quiet`, only waits) until it has ended, or the user leaves it. */
export async function follow(rest: Rest, id: string, quiet: boolean): Promise<Migration | undefined> {
  const prompt = new Prompt(
    `\nCancel the migration (c), let it go on without you (g), or keep watching (Enter)? `,
  );
  let last: Migration | undefined;
  try {
    for await (const view of rest.followMigration(id)) {
      last = view;
      if (view.state !== 'running') break;
      const choice = prompt.take();
      if (choice === leaving) return undefined;
      if (choice === 'c') await cancel(rest, id);
      if (!quiet && !prompt.isOpen) showLine(view);
    }
    return last;
  } finally {
    prompt.close();
    if (!quiet) clearLine();
  }
}

async function cancel(rest: Rest, id: string): Promise<void> {
  try {
    await rest.cancelMigration(id);
  } catch (error) {
    // Too late: it goes on, and its end is told as any other.
    tell(`copa: ${messageOf(error)}`);
  }
}

/** Tells how it has ended, and fails if the container is not where it was to go. */
export function tellEnd(view: Migration | undefined, isJson: boolean): void {
  if (!view) {
    tell('The migration goes on: "copa migrations" shows how, and cancels it.');
    process.exitCode = 130;
    return;
  }
  if (isJson) printJson(view);
  if (view.state !== 'done') {
    if (isJson) process.exitCode = exitCodes.failed;
    else throw new CopaError('internal', outcomeText(view));
  } else if (!isJson) process.stdout.write(`${outcomeText(view)}\n`);
}

function tellPreflight(reply: Preflight, isJson: boolean): void {
  const { possible, findings, container, via, precopy } = reply;
  if (!possible) process.exitCode = exitCodes.conflict;
  if (isJson) {
    printJson(reply);
    return;
  }
  if (possible) {
    const how = precopy ? 'is copied while it runs' : 'is stopped for the whole copy';
    const line = container.status === 'Stopped' ? 'is stopped' : how;
    process.stdout.write(
      `Nothing stands in the way. The container ${line}; it goes ${via === 'relay' ? 'through the controller' : 'from host to host'}.\n`,
    );
    return;
  }
  process.stdout.write('This stands in the way:\n');
  for (const { subject, message } of findings) process.stdout.write(`  ${subject}: ${message}\n`);
}

/** Only who watches a terminal sees progress. */
function showLine(view: Migration): void {
  if (!process.stderr.isTTY) return;
  process.stderr.write(`\r\u001b[K${progressLine(view, (process.stderr.columns || 80) - 1)}`);
}

function clearLine(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
}

/** `copa controller`: the controller itself, and the commands that make several of them a cluster. */
import { Command } from 'commander';
import type { OperationParameters } from '../client/index.js';
import { CopaError } from '../common/errors.js';
import { addSettings, readSettings } from '../common/config/settings-flags.js';
import { writeSettings } from '../common/config/settings-file.js';
import { createLog } from '../common/observability/log.js';
import { checkName, poolNamePattern, poolNameRule } from '../common/names.js';
import { hasUnit, startUnit, stopUnit } from '../common/service-unit.js';
import { joinControllers } from '../controller/cluster/join.js';
import { othersOf, recoverAlone } from '../controller/cluster/recover.js';
import { controllerSide } from '../controller/config/settings.js';
import { controllerCommand as daemonCommand } from '../controller/main.js';
import { clientCommand, restOf, withExamples } from './command.js';
import { confirm } from './confirm.js';
import { formatOf, printMessage, printRows } from './output.js';

const service = 'copa-controller';

export function controllerCommand(): Command {
  // Options after a subcommand belong to it, also those with the names of the controller's settings.
  return daemonCommand()
    .enablePositionalOptions()
    .addCommand(initCommand())
    .addCommand(tokenCommand())
    .addCommand(joinCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand())
    .addCommand(promoteCommand())
    .addCommand(recoverCommand());
}

function initCommand(): Command {
  return clientCommand('init', 'let other controllers join this one; run it once, on the first one', {
    examples: ['copa controller init', 'copa controller init --address 10.0.0.1'],
  })
    .option(
      '--address <ip[:port]>',
      "this machine's address for them (default: its only one, with port 8005)",
    )
    .action(init);
}

function tokenCommand(): Command {
  return clientCommand('token', 'create a token for one more controller; it is printed once', {
    examples: ['copa controller token'],
  })
    .option('--ttl <time>', 'its validity, like 30m (default: 15m)')
    .action(token);
}

function joinCommand(): Command {
  const command = new Command('join')
    .description('make this machine one more controller, with a token of "copa controller token"')
    .argument('<token>')
    .option('--address <ip[:port]>', "this machine's address for the others (default: detected, port 8005)")
    .option('--again', 'set the data of the controller that is here aside')
    .option('--no-start', 'do not stop and start the service')
    .action(join);
  addSettings(command, controllerSide, [...joinNames]);
  return withExamples(command, ['copa controller join TOKEN']);
}

function listCommand(): Command {
  return clientCommand('list', 'list the controllers, and whether they are up', {
    examples: ['copa controller list'],
    prints: true,
  })
    .alias('ls')
    .action(list);
}

function removeCommand(): Command {
  return clientCommand('remove', 'remove a controller; those that are left have to go on without it', {
    examples: ['copa controller remove controller3'],
  })
    .alias('rm')
    .argument('<name>', 'its name, or its address for other controllers')
    .option('--alone', 'also if one controller is left, which nothing replaces')
    .option('--yes', 'do it without a question')
    .action(remove);
}

function promoteCommand(): Command {
  return clientCommand('promote', 'give a controller its vote, which also happens by itself', {
    examples: ['copa controller promote controller2'],
  })
    .argument('<name>')
    .action(promote);
}

function recoverCommand(): Command {
  const command = new Command('recover')
    .description('go on alone on this machine, when most controllers are lost for good')
    .option('--yes', 'do it without a question')
    .option('--no-start', 'do not stop and start the service')
    .action(recover);
  addSettings(command, controllerSide, [...recoverNames]);
  return withExamples(command, ['copa controller recover']);
}

const joinNames = ['stateDir', 'name', 'etcd'] as const;
const recoverNames = ['stateDir'] as const;

async function init(flags: { address?: string }, command: Command): Promise<void> {
  const { address } = flags;
  const order: OperationParameters<'Controller', 'init'> = address === undefined ? {} : { address };
  const done = await (await restOf(command)).controller('init', order);
  printMessage(`Other controllers reach this one at ${done.address}. "copa controller token" lets one join.`);
}

async function token({ ttl }: { ttl?: string }, command: Command): Promise<void> {
  const rest = await restOf(command);
  const { token: text, expires_at: until } = await rest.controller('token', ttl === undefined ? {} : { ttl });
  process.stderr.write(`Valid once, by one controller, until ${until}:  copa controller join TOKEN\n`);
  process.stdout.write(`${text}\n`);
}

interface JoinFlags {
  readonly address?: string;
  readonly again?: boolean;
  readonly start: boolean;
  readonly config: string;
}

async function join(text: string, flags: JoinFlags, command: Command): Promise<void> {
  const { stateDir, name, etcd } = readSettings(command, controllerSide, joinNames);
  if (etcd) {
    throw new CopaError(
      'failed_precondition',
      'this machine is set to use an etcd of yours (etcd): remove that first',
    );
  }
  checkName('the name of the controller', name, poolNamePattern, `${poolNameRule}; choose one with --name`);
  const { address, again = false } = flags;
  const joined = await withoutService(flags.start, () =>
    joinControllers({ token: text, stateDirectory: stateDir, name, address, again, log: createLog('error') }),
  );
  printMessage(`This machine is controller "${joined.name}" at ${joined.address}; ${joined.by} admitted it.`);
  if (joined.setAside !== undefined) printMessage(`What was here is in ${joined.setAside}.`);
  const chosen = (['stateDir', 'name'] as const).filter((each) =>
    ['cli', 'env'].includes(command.getOptionValueSource(each) ?? ''),
  );
  if (chosen.length > 0) {
    const values = Object.fromEntries(chosen.map((each) => [each, String(command.getOptionValue(each))]));
    await writeSettings(controllerSide, values, flags.config);
    printMessage(`Its settings are in ${flags.config}.`);
  }
  await start(flags.start, 'this machine has joined');
  printMessage('It is up as soon as it has all data: "copa controller list" shows it.');
}

async function list(_flags: unknown, command: Command): Promise<void> {
  const { controllers } = await (await restOf(command)).controllers();
  printRows(
    formatOf(command),
    [
      { title: 'NAME', value: ({ name, this: isThis }) => (isThis ? `${name} (this)` : name) },
      { title: 'STATE', value: ({ state, leader }) => (leader ? `${state}, leads` : state) },
      { title: 'ADDRESS', value: ({ address }) => address ?? '' },
      { title: 'VERSION', value: ({ version }) => version ?? '' },
      { title: 'SINCE', value: ({ started_at: since }) => since ?? '' },
    ],
    controllers,
  );
}

async function remove(
  name: string,
  flags: { alone?: boolean; yes?: boolean },
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  if (!flags.yes) {
    await confirm({
      about: `Controller "${name}" will stop working. To come back, it has to join again.`,
      question: `Remove controller "${name}"`,
      refused: 'nothing was removed',
    });
  }
  const done = await rest.controller('remove', { name, ...(flags.alone ? { alone: true } : {}) });
  printMessage(
    `Controller "${done.name}" is removed. Stop it on its machine: systemctl disable --now ${service}`,
  );
}

async function promote(name: string, _flags: unknown, command: Command): Promise<void> {
  const done = await (await restOf(command)).controller('promote', { name });
  printMessage(`Controller "${done.name}" has a vote.`);
}

async function recover(flags: { yes?: boolean; start: boolean }, command: Command): Promise<void> {
  const { stateDir: stateDirectory } = readSettings(command, controllerSide, recoverNames);
  const options = { stateDirectory, log: createLog('error') };
  await withoutService(flags.start, async () => {
    const others = await othersOf(options);
    if (!flags.yes) {
      await confirm({
        about: `This machine goes on alone with the data that it has. No other controller may ever start again: on each, move its state directory aside, and let it join again. Known others: ${others.join(', ') || 'none'}.`,
        question: 'Are all other controllers stopped for good',
        refused: 'nothing was changed',
      });
    }
    const entries = await recoverAlone(options);
    printMessage(`${stateDirectory} is that of the only controller now, with ${entries} entries.`);
  });
  await start(flags.start, 'this machine is recovered');
}

/** Runs without the service; it is started again when this throws. */
async function withoutService<T>(mayStop: boolean, run: () => Promise<T>): Promise<T> {
  const wasRunning = mayStop && hasUnit(service) && (await stopUnit(service));
  try {
    return await run();
  } catch (error) {
    if (wasRunning) await startUnit(service, 'nothing was changed');
    throw error;
  }
}

async function start(mayStart: boolean, done: string): Promise<void> {
  if (mayStart && hasUnit(service)) await startUnit(service, done);
  else printMessage('Start it: copa controller');
}

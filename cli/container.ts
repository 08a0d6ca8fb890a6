/** Commands that change containers: create, start, stop, restart, freeze, unfreeze, delete, rename, copy, limits. */
import type { Command } from 'commander';
import type { ContainerRef } from '../client/index.js';
import { CopaError, isCopaError, messageOf } from '../common/errors.js';
import { clientCommand, containerArgument, labelsOption, poolOption, restOf } from './command.js';
import { confirm } from './confirm.js';
import { exitCodeOf } from './exit.js';
import { locate, parseContainer } from './locate.js';
import { changeMany, chooseMany, parallelUsual, parseParallel } from './many.js';
import { printMessage } from './output.js';
import { poolForNew } from './overview.js';
import { rulesIn, withRules, type RuleFlags } from './place.js';
import type { Rest } from './rest.js';

type Verb = 'start' | 'stop' | 'restart' | 'freeze' | 'unfreeze' | 'delete';

/** What a verb does to many, and the status in which it applies. */
const verbs: Readonly<
  Record<Verb, { readonly done: string; readonly applies: (status: string) => boolean }>
> = {
  start: { done: 'started', applies: (status) => status === 'Stopped' },
  stop: { done: 'stopped', applies: (status) => status !== 'Stopped' },
  restart: { done: 'restarted', applies: isRunning },
  freeze: { done: 'frozen', applies: isRunning },
  unfreeze: { done: 'running again', applies: (status) => status === 'Frozen' },
  delete: { done: 'deleted', applies: (status) => status === 'Stopped' },
};

/** Incus calls a container that has reported so Ready. */
function isRunning(status: string): boolean {
  return status === 'Running' || status === 'Ready';
}

interface Flags extends RuleFlags {
  readonly all?: boolean;
  readonly labels?: string;
  readonly label?: string;
  readonly parallel?: string;
  readonly yes?: boolean;
  readonly pool?: string;
  readonly timeout?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly start?: boolean;
  readonly network?: string;
  readonly ip?: string;
  readonly force?: boolean;
}

export function createCommand(): Command {
  const command = clientCommand(
    'create',
    'create a container from an image; it stays stopped without --start',
    {
      examples: [
        'copa create ubuntu server1:web',
        'copa create ubuntu @any:web --memory 2GiB --where ssd=true --label app=shop',
        'copa create ubuntu web --pool server1 --memory 512MiB --cpu 2 --start',
        'copa create ubuntu server1:web --network lan --start',
      ],
    },
  );
  return withRules(command)
    .argument('<image>', 'an alias or fingerprint, as listed by "copa images"')
    .argument('<container>', `${containerArgument}; with a single pool the name is enough`)
    .addOption(poolOption())
    .option('--cpu <limit>', 'a number of CPUs, or which ones: 2, 0-3')
    .option('--memory <limit>', 'a limit of memory: 512MiB, 10%')
    .option('--label <labels>', 'its labels, as app=shop,tier=front')
    .option('--start', 'start it as well')
    .option('--network <network>', 'on this network over several hosts, with an address that it keeps')
    .option('--ip <address>', 'with --network: this address (default: a free one)')
    .action(create);
}

export function startCommand(): Command {
  return verb('start', 'start containers', ['copa start web', 'copa start server1:web db']);
}

export function stopCommand(): Command {
  return verb('stop', 'shut containers down; kill those that need longer than --timeout', [
    'copa stop web',
    'copa stop web --timeout 120',
  ]).option('--timeout <seconds>', 'the time to shut down (default: 30)');
}

export function restartCommand(): Command {
  return verb('restart', 'shut containers down, like "copa stop", and start them again', [
    'copa restart web',
  ]).option('--timeout <seconds>', 'the time to shut down (default: 30)');
}

export function freezeCommand(): Command {
  return verb('freeze', 'suspend all processes of containers', ['copa freeze web']);
}

export function unfreezeCommand(): Command {
  return verb('unfreeze', 'resume the processes of frozen containers', ['copa unfreeze web']);
}

export function deleteCommand(): Command {
  return verb('delete', 'delete stopped containers with their snapshots', [
    'copa delete web',
    'copa delete --force server1:web',
  ])
    .alias('rm')
    .option('--force', 'stop a running container first')
    .option('--yes', 'with --all or --labels: do not ask');
}

export function renameCommand(): Command {
  return withNewName('rename', 'rename a stopped container', ['copa rename web website']);
}

export function copyCommand(): Command {
  return withNewName(
    'copy',
    'copy a container on its pool; the copy is stopped and has its own MAC addresses',
    ['copa copy web web-test'],
  ).alias('cp');
}

export function limitsCommand(): Command {
  return clientCommand('limits', 'limit the CPUs and the memory of a container, at once and permanently', {
    examples: ['copa limits web --memory 1GiB --cpu 2', 'copa limits web --memory ""   # removes the limit'],
  })
    .argument('<container>', containerArgument)
    .addOption(poolOption())
    .option('--cpu <limit>', 'a number of CPUs, or which ones: 2, 0-3; an empty value removes the limit')
    .option('--memory <limit>', 'a limit of memory: 512MiB, 10%; an empty value removes the limit')
    .action(async (text: string, flags: Flags, command: Command) => {
      if (flags.cpu === undefined && flags.memory === undefined) {
        throw new CopaError('invalid_argument', 'give --cpu, --memory, or both');
      }
      const rest = await restOf(command);
      await rest.operate('limits', await locate(rest, text, flags.pool), limitsOf(flags));
    });
}

export function labelCommand(): Command {
  return clientCommand('label', 'set and remove labels of a container', {
    examples: ['copa label web app=shop tier=front', 'copa label server1:web tier-'],
  })
    .argument('<container>', containerArgument)
    .argument('<label...>', 'NAME=VALUE sets a label, NAME- removes it')
    .addOption(poolOption())
    .action(async (text: string, labels: string[], flags: Flags, command: Command) => {
      const rest = await restOf(command);
      await rest.operate('label', await locate(rest, text, flags.pool), { labels: labels.join(',') });
    });
}

/** A command that does the same to each container, and continues when one of them fails. */
function verb(name: Verb, about: string, examples: readonly string[]): Command {
  const many = [`copa ${name} --all server1:`, `copa ${name} -l app=web`];
  return clientCommand(name, about, { examples: [...examples, ...many] })
    .argument('[container...]', `${containerArgument}; with --all or --labels pools, as server1: (none: all)`)
    .addOption(poolOption())
    .option('--all', 'all containers of these pools to which it applies')
    .addOption(labelsOption())
    .option('--parallel <n>', `with --all or --labels: how many at a time (default: ${parallelUsual})`)
    .action(async (texts: string[], flags: Flags, command: Command) => {
      const rest = await restOf(command);
      const change = async (container: ContainerRef) => {
        if (name === 'delete' && flags.force) await stopIfRunning(rest, container);
        // Only stop and restart have this option.
        await rest.operate(
          name,
          container,
          flags.timeout === undefined ? {} : { stop_timeout: flags.timeout },
        );
      };
      if (flags.all || flags.labels !== undefined) await verbForMany(rest, name, { texts, flags }, change);
      else await verbForEach(rest, { texts, flags }, change);
    });
}

interface Given {
  readonly texts: readonly string[];
  readonly flags: Flags;
}

type ContainerChange = (container: ContainerRef) => Promise<void>;

/** The containers that are named, one after the other. */
async function verbForEach(rest: Rest, { texts, flags }: Given, change: ContainerChange): Promise<void> {
  if (texts.length === 0) {
    throw new CopaError('invalid_argument', 'name containers, or choose them with --all or --labels');
  }
  for (const text of texts) {
    try {
      await change(await locate(rest, text, flags.pool));
    } catch (error) {
      if (texts.length === 1 || !isCopaError(error)) throw error;
      printMessage(`copa: ${text}: ${messageOf(error)}`);
      process.exitCode ||= exitCodeOf(error);
    }
  }
}

async function verbForMany(
  rest: Rest,
  name: Verb,
  { texts, flags }: Given,
  change: ContainerChange,
): Promise<void> {
  const parallel = parseParallel(flags.parallel);
  const pools = flags.pool === undefined ? texts : [`${flags.pool}:`, ...texts];
  const { done, applies } = verbs[name];
  const isWanted = (status: string) => (name === 'delete' && flags.force ? true : applies(status));
  const chosen = await chooseMany(rest, pools, flags.labels, isWanted);
  if (name === 'delete' && !flags.yes && chosen.containers.length > 0) {
    await confirm({
      about: `This deletes ${chosen.containers.length} containers with their snapshots.`,
      question: 'Delete them',
      refused: 'nothing is deleted',
    });
  }
  await changeMany(chosen, { done, parallel }, change);
}

function withNewName(name: 'rename' | 'copy', about: string, examples: readonly string[]): Command {
  return clientCommand(name, about, { examples })
    .argument('<container>', containerArgument)
    .argument('<new-name>')
    .addOption(poolOption())
    .action(async (text: string, newName: string, flags: Flags, command: Command) => {
      const rest = await restOf(command);
      await rest.operate(name, await locate(rest, text, flags.pool), { new_name: newName });
    });
}

async function create(image: string, text: string, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const named = parseContainer(text, flags.pool);
  const container = { pool: await poolForNew(rest, named.pool), name: named.name };
  const { label, start = false } = flags;
  const labels = label === undefined ? {} : { labels: label };
  const order = {
    image_type: image,
    ...limitsOf(flags),
    ...rulesIn(flags),
    ...labels,
    ...networkOf(flags),
    start,
  };
  const { container_pool: pool = container.pool, ip } = await rest.operate('create', container, order);
  const as = ip === undefined ? '' : `, with the address ${ip}`;
  printMessage(`Container "${container.name}" is created on ${pool}${as}.`);
}

function networkOf({ network, ip }: Flags) {
  return { ...(network === undefined ? {} : { network }), ...(ip === undefined ? {} : { ip }) };
}

function limitsOf({ cpu, memory }: Flags) {
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

async function stopIfRunning(rest: Rest, container: ContainerRef): Promise<void> {
  try {
    await rest.operate('stop', container, {});
  } catch (error) {
    // It is stopped already; if not, deleting it fails with the reason.
    if (!isCopaError(error, 'failed_precondition')) throw error;
  }
}

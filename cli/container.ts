/** What is done with containers: create, start, stop, restart, freeze, unfreeze, delete, rename, copy, limits. */
import type { Command } from 'commander';
import type { Asked, At, ContainerOperation } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { clientCommand, poolOption, restOf } from './command.js';
import { exitCodeOf } from './exit.js';
import { tell } from './output.js';
import { locate, namedBy, poolForNew } from './overview.js';
import type { Rest } from './rest.js';

type Verb = 'start' | 'stop' | 'restart' | 'freeze' | 'unfreeze' | 'delete';

const containerArgument = 'CONTAINER or POOL:CONTAINER';

interface Flags {
  readonly pool?: string;
  readonly timeout?: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly start?: boolean;
  readonly force?: boolean;
}

export function createCommand(): Command {
  return clientCommand(
    'create',
    'make a container of an image; it is left stopped unless --start says otherwise',
    {
      examples: [
        'copa create ubuntu server1:web',
        'copa create ubuntu web --pool server1 --memory 512MiB --cpu 2 --start',
      ],
    },
  )
    .argument('<image>', 'an alias or fingerprint, as "copa images" shows them')
    .argument('<container>', `${containerArgument}; of a single pool the name is enough`)
    .addOption(poolOption())
    .option('--cpu <limit>', 'how many CPUs it may use, or which: 2, 0-3')
    .option('--memory <limit>', 'how much memory it may use: 512MiB, 10%')
    .option('--start', 'start it, too')
    .action(create);
}

export function startCommand(): Command {
  return verb('start', 'start containers', ['copa start web', 'copa start server1:web db']);
}

export function stopCommand(): Command {
  return verb('stop', 'shut containers down; one is killed only when it takes longer than --timeout', [
    'copa stop web',
    'copa stop web --timeout 120',
  ]).option('--timeout <seconds>', 'how long it may take to shut down (default: 30)');
}

export function restartCommand(): Command {
  return verb('restart', 'shut containers down, as "copa stop" does, and start them again', [
    'copa restart web',
  ]).option('--timeout <seconds>', 'how long it may take to shut down (default: 30)');
}

export function freezeCommand(): Command {
  return verb('freeze', 'suspend all processes of containers', ['copa freeze web']);
}

export function unfreezeCommand(): Command {
  return verb('unfreeze', 'let the processes of containers go on', ['copa unfreeze web']);
}

export function deleteCommand(): Command {
  return verb('delete', 'delete stopped containers with their snapshots', [
    'copa delete web',
    'copa delete --force server1:web',
  ])
    .alias('rm')
    .option('--force', 'stop one that runs first');
}

export function renameCommand(): Command {
  return toNewName('rename', 'give a stopped container another name', ['copa rename web website']);
}

export function copyCommand(): Command {
  return toNewName(
    'copy',
    'make a second, stopped container of it on the same pool, with its own MAC addresses',
    ['copa copy web web-test'],
  ).alias('cp');
}

export function limitsCommand(): Command {
  return clientCommand('limits', 'limit what a container may use, at once and after its next start', {
    examples: [
      'copa limits web --memory 1GiB --cpu 2',
      'copa limits web --memory ""   # takes the limit off',
    ],
  })
    .argument('<container>', containerArgument)
    .addOption(poolOption())
    .option('--cpu <limit>', 'how many CPUs, or which: 2, 0-3; an empty text takes the limit off')
    .option('--memory <limit>', 'how much memory: 512MiB, 10%; an empty text takes the limit off')
    .action(async (text: string, flags: Flags, command: Command) => {
      if (flags.cpu === undefined && flags.memory === undefined) {
        throw new CopaError('invalid_argument', 'give --cpu, --memory, or both');
      }
      await operate(await restOf(command), 'limits', text, flags.pool, limitsOf(flags));
    });
}

/** A command that does the same with each of some containers, and goes on when it fails for one. */
function verb(name: Verb, about: string, examples: readonly string[]): Command {
  return clientCommand(name, about, { examples })
    .argument('<container...>', containerArgument)
    .addOption(poolOption())
    .action(async (texts: string[], flags: Flags, command: Command) => {
      const rest = await restOf(command);
      // Only those two have the flag.
      const more = flags.timeout === undefined ? {} : { stop_timeout: flags.timeout };
      for (const text of texts) {
        try {
          if (name === 'delete' && flags.force) await stopIfRunning(rest, text, flags.pool);
          await operate(rest, name, text, flags.pool, more);
        } catch (error) {
          if (texts.length === 1 || !(error instanceof CopaError)) throw error;
          tell(`copa: ${text}: ${messageOf(error)}`);
          process.exitCode ||= exitCodeOf(error);
        }
      }
    });
}

function toNewName(name: 'rename' | 'copy', about: string, examples: readonly string[]): Command {
  return clientCommand(name, about, { examples })
    .argument('<container>', containerArgument)
    .argument('<new-name>')
    .addOption(poolOption())
    .action(async (text: string, newName: string, flags: Flags, command: Command) => {
      await operate(await restOf(command), name, text, flags.pool, { new_name: newName });
    });
}

async function create(image: string, text: string, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const named = namedBy(text, flags.pool);
  const pool = await poolForNew(rest, named.pool);
  const at = { container_pool: pool, container_name: named.container };
  await rest.container('create', { ...at, image_type: image, ...limitsOf(flags) });
  tell(`Container "${named.container}" is made on ${pool}.`);
  if (flags.start) await rest.container('start', at);
}

function limitsOf({ cpu, memory }: Flags) {
  return { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) };
}

/** One operation of `/REST/container` on a container as it is named on the command line. */
export async function operate<O extends ContainerOperation>(
  rest: Rest,
  operation: O,
  text: string,
  pool: string | undefined,
  more: Omit<Asked<'Container', O>, keyof At>,
): Promise<void> {
  const { pool: container_pool, container: container_name } = await locate(rest, namedBy(text, pool));
  const parameters = { container_pool, container_name, ...more };
  await rest.container(operation, parameters as unknown as Asked<'Container', O>);
}

async function stopIfRunning(rest: Rest, text: string, pool: string | undefined): Promise<void> {
  try {
    await operate(rest, 'stop', text, pool, {});
  } catch (error) {
    // It is stopped already, or deleting will tell what is wrong with it.
    if (!(error instanceof CopaError) || error.code !== 'failed_precondition') throw error;
  }
}

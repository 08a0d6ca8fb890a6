/**
 * Every command of `copa`: its group and one line in the help, and where it comes from. A command is loaded
 * when it is asked for and not before: the daemons take as long to load as most others take to run.
 */
import { Command } from 'commander';

interface Entry {
  readonly about: string;
  readonly load: () => Promise<Command>;
}

const groups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'Containers:': {
    list: entry('all containers, or those of one pool', async () =>
      (await import('./list.js')).listCommand(),
    ),
    info: entry('one container: its state, addresses, limits, and what it uses', async () =>
      (await import('./list.js')).infoCommand(),
    ),
    create: entry(
      'make a container of an image; it is left stopped unless --start says otherwise',
      async () => (await import('./container.js')).createCommand(),
    ),
    start: entry('start containers', async () => (await import('./container.js')).startCommand()),
    stop: entry('shut containers down; one is killed only when it takes longer than --timeout', async () =>
      (await import('./container.js')).stopCommand(),
    ),
    restart: entry('shut containers down, as "copa stop" does, and start them again', async () =>
      (await import('./container.js')).restartCommand(),
    ),
    freeze: entry('suspend all processes of containers', async () =>
      (await import('./container.js')).freezeCommand(),
    ),
    unfreeze: entry('let the processes of containers go on', async () =>
      (await import('./container.js')).unfreezeCommand(),
    ),
    delete: entry('delete stopped containers with their snapshots', async () =>
      (await import('./container.js')).deleteCommand(),
    ),
    rename: entry('give a stopped container another name', async () =>
      (await import('./container.js')).renameCommand(),
    ),
    copy: entry(
      'make a second, stopped container of it on the same pool, with its own MAC addresses',
      async () => (await import('./container.js')).copyCommand(),
    ),
    limits: entry('limit what a container may use, at once and after its next start', async () =>
      (await import('./container.js')).limitsCommand(),
    ),
    exec: entry('run a command in a container; a shell if none is given', async () =>
      (await import('./exec.js')).execCommand(),
    ),
    log: entry("the newest part of what a container's console has shown", async () =>
      (await import('./list.js')).logCommand(),
    ),
    snapshot: entry('states of a container to go back to', async () =>
      (await import('./snapshot.js')).snapshotCommand(),
    ),
    images: entry('what containers can be made of, on all pools or on one', async () =>
      (await import('./images.js')).imagesCommand(),
    ),
  },
  'Moving:': {
    move: entry('move a container to another pool while people use it', async () =>
      (await import('./move.js')).moveCommand(),
    ),
    migrations: entry('what is being moved and was, the newest first; or one of them', async () =>
      (await import('./migrations.js')).migrationsCommand(),
    ),
  },
  'The whole:': {
    status: entry('is the controller ready, how are the pools, and what moves now', async () =>
      (await import('./status.js')).statusCommand(),
    ),
    pool: entry('the hosts that containers run on', async () => (await import('./pool.js')).poolCommand()),
    events: entry('what happens, as it happens, until Ctrl-C', async () =>
      (await import('./events.js')).eventsCommand(),
    ),
    token: entry('tokens for the REST API', async () => (await import('./token.js')).tokenCommand()),
    audit: entry('who did what, when, from where and with what outcome, the newest last', async () =>
      (await import('./audit.js')).auditCommand(),
    ),
  },
  'This program:': {
    context: entry('names for the controllers that you work with', async () =>
      (await import('./context.js')).contextCommand(),
    ),
    completion: entry('a script that completes commands and names in a shell', async () =>
      (await import('./completion.js')).completionCommand(),
    ),
  },
  'Daemons and their certificates:': {
    controller: entry('run the controller: it serves /REST and commands the hosts', async () =>
      (await import('../controller/main.js')).controllerCommand(),
    ),
    agent: entry("run this host's agent: it controls the LXD or Incus of this host", async () =>
      (await import('../agent/main.js')).agentCommand(),
    ),
    doctor: entry(
      'look whether this machine is as COPA needs it, and say what is wrong and what to do',
      async () => (await import('./doctor.js')).doctorCommand(),
    ),
    ca: entry('whom hosts and controllers trust, and how that is replaced', async () =>
      (await import('./ca.js')).caCommand(),
    ),
  },
};

function entry(about: string, load: () => Promise<Command>): Entry {
  return { about, load };
}

/** The other names of commands, as in `lxc`. */
const aliases: Readonly<Record<string, string>> = { ls: 'list', rm: 'delete', cp: 'copy', mv: 'move' };

export const commandNames = Object.values(groups).flatMap((group) => Object.keys(group));

export function aboutOf(name: string): string {
  return find(name)?.about ?? '';
}

/** Undefined when there is no such command. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return find(aliases[name] ?? name)?.load();
}

/** Adds all commands in their groups: `wanted` whole, the others as lines of the help. */
export async function addCommands(program: Command, wanted: string | undefined): Promise<void> {
  const whole = aliases[wanted ?? ''] ?? wanted;
  for (const [title, group] of Object.entries(groups)) {
    for (const [name, { about, load }] of Object.entries(group)) {
      const command = name === whole ? await load() : new Command(name).description(about);
      program.addCommand(command.helpGroup(title));
    }
  }
}

function find(name: string): Entry | undefined {
  return Object.values(groups).find((group) => Object.hasOwn(group, name))?.[name];
}

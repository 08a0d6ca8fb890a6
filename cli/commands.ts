/**
 * Every command of `copa`: its group, its line in the help, and its module. A command is loaded only when it is
 * used: the daemons take as long to load as most other commands take to run.
 */
import { Command } from 'commander';

interface Entry {
  readonly about: string;
  readonly load: () => Promise<Command>;
}

const groups: Readonly<Record<string, Readonly<Record<string, Entry>>>> = {
  'Containers:': {
    list: entry('list all containers, or those of one pool', async () =>
      (await import('./list.js')).listCommand(),
    ),
    info: entry('show one container: its state, addresses, limits and usage', async () =>
      (await import('./list.js')).infoCommand(),
    ),
    create: entry('create a container from an image; it stays stopped without --start', async () =>
      (await import('./container.js')).createCommand(),
    ),
    start: entry('start containers', async () => (await import('./container.js')).startCommand()),
    stop: entry('shut containers down; kill those that need longer than --timeout', async () =>
      (await import('./container.js')).stopCommand(),
    ),
    restart: entry('shut containers down, like "copa stop", and start them again', async () =>
      (await import('./container.js')).restartCommand(),
    ),
    freeze: entry('suspend all processes of containers', async () =>
      (await import('./container.js')).freezeCommand(),
    ),
    unfreeze: entry('resume the processes of frozen containers', async () =>
      (await import('./container.js')).unfreezeCommand(),
    ),
    delete: entry('delete stopped containers with their snapshots', async () =>
      (await import('./container.js')).deleteCommand(),
    ),
    rename: entry('rename a stopped container', async () => (await import('./container.js')).renameCommand()),
    copy: entry('copy a container on its pool; the copy is stopped and has its own MAC addresses', async () =>
      (await import('./container.js')).copyCommand(),
    ),
    limits: entry('limit the CPUs and the memory of a container, at once and permanently', async () =>
      (await import('./container.js')).limitsCommand(),
    ),
    place: entry('show the pool that a new container would get; changes nothing', async () =>
      (await import('./place.js')).placeCommand(),
    ),
    label: entry('set and remove labels of a container', async () =>
      (await import('./container.js')).labelCommand(),
    ),
    exec: entry('run a command in a container, or a shell', async () =>
      (await import('./exec.js')).execCommand(),
    ),
    log: entry('print the newest part of the console log of a container', async () =>
      (await import('./list.js')).logCommand(),
    ),
    snapshot: entry('create, list, restore and delete snapshots of a container', async () =>
      (await import('./snapshot.js')).snapshotCommand(),
    ),
    images: entry('list the images that containers can be created from, on all pools or on one', async () =>
      (await import('./images.js')).imagesCommand(),
    ),
    image: entry('list images and the pools that have them, and copy an image to another pool', async () =>
      (await import('./images.js')).imageCommand(),
    ),
  },
  'Migration:': {
    move: entry('move a container to another pool while people use it', async () =>
      (await import('./move.js')).moveCommand(),
    ),
    migrations: entry('list migrations, the newest first; or show, follow or cancel one', async () =>
      (await import('./migrations.js')).migrationsCommand(),
    ),
    migration: entry(
      'show one migration, or decide one that waits for a host which does not come back',
      async () => (await import('./migration-resolve.js')).migrationCommand(),
    ),
  },
  'Networks:': {
    network: entry(
      'networks over several hosts, in which containers keep their addresses when they move',
      async () => (await import('./network.js')).networkCommand(),
    ),
    publish: entry('publish a port of a container on hosts, wherever the container is', async () =>
      (await import('./ports.js')).publishCommand(),
    ),
    unpublish: entry('give back the published ports of a container', async () =>
      (await import('./ports.js')).unpublishCommand(),
    ),
    ports: entry('list published ports, and what they lead to', async () =>
      (await import('./ports.js')).portsCommand(),
    ),
  },
  'Policies:': {
    rebalance: entry('show or make moves that bring the load of the pools into balance', async () =>
      (await import('./rebalance.js')).rebalanceCommand(),
    ),
    policy: entry('move containers by measurements: apply, explain and try policies', async () =>
      (await import('./policy.js')).policyCommand(),
    ),
  },
  'Experiments:': {
    scenario: entry('run experiments that can be repeated, and compare their results', async () =>
      (await import('./scenario.js')).scenarioCommand(),
    ),
  },
  'Cluster:': {
    status: entry(
      'show whether the controller is ready, the state of the pools, and running migrations',
      async () => (await import('./status.js')).statusCommand(),
    ),
    pool: entry('list, add, label and remove pools, the hosts that run containers', async () =>
      (await import('./pool.js')).poolCommand(),
    ),
    events: entry('print events as they occur, until Ctrl-C', async () =>
      (await import('./events.js')).eventsCommand(),
    ),
    token: entry('create, list and revoke tokens for the REST API', async () =>
      (await import('./token.js')).tokenCommand(),
    ),
    backup: entry('back up the controller, and restore it on another machine', async () =>
      (await import('./backup.js')).backupCommand(),
    ),
    history: entry('show what links, pools or containers were like, the oldest first', async () =>
      (await import('./history.js')).historyCommand(),
    ),
    audit: entry(
      'show the audit log: who did what, when, from where, and the outcome; the newest last',
      async () => (await import('./audit.js')).auditCommand(),
    ),
  },
  'This program:': {
    context: entry('name the controllers that you work with', async () =>
      (await import('./context.js')).contextCommand(),
    ),
    completion: entry('print a script that completes commands and names in a shell', async () =>
      (await import('./completion.js')).completionCommand(),
    ),
  },
  'Daemons and their certificates:': {
    controller: entry(
      'run the controller, which serves /REST and commands the hosts; or have several',
      async () => (await import('./controller.js')).controllerCommand(),
    ),
    agent: entry("run this host's agent: it controls the LXD or Incus of this host", async () =>
      (await import('../agent/main.js')).agentCommand(),
    ),
    doctor: entry('check this machine, and explain what is wrong and how to fix it', async () =>
      (await import('./doctor.js')).doctorCommand(),
    ),
    ca: entry('show and replace the certificate authority (CA) of hosts and controllers', async () =>
      (await import('./ca.js')).caCommand(),
    ),
  },
};

function entry(about: string, load: () => Promise<Command>): Entry {
  return { about, load };
}

/** Short names of commands, like those of `lxc`. */
const aliases: Readonly<Record<string, string>> = { ls: 'list', rm: 'delete', cp: 'copy', mv: 'move' };

export const commandNames = Object.values(groups).flatMap((group) => Object.keys(group));

export function aboutOf(name: string): string {
  return find(name)?.about ?? '';
}

/** Undefined when there is no such command. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return find(aliases[name] ?? name)?.load();
}

/** Adds all commands in their groups: `wanted` completely, the others as lines of the help. */
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

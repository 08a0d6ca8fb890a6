// The lab on the command line: `npm run lab -- up`, then `lab run server1 -- lxc list`, and `lab down`.
import { Command, Option } from 'commander';
import { constants } from 'node:os';
import { daemonNames, type DaemonName } from './daemons.js';
import { Lab } from './lab.js';
import type { Driver } from './storage.js';

interface UpFlags {
  readonly hosts: string;
  readonly storage: Driver;
  readonly storageSize?: string;
  readonly daemon?: DaemonName;
  readonly name?: string;
  readonly detach?: true;
}

const program = new Command('lab')
  .description('Real LXD hosts on this machine, each in namespaces of its own')
  .enablePositionalOptions();

program
  .command('up')
  .description('bring a lab up; without --detach it goes down when this command is interrupted')
  .option('--hosts <n>', 'how many hosts', '2')
  .addOption(new Option('--storage <driver>', 'storage pool').choices(['dir', 'btrfs']).default('dir'))
  .option('--storage-size <MiB>', 'give each storage pool a file system of this size')
  .addOption(new Option('--daemon <daemon>', 'what runs the containers').choices(daemonNames))
  .option('--name <name>', 'what to call the lab')
  .option('--detach', 'leave it running')
  .action(async (flags: UpFlags) => {
    const lab = await Lab.up({
      hosts: Number(flags.hosts),
      storage: flags.storage,
      detached: flags.detach ?? false,
      ...(flags.daemon === undefined ? {} : { daemon: flags.daemon }),
      ...(flags.storageSize === undefined ? {} : { storageSizeMiB: Number(flags.storageSize) }),
      ...(flags.name === undefined ? {} : { name: flags.name }),
    });
    print(lab);
    if (flags.detach) return;
    // A timer, because waiting for a signal alone does not keep Node running.
    const alive = setInterval(() => undefined, 60_000);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    });
    clearInterval(alive);
    await lab.down();
  });

program
  .command('down [name]')
  .description('remove a lab; its name may be left out when there is only one')
  .option('--all', 'remove every lab')
  .action(async (name: string | undefined, flags: { all?: true }) => {
    for (const lab of flags.all ? Lab.list() : [find(name)]) await lab.down();
    await Lab.sweep();
  });

program
  .command('list')
  .description('show labs and their hosts')
  .action(() => Lab.list().forEach(print));

program
  .command('run <host> <command...>')
  .description('run a command on a host, as in: run server1 -- lxc list')
  .passThroughOptions()
  .option('--lab <name>', 'which lab')
  .action(async (host: string, command: string[], flags: { lab?: string }) => {
    // When a command's own flags pass through, the `--` before it passes, too.
    const argv = command[0] === '--' ? command.slice(1) : command;
    const result = await find(flags.lab).host(host).exec(argv, { check: false, timeoutMs: 3_600_000 });
    process.stdout.write(result.stdout);
    process.stderr.write(result.stderr);
    process.exitCode = result.code;
  });

program
  .command('kill <host> <process> [signal]')
  .description('send a signal (SIGKILL by default) to `lxd` or `agent`; LXD is started again by `restart`')
  .option('--lab <name>', 'which lab')
  .action(async (host: string, name: string, signal: string | undefined, flags: { lab?: string }) => {
    await find(flags.lab)
      .host(host)
      .kill(name, signalOf(signal ?? 'SIGKILL'));
  });

program
  .command('restart <host> <process>')
  .description('start `lxd` or `agent` again')
  .option('--lab <name>', 'which lab')
  .action(async (host: string, name: string, flags: { lab?: string }) =>
    find(flags.lab).host(host).restart(name),
  );

for (const verb of ['off', 'on'] as const)
  program
    .command(`power-${verb} <host>`)
    .description(verb === 'off' ? 'end everything on a host at once' : 'boot a host again')
    .option('--lab <name>', 'which lab')
    .action(async (host: string, flags: { lab?: string }) => {
      const found = find(flags.lab).host(host);
      await (verb === 'off' ? found.powerOff() : found.powerOn());
    });

function find(name: string | undefined): Lab {
  const all = Lab.list().filter((lab) => name === undefined || lab.name === name);
  const [lab] = all;
  if (lab === undefined) throw new Error(name === undefined ? 'No lab is up' : `No lab ${name} is up`);
  if (all.length > 1) throw new Error(`Which lab? ${all.map((each) => each.name).join(', ')}`);
  return lab;
}

function print(lab: Lab): void {
  console.log(`${lab.name}  this machine is ${lab.address}`);
  for (const host of lab.hosts) {
    const state = host.isRunning('init') ? (host.isRunning('lxd') ? 'up' : 'up, LXD down') : 'powered off';
    console.log(`  ${host.name}  ${host.address}  ${state}  ${host.lxdSocket}`);
  }
}

function signalOf(word: string): NodeJS.Signals {
  const name = word.startsWith('SIG') ? word : `SIG${word}`;
  if (!(name in constants.signals)) throw new Error(`No such signal: ${word}`);
  return name as NodeJS.Signals;
}

try {
  await program.parseAsync();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

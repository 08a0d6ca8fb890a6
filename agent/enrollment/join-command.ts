/** The command `copa agent join TOKEN`: joins, starts the service, and prints the result. */
import { Command } from 'commander';
import { addSettings, readSettings } from '../../common/config/settings-flags.js';
import { writeSettings } from '../../common/config/settings-file.js';
import { hasUnit, startUnit } from '../../common/service-unit.js';
import { agentSide } from '../config/settings.js';
import { joinController } from './join.js';

const settings = ['listen', 'identity', 'socket'] as const;
const service = 'copa-agent';

interface Flags {
  readonly name?: string;
  readonly address?: string;
  readonly again?: boolean;
  readonly start: boolean;
  readonly config: string;
}

export function joinCommand(): Command {
  const command = new Command('join')
    .description('make this host a pool, with a token of "copa token create"')
    .argument('<token>', 'what "copa token create" printed on the controller\'s machine')
    .option('--name <pool>', "the name of the pool (default: the token's pool, or this host's name)")
    .option(
      '--address <ip[:port]>',
      'the address of this host for the controller (default: detected by the controller)',
    )
    .option('--again', 'join again, although this host has joined already')
    .option('--no-start', 'do not start the service');
  return addSettings(command, agentSide, settings).action((token: string, flags: Flags) =>
    joinHost(command, token, flags),
  );
}

async function joinHost(command: Command, token: string, flags: Flags): Promise<void> {
  const { listen, identity, socket } = readSettings(command, agentSide, settings);
  const { name, address, again = false } = flags;
  const joined = await joinController({ token, identity, socket, name, address, again, port: listen.port });
  print(`This host is pool "${joined.pool}" at ${joined.address} now.`);
  print(`  controller   ${joined.controller}`);
  print(`  daemon       ${joined.daemon}`);
  print(`  certificate  ${identity}, valid until ${joined.validUntil.toISOString()}, renewed automatically`);
  const chosen = settings.filter((each) => isChosen(command, each));
  if (chosen.length > 0) {
    const values = Object.fromEntries(chosen.map((each) => [each, String(command.getOptionValue(each))]));
    await writeSettings(agentSide, values, flags.config);
    print(`  settings     ${chosen.join(', ')} written to ${flags.config}`);
  }
  if (flags.start) await startService();
}

/** Set by flag or environment here, so the service needs it in its file. */
function isChosen(command: Command, name: string): boolean {
  return ['cli', 'env'].includes(command.getOptionValueSource(name) ?? '');
}

async function startService(): Promise<void> {
  if (!hasUnit(service)) {
    print('There is no systemd service for it here. Start it as root:');
    print('  copa agent');
    return;
  }
  await startUnit(service, 'this host has joined');
  print(`  service      ${service} is started, now and at each boot`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

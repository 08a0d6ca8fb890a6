/** `copa agent networks`: lets this host's service have networks over several hosts, and restores them after a boot. */
import { Command } from 'commander';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { addSettings, readSettings } from '../../common/config/settings-flags.js';
import { CopaError, messageOf } from '../../common/errors.js';
import { agentSide } from '../config/settings.js';
import { missingPackages, runProgram } from './programs.js';
import { restoreNetworks } from './restore.js';
import { KeyFiles } from './encryption/keys.js';
import { networksDirectory, StateFile, stateFileIn } from './state-file.js';

const run = promisify(execFile);
const settings = ['identity'] as const;
const service = 'copa-agent';
const restorer = 'copa-agent-networks';
const dropIn = `/etc/systemd/system/${service}.service.d/networks.conf`;

/** Added to what the unit gives the agent. */
const text = `# Written by "copa agent networks enable", and removed by "copa agent networks disable".
[Service]
CapabilityBoundingSet=CAP_NET_ADMIN
`;

export function networksCommand(): Command {
  const restore = new Command('restore')
    .description('make tunnels, tables and guard again from the state file; its unit runs it at each boot')
    .action(() => restoreAll(restore));
  return new Command('networks')
    .description("let this host's service have networks over several hosts")
    .addCommand(
      new Command('enable')
        .description('give the service CAP_NET_ADMIN, restart it, and restore the networks at each boot')
        .action(enable),
    )
    .addCommand(new Command('disable').description('take that from the service again').action(disable))
    .addCommand(addSettings(restore, agentSide, settings));
}

async function enable(): Promise<void> {
  checkSystemd();
  const missing = await missingPackages();
  if (missing.length > 0)
    throw new CopaError('failed_precondition', `packages are missing: apt-get install ${missing.join(' ')}`);
  await mkdir(dirname(dropIn), { recursive: true });
  await writeFile(dropIn, text);
  await systemctl('daemon-reload');
  await systemctl('enable', restorer);
  // An agent that has not joined yet has nothing to restart.
  await systemctl('try-restart', service);
  print(`${service} may have networks over several hosts now, and they are restored at each boot.`);
}

async function disable(): Promise<void> {
  checkSystemd();
  await rm(dropIn, { force: true });
  await systemctl('daemon-reload');
  await systemctl('disable', restorer);
  await systemctl('try-restart', service);
  print(`${service} may not have networks over several hosts any more.`);
}

async function restoreAll(command: Command): Promise<void> {
  const { identity } = readSettings(command, agentSide, settings);
  const { refused, ...state } = await new StateFile(stateFileIn(identity)).read();
  const findings = [
    ...refused,
    ...(await restoreNetworks(runProgram, state, new KeyFiles(networksDirectory(identity)))),
  ];
  print(`${state.networks.length - findings.length} of ${state.networks.length} networks are restored.`);
  for (const { network, message } of findings) print(`Network "${network}": ${message}`);
  if (findings.length > 0) process.exitCode = 1;
}

function checkSystemd(): void {
  const hasUnit = ['/usr/lib/systemd/system', '/etc/systemd/system'].some((directory) =>
    existsSync(join(directory, `${service}.service`)),
  );
  if (hasUnit && existsSync('/run/systemd/system')) return;
  throw new CopaError(
    'failed_precondition',
    `there is no systemd service "${service}" here: give the program that runs "copa agent" CAP_NET_ADMIN, and run "copa agent networks restore" at each boot, before the daemon starts`,
  );
}

async function systemctl(...args: string[]): Promise<void> {
  try {
    await run('systemctl', args);
  } catch (cause) {
    throw new CopaError('failed_precondition', `systemctl ${args.join(' ')}: ${messageOf(cause)}`, { cause });
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

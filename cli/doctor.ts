/** `copa doctor`: checks this machine for a controller or an agent, and explains what is wrong. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { agentConfigOf, agentSide } from '../agent/config/settings.js';
import { agentChecks } from '../agent/diagnostics/doctor.js';
import { controllerSide } from '../controller/config/settings.js';
import { controllerChecks } from '../controller/diagnostics/doctor.js';
import { examine, isHealthy, reportOf } from '../common/diagnostics/findings.js';
import type { MigrationFate } from '../agent/diagnostics/remains.js';
import { CopaError, isCopaError } from '../common/errors.js';
import { addSettings, readSettings } from '../common/config/settings-flags.js';
import { exitCodes } from './exit.js';
import { connectRest } from './rest.js';

const controllerNames = ['stateDir', 'etcd', 'agentPort'] as const;

export function doctorCommand(): Command {
  const doctor = new Command('doctor')
    .description('check this machine, and explain what is wrong and how to fix it')
    .addHelpText(
      'after',
      `\nExamples:\n  copa doctor\n\nWithout "controller" or "agent" it checks what is installed here. The exit code is ${exitCodes.failed} when there is a problem.`,
    )
    .action(() => examineAll(doctor));
  const controller = new Command('controller')
    .description('check state, etcd, clock, and every pool')
    .addHelpText('after', '\nExamples:\n  copa doctor controller')
    .action(() => examineController(controller));
  const agent = new Command('agent')
    .description("check identity, the daemon and its storage, clock, ports, and other hosts' agents")
    .option('--repair', 'mend what migrations have left, where that is safe')
    .option('--peer <address...>', 'addresses of other hosts: check that their agents answer from here')
    .addHelpText(
      'after',
      '\nExamples:\n  copa doctor agent --peer 192.168.122.16\n  copa doctor agent --repair',
    )
    .action(() => examineAgent(agent));
  doctor.addCommand(addSettings(controller, controllerSide, [...controllerNames]));
  doctor.addCommand(addSettings(agent, agentSide));
  return doctor;
}

async function examineAll(doctor: Command): Promise<void> {
  const here = doctor.commands.filter((command) => isSetUp(command.name()));
  if (here.length === 0) {
    throw new CopaError(
      'failed_precondition',
      'neither a controller nor an agent is set up on this machine: install copa-controller or copa-agent, or use "copa doctor controller" or "copa doctor agent"',
    );
  }
  for (const command of here) await command.parseAsync([], { from: 'user' });
}

function isSetUp(side: string): boolean {
  return existsSync(`/etc/copa/${side}.yaml`) || existsSync(`/var/lib/copa/${side}`);
}

async function examineController(command: Command): Promise<void> {
  const { stateDir, etcd, agentPort } = readSettings(command, controllerSide, controllerNames);
  const rest = await connectRest();
  const config = { stateDirectory: stateDir, usesCluster: etcd !== undefined, agentPort };
  await printReport(`Controller at ${rest.transport.address}`, controllerChecks(config, rest));
}

async function examineAgent(command: Command): Promise<void> {
  const config = agentConfigOf(command);
  const { peer = [], repair = false } = command.opts<{ peer?: string[]; repair?: boolean }>();
  await printReport('Agent', agentChecks(config, peer, { repair, fateOf }));
}

/** Undefined where no controller answers this user, as on most hosts. */
async function fateOf(migrationId: string): Promise<MigrationFate | undefined> {
  try {
    const { state } = await (await connectRest()).migration(migrationId);
    return state === 'running' ? 'open' : 'ended';
  } catch (error) {
    return isCopaError(error, 'not_found') ? 'not known' : undefined;
  }
}

async function printReport(title: string, checks: Parameters<typeof examine>[0]): Promise<void> {
  const findings = await examine(checks);
  process.stdout.write(reportOf(title, findings));
  if (!isHealthy(findings)) process.exitCode = exitCodes.failed;
}

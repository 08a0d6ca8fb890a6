/** `copa policy`: policies that move containers by measurements. */
import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Policy, PolicyDecision } from '../client/index.js';
import { CopaError, messageOf } from '../common/errors.js';
import { clientCommand, restOf } from './command.js';
import {
  formatOf,
  printFields,
  printJson,
  printMessage,
  printRows,
  secondsText,
  type Column,
} from './output.js';

const columns: readonly Column<Policy>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'MODE', value: ({ mode }) => mode },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'VERSION', value: ({ version, built_in }) => (built_in && version === 0 ? 'built in' : version) },
  { title: 'LAST DECISION', value: ({ last_decision: last }) => last && lineOf(last) },
];

/** Of a replay as well, whose decisions have no ID. */
const decisionColumns: readonly Column<Omit<PolicyDecision, 'id' | 'version'>>[] = [
  { title: 'TIME', value: ({ at }) => at },
  { title: 'OUTCOME', value: ({ outcome }) => outcome },
  { title: 'CONTAINER', value: ({ source, container }) => `${source}:${container}` },
  { title: 'TO', value: ({ destination }) => destination },
  { title: 'REASON', value: ({ reason, error }) => (error === null ? reason : `${error} (${reason})`) },
];

const downtimeColumn: Column<Pick<PolicyDecision, 'predicted_downtime_ms'>> = {
  title: 'DOWNTIME',
  value: ({ predicted_downtime_ms: ms }) => secondsText(ms / 1000),
};

/** How many decisions `explain` prints. */
const shownMax = 10;

export function policyCommand(): Command {
  return new Command('policy')
    .description('move containers by measurements: apply, explain and try policies')
    .addCommand(
      clientCommand('apply', 'add a policy, or replace the one of its name', {
        examples: ['copa policy apply latency.yaml', 'copa policy apply latency.yaml --dry-run'],
      })
        .argument('<file>', 'YAML or JSON; - is standard input')
        .option('--dry-run', 'only check the file')
        .action(apply),
    )
    .addCommand(
      clientCommand('list', 'list all policies, with their last decisions', {
        examples: ['copa policy list'],
        prints: true,
      })
        .alias('ls')
        .action(list),
    )
    .addCommand(
      clientCommand('explain', 'show what a policy would decide now and why, and its last decisions', {
        examples: ['copa policy explain threshold_lat'],
        prints: true,
      })
        .argument('<policy>')
        .action(explain),
    )
    .addCommand(
      clientCommand('replay', 'show what a policy would have done on recorded values; nothing moves', {
        examples: ['copa policy replay latency.yaml --since 6h'],
        prints: true,
      })
        .argument('<file>', 'YAML or JSON, which need not be applied; - is standard input')
        .option('--since <time>', 'how far back, 24h at most', '24h')
        .action(replay),
    )
    .addCommand(
      changeCommand(
        'pause',
        'let a policy decide nothing until it is resumed',
        (name) => `Policy "${name}" is paused.`,
      ),
    )
    .addCommand(changeCommand('resume', 'resume a paused policy', (name) => `Policy "${name}" is resumed.`))
    .addCommand(
      changeCommand(
        'delete',
        'delete a policy; a built-in one gets its first text again',
        (name) => `Policy "${name}" is deleted.`,
      ),
    );
}

type Change = 'pause' | 'resume' | 'delete';

function changeCommand(change: Change, about: string, doneText: (name: string) => string): Command {
  return clientCommand(change, about, { examples: [`copa policy ${change} latency`] })
    .argument('<policy>')
    .action(async (name: string, _flags: unknown, command: Command) => {
      await (await restOf(command)).policy(change, { name });
      printMessage(doneText(name));
    });
}

async function apply(
  file: string,
  { dryRun = false }: { dryRun?: boolean },
  command: Command,
): Promise<void> {
  const policy = await textIn(file);
  const { name, outcome } = await (await restOf(command)).policy('apply', { policy, dry_run: dryRun });
  printMessage(`Policy "${name}" is ${outcome}.`);
}

async function list(_flags: unknown, command: Command): Promise<void> {
  const { policies } = await (await restOf(command)).policies();
  printRows(formatOf(command), columns, policies);
}

async function explain(name: string, _flags: unknown, command: Command): Promise<void> {
  const policy = await (await restOf(command)).readPolicy(name);
  const format = formatOf(command);
  if (format === 'json') {
    printJson(policy);
    return;
  }
  const { mode, state, version, now } = policy;
  const move =
    now.verdict === 'move' ? `would move ${now.source}:${now.container} to ${now.destination}` : now.verdict;
  if (format === 'table') {
    printFields([
      ['Policy', policy.name],
      ['Mode', mode],
      ['State', state],
      ['Version', version],
      ['Now', `${move}: ${now.reason}`],
    ]);
  }
  if (policy.decisions.length > 0) printRows(format, decisionColumns, policy.decisions.slice(0, shownMax));
}

async function replay(file: string, { since }: { since: string }, command: Command): Promise<void> {
  const policy = await textIn(file);
  const replayed = await (await restOf(command)).policy('replay', { policy, since });
  const { decisions, downtime_ms: downtimeMs } = replayed;
  printRows(formatOf(command), [...decisionColumns, downtimeColumn], decisions, replayed);
  printMessage(
    `${decisions.length} decisions, with a predicted downtime of ${secondsText(downtimeMs / 1000)}.`,
  );
}

async function textIn(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new CopaError('invalid_argument', `the policy cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function lineOf({ at, outcome, source, container, destination }: PolicyDecision): string {
  return `${at.slice(0, 19)}Z ${outcome}: ${source}:${container} to ${destination}`;
}

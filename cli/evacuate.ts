/** `copa pool evacuate`, `restore` and `evacuation`: empty a pool for maintenance, and bring back what left. */
import { Option, type Command } from 'commander';
import type { Evacuation, EvacuationPlan } from '../client/index.js';
import { bytesText } from '../common/sizes.js';
import { clientCommand, restOf } from './command.js';
import { confirm } from './confirm.js';
import { exitCodes } from './exit.js';
import { followEvacuation, printEnd } from './evacuation.js';
import {
  formatOf,
  printFields,
  printJson,
  printMessage,
  printRows,
  secondsText,
  type Column,
} from './output.js';

interface Flags {
  readonly target?: string;
  readonly action?: string;
  readonly deadline?: string;
  readonly stopAtDeadline?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
}

export function withEvacuationCommands(pool: Command): Command {
  return pool.addCommand(evacuateCommand()).addCommand(restoreCommand()).addCommand(evacuationCommand());
}

function evacuateCommand(): Command {
  return clientCommand('evacuate', 'empty a pool for maintenance: move its containers to other pools', {
    examples: [
      'copa pool evacuate server1 --dry-run',
      'copa pool evacuate server1',
      'copa pool evacuate server1 --target @rack2 --deadline 30m --yes',
    ],
    prints: true,
  })
    .alias('drain')
    .argument('<pool>')
    .option('--target <pools>', 'where they go: a pool, @GROUP or @any (default: @any)')
    .addOption(
      new Option(
        '--action <what>',
        'for all of them, whatever user.copa.evacuate of each says: migrate, stop (until the return) or skip',
      ).choices(['migrate', 'stop', 'skip']),
    )
    .option('--deadline <time>', 'what has not left by then is left and reported (30m, 90s)')
    .option('--stop-at-deadline', 'stop it then instead; the return starts it again')
    .option('--dry-run', 'only show the plan: where each goes, what it takes, and what stands in the way')
    .option('--yes', 'do not ask')
    .option('--detach', 'do not wait for the end')
    .addHelpText(
      'after',
      '\nNothing new is put on the pool from now on. It says "evacuated" only when everything has left, is stopped,\nor was to be skipped. Ctrl-C offers to cancel or to leave it running: see "copa pool evacuation".',
    )
    .action(evacuate);
}

function restoreCommand(): Command {
  return clientCommand('restore', 'bring back what an evacuation moved and stopped, and open the pool', {
    examples: ['copa pool restore server1', 'copa pool restore server1 --action skip'],
    prints: true,
  })
    .argument('<pool>')
    .addOption(
      new Option('--action <what>', 'skip: only open the pool, and bring nothing back').choices([
        'migrate',
        'skip',
      ]),
    )
    .option('--detach', 'do not wait for the end')
    .action(restore);
}

function evacuationCommand(): Command {
  return clientCommand('evacuation', 'show or cancel the last evacuation of a pool', {
    examples: [
      'copa pool evacuation server1',
      'copa pool evacuation server1 --follow',
      'copa pool evacuation server1 --cancel',
    ],
    prints: true,
  })
    .argument('<pool>')
    .option('--cancel', 'end it early: what is not decided stays where it is, and the pool stays closed')
    .option('--follow', 'show the progress until it has ended')
    .action(show);
}

async function evacuate(pool: string, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const isJson = formatOf(command) === 'json';
  const order = {
    container_pool: pool,
    ...(flags.target === undefined ? {} : { destination_pool: flags.target }),
    ...(flags.action === undefined ? {} : { action: flags.action as 'migrate' | 'stop' | 'skip' }),
    ...(flags.deadline === undefined ? {} : { deadline: flags.deadline }),
    ...(flags.stopAtDeadline ? { stop_at_deadline: true } : {}),
  };
  if (flags.dryRun || !flags.yes) {
    const plan = await rest.planEvacuation(order);
    if (isJson && flags.dryRun) printJson(plan);
    else printPlan(plan, command);
    if (flags.dryRun) {
      if (!plan.possible) process.exitCode = exitCodes.conflict;
      return;
    }
    await confirm({
      about: planText(plan),
      question: `Evacuate pool "${pool}"`,
      refused: 'Nothing was changed.',
    });
  }
  await rest.pool('evacuate', order);
  if (flags.detach) return;
  printEnd(await followEvacuation(rest, pool, isJson), isJson);
}

async function restore(
  pool: string,
  { action, detach }: { readonly action?: 'migrate' | 'skip'; readonly detach?: boolean },
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const isJson = formatOf(command) === 'json';
  await rest.pool('restore', { container_pool: pool, ...(action === undefined ? {} : { action }) });
  if (!detach) printEnd(await followEvacuation(rest, pool, isJson), isJson);
}

type PlanRow = EvacuationPlan['containers'][number];

const planColumns: readonly Column<PlanRow>[] = [
  { title: 'NAME', value: ({ container }) => container },
  { title: 'STATUS', value: ({ running }) => (running ? 'Running' : 'Stopped') },
  { title: 'ACTION', value: ({ action }) => action },
  { title: 'TO', value: ({ destination }) => destination },
  { title: 'DISK', value: ({ used_bytes }) => (used_bytes > 0 ? bytesText(used_bytes) : '') },
  { title: 'TIME', value: ({ seconds }) => (seconds === null ? '' : secondsText(seconds)) },
  {
    title: 'DOWNTIME',
    value: ({ downtime_ms: ms }) => (ms === null ? '' : ms === 0 ? 'none' : secondsText(ms / 1000)),
  },
  { title: 'ESTIMATE', value: ({ basis }) => basis },
  { title: 'WHY', value: whyOf },
];

function whyOf({ reason, obstacles }: PlanRow): string {
  const all = obstacles.map(({ pool, message }) => (pool === null ? message : `${pool}: ${message}`));
  return all.join('; ') || (reason ?? '');
}

function printPlan(plan: EvacuationPlan, command: Command): void {
  for (const { container, warnings } of plan.containers) {
    for (const warning of warnings) printMessage(`Warning: ${container}: ${warning}`);
  }
  const format = formatOf(command);
  // For a question, the plan belongs to it; only --format csv and table are printed before it.
  printRows(format === 'json' ? 'table' : format, planColumns, plan.containers);
}

function planText({ containers, seconds }: EvacuationPlan): string {
  const count = (isIn: (row: PlanRow) => boolean) => containers.filter(isIn).length;
  const stuck = count(({ obstacles }) => obstacles.length > 0);
  const parts = [
    `${count(({ destination }) => destination !== null)} move`,
    `${count(({ action, obstacles }) => action === 'stop' && obstacles.length === 0)} stop`,
    `${count(({ action, obstacles }) => action === 'skip' && obstacles.length === 0)} stay as they are`,
    ...(stuck > 0 ? [`${stuck} CANNOT LEAVE and are left where they are`] : []),
  ];
  return `Of ${containers.length} containers ${parts.join(', ')}. It takes about ${secondsText(seconds)}.`;
}

type Item = Evacuation['containers'][number];

const itemColumns: readonly Column<Item>[] = [
  { title: 'NAME', value: ({ container }) => container },
  { title: 'ACTION', value: ({ action }) => action },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'WHERE', value: ({ destination }) => destination },
  { title: 'MIGRATION', value: ({ migration }) => migration },
  { title: 'DESCRIPTION', value: ({ message, description }) => message ?? description },
];

async function show(
  pool: string,
  { cancel, follow }: { readonly cancel?: boolean; readonly follow?: boolean },
  command: Command,
): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  if (cancel) {
    await rest.cancelEvacuation(pool);
    printMessage(`The evacuation of pool "${pool}" is being cancelled.`);
  }
  if (follow || cancel) {
    const end = await followEvacuation(rest, pool, format === 'json');
    if (end && !cancel) printEnd(end, format === 'json');
    if (!cancel) return;
  }
  const found = await rest.evacuation(pool);
  if (format === 'table') {
    printFields([
      ['Pool', found.container_pool],
      ['Phase', found.phase],
      ['Since', found.phase_since],
      ['Done', `${found.done} of ${found.total}`],
      ['Deadline', found.deadline],
      ['Reason', found.message],
    ]);
  }
  printRows(format, itemColumns, found.containers, found);
}

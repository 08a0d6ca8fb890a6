/** `copa pool evacuate`, `restore` and `evacuation`: empty a pool for maintenance, and bring back what left. */
import { Option, type Command } from 'commander';
import type { Evacuation } from '../client/index.js';
import { clientCommand, restOf } from './command.js';
import { CopaError } from '../common/errors.js';
import { confirm } from './confirm.js';
import { exitCodes } from './exit.js';
import { followEvacuation, printEnd } from './evacuation.js';
import { planText, printPlan } from './evacuation-plan.js';
import { formatOf, printFields, printJson, printMessage, printRows, type Column } from './output.js';
import { readOverview } from './overview.js';
import { rollingPools, rollPools, runBetween, type RollingOrder } from './rolling.js';

interface Flags {
  readonly target?: string;
  readonly action?: string;
  readonly deadline?: string;
  readonly stopAtDeadline?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly detach?: boolean;
  readonly each?: string;
  readonly between?: string;
  readonly from?: string;
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
      `copa pool evacuate --each @rack1 --between 'ssh root@$COPA_POOL_ADDRESS apt-get -y upgrade'`,
    ],
    prints: true,
  })
    .alias('drain')
    .argument('[pool]')
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
    .option(
      '--each <pools>',
      'one pool after the other, each filled again: @GROUP, @any, or names with commas',
    )
    .option(
      '--between <command>',
      'with --each: run here by /bin/sh while a pool is empty; it has COPA_POOL and COPA_POOL_ADDRESS',
    )
    .option('--from <pool>', 'with --each: begin with this one of them')
    .addHelpText(
      'after',
      '\nNothing new is put on the pool from now on. It says "evacuated" only when everything has left, is stopped,\nor was to be skipped. Ctrl-C offers to cancel or to leave it running: see "copa pool evacuation".\n\nWith --each it stops at the first pool that is not emptied, whose command fails, or that is not filled again, and\nprints the command that goes on from there.',
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

function orderOf(pool: string, flags: Flags) {
  return {
    container_pool: pool,
    ...(flags.target === undefined ? {} : { destination_pool: flags.target }),
    ...(flags.action === undefined ? {} : { action: flags.action as 'migrate' | 'stop' | 'skip' }),
    ...(flags.deadline === undefined ? {} : { deadline: flags.deadline }),
    ...(flags.stopAtDeadline ? { stop_at_deadline: true } : {}),
  };
}

async function evacuate(pool: string | undefined, flags: Flags, command: Command): Promise<void> {
  const { each, between, from } = flags;
  if (each !== undefined && between !== undefined) {
    if (pool !== undefined || flags.detach) {
      const other = pool === undefined ? '--detach' : 'a pool';
      throw new CopaError('invalid_argument', `--each and ${other} exclude each other`);
    }
    return evacuateEach({ each, between, from }, flags, command);
  }
  if (each !== undefined || between !== undefined || from !== undefined) {
    throw new CopaError('invalid_argument', 'give --each and --between together (and --from only with them)');
  }
  if (pool === undefined) throw new CopaError('invalid_argument', 'give a pool, or --each with --between');
  const rest = await restOf(command);
  const isJson = formatOf(command) === 'json';
  const order = orderOf(pool, flags);
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

async function evacuateEach(order: RollingOrder, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const pools = rollingPools(order, (await readOverview(rest)).pools);
  const names = pools.map(({ name }) => name).join(', ');
  if (flags.dryRun) {
    for (const { name } of pools) {
      printMessage(`Pool "${name}":`);
      printPlan(await rest.planEvacuation(orderOf(name, flags)), command);
    }
    return;
  }
  if (!flags.yes) {
    await confirm({
      about: `Each of these pools is evacuated, changed by the command, and filled again, in this order: ${names}.`,
      question: 'Begin',
      refused: 'Nothing was changed.',
    });
  }
  const end = async (pool: string) => {
    const view = await followEvacuation(rest, pool, false);
    if (!view) throw new CopaError('cancelled', 'you left while it goes on');
    printEnd(view, false);
  };
  await rollPools(order, pools, {
    evacuate: async (pool) => {
      await rest.pool('evacuate', orderOf(pool, flags));
      await end(pool);
    },
    change: (pool) => runBetween(order.between, pool),
    restore: async (pool) => {
      await rest.pool('restore', { container_pool: pool });
      await end(pool);
    },
  });
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

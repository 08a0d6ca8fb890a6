/** `copa rebalance`: moves that bring the load of the pools into balance. */
import type { Command } from 'commander';
import type { ProposedMove, RebalanceMove } from '../client/index.js';
import { clientCommand, restOf } from './command.js';
import { confirm } from './confirm.js';
import { formatOf, printJson, printMessage, printRows, secondsText, type Column } from './output.js';

interface Flags {
  readonly apply?: boolean;
  readonly yes?: boolean;
  readonly moves?: string;
  readonly downtime?: string;
  readonly last?: boolean;
}

const columns: readonly Column<ProposedMove>[] = [
  { title: 'NAME', value: ({ container }) => container },
  { title: 'FROM', value: ({ source }) => source },
  { title: 'TO', value: ({ destination }) => destination },
  { title: 'GAIN', value: ({ gain }) => `${gain} %` },
  { title: 'DOWNTIME', value: ({ predicted_downtime_ms: ms }) => secondsText(ms / 1000) },
  { title: 'WHY', value: ({ reason }) => reason },
];

const orderedColumns: readonly Column<RebalanceMove>[] = [
  { title: 'TIME', value: ({ at }) => at },
  { title: 'ID', value: ({ id }) => id },
  ...(columns as readonly Column<RebalanceMove>[]).slice(0, 4),
  { title: 'OUTCOME', value: outcomeOf },
];

function outcomeOf({ outcome, error, moved_back_at: back }: RebalanceMove): string {
  if (back !== null) return `moved back by somebody else, seen at ${back}`;
  return outcome === 'refused' ? `refused: ${error ?? ''}` : outcome;
}

export function rebalanceCommand(): Command {
  return clientCommand('rebalance', 'show or make moves that bring the load of the pools into balance', {
    examples: [
      'copa rebalance',
      'copa rebalance @rack1 --apply --moves 5 --downtime 30s',
      'copa rebalance --last',
    ],
    prints: true,
  })
    .argument('[pools]', 'only these send and receive: @any, or @GROUP', '@any')
    .option('--apply', 'make the moves; without it nothing happens')
    .option('--yes', 'with --apply: do not ask')
    .option('--moves <number>', 'how many at most (default: 10)')
    .option('--downtime <time>', 'the predicted downtimes of all moves together at most (default: 60s)')
    .option('--last', 'show the last moves of rebalances, and what became of them')
    .addHelpText(
      'after',
      '\nA pool is overloaded when its load, the mean of memory and CPU over ten minutes, is more than 15 % above that of all\npools in balance. Only moves that bring more than they cost in downtime are made, and none that breaks a rule.\nA container that somebody moves back is left alone for a day. "copa controller --rebalance-every 1h" does it by itself.',
    )
    .action(rebalance);
}

async function rebalance(pools: string, flags: Flags, command: Command): Promise<void> {
  const rest = await restOf(command);
  const format = formatOf(command);
  if (flags.last) {
    const found = await rest.rebalances();
    printRows(format, orderedColumns, found.moves, found);
    return;
  }
  const order = {
    target: pools,
    ...(flags.moves === undefined ? {} : { moves: flags.moves }),
    ...(flags.downtime === undefined ? {} : { downtime: flags.downtime }),
  };
  if (!flags.apply || !flags.yes) {
    const found = await rest.rebalance('plan', order);
    if (format === 'json' && !flags.apply) printJson(found);
    else printRows(format === 'json' ? 'table' : format, columns, found.moves);
    for (const { pool, container, reason } of found.held)
      printMessage(`copa: ${pool}:${container} stays: ${reason}`);
    if (found.unknown.length > 0)
      printMessage(`copa: the load of these pools is not known: ${found.unknown.join(', ')}`);
    printMessage(textOf(found));
    if (!flags.apply || found.moves.length === 0) return;
    await confirm({
      about: `${found.moves.length} containers move.`,
      question: 'Begin',
      refused: 'Nothing was changed.',
    });
  }
  const done = await rest.rebalance('apply', order);
  printRows(format, orderedColumns, done.moves, done);
  if (done.moves.length === 0) printMessage('No move pays: nothing was changed.');
}

function textOf({
  moves,
  balance,
  more,
}: {
  readonly moves: readonly unknown[];
  readonly balance: number;
  readonly more: boolean;
}): string {
  const level = `In balance, the load of each pool would be ${balance} %.`;
  if (moves.length > 0) return more ? `${level} More moves would pay than the budget allows.` : level;
  return more ? `${level} Moves would pay, but the budget does not allow them.` : `${level} No move pays.`;
}
